"""The school year: which term a date is in, which days are taught, and what day it is at school.

    starts                                                                   ends
    |—— I четверть ——|· осенние ·|—— II четверть ——|· зимние ·|—— III … ——|
    years 1–9: quarters, years 10–11: half-years; holidays may be those of one year or class only

A date is in one term at most for a year of study; a lesson and its marks belong to the term of the
lesson's date, whenever they were entered. A teaching day is a weekday of the school week inside the
year, inside a term and outside the holidays of the class.

Dates are dates in the school's own zone. The zone of the computer is never asked, so a laptop that
came back from another zone keeps the right lessons. Weeks count from the week in which the year
starts: that one is odd, the next even, holidays included.

A ``SchoolYear`` that contradicts itself cannot be made; ``errors.CalendarRefused`` says which part
with the codes ``unknown_timezone``, ``school_week_outside_range``, ``year_ends_before_start``,
``year_too_long``, ``term_ends_before_start``, ``term_outside_year``, ``terms_overlap``,
``term_id_twice`` and ``holiday_ends_before_start``.
"""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sync import errors

LOWEST_YEAR_OF_STUDY = 1
HIGHEST_YEAR_OF_STUDY = 12

# A mistyped year must not make every count of days run through centuries.
_LONGEST_YEAR = timedelta(days=500)

_ONE_DAY = timedelta(days=1)


class TermKind(StrEnum):
    """How a year is divided for a year of study."""

    QUARTER = "quarter"
    TRIMESTER = "trimester"
    HALF_YEAR = "half_year"
    YEAR = "year"


class Parity(StrEnum):
    """Whether a week counts as odd or even from the start of the year."""

    ODD = "odd"
    EVEN = "even"


@dataclass(frozen=True)
class Term:
    """A part of the year after which term marks are given; both dates belong to it."""

    id: str
    kind: TermKind
    name: str
    starts: date
    ends: date
    years_of_study: frozenset[int]


@dataclass(frozen=True)
class Holiday:
    """Days without lessons, both dates included.

    With neither ``years_of_study`` nor ``classes`` it is everybody's; otherwise it is for the
    years and for the classes (ids) named.
    """

    name: str
    starts: date
    ends: date
    years_of_study: frozenset[int] | None = None
    classes: frozenset[str] | None = None

    def is_for(self, year_of_study: int | None, class_id: str | None) -> bool:
        """Tell whether a class of this year of study has this holiday."""
        if self.years_of_study is None and self.classes is None:
            return True
        return year_of_study in (self.years_of_study or ()) or class_id in (self.classes or ())


