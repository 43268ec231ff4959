"""The small chart of a subject: each mark a dot, the weighted average so far a line.

5 ·       ·  ·
  ─────╲──────     first average ───► last average
4    ·   ╲╱  ·
3       ·
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from central.diary.shown import ShownMark
from sync.school import marks

WIDTH, HEIGHT = 96, 28
_MARGIN = 3
_FEWEST = 3  # of two marks everybody sees which way they go
_LOWEST, _HIGHEST = Fraction(2), Fraction(5)


@dataclass(frozen=True)
class Trend:
    """Places of the dots and of the line's corners in a box of ``WIDTH`` by ``HEIGHT``."""

    dots: Sequence[tuple[str, str]]
    line: str
    first: Fraction
    last: Fraction


def trend(found: Sequence[ShownMark]) -> Trend | None:
    """Return the chart of marks in their order; None if fewer than three count."""
    counted = [
        marks.Mark(one.value, one.weight)
        for one in found
        if type(one.value) is int and not one.kept.disputed and one.weight > 0
    ]
    if len(counted) < _FEWEST:
        return None
    averages = [marks.weighted_average(counted[: end + 1]) for end in range(len(counted))]
    so_far = [average for average in averages if average is not None]
    numbers = [Fraction(one.number or 0) for one in counted]
    low, high = min([_LOWEST, *numbers]), max([_HIGHEST, *numbers])
    xs = [_place(Fraction(index, len(counted) - 1), WIDTH) for index in range(len(counted))]

    def y(value: Fraction) -> str:
        return _place((high - value) / (high - low), HEIGHT)

    line = " ".join(f"{x},{y(average)}" for x, average in zip(xs, so_far, strict=True))
    dots = [(x, y(number)) for x, number in zip(xs, numbers, strict=True)]
    return Trend(dots, line, so_far[0], so_far[-1])


def _place(share: Fraction, length: int) -> str:
    """Return where a share of the way lies, with one decimal."""
    return f"{float(_MARGIN + share * (length - 2 * _MARGIN)):.1f}"
