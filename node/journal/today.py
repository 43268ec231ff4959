"""A teacher's day: the lessons in their order, with what is still missing in each.

What is missing, and from when on, say ``school.deadlines``. A lesson that somebody else gives
instead owes nothing to the teacher who is away.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from node.computers import Computers
from sync.documents.identifiers import LessonKey
from sync.projections import calendars, day, groups, marks
from sync.projections.day import DayLesson
from sync.projections.groups import Group
from sync.school import deadlines
from sync.school.deadlines import MissingPart, Part, SchoolDays
from sync.school.school_year import Holiday, SchoolYear
from sync.school.timetable import PlannedLesson
from sync.store.connection import Connection

#: Debts of this many days back are listed under the day.
DEBT_DAYS = 7
_LONGEST_BREAK_DAYS = 120


class When(StrEnum):
    """Where the present moment stands to a lesson."""

    OVER = "over"
    NOW = "now"
    LATER = "later"


class Relation(StrEnum):
    """How the teacher stands to a lesson."""

    OWN = "own"
    SUBSTITUTES = "substitutes"  # gives it instead of ``other``
    SUBSTITUTED = "substituted"  # ``other`` gives it instead


@dataclass(frozen=True)
class LessonLine:
    """A lesson of the day. ``other`` is the short name of the colleague in a substitution.

    ``departed``: it is no longer kept on this computer, and nothing of it is shown.
    """

    lesson: DayLesson
    when: When
    relation: Relation
    other: str | None
    elsewhere: bool
    marks: int
    missing: tuple[MissingPart, ...]
    departed: bool = False


class Rest(StrEnum):
    """Why a day has no lessons at school."""

    NO_SCHOOL_YET = "no_school_yet"
    OUTSIDE_YEAR = "outside_year"
    HOLIDAY = "holiday"
    WEEKEND = "weekend"


@dataclass(frozen=True)
class TeachersDay:
    """What the page shows. ``rest`` is why there is no school; ``holiday`` its name if it has one.

    ``debts`` are lessons of earlier days that still owe something, the newest first.
    """

    shown: date
    today: date
    calendar: SchoolYear | None
    lines: Sequence[LessonLine]
    rest: Rest | None
    holiday: Holiday | None
    groups: Sequence[Group]
    debts: Sequence[LessonLine]

    @property
    def earlier(self) -> date:
        """Return the school day before."""
        return _school_day(self.calendar, self.shown, -1)

    @property
    def later(self) -> date:
        """Return the school day after."""
        return _school_day(self.calendar, self.shown, 1)


@dataclass(frozen=True)
class Viewer:
    """Who looks, when, and at which computer: ``label``, such as «Кабинет 12».

    ``computers`` names those on which something else was written. ``departed`` tells which of some
    lessons are no longer kept on this one, ``departed_students`` who is in no list of names here.
    """

    teacher: str
    now: datetime
    label: str
    computers: Computers = field(default_factory=Computers)
    departed: Callable[[Iterable[LessonKey]], set[LessonKey]] = lambda keys: set()
    departed_students: frozenset[str] = frozenset()


def teachers_day(connection: Connection, viewer: Viewer, shown: date | None) -> TeachersDay:
    """Return the day of a teacher; ``shown`` None means today at school."""
    calendar = calendars.current(connection)
    today = calendars.local_date(connection, viewer.now)
    on = shown or today
    rest, holiday = _rest(calendar, on)
    return TeachersDay(
        shown=on,
        today=today,
        calendar=calendar,
        lines=lines_of(connection, viewer, on),
        rest=rest,
        holiday=holiday,
        groups=groups.groups_of_teacher(connection, viewer.teacher, on),
        debts=list(_debts(connection, viewer, calendar, today)),
    )


def lines_of(connection: Connection, viewer: Viewer, on: date) -> list[LessonLine]:
    """Return the lessons of one date."""
    found = day.lessons_of_teacher(connection, viewer.teacher, on)
    rooms = _rooms_of(viewer.label)
    departed = viewer.departed(lesson.key for lesson in found)
    return [
        _departed_line(lesson)
        if lesson.key in departed
        else _line(connection, viewer, rooms, lesson)
        for lesson in found
    ]


def when_of(lesson: DayLesson, now: datetime, calendar: SchoolYear | None) -> When:
    """Return where the moment ``now`` stands to a lesson; without bells the date alone decides."""
    if calendar is None:
        return When.OVER
    here = calendar.local(now)
    planned = lesson.planned
    if lesson.key.date != here.date() or planned is None or planned.starts is None:
        return When.LATER if lesson.key.date > here.date() else When.OVER
    if here.time() < planned.starts:
        return When.LATER
    return When.NOW if planned.ends and here.time() < planned.ends else When.OVER


def _line(
    connection: Connection, viewer: Viewer, rooms: frozenset[str], lesson: DayLesson
) -> LessonLine:
    calendar = calendars.current(connection)
    relation, other = relation_of(lesson, viewer.teacher)
    names = day.names_of_staff(connection, [other]) if other else {}
    on = lesson.key.date
    given = [
        mark
        for mark in marks.marks_of_group(connection, lesson.group.id, on, on)
        if mark.lesson == lesson.key and mark.value is not None
    ]
    owes = relation is not Relation.SUBSTITUTED and calendar is not None
    return LessonLine(
        lesson=lesson,
        when=when_of(lesson, viewer.now, calendar),
        relation=relation,
        other=names.get(other or "", other),
        elsewhere=bool(rooms) and lesson.room is not None and lesson.room not in rooms,
        marks=len(given),
        missing=_missing(lesson, viewer.now, calendar) if owes and calendar else (),
    )


def _departed_line(lesson: DayLesson) -> LessonLine:
    bare = replace(lesson, kept=None)
    return LessonLine(bare, When.OVER, Relation.OWN, None, False, 0, (), departed=True)


def _missing(lesson: DayLesson, now: datetime, calendar: SchoolYear) -> tuple[MissingPart, ...]:
    kept = lesson.kept
    recorded = {
        Part.TOPIC: kept is not None and kept.topic is not None,
        Part.ROLL_CALL: kept is not None and kept.roll_call is not None,
        Part.HOMEWORK: kept is not None and kept.homework is not None,
    }
    # A lesson out of the timetable has no bells: it is expected from its day on.
    planned = lesson.planned or PlannedLesson(
        lesson.group.id, lesson.key.date, lesson.key.ordinal, lesson.number or 0
    )
    days = SchoolDays(calendar, lesson.group.year_of_study or None)
    return deadlines.missing_parts(planned, recorded, now, days)


def relation_of(lesson: DayLesson, teacher: str) -> tuple[Relation, str | None]:
    """Return how a teacher stands to a lesson, and the id of the colleague in a substitution."""
    planned = lesson.planned
    if planned is None or planned.substitute is None:
        return Relation.OWN, None
    if planned.substitute == teacher:
        return Relation.SUBSTITUTES, planned.teacher
    return Relation.SUBSTITUTED, planned.substitute


def _debts(
    connection: Connection, viewer: Viewer, calendar: SchoolYear | None, today: date
) -> Iterator[LessonLine]:
    if calendar is None:
        return
    for back in range(1, DEBT_DAYS + 1):
        earlier = today - timedelta(days=back)
        if calendar.contains(earlier):
            for line in lines_of(connection, viewer, earlier):
                # Not every lesson has homework: what is only a reminder is no debt.
                if not all(part.is_warning for part in line.missing):
                    yield line


def _rest(calendar: SchoolYear | None, on: date) -> tuple[Rest | None, Holiday | None]:
    if calendar is None:
        return Rest.NO_SCHOOL_YET, None
    if not calendar.contains(on):
        return Rest.OUTSIDE_YEAR, None
    holiday = calendar.holiday_on(on)
    if holiday is not None:
        return Rest.HOLIDAY, holiday
    return (Rest.WEEKEND if on.isoweekday() > calendar.weekdays else None), None


def _school_day(calendar: SchoolYear | None, start: date, step: int) -> date:
    following = start + timedelta(days=step)
    if calendar is None:
        return following
    for distance in range(1, _LONGEST_BREAK_DAYS):
        candidate = start + timedelta(days=step * distance)
        if calendar.is_teaching_day(candidate):
            return candidate
    return following


def _rooms_of(label: str) -> frozenset[str]:
    """Return the rooms that the computer's label names: «Кабинет 12» is in 12."""
    return frozenset(re.findall(r"\w*\d[\w-]*", label))
