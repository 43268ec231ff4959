"""Three values meet: what the last import said, what the journal has now, what the file says.

    said last   journal   file
    A           A         A      unchanged
    A           A         B      changed: the file is newer
    A           B         A      kept: it was changed in the journal, the file repeats the old value
    A           B         C      conflict: both were changed; the journal's value stays, both listed
    –           B         C      conflict: the import never said anything about it
    A or –      B         B      unchanged: both know it already

Lists that hold from a date (a timetable, who teaches a group) are settled whole: two halves of two
timetables would be a third one that nobody made.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sync.documents import canonical


class Status(StrEnum):
    """What becomes of a row or a value."""

    ADDED = "added"
    CHANGED = "changed"
    ENDED = "ended"  # holds no longer, from the day the import takes effect
    UNCHANGED = "unchanged"
    KEPT = "kept"
    CONFLICT = "conflict"
    MISSING = "missing"  # in the journal by an earlier import, not in the file; stays


#: Statuses with which something is written, from the weightiest.
WRITING = (Status.ADDED, Status.CHANGED, Status.ENDED)
_WEIGHT = (*WRITING, Status.CONFLICT, Status.KEPT, Status.MISSING, Status.UNCHANGED)


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


#: Stands where one of the three has no value at all; None is a value.
ABSENT = _Absent()


def settle(base: Any, current: Any, said: Any) -> Status:
    """Return what becomes of one value; see the table above."""
    if current == said:
        return Status.UNCHANGED
    if base is ABSENT:
        # A field that no import filled before is empty in the journal, not decided there.
        return Status.CHANGED if current is ABSENT or current is None else Status.CONFLICT
    if base == said:
        return Status.KEPT
    return Status.CHANGED if base == current else Status.CONFLICT


def weightiest(statuses: "list[Status]") -> Status:
    """Return the status that stands for several; UNCHANGED for none."""
    return min(statuses, key=_WEIGHT.index, default=Status.UNCHANGED)


@dataclass(frozen=True)
class SettledList:
    """A dated list after the meeting, and the record of it for the next import."""

    value: list[Any]
    status: Status
    base: Mapping[str, Any]


def settle_list(
    stored: list[Any] | None,
    base: Mapping[str, Any] | None,
    said: Any,
    replaced: Callable[[], list[Any]],
) -> SettledList:
    """Return a list that holds from dates, settled whole.

    Args:
        stored: the list in the journal; None if the document is new.
        base: ``said`` and ``wrote`` of the last import, None if there was none.
        said: the list as the file has it, without the dates that the import adds.
        replaced: makes the list that takes the file's into the journal's from the day on.
    """
    if stored is None:
        value = replaced()
        return SettledList(value, Status.ADDED, _base(said, value))
    if base is not None and base["said"] == said:
        status = Status.UNCHANGED if base["wrote"] == digest_of(stored) else Status.KEPT
        return SettledList(stored, status, base)
    value = replaced()
    if value == stored:
        return SettledList(stored, Status.UNCHANGED, _base(said, stored))
    if base is not None and base["wrote"] == digest_of(stored):
        return SettledList(value, Status.CHANGED, _base(said, value))
    return SettledList(stored, Status.CONFLICT, base or {})


def digest_of(value: Any) -> str:
    """Return a short digest that tells one value from another."""
    return canonical.digest16(canonical.encode(value))


def _base(said: Any, wrote: list[Any]) -> dict[str, Any]:
    return {"said": said, "wrote": digest_of(wrote)}
