"""How long to wait before asking again a server that did not answer.

Full jitter: after the n-th failure in a row the wait is drawn evenly between nothing and
``base * 2**n``, at most the ceiling. When a school's server comes back, its nodes come back spread
over that time instead of all at once. A write, a network that returns or a person's button resets
it, so that nobody waits minutes for a server that is there. Pure: it draws and counts, the caller
waits.

Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015 (full jitter).
"""

import secrets
from collections.abc import Callable

CEILING_SECONDS = 300.0
_BASE_SECONDS = 1.0
_MOST_DOUBLINGS = 16  # beyond any ceiling, and keeps the power small for ever
_system_random = secrets.SystemRandom()


class Backoff:
    """The waits after a row of failures."""

    def __init__(
        self,
        draw: Callable[[], float] = _system_random.random,
        *,
        base_seconds: float = _BASE_SECONDS,
        ceiling_seconds: float = CEILING_SECONDS,
    ) -> None:
        """``draw`` returns a number in [0, 1)."""
        self._draw = draw
        self._base = base_seconds
        self._ceiling = ceiling_seconds
        self._failures = 0

    @property
    def failures(self) -> int:
        """How many failures there have been in a row."""
        return self._failures

    def reset(self) -> None:
        """Forget the failures: the server answered, or somebody has reason to try now."""
        self._failures = 0

    def next_delay(self, retry_after_seconds: float = 0.0) -> float:
        """Count one more failure and return the seconds to wait.

        Never less than ``retry_after_seconds``, which the server asked for; up to half as much
        again, so that nodes told the same time do not come back in the same second.
        """
        self._failures += 1
        doublings = min(self._failures, _MOST_DOUBLINGS)
        drawn = self._draw() * min(self._ceiling, self._base * 2.0**doublings)
        asked = retry_after_seconds * (1.0 + self._draw() / 2)
        return max(drawn, asked)

    def first_delay(self, spread_seconds: float) -> float:
        """Return a wait before the very first contact, even over ``spread_seconds``.

        All classroom PCs are switched on in the same minutes.
        """
        return self._draw() * spread_seconds
