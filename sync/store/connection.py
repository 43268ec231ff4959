"""SQLite files: one writer behind a lock, a reader per thread, one owner of a data folder.

The only module that imports the driver. Errors of the driver do not leave it: each becomes
``errors.StoreUnavailable`` with a code of its own, at the call that failed.

The write-ahead log lets readers go on while the one writer works, each on the state that was
committed when its statement, or its snapshot, began. ``synchronous=FULL`` makes a commit wait
until the disk has it: exactly one wait for each ``Database.write``. ``BEGIN IMMEDIATE`` takes the
writer's place before the first read: one that reads first may find gone what it has read.
"""

import contextlib
import os
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2 as driver

from sync import errors
from sync.store import private_file
from sync.store.folder_lock import FolderLock as FolderLock
from sync.store.queue_lock import QueueLock

Parameters = Sequence[Any] | Mapping[str, Any]
Row = tuple[Any, ...]

# Older versions can corrupt a file when two connections meet at the reset of the write-ahead log.
_OLDEST_SQLITE = (3, 51, 3)
_LOG_PAGES = 4_000  # 16 MB: a long push writes the same pages many times before they are moved
_PRIMARY_CODE = 0xFF  # the higher bits of a result code only add detail
_ROWS_PER_FETCH = 256
_COPY_IN_PROGRESS = ".part"
_CODES = {
    driver.SQLITE_BUSY: ("store_locked", "try_again"),
    driver.SQLITE_LOCKED: ("store_locked", "try_again"),
    driver.SQLITE_FULL: ("disk_full", "free_disk_space"),
    driver.SQLITE_READONLY: ("store_read_only", "check_folder_rights"),
    driver.SQLITE_PERM: ("store_read_only", "check_folder_rights"),
    driver.SQLITE_CANTOPEN: ("store_not_opened", "check_folder_rights"),
    driver.SQLITE_IOERR: ("disk_failed", "check_disk"),
    driver.SQLITE_CORRUPT: ("store_damaged", "restore_backup"),
    driver.SQLITE_NOTADB: ("store_damaged", "restore_backup"),
}

# To search for adapters of these, in vain, takes the driver as long as the rest of a row.
driver.register_adapter(type(None), lambda none: none)
driver.register_adapter(bool, int)


def _unavailable(error: Exception) -> errors.StoreUnavailable:
    if (result := getattr(error, "sqlite_errorcode", None)) is None and "closed" in str(error):
        return errors.StoreUnavailable(code="store_closed", hint="restart_program")
    if isinstance(error, UnicodeDecodeError) or "decode to UTF-8" in str(error):
        result = driver.SQLITE_CORRUPT  # bytes that were text once
    code, hint = _CODES.get((result or 0) & _PRIMARY_CODE, ("store_failed", "tell_administrator"))
    return errors.StoreUnavailable(code=code, hint=hint)


class Cursor(driver.Cursor):
    """Rows of a statement. A call at a time: another thread may close the connection between."""

    def __init__(self, connection: "Connection") -> None:
        """Belong to a connection; made by it only."""
        super().__init__(connection)
        self._turn = connection.turn

    def fetchone(self) -> Row | None:
        """Return the next row, or None."""
        try:
            with self._turn:
                row: Row | None = super().fetchone()
        except driver.Error as error:
            raise _unavailable(error) from error
        return row

    def fetchall(self) -> list[Row]:
        """Return all remaining rows."""
        try:
            with self._turn:
                rows: list[Row] = super().fetchall()
        except driver.Error as error:
            raise _unavailable(error) from error
        return rows

    def fetchmany(self, size: int = _ROWS_PER_FETCH) -> list[Row]:
        """Return at most ``size`` more rows."""
        try:
            with self._turn:
                rows: list[Row] = super().fetchmany(size)
        except driver.Error as error:
            raise _unavailable(error) from error
        return rows

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


