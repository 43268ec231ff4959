"""apsw behind the face of the product's own connection, so that the real store runs on it.

apsw lets a file system be written in Python, which is what tests of power failures and of broken
disks need; sqlcipher3, the product's driver, has no such thing. ``Database`` takes its connections
from a factory; ``Driver(...).connect`` is one. What the product asks of a connection is here and
nothing more: statements, rows, transactions by hand, one call at a time, and the same errors.

A file must be open through one of the two drivers at a time: each brings a SQLite of its own, and
closing a file in one would drop the locks of the other.
"""

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import apsw

from sync.store import connection as product
from sync.store.connection import Connection, ConnectionFactory, Database, Parameters, Row

_ROWS_PER_FETCH = 256
_CLOSED = (apsw.ConnectionClosedError, apsw.CursorClosedError)


class _Failure(Exception):
    """An error of apsw in the words of the product's driver."""

    def __init__(self, error: apsw.Error) -> None:
        super().__init__("closed" if isinstance(error, _CLOSED) else str(error))
        self.sqlite_errorcode = getattr(error, "extendedresult", None)


@contextmanager
def _translated() -> Iterator[None]:
    """Let errors out as the product's own module for connections would."""
    try:
        yield
    except apsw.Error as error:
        raise product._unavailable(_Failure(error)) from error


class ApswCursor:
    """Rows of one statement, as ``sync.store.connection.Cursor`` gives them."""

    def __init__(self, connection: "ApswConnection") -> None:
        """Belong to a connection; made by it only."""
        self._connection = connection
        self._cursor = connection.raw.cursor()
        # No reference back to this object: a cursor that nobody has any more must go at once, or
        # its unread rows would hold up the next transaction.
        self._columns: list[str] = []
        self._cursor.exec_trace = _tracer(connection, self._columns)
        self.lastrowid: int | None = None
        self.rowcount = -1

    @property
    def description(self) -> Sequence[tuple[Any, ...]] | None:
        """Return the names of the columns, with as much beside as the DB-API wants."""
        return [(name, *[None] * 6) for name in self._columns] or None

    def run(self, sql: str, parameters: Parameters) -> None:
        """Run one statement."""
        raw = self._connection.raw
        before = raw.total_changes()
        self._cursor.execute(sql, cast(Any, parameters))
        self._look_back(before)

    def run_many(self, sql: str, rows: Iterable[Parameters]) -> None:
        """Run one statement for each row."""
        before = self._connection.raw.total_changes()
        self._cursor.executemany(sql, cast(Any, rows))
        self._look_back(before)

    def _look_back(self, changes_before: int) -> None:
        raw = self._connection.raw
        self.lastrowid = raw.last_insert_rowid()
        self.rowcount = raw.total_changes() - changes_before

    def fetchone(self) -> Row | None:
        """Return the next row, or None."""
        with _translated(), self._connection.turn:
            return cast("Row | None", self._cursor.fetchone())

    def fetchall(self) -> list[Row]:
        """Return all remaining rows."""
        with _translated(), self._connection.turn:
            return list(self._cursor)

    def fetchmany(self, size: int = _ROWS_PER_FETCH) -> list[Row]:
        """Return at most ``size`` more rows."""
        rows: list[Row] = []
        with _translated(), self._connection.turn:
            while len(rows) < size and (row := self._cursor.fetchone()) is not None:
                rows.append(cast(Row, row))
        return rows

    def close(self) -> None:
        """Forget the statement."""
        with _translated(), self._connection.turn:
            self._cursor.close(True)

    def __iter__(self) -> Iterator[Row]:
        """Yield the remaining rows."""
        while rows := self.fetchmany():
            yield from rows

    def __next__(self) -> Row:
        """Return the next row."""
        row = self.fetchone()
        if row is None:
            raise StopIteration
        return row


def _tracer(connection: "ApswConnection", columns: list[str]) -> Callable[..., bool]:
    """Return what notes the names of a statement's columns, which apsw forgets after its rows."""

    def before(cursor: apsw.Cursor, sql: str, bindings: Any) -> bool:
        columns[:] = [one[0] for one in cursor.get_description()]
        if connection.trace is not None:
            connection.trace(sql)
        return True

    return before


class ApswConnection:
    """A connection as ``sync.store.connection.Connection`` is one; transactions by hand."""

    isolation_level = None  # what sqlite-utils looks at before it begins transactions of its own

    def __init__(self, raw: apsw.Connection, rewritten: Mapping[str, str]) -> None:
        """Speak for an open connection of apsw."""
        self.raw = raw
        self.turn = threading.RLock()
        self.trace: Callable[[str], object] | None = None
        self._rewritten = rewritten

    def execute(self, sql: str, parameters: Parameters = ()) -> ApswCursor:
        """Run one statement."""
        with _translated(), self.turn:
            cursor = ApswCursor(self)
            cursor.run(self._rewritten.get(sql, sql), parameters)
        return cursor

    def executemany(self, sql: str, rows: Iterable[Parameters]) -> ApswCursor:
        """Run one statement for each row."""
        with _translated(), self.turn:
            cursor = ApswCursor(self)
            cursor.run_many(sql, rows)
        return cursor

    def cursor(self) -> ApswCursor:
        """Return a cursor that has run nothing."""
        with _translated():
            return ApswCursor(self)

    @property
    def in_transaction(self) -> bool:
        """Tell whether a transaction is open."""
        with _translated():
            return self.raw.in_transaction

    def set_trace_callback(self, callback: Callable[[str], object] | None) -> None:
        """Call with the text of each statement before it runs."""
        self.trace = callback

    def close(self) -> None:
        """Close, as soon as no other thread is in the middle of a call."""
        # SQLite is silent when the log cannot be emptied at the end. Rows may be left unread.
        with contextlib.suppress(apsw.Error), self.turn:
            self.raw.close(True)


@dataclass(frozen=True)
class Driver:
    """How connections are opened.

    Args:
        vfs: name of the file system; "" is the ordinary one.
        page_bytes: size of the pages of a file that is new; 0 leaves it to SQLite.
        checkpoint_pages: pages of the write-ahead log after which it is emptied into the database.
        synchronous: what ``PRAGMA synchronous = FULL`` becomes; to show what that would cost.
    """

    vfs: str = ""
    page_bytes: int = 0
    checkpoint_pages: int = 1000
    synchronous: str = "FULL"

    def _empty_the_log(self, raw: apsw.Connection, name: str, pages: int) -> int:
        """Do after a commit what SQLite does by itself, which is silent when it fails: the commit
        is done, and the log is emptied another time. apsw would let the error out.
        """
        if pages >= self.checkpoint_pages:
            with contextlib.suppress(apsw.Error):
                raw.wal_checkpoint(name)
        return apsw.SQLITE_OK

    @property
    def connect(self) -> ConnectionFactory:
        """Return the factory that ``Database`` takes."""
        return self._connect

    def database(self, file: Path, *, busy_timeout_seconds: float = 30.0) -> Database:
        """Open the product's ``Database`` on this driver."""
        return Database(file, self._connect, busy_timeout_seconds=busy_timeout_seconds)

    def _connect(self, path: Path) -> Connection:
        with _translated():
            raw = apsw.Connection(str(path), vfs=self.vfs or None)
            if self.page_bytes:
                raw.execute(f"PRAGMA page_size = {self.page_bytes}")
            raw.set_wal_hook(self._empty_the_log)
        rewritten = {"PRAGMA synchronous = FULL": f"PRAGMA synchronous = {self.synchronous}"}
        return cast(Connection, ApswConnection(raw, rewritten))
