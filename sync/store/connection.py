"""SQLite files: one writer behind a lock, a reader per thread, one owner of a data folder.

The only module that imports the driver. Errors of the driver do not leave it: each becomes
``errors.StoreUnavailable`` with a code of its own, at the call that failed.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

Parameters = Sequence[Any] | Mapping[str, Any]
Row = tuple[Any, ...]


class Cursor:
    """Rows of a statement: iterate, fetchone(), fetchall(); rowcount, lastrowid."""


class Connection:
    """A connection whose failures are ``errors.StoreUnavailable``."""

    def execute(self, sql: str, parameters: Parameters = ()) -> Cursor:
        """Run one statement."""
        raise NotImplementedError

    def executemany(self, sql: str, rows: Iterable[Parameters]) -> Cursor:
        """Run one statement for each row."""
        raise NotImplementedError


ConnectionFactory = Callable[[Path], Connection]


def open_connection(path: Path) -> Connection:
    """Open a plain, unencrypted file; its pragmas are set by ``Database``."""
    raise NotImplementedError


class Database:
    """One SQLite file of one process."""

    def __init__(
        self,
        path: Path,
        connect: ConnectionFactory = open_connection,
        *,
        busy_timeout_seconds: float = 30.0,
    ) -> None:
        """Open or create the file."""
        raise NotImplementedError

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Hold the writer: BEGIN IMMEDIATE, COMMIT, or ROLLBACK on any exception.

        A write inside a write of the same thread raises RuntimeError.
        """
        raise NotImplementedError

    def read(self) -> Connection:
        """Return this thread's read-only connection, each statement on the newest state."""
        raise NotImplementedError

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Give this thread's read-only connection with all reads on one state; may be nested."""
        raise NotImplementedError

    def backup(self, target: Path) -> None:
        """Write a verified copy to ``target``, which is complete or not there."""
        raise NotImplementedError

    def close(self) -> None:
        """Close all connections of all threads; what is asked afterwards is StoreUnavailable."""
        raise NotImplementedError


class FolderLock:
    """Own a data folder for as long as this object is held; a crash lets it go.

    Raises:
        errors.DataFolderBusy: another process, or another lock of this one, owns it.
    """

    def __init__(self, folder: Path) -> None:
        """Take the lock or raise at once."""
        raise NotImplementedError

    def release(self) -> None:
        """Let go; may be called again."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        """Return self: the lock is held since construction."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go."""
        self.release()
