"""Where the programs get the time from, so that nothing else asks the machine.

Every instant in the product is an aware ``datetime`` in UTC. Order never comes from it (revision
trees and entry numbers give the order); it is data that people read. Three clocks exist: the
machine's, a fixed one for tests, and one that lives in a data folder and shows a chosen day, for
the demonstration school. A folder with such a clock is refused by ``serve`` unless it is told that
this is a demonstration: a real school must never keep lessons by it.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from sync import errors

DEMONSTRATION_CLOCK_FILE = "demonstration-clock.json"


class Clock(Protocol):
    """Tells the time; passed in wherever time matters."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the machine's idea of the present instant, in UTC."""
        return datetime.now(UTC)


class FixedClock:
    """A clock that moves only when told to; for tests."""

    def __init__(self, at: datetime) -> None:
        """Start at ``at`` (aware)."""
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        """Return the instant the clock was set to."""
        return self._at

    def advance(self, by: timedelta) -> None:
        """Move the clock, forwards or (to imitate a broken one) backwards."""
        self._at += by


class DemonstrationClock:
    """A clock that showed ``shows`` when the machine's clock read ``started_at`` and runs on."""

    def __init__(
        self, shows: datetime, started_at: datetime, machine: Callable[[], datetime] | None = None
    ) -> None:
        """Both instants are aware; ``machine`` gives the machine's time."""
        self._offset = shows - started_at
        self._machine = machine or SystemClock().now

    def now(self) -> datetime:
        """Return the demonstration's instant, in UTC."""
        return (self._machine() + self._offset).astimezone(UTC)


def write_demonstration_clock(data_directory: Path, shows: datetime, started_at: datetime) -> None:
    """Make the folder one of a demonstration whose clock reads ``shows`` at ``started_at``."""
    document = {"shows": shows.isoformat(), "started_at": started_at.isoformat()}
    (data_directory / DEMONSTRATION_CLOCK_FILE).write_text(json.dumps(document), encoding="utf-8")


def clock_of_folder(data_directory: Path, *, demonstration: bool) -> Clock:
    """Return the clock that programs on this folder must use.

    Raises:
        errors.DemonstrationFolder: the folder carries a demonstration clock and the caller did
            not say that this is a demonstration.
    """
    file = data_directory / DEMONSTRATION_CLOCK_FILE
    if not file.exists():
        return SystemClock()
    if not demonstration:
        raise errors.DemonstrationFolder(folder=str(data_directory))
    document = json.loads(file.read_text(encoding="utf-8"))
    return DemonstrationClock(
        datetime.fromisoformat(document["shows"]), datetime.fromisoformat(document["started_at"])
    )