class Connection(driver.Connection):
    """A connection whose failures are ``errors.StoreUnavailable``; transactions by hand."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Open; called by ``open_connection`` or another factory."""
        # Reentrant, because rows given to executemany may be made by reading on this connection.
        self.turn = threading.RLock()
        super().__init__(*arguments, **options)

    def execute(self, sql: str, parameters: Parameters = ()) -> Cursor:
        """Run one statement."""
        try:
            with self.turn:
                cursor = self._new_cursor()
                driver.Cursor.execute(cursor, sql, parameters)
        except (driver.Error, UnicodeDecodeError) as error:
            raise _unavailable(error) from error
        return cursor

    def executemany(self, sql: str, rows: Iterable[Parameters]) -> Cursor:
        """Run one statement for each row."""
        try:
            with self.turn:
                cursor = self._new_cursor()
                driver.Cursor.executemany(cursor, sql, rows)
        except driver.Error as error:
            raise _unavailable(error) from error
        return cursor

    def _new_cursor(self) -> Cursor:
        """Return a cursor made in the driver's way: a cursor made by its class is never forgotten.

        The connection keeps a weak reference to each of its cursors, and drops those of dead ones
        here only; a program that runs for weeks would keep one for every statement.
        """
        cursor: Cursor = super().cursor(Cursor)
        return cursor

    @property
    def in_transaction(self) -> bool:
        """Tell whether a transaction is open."""
        try:
            answer: bool = super().in_transaction
        except driver.Error as error:
            raise _unavailable(error) from error
        return answer

    def close(self) -> None:
        """Close, as soon as no other thread is in the middle of a call."""
        try:
            with self.turn:
                super().close()
        except driver.Error as error:
            raise _unavailable(error) from error


ConnectionFactory = Callable[[Path], Connection]


def open_connection(path: Path) -> Connection:
    """Open a plain, unencrypted file; its pragmas are set by ``Database``."""
    try:
        # Threads are kept apart by Database: each has a reader of its own, the writer has a lock.
        # The driver's own check would also forbid closing them all from one place.
        connection: Connection = driver.connect(
            str(path), isolation_level=None, check_same_thread=False, factory=Connection
        )
    except driver.Error as error:
        raise _unavailable(error) from error
    return connection


