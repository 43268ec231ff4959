"""The figures by which classes and subjects are compared: success, quality, СОУ, average, fullness.

For one subject, one period and the students present at its end, count the marks:

    N = n5 + n4 + n3 + n2 + nна     exempt students and those without any entry are not in N
    success   (n5 + n4 + n3) / N            успеваемость
    quality   (n5 + n4) / N                 качество знаний
    СОУ       (100·n5 + 64·n4 + 36·n3 + 16·n2 + 7·nна) / N       степень обученности учащихся
    average   (5·n5 + 4·n4 + 3·n3 + 2·n2) / (N − nна)            средний балл

The first three are per cent. All are exact fractions; ``marks.average_text`` shows them with two
decimals. With n5=4, n4=10, n3=9, n2=1 and nна=1 they are 92, 56, 55.48 and 3.71.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from sync.school.marks import MarkValue, Sign

# Weights of the degree of learning after Simonov, as the widespread programs take them.
_LEARNING = {5: 100, 4: 64, 3: 36, 2: 16, 1: 7}
_LEARNING_NOT_ATTESTED = 7

DEFAULT_FULLNESS = Fraction(1, 3)
"""One mark per student in three lessons; below it the fullness of marks is worth a warning."""


@dataclass(frozen=True)
class MarkCounts:
    """How many students have which mark for a period; five-point scale."""

    fives: int = 0
    fours: int = 0
    threes: int = 0
    twos: int = 0
    ones: int = 0
    not_attested: int = 0

    @property
    def counted(self) -> int:
        """N: all students who have a mark or were not attested."""
        return self.marked + self.not_attested

    @property
    def marked(self) -> int:
        """All students who have a number."""
        return self.fives + self.fours + self.threes + self.twos + self.ones


@dataclass(frozen=True)
class Indicators:
    """The figures of one subject, or of one class; None where there is nothing to divide by."""

    success_percent: Fraction | None
    quality_percent: Fraction | None
    learning_percent: Fraction | None
    average: Fraction | None


def count_marks(term_marks: Iterable[MarkValue | None]) -> MarkCounts:
    """Count the period's marks, one per student; None (no entry) and other signs are left out."""
    counted = Counter(term_marks)
    return MarkCounts(
        fives=counted[5],
        fours=counted[4],
        threes=counted[3],
        twos=counted[2],
        ones=counted[1],
        not_attested=counted[Sign.NOT_ATTESTED.value],
    )


def indicators(counts: MarkCounts) -> Indicators:
    """Return the figures of the module's docstring, exactly."""
    good = counts.fives + counts.fours
    numbers = {
        5: counts.fives,
        4: counts.fours,
        3: counts.threes,
        2: counts.twos,
        1: counts.ones,
    }
    learning = sum(_LEARNING[mark] * count for mark, count in numbers.items())
    return Indicators(
        success_percent=_per_cent(good + counts.threes, counts.counted),
        quality_percent=_per_cent(good, counts.counted),
        learning_percent=_share(
            learning + _LEARNING_NOT_ATTESTED * counts.not_attested, counts.counted
        ),
        average=_share(sum(mark * count for mark, count in numbers.items()), counts.marked),
    )


# ------------------------------------------------------------------------------ students of a class


class Standing(StrEnum):
    """What a student's marks of a period in all subjects amount to; several may hold at once."""

    EXCELLENT = "excellent"
    GOOD = "good"
    ONE_FOUR = "one_four"
    ONE_THREE = "one_three"
    FAILING = "failing"
    NOT_ATTESTED = "not_attested"


def standings(period_marks: Collection[MarkValue]) -> frozenset[Standing]:
    """Return what one student's marks amount to.

    Excellent: all 5. Good: only 4 and 5, with a 4; if it is a single one, also ``ONE_FOUR``.
    ``ONE_THREE``: a single 3, all others better. Failing: any 2 or 1. Not attested: any «н/а».
    Signs other than «н/а» do not count; a student without any number is none of these.
    """
    counts = count_marks(period_marks)
    found: set[Standing] = set()
    if counts.twos or counts.ones:
        found.add(Standing.FAILING)
    if counts.not_attested:
        found.add(Standing.NOT_ATTESTED)
    if found or not counts.marked:
        return frozenset(found)
    if counts.threes == 1:
        found.add(Standing.ONE_THREE)
    elif counts.threes == 0:
        found.add(Standing.GOOD if counts.fours else Standing.EXCELLENT)
        if counts.fours == 1:
            found.add(Standing.ONE_FOUR)
    return frozenset(found)


def quality_of_class(students: Collection[frozenset[Standing]]) -> Fraction | None:
    """Return the per cent of excellent and good students among those at the end of the period."""
    good = sum(1 for each in students if each & {Standing.EXCELLENT, Standing.GOOD})
    return _per_cent(good, len(students))


# --------------------------------------------------------------------------------------- fullness


def fullness(marks_given: int, presences: int) -> Fraction | None:
    """Return marks per student and lesson (накопляемость).

    Args:
        presences: the sum over the lessons of the students who were there.
    """
    return _share(marks_given, presences)


def is_too_thin(marks_given: int, presences: int, least: Fraction = DEFAULT_FULLNESS) -> bool:
    """Tell whether there are fewer marks than the school expects; never with no lesson."""
    share = fullness(marks_given, presences)
    return share is not None and share < least


def _share(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole else None


def _per_cent(part: int, whole: int) -> Fraction | None:
    return Fraction(100 * part, whole) if whole else None
