"""From where a journal document with several live leaves is looked at.

A node shows what was written on it; central, and through it the parents, what nobody disputes.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sync.documents import identifiers, leaves
from sync.documents.identifiers import JournalId
from sync.projections.tables import Row, RowsOfDocuments, forget, write
from sync.store.connection import Connection
from sync.store.projector import DocumentChange


@dataclass(frozen=True)
class Shown:
    """What a program shows of a document; ``rev`` is the leaf that an edit would build on."""

    value: dict[str, Any]
    rev: str
    disputed: bool


class Viewpoint(Protocol):
    """Chooses what is shown of a changed document with at least one live leaf.

    A single one is shown as it stands.
    """

    def of(self, change: DocumentChange) -> Shown:
        """Return what is shown."""


@dataclass(frozen=True)
class FromNode:
    """A node's view: the leaf with its own entries, else the winner."""

    node: str
    former: tuple[str, ...] = ()  # identities that the node had before

    def of(self, change: DocumentChange) -> Shown:
        """Return the leaf that holds what this node wrote."""
        values = [leaf.value for leaf in change.leaves]
        leaf = change.leaves[leaves.own_leaf(values, (self.node, *self.former))]
        disputed = leaves.is_disputed(identifiers.kind_of(change.id), values)
        return Shown(leaf.value, leaf.rev, disputed)


class FromCentral:
    """Central's view: what nobody disputes."""

    def of(self, change: DocumentChange) -> Shown:
        """Return the merge of what can be merged; a disputed unit as it was before."""
        kind = identifiers.kind_of(change.id)
        value, disputed = leaves.agreed(kind, [leaf.value for leaf in change.leaves])
        return Shown(value, change.leaves[0].rev, disputed)


class JournalRows(RowsOfDocuments):
    """Read tables of journal documents: what all rows begin and end with.

    A row is the document's id, its lesson (group, date, ordinal), what ``told`` says of it, then
    the revision shown, whether it is disputed, and who made the last entry when. The tables begin
    with ``ONE_ROW_EACH``.
    """

    #: The columns that the id says, so that they are the same in every state of a document.
    said_by_id: frozenset[str] = frozenset({"doc_id", "group_id", "date", "ordinal"})

    def __init__(self, viewpoint: Viewpoint) -> None:
        """Show documents with several leaves from ``viewpoint``."""
        self._viewpoint = viewpoint

    def rows_of(self, change: DocumentChange) -> Iterable[tuple[str, Row]]:
        """Yield the document's row."""
        yield self._row(change)

    def rows(self, changes: Iterable[DocumentChange]) -> Mapping[str, Sequence[Row]]:
        """Return the rows of documents, one each."""
        found: dict[str, list[Row]] = {}
        for table, row in map(self._row, changes):
            found.setdefault(table, []).append(row)
        return found

    def replace(
        self, connection: Connection, table: str, stale: Sequence[str], rows: Sequence[Row]
    ) -> None:
        """Write the rows over those that are there; indexes of what the id says stay untouched."""
        if not stale:
            write(connection, table, rows)
            return
        written = {row[0] for row in rows}
        forget(connection, table, [doc_id for doc_id in stale if doc_id not in written])
        names = [column.split()[0] for column in self.schema[table].split(",")]
        told = [name for name in names if name not in self.said_by_id]
        over = ", ".join(f"{name} = excluded.{name}" for name in told)
        write(connection, table, rows, f" ON CONFLICT (doc_id) DO UPDATE SET {over}")

    def _row(self, change: DocumentChange) -> tuple[str, Row]:
        parsed = identifiers.parse_journal(change.id)
        if len(change.leaves) == 1:
            # From wherever it is looked at: every viewpoint shows the only leaf as it stands.
            leaf = change.leaves[0]
            value, rev, disputed = leaf.value, leaf.rev, bool(leaf.value.get("disputed"))
        else:
            shown = self._viewpoint.of(change)
            value, rev, disputed = shown.value, shown.rev, shown.disputed
        lesson = parsed.lesson
        table, told = self.told(parsed, value.get)
        where = (change.id, lesson.group, lesson.date.isoformat(), lesson.ordinal)
        return table, (*where, *told, rev, int(disputed), *_last_step(value))

    @abstractmethod
    def told(self, parsed: JournalId, get: Callable[[str], Any]) -> tuple[str, Row]:
        """Return the table, and its columns between the lesson and the revision."""


def _last_step(value: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Return who made the last entry and when, as stored; (None, None) without entries."""
    entries = value.get("entries")
    if not entries:
        return None, None
    return entries[-1].get("author"), entries[-1].get("written_at")