class Database:
    """One SQLite file of one process: open for reading by every thread, for writing by one."""

    def __init__(
        self,
        path: Path,
        connect: ConnectionFactory = open_connection,
        *,
        busy_timeout_seconds: float = 30.0,
    ) -> None:
        """Open or create the file.

        Raises:
            errors.StoreUnavailable: it cannot be opened, is damaged, or the SQLite is too old.
        """
        self.path = path
        self._connect = connect
        self._timeout_seconds = busy_timeout_seconds
        self._write_lock = QueueLock()
        self._writing_thread: int | None = None
        self._of_thread = threading.local()
        self._registry_lock = threading.Lock()
        self._readers: weakref.WeakSet[Connection] = weakref.WeakSet()
        self._closed = False
        self._writer: Connection | None = self._open_writer()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Hold the writer: BEGIN IMMEDIATE, COMMIT, or ROLLBACK on any exception.

        A write inside a write of the same thread raises RuntimeError: it is a bug that would
        commit half of something.
        """
        with self._only_writer() as writer:
            writer.execute("BEGIN IMMEDIATE")
            try:
                yield writer
                writer.execute("COMMIT")
            except BaseException:
                if not _ended(writer):
                    self._writer = None
                raise

    @property
    def is_awaited(self) -> bool:
        """Tell whether somebody waits for the writer, so that a long write may end early."""
        return self._write_lock.is_awaited

    def forget_deleted_bytes(self) -> bool:
        """Rewrite the file without what was ever deleted; nobody finds it in the file then.

        Returns False if a reader kept an old state meanwhile, so that it is to be done again.
        """
        with self._only_writer() as writer:
            writer.execute("VACUUM")
            row = writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return row is not None and row[0] == 0

    def read(self) -> Connection:
        """Return this thread's read-only connection, each statement on the newest state.

        In a thread that holds the writer it sees the state before that write.
        """
        connection: Connection | None = getattr(self._of_thread, "reader", None)
        if connection is None:
            connection = self._open_reader()
            self._of_thread.reader = connection
        return connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Give this thread's read-only connection with all reads on one state; may be nested.

        Keep it short: while it lasts the write-ahead log cannot be emptied.
        """
        connection = self.read()
        if connection.in_transaction:
            yield connection
            return
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            if not _ended(connection):
                self._of_thread.reader = None

    def backup(self, target: Path) -> None:
        """Write a verified copy to ``target``, which is then complete or as it was before.

        Saves go on meanwhile; the copy is the state at its beginning.

        Raises:
            errors.StoreUnavailable: the disk is full, the folder is not there, the copy is damaged.
        """
        copy = target.with_name(target.name + _COPY_IN_PROGRESS)
        try:
            copy.unlink(missing_ok=True)
            self._copy_to(copy)
            _flush_to_disk(copy)
            copy.replace(target)
            private_file.flush_folder(target.parent)
        except OSError as error:
            raise errors.StoreUnavailable(
                code="backup_failed", hint="check_folder_rights"
            ) from error
        finally:
            with contextlib.suppress(OSError):
                copy.unlink(missing_ok=True)

    def close(self) -> None:
        """Close all connections of all threads; what is asked afterwards is StoreUnavailable."""
        self._take_write_lock()
        try:
            with self._registry_lock:
                self._closed = True
                for reader in list(self._readers):
                    reader.close()
            if self._writer is not None:
                self._writer.close()
        finally:
            self._writing_thread = None
            self._write_lock.release()

    @contextmanager
    def _only_writer(self) -> Iterator[Connection]:
        self._take_write_lock()
        try:
            yield self._usable_writer()
        finally:
            self._writing_thread = None
            self._write_lock.release()

    def _take_write_lock(self) -> None:
        me = threading.get_ident()
        if self._writing_thread == me:
            raise RuntimeError("a write inside a write of the same thread")
        if not self._write_lock.acquire(timeout=self._timeout_seconds):
            raise errors.StoreUnavailable(code="store_locked", hint="try_again")
        self._writing_thread = me

    def _usable_writer(self) -> Connection:
        if self._closed:
            raise errors.StoreUnavailable(code="store_closed", hint="restart_program")
        if self._writer is None:
            self._writer = self._open_writer()
        return self._writer

    def _open_writer(self) -> Connection:
        connection = self._open(16_000, f"wal_autocheckpoint = {_LOG_PAGES}")
        row = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        if row is None or row[0] != "wal":
            connection.close()
            raise errors.StoreUnavailable(code="store_not_opened", hint="use_local_disk")
        return connection

    def _open_reader(self) -> Connection:
        connection = self._open()
        connection.execute("PRAGMA query_only = ON")
        with self._registry_lock:
            if self._closed:
                connection.close()
                raise errors.StoreUnavailable(code="store_closed", hint="restart_program")
            self._readers.add(connection)
        return connection

    def _open(self, cache_kilobytes: int = 1_000, *more: str) -> Connection:  # readers: many
        connection = self._connect(self.path)
        try:
            connection.execute(f"PRAGMA busy_timeout = {int(self._timeout_seconds * 1000)}")
            _refuse_old_sqlite(connection)
            fixed = ("synchronous = FULL", "foreign_keys = ON", "trusted_schema = OFF")
            for pragma in (f"cache_size = -{cache_kilobytes}", *fixed, *more):
                connection.execute(f"PRAGMA {pragma}")
        except errors.StoreUnavailable:
            connection.close()
            raise
        return connection

    def _copy_to(self, copy: Path) -> None:
        source = self._open()
        try:
            source.execute("VACUUM INTO ?", (str(copy),))
        finally:
            source.close()
        written = self._connect(copy)
        try:
            row = written.execute("PRAGMA integrity_check").fetchone()
        finally:
            written.close()
        if row is None or row[0] != "ok":
            raise errors.StoreUnavailable(code="store_damaged", hint="restore_backup")


def _ended(connection: Connection) -> bool:
    """End a transaction without a commit; False if the connection had to be closed for that.

    A disk that fails even a rollback would leave the transaction open for ever. Closing is the one
    way out; whoever comes next opens another connection.
    """
    with contextlib.suppress(errors.StoreUnavailable):
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        return True
    with contextlib.suppress(errors.StoreUnavailable):
        connection.close()
    return False


def _refuse_old_sqlite(connection: Connection) -> None:
    row = connection.execute("SELECT sqlite_version()").fetchone()
    version = str(row[0]) if row else "0"
    if tuple(int(part) for part in version.split(".")) < _OLDEST_SQLITE:
        raise errors.StoreUnavailable(code="sqlite_too_old", hint="install_again", version=version)


def _flush_to_disk(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
