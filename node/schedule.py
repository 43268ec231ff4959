"""When the next sync is due; pure, in seconds of a clock that only goes forward.

after a good one      in about twenty seconds, so that nodes do not ask in step
after a failure       later and later, drawn anew each time, a minute at most
after a write         a second later, with whatever is written meanwhile; where the last try
                      failed, not before ten seconds have passed since it
button, sleep ended   at once, and thoroughly
"""

import secrets
from collections.abc import Callable

from sync.replication.backoff import Backoff

IDLE_SECONDS = 20.0
_IDLE_SPREAD = 0.5
# When the school's network comes back, a teacher should not wait for minutes.
_CEILING_SECONDS = 60.0
_AFTER_WRITE_SECONDS = 1.0
_LEAST_AFTER_FAILURE_SECONDS = 10.0
#: All classroom PCs are switched on in the same minutes.
FIRST_SPREAD_SECONDS = 3.0

_system_random = secrets.SystemRandom()


class Schedule:
    """Knows when the next sync is due, and whether it is to be a thorough one."""

    def __init__(self, now: float, draw: Callable[[], float] = _system_random.random) -> None:
        """``draw`` returns a number in [0, 1)."""
        self._draw = draw
        self._backoff = Backoff(draw, ceiling_seconds=_CEILING_SECONDS)
        self._tried_at = now
        self._planned_at = now + self._backoff.first_delay(FIRST_SPREAD_SECONDS)
        self._written_at: float | None = None
        self._asked_at: float | None = None
        self._thoroughly = True

    @property
    def due_at(self) -> float:
        """Return when the next sync is due."""
        wishes = [self._planned_at]
        if self._asked_at is not None:
            wishes.append(self._asked_at)
        if self._written_at is not None:
            soon = self._written_at + _AFTER_WRITE_SECONDS
            if self._backoff.failures:
                soon = max(soon, self._tried_at + _LEAST_AFTER_FAILURE_SECONDS)
            wishes.append(soon)
        return min(wishes)

    def begin(self) -> bool:
        """Note that a sync begins, and return whether it is to be a thorough one.

        What is written or asked for from now on leads to another one.
        """
        thoroughly = self._thoroughly
        self._written_at = self._asked_at = None
        self._thoroughly = False
        return thoroughly

    def succeeded(self, now: float) -> None:
        """Plan the next sync after one that reached central."""
        self._backoff.reset()
        self._plan(now, IDLE_SECONDS * (1 + _IDLE_SPREAD * (2 * self._draw() - 1)))

    def failed(self, now: float, retry_after_seconds: float = 0.0) -> None:
        """Plan the next sync after one that did not; central may have said when to come back."""
        self._plan(now, self._backoff.next_delay(retry_after_seconds))

    def written(self, now: float) -> None:
        """Note that something is to be sent."""
        if self._written_at is None:
            self._written_at = now

    def asked(self, now: float) -> None:
        """Note that a person, or the end of a sleep, wants a sync at once."""
        self._backoff.reset()
        self._asked_at = now
        self._thoroughly = True

    def _plan(self, now: float, delay: float) -> None:
        self._tried_at = now
        self._planned_at = now + delay


def slept(before: tuple[float, float], after: tuple[float, float], planned_seconds: float) -> bool:
    """Tell whether the machine slept, or its clock was set, while waiting.

    Args:
        before, after: (seconds of the steady clock, seconds of the wall clock). On some systems the
            steady clock stands still during sleep, on others it does not; so each is looked at.
        planned_seconds: how long the wait was to be.
    """
    steady, wall = after[0] - before[0], after[1] - before[1]
    longest = planned_seconds + _NOT_A_SLEEP_SECONDS
    return steady > longest or wall > longest


# A busy machine may oversleep a wait by some seconds.
_NOT_A_SLEEP_SECONDS = 15.0
