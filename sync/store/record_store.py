"""Records: what is not a replicated document (accounts, sessions, attempts, quarantine, outbox).

Works like a small CouchDB database so that it can live in one: a record is a JSON object under
(collection, key) with a revision number, a write names the revision it was made from, and the loser
of a race is told. Revisions are opaque growing numbers; one is never given twice, not even after a
record was deleted and made anew.
"""

import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, TypeVar

from sync import errors
from sync.store import bodies, tally
from sync.store.connection import Connection, Row

_Answer = TypeVar("_Answer")

Note = Callable[[str, str, Mapping[str, Any] | None], None]

_ROWS_PER_PAGE = 200
# With an authority a write that names no revision may lose against a writer elsewhere, and is
# made again; more rounds than that mean that something else is wrong.
_ROUNDS = 16
_SURROGATES = range(0xD800, 0xE000)  # no characters of their own, so not in any stored text
_PAGE = """
    SELECT key, json, revision FROM record
    WHERE collection = ? AND key >= ? AND (? IS NULL OR key < ?)
    ORDER BY key LIMIT ?
"""
_COUNT = """
    SELECT count(*) FROM record
    WHERE collection = ? AND key >= ? AND (? IS NULL OR key < ?)
"""
_EXISTING = """
    SELECT r.key FROM json_each(?) asked
    CROSS JOIN record r ON r.collection = ? AND r.key = asked.value
"""
_PREFIXES = """
    SELECT asked.value ->> 0 AS prefix FROM json_each(?) asked WHERE EXISTS (
        SELECT 1 FROM record WHERE collection = ? AND key >= asked.value ->> 0
        AND (asked.value ->> 1 IS NULL OR key < asked.value ->> 1)
    )
"""


@dataclass(frozen=True)
class Record:
    """One stored record."""

    key: str
    value: dict[str, Any]
    revision: int


class RecordStore:
    """The records of one store.

    ``DocumentStore.records`` writes each in a transaction of its own, durable when the call
    returns; ``Transaction.records`` writes with the transaction and sees its writes.
    """

    def __init__(
        self,
        read: Callable[[], Connection],
        write: Callable[[], AbstractContextManager[Connection]],
        note: Note | None = None,
    ) -> None:
        """Work on the connections that these give; tell ``note`` of each record written."""
        self._read = read
        self._write = write
        self._note = note

    def get(self, collection: str, key: str) -> Record | None:
        """Return the record, or None."""
        row = _row(self._read(), collection, key)
        return None if row is None else _record(row)

    def put(self, collection: str, key: str, value: Mapping[str, Any], revision: int | None) -> int:
        """Write over ``revision`` and return the new one; None: the record must not exist.

        Raises:
            errors.RecordConflict: the record has moved on, or is (not) there.
        """
        with self._write() as connection:
            row = _row(connection, collection, key)
            if (None if row is None else row[2]) != revision:
                raise errors.RecordConflict(collection=collection, key=key)
            return self._write_row(connection, collection, key, value)

    def overwrite(self, collection: str, key: str, value: Mapping[str, Any]) -> int:
        """Write whatever was there before; return the new revision."""
        return self._repeated(lambda: self._overwrite(collection, key, value))

    def _overwrite(self, collection: str, key: str, value: Mapping[str, Any]) -> int:
        with self._write() as connection:
            return self._write_row(connection, collection, key, value)

    def delete(self, collection: str, key: str, revision: int | None = None) -> None:
        """Remove the record if it is there.

        Raises:
            errors.RecordConflict: a revision is named, and the record is at another one.
        """
        if revision is None:
            self._repeated(lambda: self._delete(collection, key, None))
        else:
            self._delete(collection, key, revision)

    def _delete(self, collection: str, key: str, revision: int | None) -> None:
        with self._write() as connection:
            row = _row(connection, collection, key)
            if row is None:
                return
            if revision is not None and row[2] != revision:
                raise errors.RecordConflict(collection=collection, key=key)
            connection.execute(
                "DELETE FROM record WHERE collection = ? AND key = ?", (collection, key)
            )
            if self._note is not None:
                self._note(collection, key, None)

    def scan(self, collection: str, prefix: str = "") -> Iterator[Record]:
        """Yield the records whose keys begin with ``prefix`` in order of the keys' code points.

        Read page by page, so that a slow reader holds nothing up; records written meanwhile may or
        may not be seen.
        """
        start, end = prefix, _after(prefix)
        while True:
            rows = (
                self._read()
                .execute(_PAGE, (collection, start, end, end, _ROWS_PER_PAGE))
                .fetchall()
            )
            yield from (_record(row) for row in rows)
            if len(rows) < _ROWS_PER_PAGE:
                return
            start = rows[-1][0] + "\0"  # the least text above the last key

    def existing(self, collection: str, keys: Collection[str]) -> set[str]:
        """Return those of the keys under which there is a record."""
        rows = self._read().execute(_EXISTING, (bodies.encode(list(keys)), collection)).fetchall()
        return {row[0] for row in rows}

    def with_prefixes(self, collection: str, prefixes: Collection[str]) -> set[str]:
        """Return those of the prefixes with which the key of some record begins."""
        asked = [[prefix, _after(prefix)] for prefix in prefixes]
        rows = self._read().execute(_PREFIXES, (bodies.encode(asked), collection)).fetchall()
        return {row[0] for row in rows}

    def count(self, collection: str, prefix: str = "") -> int:
        """Return how many records have keys that begin with ``prefix``."""
        end = _after(prefix)
        rows = self._read().execute(_COUNT, (collection, prefix, end, end)).fetchall()
        return int(rows[0][0])

    def _write_row(
        self, connection: Connection, collection: str, key: str, value: Mapping[str, Any]
    ) -> int:
        revision = tally.next_record_revision(connection)
        connection.execute(
            "INSERT INTO record (collection, key, revision, json) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (collection, key)"
            " DO UPDATE SET revision = excluded.revision, json = excluded.json",
            (collection, key, revision, bodies.encode_object(value)),
        )
        if self._note is not None:
            self._note(collection, key, value)
        return revision

    def _repeated(self, step: Callable[[], _Answer]) -> _Answer:
        """Run a write of its own transaction that no other writer can make wrong."""
        for _ in range(_ROUNDS - 1):
            try:
                return step()
            except errors.RecordConflict:
                continue
        return step()


def _row(connection: Connection, collection: str, key: str) -> Row | None:
    return connection.execute(
        "SELECT key, json, revision FROM record WHERE collection = ? AND key = ?",
        (collection, key),
    ).fetchone()


def _record(row: Row) -> Record:
    return Record(row[0], bodies.decode_object(row[1]), row[2])


def _after(prefix: str) -> str | None:
    """Return the least text above all that begin with ``prefix``; None if there is no such end."""
    for place in range(len(prefix) - 1, -1, -1):
        code = ord(prefix[place]) + 1
        if code in _SURROGATES:
            code = _SURROGATES.stop
        if code <= sys.maxunicode:
            return prefix[:place] + chr(code)
    return None
