"""Samples taken in turns: a round of one thing, a round of the next, and again from the start.

What disturbs the machine for a while then disturbs all of them alike, and their ratios stay.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from benchmark import measuring, usage
from benchmark.measuring import Figure, Line

_MILLISECONDS = 1000


@dataclass
class Turns:
    """Seconds of every sample by round, and what the processor worked for them, by name."""

    seconds: dict[str, list[list[float]]] = field(default_factory=dict)
    work: dict[str, list[float]] = field(default_factory=dict)

    def take(
        self, name: str, once: Callable[[], float], times: int, process: int | None = None
    ) -> None:
        """Take one round of ``name``: ``once`` does it and returns the seconds it took.

        Args:
            process: the one that works for it.
        """
        work = None if process is None else usage.Work(process)
        samples = [once() for _ in range(times)]
        worked = None if work is None else work.seconds()
        self.seconds.setdefault(name, []).append(samples)
        if worked is not None:
            self.work.setdefault(name, []).append(worked / times)

    def lines_of_times(
        self, name: str, shown: str, reference: str, reference_shown: str
    ) -> Iterator[Line]:
        """Yield p50 and p99 beside those of the reference."""
        yield Line(self._middle(name, shown), self._middle(reference, reference_shown))
        yield Line(self._slowest(name, shown), self._slowest(reference, reference_shown))

    def lines_of_work(
        self, name: str, shown: str, reference: str, reference_shown: str
    ) -> Iterator[Line]:
        """Yield the processor's time for one; nothing where the system does not tell."""
        if name in self.work:
            yield Line(self._work(name, shown), self._work(reference, reference_shown))

    def _middle(self, name: str, shown: str) -> Figure:
        rounds = (measuring.percentile(one, 0.5) for one in self.seconds[name])
        return Figure(f"{shown}, p50", "ms", tuple(one * _MILLISECONDS for one in rounds))

    def _slowest(self, name: str, shown: str) -> Figure:
        """Return the p99 of all rounds together: one round has too few samples for it."""
        samples = [sample for one in self.seconds[name] for sample in one]
        worst = measuring.percentile(samples, 0.99)
        return Figure(f"{shown}, p99", "ms", (worst * _MILLISECONDS,))

    def _work(self, name: str, shown: str) -> Figure:
        return Figure(shown, "ms", tuple(one * _MILLISECONDS for one in self.work[name]))
