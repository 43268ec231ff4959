"""Who plays in the demonstration: chosen from the school's own timetable, not named here.

A lesson of the day is given by a substitute in the substitute's room, so that two people, at two
computers, may write the same lesson: its teacher at the first node, the substitute at the second.
Around them: the class teacher of that class, and its guardians.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sync.documents.identifiers import LessonKey
from sync.projections import calendars, day, groups, people
from sync.projections.day import DayLesson
from sync.school.people import Role
from sync.store.connection import Connection


class NobodyFits(Exception):
    """The workbook's timetable of the day has no lesson that the story could be told with."""


@dataclass(frozen=True)
class Cast:
    """The people and places of the story; ids of staff, of a class, of lessons; rooms are text.

    Attributes:
        substituted: the lesson that ``substitute`` gives instead of ``teacher``.
        number: its number that day.
        own: a lesson of the day that ``teacher`` gives as planned, in ``room``.
        room: where ``teacher`` works, and the first node stands.
        other_room: the same of ``substitute`` and the second node.
        untouched: the lessons of today that the history leaves to whoever tries the demonstration.
    """

    substituted: LessonKey
    number: int
    teacher: str
    substitute: str
    own: LessonKey
    room: str
    other_room: str
    school_class: str
    class_teacher: str | None
    deputy_head: str | None
    administrator: str | None
    untouched: frozenset[LessonKey]


@dataclass(frozen=True)
class _Plot:
    """A lesson with somebody who could give it instead."""

    lesson: DayLesson
    teacher: str
    substitute: str
    own: DayLesson
    other_room: str
    score: int


def cast_at(connection: Connection, at: datetime) -> Cast:
    """Return the cast for a moment: its day, and preferably a lesson that has begun by then.

    Raises:
        NobodyFits: as ``choose``, or there is no school year.
    """
    calendar = calendars.current(connection)
    if calendar is None:
        raise NobodyFits
    here = calendar.local(at)
    begun = [bell.number for bell in calendars.bells(connection) if bell.starts <= here.time()]
    return choose(connection, here.date(), max(begun, default=0) + 1)


def choose(connection: Connection, on: date, begun_before: int) -> Cast:
    """Return the cast for a day.

    Args:
        begun_before: lessons with a number below this have begun; one of them is preferred.
    Raises:
        NobodyFits: no lesson of the day has a substitute who is free.
    """
    lessons = _lessons_of_day(connection, on)
    plots = sorted(
        _plots(connection, lessons, begun_before),
        key=lambda plot: (-plot.score, plot.lesson.number or 0, plot.lesson.group.class_title),
    )
    if not plots:
        raise NobodyFits
    plot = plots[0]
    school_class = groups.school_class(connection, plot.lesson.group.classes[0])
    return Cast(
        substituted=plot.lesson.key,
        number=plot.lesson.number or 0,
        teacher=plot.teacher,
        substitute=plot.substitute,
        own=plot.own.key,
        room=plot.own.room or "",
        other_room=plot.other_room,
        school_class=plot.lesson.group.classes[0],
        class_teacher=school_class.homeroom_teacher if school_class else None,
        deputy_head=_somebody(connection, Role.DEPUTY_HEAD),
        administrator=_somebody(connection, Role.TECHNICAL_ADMIN),
        untouched=frozenset(
            one.key for one in lessons if {plot.teacher, plot.substitute} & _given_by(one)
        ),
    )


def _lessons_of_day(connection: Connection, on: date) -> list[DayLesson]:
    every = {
        one.id: one
        for school_class in groups.all_classes(connection)
        for one in groups.groups_of_class(connection, school_class.id)
    }
    found = day.lessons_of_groups(connection, list(every.values()), on, on)
    return [one for one in found if one.planned is not None and not one.cancelled]


def _plots(
    connection: Connection, lessons: Sequence[DayLesson], begun_before: int
) -> Iterator[_Plot]:
    teachers = {teacher for one in lessons for teacher in _given_by(one)}
    subjects = {one: _subjects(connection, one, lessons[0].key.date) for one in teachers}
    for lesson in lessons:
        if not lesson.group.whole_class or lesson.planned is None or lesson.group.markless:
            continue
        teacher = lesson.planned.given_by
        own = [one for one in lessons if one is not lesson and teacher in _given_by(one)]
        own = [one for one in own if one.room and one.group.whole_class and not one.group.markless]
        if teacher is None or not own:
            continue
        busy = {name for one in lessons if one.number == lesson.number for name in _given_by(one)}
        for substitute in sorted(teachers - busy):
            room = _room_of(lessons, substitute)
            if room is None or room == own[0].room:
                continue
            score = 3 * (lesson.group.subject in subjects[substitute])
            score += 2 * ((lesson.number or 0) < begun_before) + min(2, len(own))
            yield _Plot(lesson, teacher, substitute, own[0], room, score)


def _given_by(lesson: DayLesson) -> set[str]:
    given_by = lesson.planned.given_by if lesson.planned else None
    return set() if given_by is None else {given_by}


def _subjects(connection: Connection, teacher: str, on: date) -> set[str]:
    return {one.subject for one in groups.groups_of_teacher(connection, teacher, on)}


def _room_of(lessons: Sequence[DayLesson], teacher: str) -> str | None:
    rooms = [one.room for one in lessons if teacher in _given_by(one) and one.room]
    return rooms[0] if rooms else None


def _somebody(connection: Connection, role: Role) -> str | None:
    found = [member for member in people.all_staff(connection) if role in member.roles]
    return found[0].id if found else None
