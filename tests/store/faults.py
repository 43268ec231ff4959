"""Stores whose every statement fails on request, with real errors of the real driver."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sync.store import connection as connections
from sync.store.connection import Connection, Cursor, Database, Parameters


class Switch:
    """Gives connections whose statements, while it is on, all meet a locked database.

    A write-ahead log keeps readers free of locks, so a stranger's lock alone would not stop them.
    Therefore, while the switch is on, every statement is replaced by a read of a second file, of
    the kind that locks readers out, which is locked at that time.
    """

    def __init__(self, folder: Path) -> None:
        self.on = False
        self.met = 0
        file = folder / "busy.db"
        self._holder = connections.open_connection(file)
        self._holder.execute("CREATE TABLE busy (n INTEGER)")
        self._reader = connections.open_connection(file)
        self._reader.execute("PRAGMA busy_timeout = 0")

    def connect(self, path: Path) -> Connection:
        switch = self

        class Stoppable(Connection):
            def execute(self, sql: str, parameters: Parameters = ()) -> Cursor:
                return switch.blocked() if switch.on else super().execute(sql, parameters)

            def executemany(self, sql: str, rows: Iterable[Parameters]) -> Cursor:
                return switch.blocked() if switch.on else super().executemany(sql, rows)

        made: Any = connections.driver.connect(
            str(path), isolation_level=None, check_same_thread=False, factory=Stoppable
        )
        assert isinstance(made, Connection)
        return made

    def blocked(self) -> Cursor:
        """Run what cannot be run now."""
        self.met += 1
        return self._reader.execute("SELECT * FROM busy")

    def turn_on(self) -> None:
        self._holder.execute("BEGIN EXCLUSIVE")
        self.on = True

    def turn_off(self) -> None:
        self.on = False
        self._holder.execute("ROLLBACK")

    @contextmanager
    def locked(self) -> Iterator[None]:
        self.turn_on()
        try:
            yield
        finally:
            self.turn_off()

    def database(self, file: Path) -> Database:
        return Database(file, self.connect, busy_timeout_seconds=0.001)
