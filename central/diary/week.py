"""A week of the diary: days with their lessons, homework, marks and absences.

Lessons stand here by the timetable before anybody has kept them. Homework stands at the lesson at
which it was given and, as long as it can still be done, at the next lesson of that group too.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

from central.diary import shown
from central.diary.family import Child
from central.diary.shown import ShownAbsence, ShownMark
from sync.documents.identifiers import LessonKey
from sync.projections import absences, calendars, day, marks
from sync.projections.day import DayLesson
from sync.school.school_year import SchoolYear
from sync.store.connection import Connection

_DAYS = 7
# Homework given before the longest holidays is due after them.
_LOOK_BACK = timedelta(days=28)


class State(StrEnum):
    """What is to be said of a lesson as a whole."""

    KEPT = "kept"
    CANCELLED = "cancelled"
    MISSING = "missing"  # its day is over and nothing about it has arrived
    AHEAD = "ahead"


@dataclass(frozen=True)
class Line:
    """One lesson. ``due`` is the homework to be done for it, ``teacher`` who substitutes."""

    lesson: DayLesson
    state: State
    substitute: str | None
    due: str | None
    marks: Sequence[ShownMark]
    absence: ShownAbsence | None

    @property
    def topic(self) -> str | None:
        """Return the topic as it was kept."""
        return self.lesson.kept.topic if self.lesson.kept else None

    @property
    def homework(self) -> str | None:
        """Return the homework given at this lesson."""
        return self.lesson.kept.homework if self.lesson.kept else None

    @property
    def disputed(self) -> bool:
        """Tell whether topic or homework are disputed."""
        return self.lesson.kept is not None and self.lesson.kept.disputed


@dataclass(frozen=True)
class Day:
    """A day with its lessons; without any, ``holiday`` may name why."""

    date: date
    lines: Sequence[Line]
    holiday: str | None
    is_today: bool
    is_school_day: bool


@dataclass(frozen=True)
class Week:
    """A week from Monday on; ``previous`` and ``next`` are Mondays inside the school year."""

    monday: date
    days: Sequence[Day]
    previous: date | None
    next: date | None

    @property
    def last_day(self) -> date:
        """Return the last day that is shown."""
        return self.days[-1].date

    @property
    def lines(self) -> list[Line]:
        """Return the lessons of all days."""
        return [line for each in self.days for line in each.lines]


def monday_of(on: date) -> date:
    """Return the Monday of a date's week."""
    return on - timedelta(days=on.weekday())


def week(connection: Connection, child: Child, on: date, today: date) -> Week | None:
    """Return the child's week that holds ``on``.

    None: before the first import, or the week lies outside the school year.
    """
    calendar = calendars.current(connection)
    if calendar is None:
        return None
    monday = monday_of(on)
    if not monday_of(calendar.starts) <= monday <= monday_of(calendar.ends):
        return None
    lines = _lines(connection, child, monday, today)
    weekdays = [line.lesson.key.date.isoweekday() for line in lines]
    length = max(calendar.weekdays, *weekdays) if weekdays else calendar.weekdays
    days = [monday + timedelta(days=number) for number in range(length)]
    before, after = monday - timedelta(days=_DAYS), monday + timedelta(days=_DAYS)
    return Week(
        monday=monday,
        days=[_day(child, calendar, each, lines, today) for each in days],
        previous=before if before >= monday_of(calendar.starts) else None,
        next=after if after <= monday_of(calendar.ends) else None,
    )


def _day(child: Child, calendar: SchoolYear, on: date, lines: Iterable[Line], today: date) -> Day:
    own = child.school_class
    year, class_id = (own.year_of_study, own.id) if own else (None, None)
    holiday = calendar.holiday_on(on, year, class_id)
    return Day(
        date=on,
        lines=[line for line in lines if line.lesson.key.date == on],
        holiday=holiday.name if holiday else None,
        is_today=on == today,
        is_school_day=calendar.is_teaching_day(on, year, class_id),
    )


def _lines(connection: Connection, child: Child, monday: date, today: date) -> list[Line]:
    sunday = monday + timedelta(days=_DAYS - 1)
    every = day.lessons_of_student(connection, child.id, monday - _LOOK_BACK, sunday)
    due = _homework_due(every)
    given = _marks_by_lesson(connection, child, monday, sunday)
    away = {
        one.kept.lesson: one
        for one in shown.absences_shown(
            absences.absences_of_student(connection, child.id, monday, sunday)
        )
    }
    own = [lesson for lesson in every if lesson.key.date >= monday]
    substitutes = [one.planned.substitute for one in own if one.planned and one.planned.substitute]
    names = day.names_of_staff(connection, substitutes)
    found = []
    for lesson in own:
        key = lesson.key
        substitute = lesson.planned.substitute if lesson.planned else None
        known = key in given or key in away
        found.append(
            Line(
                lesson=lesson,
                state=_state(lesson, known=known, today=today),
                substitute=names.get(substitute or ""),
                due=due.get(key) if key.date >= today else None,
                marks=given.get(key, ()),
                absence=away.get(key),
            )
        )
    return found


def _state(lesson: DayLesson, *, known: bool, today: date) -> State:
    if lesson.kept is not None or known:
        return State.KEPT
    if lesson.cancelled:
        return State.CANCELLED
    return State.MISSING if lesson.key.date < today else State.AHEAD


def _homework_due(every: Iterable[DayLesson]) -> dict[LessonKey, str]:
    """Return the homework due by lesson: what was given on the group's day of lessons before.

    It stands at the first lesson of a day: of a double lesson nothing is due in its second half.
    """
    by_group: dict[str, dict[date, list[DayLesson]]] = defaultdict(lambda: defaultdict(list))
    for lesson in every:
        if not lesson.cancelled or lesson.kept is not None:
            by_group[lesson.key.group][lesson.key.date].append(lesson)
    due: dict[LessonKey, str] = {}
    for days in by_group.values():
        for before, after in pairwise(days.values()):
            given = [one.kept.homework for one in before if one.kept and one.kept.homework]
            if given:
                due[after[0].key] = "\n".join(given)
    return due


def _marks_by_lesson(
    connection: Connection, child: Child, first: date, last: date
) -> dict[LessonKey, list[ShownMark]]:
    found: dict[LessonKey, list[ShownMark]] = defaultdict(list)
    kept = marks.marks_of_student(connection, child.id, first, last)
    for mark in shown.explained(connection, kept):
        found[mark.kept.lesson].append(mark)
    return found
