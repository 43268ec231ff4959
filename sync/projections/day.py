"""The lessons of a day: what the timetable gives, together with what was kept of each.

Lessons that were kept but that the timetable does not give (it was changed later, or the lesson was
out of plan) are there too: what a teacher wrote never disappears from the page.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sync.documents.identifiers import LessonKey
from sync.projections import calendars, groups, lessons, people
from sync.projections.groups import Group
from sync.projections.lessons import KeptLesson
from sync.projections.people import FOREVER
from sync.school import timetable
from sync.school.timetable import PlannedLesson
from sync.store.connection import Connection


@dataclass(frozen=True)
class DayLesson:
    """A lesson that is planned, was kept, or both; at least one of the two is there."""

    key: LessonKey
    group: Group
    planned: PlannedLesson | None
    kept: KeptLesson | None

    @property
    def number(self) -> int | None:
        """Return the lesson's number that day: as it was kept, else as planned."""
        if self.kept is not None and self.kept.number is not None:
            return self.kept.number
        return self.planned.number if self.planned else None

    @property
    def room(self) -> str | None:
        """Return the room: as it was kept, else as planned."""
        if self.kept is not None and self.kept.room is not None:
            return self.kept.room
        return self.planned.room if self.planned else None

    @property
    def cancelled(self) -> bool:
        """Tell whether the lesson is not given that day."""
        return self.planned is not None and self.planned.cancelled


def planned_lessons(
    connection: Connection, wanted: Sequence[Group], first: date, last: date
) -> list[PlannedLesson]:
    """Return what the timetable gives some groups between two dates; [] before an import."""
    calendar = calendars.current(connection)
    if calendar is None:
        return []
    ids = [group.id for group in wanted]
    slots = calendars.slots_of_groups(connection, ids)
    substitutions = list(_substitutions(connection, ids))
    bells = calendars.bells(connection)
    taught = {group.id: _taught(group) for group in wanted}
    assignments = list(_assignments(connection, ids))
    found: list[PlannedLesson] = []
    day, end = max(first, calendar.starts), min(last, calendar.ends)
    while day <= end:
        found.extend(
            timetable.lessons_on(
                day,
                calendar,
                slots,
                substitutions,
                bells=bells,
                groups=taught,
                assignments=assignments,
            )
        )
        day += timedelta(days=1)
    return found


def lessons_of_teacher(connection: Connection, teacher: str, day: date) -> list[DayLesson]:
    """Return a teacher's lessons of a day in their order: own, shared, and as a substitute."""
    wanted = groups.groups_of_teacher(connection, teacher, day)
    known = {group.id for group in wanted}
    for group_id in _groups_substituted(connection, teacher, day):
        found = groups.group(connection, group_id) if group_id not in known else None
        if found is not None:
            wanted.append(found)
    every = lessons_of_groups(connection, wanted, day, day)
    return [one for one in every if _concerns(one, teacher, known)]


def lessons_of_student(
    connection: Connection, student: str, first: date, last: date
) -> list[DayLesson]:
    """Return a student's lessons between two dates, both included, in their order.

    Membership is asked for each lesson's date, so that a change of class or group inside the
    time shows the old lessons before it and the new ones after.
    """
    wanted = _groups_of_student_between(connection, student, first, last)
    every = lessons_of_groups(connection, wanted, first, last)
    return [
        one for one in every if groups.is_member(connection, student, one.group.id, one.key.date)
    ]


def lessons_of_groups(
    connection: Connection, wanted: Sequence[Group], first: date, last: date
) -> list[DayLesson]:
    """Return all lessons of some groups between two dates, by date, number and group."""
    by_id = {group.id: group for group in wanted}
    planned = {
        LessonKey(one.group, one.date, one.ordinal): one
        for one in planned_lessons(connection, wanted, first, last)
    }
    kept = {
        one.key: one
        for group in wanted
        for one in lessons.lessons_of_group(connection, group.id, first, last)
    }
    found = [
        DayLesson(key, by_id[key.group], planned.get(key), kept.get(key))
        for key in planned.keys() | kept.keys()
    ]
    return sorted(found, key=_order)


def _order(lesson: DayLesson) -> tuple[object, ...]:
    shift = lesson.planned.shift if lesson.planned else 1
    number = 99 if lesson.number is None else lesson.number
    return (lesson.key.date, shift, number, lesson.group.class_title, lesson.key)


def _concerns(lesson: DayLesson, teacher: str, assigned: set[str]) -> bool:
    if lesson.planned is None:
        return lesson.key.group in assigned
    return lesson.planned.concerns(teacher)


def _taught(group: Group) -> timetable.TaughtGroup:
    return timetable.TaughtGroup(
        group.id, tuple((class_id, group.year_of_study) for class_id in group.classes)
    )


def _groups_substituted(connection: Connection, teacher: str, day: date) -> list[str]:
    rows = connection.execute(
        "SELECT DISTINCT group_id FROM substitution WHERE teacher = ? AND date = ?",
        (teacher, day.isoformat()),
    ).fetchall()
    return [row[0] for row in rows]


def _groups_of_student_between(
    connection: Connection, student: str, first: date, last: date
) -> list[Group]:
    rows = connection.execute(
        "SELECT g.id FROM teaching_group g JOIN group_class c ON c.group_id = g.id"
        " JOIN enrollment e ON e.class = c.class"
        " WHERE g.has_members = 0 AND e.student = ? AND e.starts <= ? AND e.ends >= ?"
        " UNION SELECT group_id FROM group_member"
        " WHERE student = ? AND starts <= ? AND ends >= ?",
        (student, last.isoformat(), first.isoformat()) * 2,
    ).fetchall()
    found = (groups.group(connection, row[0]) for row in rows)
    return [group for group in found if group is not None]


def _substitutions(connection: Connection, ids: Sequence[str]) -> Iterable[timetable.Substitution]:
    rows = connection.execute(
        "SELECT group_id, date, ordinal, kind, teacher, room, number FROM substitution"
        " WHERE group_id IN (SELECT value FROM json_each(?)) ORDER BY doc_id",
        (json.dumps(list(ids)),),
    ).fetchall()
    for row in rows:
        kind = timetable.SubstitutionKind(row[3])
        day = date.fromisoformat(row[1])
        yield timetable.Substitution(row[0], day, row[2], kind, *row[4:])


def _assignments(connection: Connection, ids: Sequence[str]) -> Iterable[timetable.Assignment]:
    rows = connection.execute(
        "SELECT group_id, teacher, room, starts, ends FROM assignment"
        " WHERE group_id IN (SELECT value FROM json_each(?)) ORDER BY teacher",
        (json.dumps(list(ids)),),
    ).fetchall()
    for row in rows:
        ends = None if row[4] == FOREVER else date.fromisoformat(row[4])
        yield timetable.Assignment(row[0], row[1], row[2], date.fromisoformat(row[3]), ends)


def names_of_staff(connection: Connection, wanted: Iterable[str]) -> dict[str, str]:
    """Return the short names of some of the staff by id; unknown ids are left out."""
    names: dict[str, str] = {}
    for person in set(wanted):
        found = people.staff_member(connection, person)
        if found is not None:
            names[person] = found.name.short()
    return names
