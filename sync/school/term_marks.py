"""What belongs to the decision about a term, year or final mark, beside the average.

    lessons ──► term mark (proposal: marks.suggested_term_mark; minimum of marks: here)
    term marks of the year ──► year mark ──┐
    examination (year 9) ──────────────────┴─► final mark of year 9
    half-year and year marks of years 10 and 11 ──► final mark of year 11

Means of marks are exact and rounded to whole marks with halves up: 3, 3, 4, 4 gives 4. All results
are proposals; a person decides. Which numbers a school takes is a local act, so every table here is
a value with the usual one as its default.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from sync.school import marks
from sync.school.marks import MarkValue, Sign
from sync.school.school_year import TermKind

# -------------------------------------------------------------------------------- minimum of marks


@dataclass(frozen=True)
class MinimumOfMarks:
    """How many marks a student needs to be attested for a term.

    ``by_weekly_hours`` are the steps of quarters and trimesters: up to so many lessons a week, so
    many marks; ``above`` is for more. ``lowered`` is the minimum after a long illness.
    """

    by_weekly_hours: tuple[tuple[Fraction, int], ...] = ((Fraction(1), 3), (Fraction(2), 3))
    above: int = 5
    half_year: int = 5
    year: int = 5
    lowered: int = 2


def minimum_of_marks(
    weekly_hours: Fraction | int,
    kind: TermKind,
    *,
    after_long_illness: bool = False,
    table: MinimumOfMarks | None = None,
) -> int:
    """Return the least number of marks for a term mark in a subject of so many lessons a week."""
    table = table or MinimumOfMarks()
    if kind is TermKind.HALF_YEAR:
        usual = table.half_year
    elif kind is TermKind.YEAR:
        usual = table.year
    else:
        steps = (least for hours, least in table.by_weekly_hours if weekly_hours <= hours)
        usual = next(steps, table.above)
    return min(usual, table.lowered) if after_long_illness else usual


@dataclass(frozen=True)
class MarksNeeded:
    """How many marks are missing to the minimum, and whether the lessons left suffice for them."""

    missing: int
    feasible: bool


def marks_needed(given: int, minimum: int, lessons_left: int) -> MarksNeeded:
    """Compare the marks given with the minimum; one mark a lesson is taken as possible."""
    missing = max(0, minimum - given)
    return MarksNeeded(missing, feasible=missing <= lessons_left)


class NotAttestedRule(StrEnum):
    """Whether few marks and many missed lessons are both needed for «н/а»."""

    BOTH = "both"
    EITHER = "either"


def may_be_not_attested(
    given: int,
    minimum: int,
    missed: int,
    lessons: int,
    rule: NotAttestedRule = NotAttestedRule.BOTH,
) -> bool:
    """Tell whether «н/а» may be given: fewer marks than the minimum, and over half missed."""
    few_marks = given < minimum
    mostly_missed = 2 * missed > lessons
    if rule is NotAttestedRule.BOTH:
        return few_marks and mostly_missed
    return few_marks or mostly_missed


def deviation_needs_reason(proposed: MarkValue | None, given: MarkValue, allowed_step: int) -> bool:
    """Tell whether a teacher who gave another mark than proposed has to say why.

    Only two numbers can be compared; a sign in place of a proposed number always needs a reason,
    and without a proposal none is needed.
    """
    if proposed is None or proposed == given:
        return False
    if isinstance(proposed, str) or isinstance(given, str):
        return True
    return abs(proposed - given) > allowed_step


class Blocked(StrEnum):
    """Why a term mark cannot be confirmed yet."""

    DISPUTED_MARK = "disputed_mark"
    NO_MARK = "no_mark"


def blocks_confirming(mark: MarkValue | None, disputed_marks: int) -> Blocked | None:
    """Return why a term mark cannot be confirmed; None if it can.

    A term mark rests on the marks of the term. While one of them is disputed, nobody can say on
    which one: it is settled first, however the average would come out either way.

    Args:
        mark: the term mark to confirm; None if none was put.
        disputed_marks: how many of the student's marks in the subject and term are in dispute.
    """
    if mark is None:
        return Blocked.NO_MARK
    return Blocked.DISPUTED_MARK if disputed_marks else None


# ----------------------------------------------------------------------------- year and final marks


class HalfRule(StrEnum):
    """What becomes of a mean exactly between two marks."""

    UP = "up"
    LAST_TERM = "last_term"


def suggested_year_mark(
    term_marks: Sequence[MarkValue], halves: HalfRule = HalfRule.UP
) -> int | None:
    """Return the year's mark proposed from the terms in their order.

    Signs do not count, but a «н/а» among the terms leaves the proposal to a person.

    Args:
        halves: a half goes up, or towards the mark of the last term.
    Returns:
        A whole mark, or None when nothing can be proposed.
    """
    numbers = [mark for mark in term_marks if isinstance(mark, int)]
    if not numbers or Sign.NOT_ATTESTED.value in term_marks:
        return None
    mean = Fraction(sum(numbers), len(numbers))
    upward = marks.whole_half_up(mean)
    if halves is HalfRule.LAST_TERM and mean.denominator == 2 and numbers[-1] < mean:
        return upward - 1
    return upward


def suggested_final_mark_of_year_9(year_mark: int, examination: int | None) -> int:
    """Return the mean of the year's and the examination's mark, half up.

    In a subject without an examination it is the year's mark.
    """
    if examination is None:
        return year_mark
    return marks.whole_half_up(Fraction(year_mark + examination, 2))


def suggested_final_mark_of_year_11(year_10: Sequence[int], year_11: Sequence[int]) -> int | None:
    """Return the mean of all term and year marks of both years, half up.

    Args:
        year_10: the marks of the terms (usually two half-years) and of the whole year.
        year_11: the same; the unified state examination does not count.
    Returns:
        A whole mark, or None when there is no mark at all.
    """
    numbers = [*year_10, *year_11]
    return marks.whole_half_up(Fraction(sum(numbers), len(numbers))) if numbers else None