@dataclass(frozen=True)
class SchoolYear:
    """A school's calendar of one year. ``weekdays`` is the number of school days a week, 1 to 7.

    Raises:
        errors.CalendarRefused: when made from parts that contradict each other.
    """

    label: str
    timezone: str
    starts: date
    ends: date
    weekdays: int = 5
    terms: tuple[Term, ...] = ()
    holidays: tuple[Holiday, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a calendar that contradicts itself."""
        zone(self.timezone)
        if not 1 <= self.weekdays <= 7:
            raise errors.CalendarRefused(code="school_week_outside_range", weekdays=self.weekdays)
        _check_span("year_ends_before_start", self.label, self.starts, self.ends)
        if self.ends - self.starts > _LONGEST_YEAR:
            raise errors.CalendarRefused(code="year_too_long", label=self.label)
        for holiday in self.holidays:
            _check_span("holiday_ends_before_start", holiday.name, holiday.starts, holiday.ends)
        self._check_terms()

    def _check_terms(self) -> None:
        for term in self.terms:
            _check_span("term_ends_before_start", term.name, term.starts, term.ends)
            if term.starts < self.starts or term.ends > self.ends:
                raise errors.CalendarRefused(code="term_outside_year", label=term.name)
        for one, other in itertools.combinations(self.terms, 2):
            if one.id == other.id:
                raise errors.CalendarRefused(code="term_id_twice", label=other.name)
            together = one.starts <= other.ends and other.starts <= one.ends
            if together and one.years_of_study & other.years_of_study:
                raise errors.CalendarRefused(code="terms_overlap", label=one.name, other=other.name)

    # ------------------------------------------------------------------------------------ terms

    def terms_of(self, year_of_study: int) -> tuple[Term, ...]:
        """Return the terms of a year of study in the order of their dates."""
        own = [term for term in self.terms if year_of_study in term.years_of_study]
        return tuple(sorted(own, key=lambda term: term.starts))

    def term_of(self, day: date, year_of_study: int) -> Term | None:
        """Return the term a date is in, None between terms and outside the year."""
        for term in self.terms:
            if year_of_study in term.years_of_study and term.starts <= day <= term.ends:
                return term
        return None

    # ------------------------------------------------------------------------------------- days

    def contains(self, day: date) -> bool:
        """Tell whether a date lies in this school year, holidays included."""
        return self.starts <= day <= self.ends

    def holiday_on(
        self, day: date, year_of_study: int | None = None, class_id: str | None = None
    ) -> Holiday | None:
        """Return the holiday that this class has on a date, the first one listed."""
        for holiday in self.holidays:
            if holiday.starts <= day <= holiday.ends and holiday.is_for(year_of_study, class_id):
                return holiday
        return None

    def is_teaching_day(
        self, day: date, year_of_study: int | None = None, class_id: str | None = None
    ) -> bool:
        """Tell whether a class has lessons on a date.

        Without a class and year of study the answer is the school's: holidays of single classes
        do not count, nor do terms. A year of study for which no term is listed has no bounds
        besides the year's.
        """
        if not self.contains(day) or day.isoweekday() > self.weekdays:
            return False
        if self.holiday_on(day, year_of_study, class_id) is not None:
            return False
        if year_of_study is None or not self.terms_of(year_of_study):
            return True
        return self.term_of(day, year_of_study) is not None

    def teaching_days(
        self,
        first: date,
        last: date,
        year_of_study: int | None = None,
        class_id: str | None = None,
    ) -> Iterator[date]:
        """Yield the teaching days from ``first`` to ``last``, both included, in order."""
        day, end = max(first, self.starts), min(last, self.ends)
        while day <= end:
            if self.is_teaching_day(day, year_of_study, class_id):
                yield day
            day += _ONE_DAY

    def teaching_days_between(
        self,
        earlier: date,
        later: date,
        year_of_study: int | None = None,
        class_id: str | None = None,
    ) -> int:
        """Count the teaching days after ``earlier`` up to and including ``later``.

        Zero when ``later`` is not after ``earlier``. Days outside the year are not taught.
        """
        if later <= earlier:
            return 0
        after = earlier + _ONE_DAY
        return sum(1 for _ in self.teaching_days(after, later, year_of_study, class_id))

    def teaching_day_after(
        self,
        day: date,
        count: int,
        year_of_study: int | None = None,
        class_id: str | None = None,
    ) -> date:
        """Return the ``count``-th teaching day after ``day``; ``day`` itself for 0.

        When the year has no so many left, it is the last day of the year, or ``day`` if later.
        """
        if count <= 0 or day >= self.ends:
            return day
        following = self.teaching_days(day + _ONE_DAY, self.ends, year_of_study, class_id)
        return next(itertools.islice(following, count - 1, None), self.ends)

    def teaching_day_before(
        self,
        day: date,
        count: int,
        year_of_study: int | None = None,
        class_id: str | None = None,
    ) -> date:
        """Return the teaching day from which ``count`` more follow up to ``day``, ``day`` included.

        With 0 that is the last teaching day up to ``day``. When there are not so many, it is the
        first day of the year.
        """
        taught = list(self.teaching_days(self.starts, day, year_of_study, class_id))
        return taught[-1 - count] if count < len(taught) else self.starts

    def week_parity(self, day: date) -> Parity:
        """Tell whether a date is in an odd or an even week of this school year."""
        weeks = (_monday(day) - _monday(self.starts)).days // 7
        return Parity.ODD if weeks % 2 == 0 else Parity.EVEN

    # ------------------------------------------------------------------------------------- time

    def today(self, now: datetime) -> date:
        """Return the date at school at an instant."""
        return local_today(now, self.timezone)

    def local(self, now: datetime) -> datetime:
        """Return an instant as the clock on the school's wall shows it, zone included."""
        return local_moment(now, self.timezone)

    def instant(self, day: date, at: time) -> datetime:
        """Return the instant, in UTC, at which the school's wall shows this date and time."""
        return instant_of(day, at, self.timezone)


def zone(name: str) -> ZoneInfo:
    """Return the zone of a name such as ``Europe/Moscow``.

    Raises:
        errors.CalendarRefused: there is no zone of this name; code ``unknown_timezone``.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise errors.CalendarRefused(code="unknown_timezone", timezone=name[:60]) from error


def local_moment(now: datetime, timezone: str) -> datetime:
    """Return an instant in the school's zone.

    Raises:
        ValueError: ``now`` has no zone, so it is no instant.
    """
    if now.tzinfo is None:
        raise ValueError("an instant without a zone")
    return now.astimezone(zone(timezone))


def local_today(now: datetime, timezone: str) -> date:
    """Return the date at school at an instant, whatever zone the computer is in.

    Raises:
        ValueError: ``now`` has no zone, so it is no instant.
    """
    return local_moment(now, timezone).date()


def instant_of(day: date, at: time, timezone: str) -> datetime:
    """Return the instant, in UTC, of a date and time at school.

    A time that the clocks skip in spring is read by the clock not yet moved; one that comes twice
    in autumn is the first of the two.
    """
    wall = datetime.combine(day, at.replace(tzinfo=None, fold=0), tzinfo=zone(timezone))
    return wall.astimezone(UTC)


def parse_years(text: str) -> frozenset[int]:
    """Return the years of study written as ``5``, ``1-9`` or ``1–4, 10``; any dash will do.

    Raises:
        errors.YearsNotUnderstood: something else is written, or a year that no school has.
    """
    years: set[int] = set()
    for part in re.split("[,;]", text):
        span = re.fullmatch(
            r"([0-9]{1,2})(?:\s*[-\u2010-\u2015\u2212]\s*([0-9]{1,2}))?", part.strip()
        )
        if span is None:
            raise errors.YearsNotUnderstood(typed=text.strip()[:40])
        first, last = int(span[1]), int(span[2] or span[1])
        if not LOWEST_YEAR_OF_STUDY <= first <= last <= HIGHEST_YEAR_OF_STUDY:
            raise errors.YearsNotUnderstood(typed=text.strip()[:40])
        years.update(range(first, last + 1))
    return frozenset(years)


def years_text(years: frozenset[int]) -> str:
    """Return years of study as a person writes them: ``1–4, 10``."""
    runs: list[list[int]] = []
    for year in sorted(years):
        if runs and runs[-1][-1] == year - 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _check_span(code: str, label: str, starts: date, ends: date) -> None:
    if ends < starts:
        raise errors.CalendarRefused(code=code, label=label)
