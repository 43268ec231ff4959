"""A disk that writes down what SQLite does to it, and that fails when a test says so.

``Disk`` is a file system of SQLite (a VFS) on top of the ordinary one. Every operation that changes
a file is noted before it is done: created, write, truncate, sync, delete. From the notes
``power_images`` makes what a power failure may leave behind. ``fault`` is asked before each
operation and may raise one of the errors below in its place.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import apsw

from tests.support.apsw_driver import Driver

_numbers = itertools.count()
_KEPT = apsw.SQLITE_OPEN_MAIN_DB | apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_WAL


class Kind(StrEnum):
    """What may change on a disk."""

    CREATED = "created"
    WRITE = "write"
    TRUNCATE = "truncate"
    SYNC = "sync"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Operation:
    """One change. ``data`` belongs to a write, ``number`` is its offset, or the length to cut to.

    Of a deletion ``number`` says whether SQLite waits until the folder has forgotten the name.
    """

    kind: Kind
    file: str
    number: int = 0
    data: bytes = b""


def broken(code: int = apsw.SQLITE_IOERR_WRITE) -> Exception:
    """Return the error of a disk that fails, or another one by its number in SQLite."""
    return apsw.exception_for(code)


def full() -> Exception:
    """Return the error of a disk without space."""
    return broken(apsw.SQLITE_FULL)


class Disk(apsw.VFS):
    """The file system; ``driver`` opens databases on it. ``log`` holds all operations."""

    def __init__(self) -> None:
        self.name = f"power-{next(_numbers)}"
        self.log: list[Operation] = []
        self.fault: Callable[[Operation], None] = lambda operation: None
        super().__init__(self.name, "")

    def driver(self, **options: Any) -> Driver:
        """Return how connections are opened on this disk."""
        return Driver(vfs=self.name, **options)

    def note(self, operation: Operation) -> None:
        """Write an operation down, unless it fails."""
        self.fault(operation)
        self.log.append(operation)

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        if path is None or not flags[0] & _KEPT:
            return apsw.VFSFile("", name, flags)
        if not Path(path).exists():
            self.note(Operation(Kind.CREATED, Path(path).name))
        return DiskFile(self, name, Path(path).name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        if Path(filename).exists():
            self.note(Operation(Kind.DELETE, Path(filename).name, int(syncdir)))
        super().xDelete(filename, syncdir)

    def excepthook(self, *error: Any) -> bool:
        """Keep quiet: SQLite is told, and what it makes of it is what tests look at."""
        return True


class DiskFile(apsw.VFSFile):
    """An open file of the disk."""

    def __init__(self, disk: Disk, name: Any, short: str, flags: list[int]) -> None:
        self._disk = disk
        self._short = short
        super().__init__("", name, flags)

    def xWrite(self, data: Any, offset: int) -> None:
        self._disk.note(Operation(Kind.WRITE, self._short, offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:
        self._disk.note(Operation(Kind.TRUNCATE, self._short, newsize))
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:
        self._disk.note(Operation(Kind.SYNC, self._short))
        # Whether bytes wait in the system's memory or on the real disk is nothing to these tests.

    def excepthook(self, *error: Any) -> bool:
        """Keep quiet; see ``Disk.excepthook``."""
        return True
