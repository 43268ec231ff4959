"""What a power failure may leave of the files, made from what was done to them.

After the last sync of a file the disk promises nothing about its later changes. An image takes one
of the ways in which they may have reached it: none, all, the first few with the last one torn, or
any of their 512-byte sectors in any order, each whole, torn in the middle, or garbage where new
bytes were on their way. Bytes next to a write are safe, as SQLite assumes ("powersafe overwrite").

A name is safe once its file has been synced. A deleted file may come back until SQLite waits for
the folder, which it does when it syncs a journal or a write-ahead log for the first time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from random import Random

from tests.faults.power_disk import Kind, Operation

SECTOR = 512


class Mood(StrEnum):
    """How unsynced changes of one file are treated by one failure."""

    NOTHING = "nothing"
    EVERYTHING = "everything"
    BEGINNING = "beginning"
    SCATTERED = "scattered"


_MOODS = (Mood.NOTHING, Mood.EVERYTHING, Mood.BEGINNING, Mood.SCATTERED, Mood.SCATTERED)


class Fate(StrEnum):
    """What becomes of one sector of a write."""

    WRITTEN = "written"
    LOST = "lost"
    TORN = "torn"
    GARBAGE = "garbage"


_FATES = (*[Fate.WRITTEN] * 4, *[Fate.LOST] * 4, Fate.TORN, Fate.GARBAGE)


@dataclass
class _File:
    """One file: what the disk holds for certain (None: not even its name), and what is on its way.

    ``given_up`` is set when it was deleted without waiting for the folder.
    """

    durable: bytes | None = None
    pending: list[Operation] = field(default_factory=list)
    given_up: bool = False


Image = dict[str, bytes]


class PowerCuts:
    """Follows a log and makes images of the moment it has come to."""

    def __init__(self, start: Image | None = None) -> None:
        """Begin with an empty folder, or with files that are safe."""
        # Of each name what was created under it, the newest last.
        self._incarnations = {
            name: [_File(durable=bytes_of)] for name, bytes_of in (start or {}).items()
        }

    def follow(self, operation: Operation) -> None:
        """Go on by one operation."""
        known = self._incarnations.setdefault(operation.file, [])
        if operation.kind == Kind.CREATED:
            known.append(_File())
        elif operation.kind == Kind.DELETE:
            self._delete(known, waits=bool(operation.number))
        elif operation.kind == Kind.SYNC:
            self._sync(known)
        else:
            known[-1].pending.append(operation)

    def image(self, chance: Random) -> Image:
        """Return one of the states in which a failure now may leave the files."""
        files = {}
        for name, known in self._incarnations.items():
            possible: list[_File | None] = [one for one in known if not one.given_up]
            possible += [one for one in known if one.given_up]
            if all(one.given_up or one.durable is None for one in known):
                possible.append(None)
            chosen = chance.choice(possible)
            if chosen is not None:
                files[name] = _after_failure(chosen, chance)
        return files

    def nothing_lost(self) -> Image:
        """Return the files as they are if all that was written reaches the disk."""
        return {
            name: _everything(known[-1])
            for name, known in self._incarnations.items()
            if known and not known[-1].given_up
        }

    def _sync(self, known: list[_File]) -> None:
        newest = known[-1]
        if newest.durable is None:
            for others in self._incarnations.values():
                others[:] = [one for one in others if not one.given_up]
        newest.durable = _everything(newest)
        newest.pending.clear()
        known[:] = [newest]

    @staticmethod
    def _delete(known: list[_File], *, waits: bool) -> None:
        if waits:
            known.clear()
        else:
            known[-1].given_up = True


def write_image(image: Image, folder: Path) -> None:
    """Put the files into a folder, and nothing beside them."""
    for old in folder.iterdir():
        old.unlink()
    for name, content in image.items():
        (folder / name).write_bytes(content)


def _everything(file: _File) -> bytes:
    content = bytearray(file.durable or b"")
    for operation in file.pending:
        _apply(content, operation)
    return bytes(content)


def _after_failure(file: _File, chance: Random) -> bytes:
    content = bytearray(file.durable or b"")
    for operation in _what_arrives(file.pending, chance):
        _apply(content, operation)
    return bytes(content)


def _what_arrives(pending: Sequence[Operation], chance: Random) -> Iterator[Operation]:
    mood = chance.choice(_MOODS)
    if mood == Mood.EVERYTHING:
        yield from pending
    elif mood == Mood.BEGINNING and pending:
        last = chance.randrange(len(pending))
        yield from pending[:last]
        yield from _pieces(pending[last], chance, (Fate.TORN,))
    elif mood == Mood.SCATTERED:
        for operation in pending:
            yield from _pieces(operation, chance, _FATES)


def _pieces(operation: Operation, chance: Random, fates: Sequence[Fate]) -> Iterator[Operation]:
    """Yield what arrives of one operation, sector by sector."""
    if operation.kind == Kind.TRUNCATE:
        if chance.random() < 0.5:
            yield operation
        return
    at, end = operation.number, operation.number + len(operation.data)
    while at < end:
        stop = min(end, (at // SECTOR + 1) * SECTOR)
        piece = operation.data[at - operation.number : stop - operation.number]
        fate = chance.choice(fates)
        if fate == Fate.TORN:
            piece = piece[: chance.randrange(len(piece) + 1)]
        elif fate == Fate.GARBAGE:
            piece = chance.randbytes(len(piece))
        if piece and fate != Fate.LOST:
            yield Operation(Kind.WRITE, operation.file, at, piece)
        at = stop


def _apply(content: bytearray, operation: Operation) -> None:
    if operation.kind == Kind.TRUNCATE:
        del content[operation.number :]
        content.extend(bytes(operation.number - len(content)))
        return
    end = operation.number + len(operation.data)
    if len(content) < end:
        content.extend(bytes(end - len(content)))
    content[operation.number : end] = operation.data
