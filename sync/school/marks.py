"""Marks: what may stand in a cell, how it is stored, and what averages and proposals come of it.

What a teacher types and what a document stores are two things. Numbers are stored as numbers, the
signs of the paper journal as fixed words, so that a school may change its letters and no document
has to change:

    typed      5     зач    незач   осв      н/а            .
    stored     5     pass   fail    exempt   not_attested   debt
    counts     yes   no     no      no       no             no
                                             (term only)    (expected, gives way to a mark)

Averages are exact fractions until they are shown. A number is shown with two decimals, halves up;
a threshold is compared with the fraction and never with what is shown: 4.645 is shown as 4.65 and
is still below 4.65. The programs propose a term mark, the teacher decides; what belongs to the
decision (minimum of marks, year and final marks) is in ``term_marks``.
"""

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType

from sync import errors

MarkValue = int | str
"""A stored mark: a whole number of the scale, or the value of a ``Sign``."""


class Sign(StrEnum):
    """What may stand in a cell beside numbers; the values are stored and never change."""

    PASS = "pass"  # noqa: S105 - a mark, not a password
    FAIL = "fail"
    EXEMPT = "exempt"
    NOT_ATTESTED = "not_attested"
    DEBT = "debt"


TERM_ONLY = frozenset({Sign.NOT_ATTESTED})
LESSON_ONLY = frozenset({Sign.DEBT})

SIGN_LETTERS: Mapping[Sign, str] = MappingProxyType(
    {
        Sign.PASS: "зач",
        Sign.FAIL: "незач",
        Sign.EXEMPT: "осв",
        Sign.NOT_ATTESTED: "н/а",
        Sign.DEBT: ".",
    }
)

_LETTERS_OF_STORED: Mapping[str, str] = {sign.value: text for sign, text in SIGN_LETTERS.items()}

# Other ways in which teachers write the signs; compared folded, ё as е.
_OTHER_SPELLINGS: Mapping[str, Sign] = MappingProxyType(
    {
        "зачет": Sign.PASS,
        "зч": Sign.PASS,
        "незачет": Sign.FAIL,
        "нз": Sign.FAIL,
        "н/з": Sign.FAIL,
        "осв.": Sign.EXEMPT,
        "освобожден": Sign.EXEMPT,
        "освобождена": Sign.EXEMPT,
        "н/а.": Sign.NOT_ATTESTED,
        "точка": Sign.DEBT,
        ",": Sign.DEBT,  # what the point of the number pad types in the Russian layout
        "pass": Sign.PASS,
        "fail": Sign.FAIL,
        "exempt": Sign.EXEMPT,
        "n/a": Sign.NOT_ATTESTED,
    }
)


@dataclass(frozen=True)
class MarkScale:
    """The numbers a subject is marked with, and what they mean.

    ``best``, ``good`` and ``sufficient`` are the lowest numbers of each band; everything below
    ``sufficient`` is unsatisfactory. ``numbers`` is empty where no numbers are given.
    """

    name: str
    numbers: range
    best: int = 0
    good: int = 0
    sufficient: int = 0
    signs: frozenset[Sign] = frozenset(Sign)


FIVE_POINT = MarkScale("five_point", range(2, 6), best=5, good=4, sufficient=3)
"""The usual scale: 2 to 5; 1 is allowed by a switch of the school, see ``FIVE_POINT_WITH_ONE``."""

FIVE_POINT_WITH_ONE = MarkScale("five_point_with_one", range(1, 6), best=5, good=4, sufficient=3)

TEN_POINT = MarkScale("ten_point", range(1, 11), best=9, good=7, sufficient=5)

PASS_FAIL = MarkScale("pass_fail", range(0))

MARKLESS = MarkScale("markless", range(0))
"""Teaching without marks (first year, chosen subjects): no numbers, the signs remain."""

SCALES: Mapping[str, MarkScale] = MappingProxyType(
    {
        scale.name: scale
        for scale in (FIVE_POINT, FIVE_POINT_WITH_ONE, TEN_POINT, PASS_FAIL, MARKLESS)
    }
)


def allowed_values(scale: MarkScale, *, in_term: bool = False) -> tuple[MarkValue, ...]:
    """Return what may be stored in a lesson's cell, or in a term mark, best number first."""
    elsewhere = LESSON_ONLY if in_term else TERM_ONLY
    signs = [sign.value for sign in Sign if sign in scale.signs - elsewhere]
    return (*reversed(scale.numbers), *signs)


def allowed_texts(scale: MarkScale, *, in_term: bool = False) -> str:
    """Return the same as a person would type it, with spaces between, for a message or a hint."""
    return " ".join(mark_text(value) for value in allowed_values(scale, in_term=in_term))


