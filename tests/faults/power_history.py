"""What a database held after each of its commits, and whether what was left of it is one of these.

The store is the real one; ``WatchedDatabase`` only looks after each write: how far the log of the
disk had come when the write was acknowledged, and everything that all tables hold. A file that was
found after a failure must hold exactly what was there after the last acknowledged commit, or after
the one that was running. Something older has lost an acknowledged commit, something else is half a
commit.
"""

import bisect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from sync import errors
from sync.store import connection as connections
from sync.store.connection import Connection, Database
from tests.faults.power_disk import Disk
from tests.support.apsw_driver import Driver

FILE = "journal.db"
Content = frozenset[tuple[str, tuple[Any, ...]]]  # name of a table, and a row of it

NOTHING: Content = frozenset()


@dataclass(frozen=True)
class Moment:
    """A commit: how long the disk's log was when it was acknowledged, what was there then."""

    acknowledged: int
    content: Content


class State(StrEnum):
    """What was found after a failure."""

    WHOLE = "whole"
    LOST = "an acknowledged commit is lost"
    HALF = "half a commit"
    BROKEN = "the file is damaged"


class History:
    """The moments of a file, over any number of openings."""

    def __init__(self, start: Content = NOTHING) -> None:
        """Begin with what was there before the first of them."""
        self.moments = [Moment(0, start)]
        # What was about to be committed, and how long the log was then. If the commit failed,
        # nobody was told that it is there, but it may be.
        self.possible: list[Moment] = []

    def judge(self, found: Content | None, position: int) -> State:
        """Say what it means that this was found after a failure at a position of the log."""
        if found is None:
            return State.BROKEN
        last = bisect.bisect_right(self.moments, position, key=lambda one: one.acknowledged) - 1
        since = self.moments[last].acknowledged
        allowed = [one for one in self.possible if since <= one.acknowledged <= position]
        if any(found == one.content for one in (*self.moments[last : last + 2], *allowed)):
            return State.WHOLE
        if any(found == moment.content for moment in self.moments[:last]):
            return State.LOST
        return State.HALF


class WatchedDatabase(Database):
    """The product's database; notes a moment after each write."""

    def __init__(
        self,
        disk: Disk,
        file: Path,
        driver: Driver,
        history: History,
        *,
        too_early: bool = False,
    ) -> None:
        """Open or create; with ``too_early`` a write is acknowledged before its commit."""
        self._history = history
        self.looked: Callable[[Connection], None] = lambda reader: None
        self._disk = disk
        self._too_early = too_early
        super().__init__(file, driver.connect)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Write as the product does, then look."""
        with super().write() as connection:
            yield connection
            early = len(self._disk.log)
            self._history.possible.append(Moment(early, content(connection)))
        acknowledged = early if self._too_early else len(self._disk.log)
        self._history.moments.append(Moment(acknowledged, content(self.read())))
        self.looked(self.read())


def content(connection: Connection) -> Content:
    """Return all rows of all tables."""
    tables = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%'"
        " ESCAPE '\\'"
    ).fetchall()
    return frozenset(
        (name, row)
        for (name,) in tables
        for row in connection.execute(f'SELECT * FROM "{name}"').fetchall()
    )


def found_in(folder: Path) -> Content | None:
    """Open what a failure left with the product's driver; None if it is damaged."""
    try:
        connection = connections.open_connection(folder / FILE)
        try:
            # This copy need not survive anything; without it each look would wait for the disk.
            connection.execute("PRAGMA synchronous = OFF")
            found = content(connection)
            answer = connection.execute("PRAGMA integrity_check").fetchall()
        finally:
            connection.close()
    except errors.StoreUnavailable:
        return None
    return found if answer == [("ok",)] else None
