"""Sequences ``N-epoch``: what N means to whom, after restores, clones and crashes.

N counts the changes of one file. Two files with one past (a restored backup and the one it
replaced) would give the same N to different changes, so each start of a store begins an epoch with
a random name and notes the N at which the one before ended *in this file*::

    epoch  started_after  ended_at        a since of     means here
    kq3          0           120          "100-kq3"      100
    x8f        120            -           "150-kq3"      120: this file's kq3 ended there; what came
                                                         after it is another file's past
                                          "130-x8f"      130, if we are that far
                                          "7-unknown"    0

Rewinding is always safe: it only offers again what the other side already has.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from sync import errors
from sync.store.connection import Connection

NOW = "now"
_EPOCH = re.compile(r"\w{1,64}", re.ASCII)
# An epoch of some other kind of database is unknown here, but it is no garbage.
_SEQUENCE = re.compile(r"(0|[1-9][0-9]{0,17})(?:-([\w.~=-]{1,4096}))?", re.ASCII)
_SHOWN_CHARACTERS = 100


class Standing(StrEnum):
    """How a sequence relates to this file's past."""

    HONOURED = "honoured"
    UNKNOWN_EPOCH = "unknown_epoch"
    AHEAD = "ahead"  # its epoch is ours, but somebody knows more of it than this file does


@dataclass(frozen=True)
class Position:
    """The N from which the feed goes on, and why."""

    seq: int
    standing: Standing


def begin(connection: Connection, epoch: str, seq: int) -> None:
    """End the running epoch at ``seq`` and begin ``epoch``; in a write transaction.

    Raises:
        ValueError: not a name of ASCII letters, digits, underscores, or used before: it must be
            fresh random text for each start.
    """
    if not _EPOCH.fullmatch(epoch):
        raise ValueError("an epoch is 1 to 64 letters, digits, underscores")
    if connection.execute("SELECT 1 FROM epoch WHERE epoch = ?", (epoch,)).fetchone():
        raise ValueError("an epoch must be fresh for each start")
    connection.execute("UPDATE epoch SET ended_at = ? WHERE ended_at IS NULL", (seq,))
    connection.execute("INSERT INTO epoch (epoch, started_after) VALUES (?, ?)", (epoch, seq))


def position(connection: Connection, since: str | int, last_seq: int) -> Position:
    """Return where the feed goes on from ``since``; see the table above.

    Raises:
        errors.BadSequence: it is neither a sequence nor ``0`` nor ``now``.
    """
    if since == NOW:
        return Position(last_seq, Standing.HONOURED)
    number, epoch = _parsed(since)
    if number == 0:
        return Position(0, Standing.HONOURED)
    row = connection.execute(
        "SELECT started_after, ended_at FROM epoch WHERE epoch = ?", (epoch or "",)
    ).fetchone()
    if row is None:
        return Position(0, Standing.UNKNOWN_EPOCH)
    started_after, ended_at = row
    known_to = last_seq if ended_at is None else ended_at
    if number <= known_to:
        return Position(number, Standing.HONOURED)
    # Where an epoch that is still running parted from the file that knows more of it cannot be
    # told (a virtual machine that was set back); everything up to its start is common.
    return Position(started_after if ended_at is None else ended_at, Standing.AHEAD)


def _parsed(since: str | int) -> tuple[int, str | None]:
    if isinstance(since, bool) or not isinstance(since, str | int):
        raise errors.BadSequence(since=str(since)[:_SHOWN_CHARACTERS])
    match = _SEQUENCE.fullmatch(str(since))
    if match is None:
        raise errors.BadSequence(since=str(since)[:_SHOWN_CHARACTERS])
    return int(match[1]), match[2]