def parse_mark(text: str, scale: MarkScale, *, in_term: bool = False) -> MarkValue:
    """Return the stored value of what a teacher typed into a cell.

    Case, surrounding spaces and the usual spellings of the signs do not matter.

    Raises:
        errors.MarkNotUnderstood: the text is no mark at all.
        errors.MarkOutsideScale: it is a mark, but not on this scale or not in this place.
    """
    typed = "".join(text.split()).casefold().replace("ё", "е")
    value = _value_of(typed)
    if value is None:
        raise errors.MarkNotUnderstood(
            typed=text.strip()[:20], allowed=allowed_texts(scale, in_term=in_term)
        )
    return check_mark(value, scale, in_term=in_term)


def check_mark(value: object, scale: MarkScale, *, in_term: bool = False) -> MarkValue:
    """Return ``value`` if a document may hold it as a mark on this scale.

    Raises:
        errors.MarkOutsideScale: it may not; true and false are no numbers here.
    """
    allowed = allowed_values(scale, in_term=in_term)
    if isinstance(value, bool) or not isinstance(value, int | str) or value not in allowed:
        raise errors.MarkOutsideScale(
            value=str(value)[:20], allowed=allowed_texts(scale, in_term=in_term)
        )
    return str(value) if isinstance(value, str) else value


def mark_text(value: MarkValue) -> str:
    """Return a stored mark as the journal shows it: ``5``, ``зач``, ``.``.

    A value unknown to this version (a newer node wrote it) is shown as it is stored.
    """
    return _LETTERS_OF_STORED.get(value, value) if isinstance(value, str) else str(value)


def _value_of(typed: str) -> MarkValue | None:
    if re.fullmatch("[0-9]{1,3}", typed):
        return int(typed)
    for sign, letters in SIGN_LETTERS.items():
        if typed == letters:
            return sign.value
    other = _OTHER_SPELLINGS.get(typed)
    return None if other is None else other.value


# ------------------------------------------------------------------------------ works and weights

LOWEST_WEIGHT = 0
HIGHEST_WEIGHT = 10


class WorkKind(StrEnum):
    """What a mark was given for; the values are stored."""

    ANSWER = "answer"
    HOMEWORK = "homework"
    INDEPENDENT = "independent"
    LABORATORY = "laboratory"
    PRACTICAL = "practical"
    CONTROL = "control"
    DICTATION = "dictation"
    TEST = "test"
    ESSAY = "essay"


DEFAULT_WEIGHTS: Mapping[WorkKind, int] = MappingProxyType(
    {
        WorkKind.ANSWER: 1,
        WorkKind.HOMEWORK: 1,
        WorkKind.INDEPENDENT: 2,
        WorkKind.LABORATORY: 2,
        WorkKind.PRACTICAL: 2,
        WorkKind.CONTROL: 3,
        WorkKind.DICTATION: 3,
        WorkKind.TEST: 3,
        WorkKind.ESSAY: 3,
    }
)
"""Weights where the school has not fixed its own. One that differs is copied into the mark when it
is given. This table never changes: a mark that names no weight was given with the one here."""

_USUAL_WEIGHTS = {kind.value: weight for kind, weight in DEFAULT_WEIGHTS.items()}


def stated(work_kind: str, weight: int) -> tuple[str | None, int | None]:
    """Return kind and weight as a mark states them: None for what goes without saying.

    Most marks are answers of weight 1. What they do not state costs no entry of its own.
    """
    is_usual = weight == _USUAL_WEIGHTS.get(work_kind)
    return None if work_kind == WorkKind.ANSWER else work_kind, None if is_usual else weight


def meant(work_kind: str | None, weight: int | None) -> tuple[str, int]:
    """Return what ``stated`` was made of; an unknown kind of work has weight 1."""
    kind = work_kind or WorkKind.ANSWER.value
    # A kind that only a newer node knows is not for this version to judge.
    return kind, _USUAL_WEIGHTS.get(kind, 1) if weight is None else weight


CONTROL_KINDS = frozenset({WorkKind.CONTROL, WorkKind.DICTATION, WorkKind.TEST})


def check_weight(value: object) -> int:
    """Return ``value`` if it is a weight: a whole number from 0 to 10.

    Raises:
        errors.WeightOutsideRange: it is not.
    """
    if type(value) is int and LOWEST_WEIGHT <= value <= HIGHEST_WEIGHT:  # True is no weight
        return value
    raise errors.WeightOutsideRange(weight=str(value)[:20], low=LOWEST_WEIGHT, high=HIGHEST_WEIGHT)


@dataclass(frozen=True)
class Mark:
    """One mark of one student, as far as averages are concerned.

    ``counts`` is False for a mark its teacher took out of the average; ``withdrawn`` for one that
    does not stand any more. A sign never counts, whatever the other fields say.
    """

    value: MarkValue
    weight: int = 1
    work_kind: str = WorkKind.ANSWER
    counts: bool = True
    withdrawn: bool = False

    @property
    def number(self) -> int | None:
        """The number that enters averages, or None."""
        if self.withdrawn or not self.counts or isinstance(self.value, str):
            return None
        return self.value


