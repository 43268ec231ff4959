"""The common shape of a read table that holds rows of documents of certain kinds.

A document's rows are a function of its live leaves alone, so that applying a change is: drop the
rows of the document, write those of its present state. That is what makes a rebuilt table equal to
one that was kept up to date. Where much is written, less is done with the same outcome.
"""

import json
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from sync.documents import canonical
from sync.store.connection import Connection
from sync.store.projector import DocumentChange

Row = tuple[Any, ...]

#: How a table's columns begin if a document has one row at most.
ONE_ROW_EACH = "doc_id TEXT NOT NULL UNIQUE"


class RowsOfDocuments(ABC):
    """A projection whose tables hold rows of single documents, each with a ``doc_id`` column.

    Subclasses name their ``kinds`` and tables and say which rows a document has.
    """

    name: str
    #: To be raised when ``rows_of`` says other rows for the same document. A change of tables or
    #: indexes is noticed by itself: ``version`` follows, and the tables are rebuilt at next start.
    rules: int = 1
    kinds: frozenset[str]
    #: table -> its columns' SQL; the first column is ``doc_id``, perhaps as ``ONE_ROW_EACH``.
    schema: ClassVar[Mapping[str, str]]
    indexes: Sequence[str] = ()

    @property
    def version(self) -> int:
        """Return a number that differs whenever the tables, their indexes or the rules differ."""
        shape = [self.rules, dict(self.schema), list(self.indexes)]
        return zlib.crc32(canonical.encode(shape))

    @property
    def tables(self) -> Sequence[str]:
        """Return the names of the tables."""
        return tuple(self.schema)

    def create(self, connection: Connection) -> None:
        """Create the tables and their indexes."""
        for table, columns in self.schema.items():
            connection.execute(f"CREATE TABLE {table} ({columns}) STRICT")
            if not columns.startswith(ONE_ROW_EACH):
                connection.execute(f"CREATE INDEX {table}_doc ON {table} (doc_id)")
        for statement in self.indexes:
            connection.execute(statement)

    def apply(self, connection: Connection, changes: Sequence[DocumentChange]) -> None:
        """Replace the rows of the changed documents by those of their present state."""
        rows = self.rows([change for change in changes if change.leaves])
        stale = [change.id for change in changes if not change.fresh]
        for table in self.schema:
            self.replace(connection, table, stale, rows.get(table, ()))

    def replace(
        self, connection: Connection, table: str, stale: Sequence[str], rows: Sequence[Row]
    ) -> None:
        """Write ``rows``; nothing else is left of the ``stale`` documents, which may have some."""
        forget(connection, table, stale)
        write(connection, table, rows)

    def rows(self, changes: Iterable[DocumentChange]) -> Mapping[str, Sequence[Row]]:
        """Return the rows of documents that have a live leaf, by table.

        A table that has rows of every document overrides this: a generator for each is slow.
        """
        found: dict[str, list[Row]] = {}
        for change in changes:
            for table, row in self.rows_of(change):
                found.setdefault(table, []).append(row)
        return found

    @abstractmethod
    def rows_of(self, change: DocumentChange) -> Iterable[tuple[str, Row]]:
        """Yield (table, row) for a document with at least one live leaf."""


def forget(connection: Connection, table: str, doc_ids: Sequence[str]) -> None:
    """Delete the rows of documents."""
    if doc_ids:
        connection.execute(
            f"DELETE FROM {table} WHERE doc_id IN (SELECT value FROM json_each(?))",  # noqa: S608 - our own table names
            (json.dumps(doc_ids),),
        )


def write(connection: Connection, table: str, rows: Sequence[Row], conflict: str = "") -> None:
    """Insert rows, all of one width; ``conflict`` is what follows the values."""
    if rows:
        marks = ",".join("?" * len(rows[0]))
        connection.executemany(f"INSERT INTO {table} VALUES ({marks}){conflict}", rows)  # noqa: S608