# -------------------------------------------------------------------------------------- averages


def plain_average(marks: Iterable[Mark]) -> Fraction | None:
    """Return the sum of the marks over their number, exactly; None if none counts.

    The order of marks does not matter, and neither do weights.
    """
    numbers = [mark.number for mark in marks if mark.number is not None]
    return Fraction(sum(numbers), len(numbers)) if numbers else None


def weighted_average(marks: Iterable[Mark]) -> Fraction | None:
    """Return Σ(mark x weight) / Σ(weight), exactly; None if nothing counts.

    The order of marks does not matter. A mark of weight 0 is shown in the journal and changes
    nothing here.
    """
    pairs = [(mark.number, mark.weight) for mark in marks if mark.number is not None]
    whole_weight = sum(weight for _, weight in pairs)
    if whole_weight == 0:
        return None
    return Fraction(sum(number * weight for number, weight in pairs), whole_weight)


def rounded(average: Fraction, decimals: int = 2) -> Decimal:
    """Return the average with so many decimals, halves up: 4.645 gives ``Decimal("4.65")``.

    Python's own ``round`` would take halves to the even neighbour.
    """
    scaled = whole_half_up(average * 10**decimals)
    return Decimal(scaled).scaleb(-decimals)


def average_text(average: Fraction | None) -> str:
    """Return the average with two decimals and a point, ``4.44``; empty text for None."""
    return "" if average is None else str(rounded(average))


def whole_half_up(number: Fraction) -> int:
    """Return the nearest whole number, the upper one when both are equally near."""
    return math.floor(number + Fraction(1, 2))


# ----------------------------------------------------------------------------- proposed term mark


@dataclass(frozen=True)
class ThresholdProfile:
    """From which average on which term mark is proposed, highest first, and what below all."""

    name: str
    thresholds: tuple[tuple[int, Fraction], ...]
    otherwise: int


def _five_point_profile(name: str, hundredths: int) -> ThresholdProfile:
    steps = tuple((mark, mark - 1 + Fraction(hundredths, 100)) for mark in (5, 4, 3))
    return ThresholdProfile(name, steps, otherwise=2)


ARITHMETIC = _five_point_profile("arithmetic", 50)
REGIONAL = _five_point_profile("regional", 65)
STRICT = _five_point_profile("strict", 70)

PROFILES: Mapping[str, ThresholdProfile] = MappingProxyType(
    {profile.name: profile for profile in (ARITHMETIC, REGIONAL, STRICT)}
)


def rounding_profile(scale: MarkScale) -> ThresholdProfile:
    """Return the profile that rounds to the nearest number of a scale, halves up.

    Raises:
        ValueError: the scale has no numbers.
    """
    lowest, *others = scale.numbers
    steps = tuple((number, Fraction(2 * number - 1, 2)) for number in reversed(others))
    return ThresholdProfile(f"rounding_{scale.name}", steps, otherwise=lowest)


@dataclass(frozen=True)
class ProposalRule:
    """How a school makes a proposal out of an average; the two options are off by default.

    ``no_best_with_failure``: not in the best band while an unsatisfactory mark stands.
    ``control_step``: the proposal is at most so much above the last control work's mark.
    """

    profile: ThresholdProfile = ARITHMETIC
    scale: MarkScale = FIVE_POINT
    weighted: bool = True
    no_best_with_failure: bool = False
    control_step: int | None = None


def mark_for_average(average: Fraction, profile: ThresholdProfile = ARITHMETIC) -> int:
    """Return the highest mark whose threshold the exact average reaches."""
    for mark, threshold in profile.thresholds:
        if average >= threshold:
            return mark
    return profile.otherwise


def suggested_term_mark(marks: Sequence[Mark], rule: ProposalRule | None = None) -> int | None:
    """Return the mark the programs propose for a term; the teacher decides.

    Args:
        marks: the student's marks of the term in the order of their lessons; only the option
            ``control_step`` looks at the order, to find the last control work.
    Returns:
        A number of the scale, or None when no mark counts.
    """
    rule = rule or ProposalRule()
    average = weighted_average(marks) if rule.weighted else plain_average(marks)
    if average is None:
        return None
    proposal = mark_for_average(average, rule.profile)
    numbers = [mark.number for mark in marks if mark.number is not None]
    if rule.no_best_with_failure and min(numbers) < rule.scale.sufficient:
        proposal = min(proposal, rule.scale.best - 1)
    last_control = _last_number(marks, CONTROL_KINDS)
    if rule.control_step is not None and last_control is not None:
        proposal = min(proposal, last_control + rule.control_step)
    return proposal


def _last_number(marks: Sequence[Mark], kinds: Collection[str]) -> int | None:
    for mark in reversed(marks):
        if mark.number is not None and mark.work_kind in kinds:
            return mark.number
    return None
