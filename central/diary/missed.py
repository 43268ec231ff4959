"""What a child missed: each lesson with its reason, and the totals of lessons and whole days."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from central.diary import shown
from central.diary.family import Child
from central.diary.shown import ShownAbsence
from sync.documents.identifiers import LessonKey
from sync.projections import absences, day, groups
from sync.projections.day import DayLesson
from sync.school import attendance
from sync.school.attendance import AbsenceTotals
from sync.store.connection import Connection


@dataclass(frozen=True)
class MissedLesson:
    """One line; ``number`` None where the child's timetable does not have the lesson (any more)."""

    absence: ShownAbsence
    subject: str
    number: int | None


@dataclass(frozen=True)
class MissedDay:
    """The lessons missed on one date, in their order; ``whole`` if none of the day is left."""

    date: date
    lines: Sequence[MissedLesson]
    whole: bool


@dataclass(frozen=True)
class Missed:
    """Days with absences, the newest first, and totals. Disputed ones count nowhere."""

    days: Sequence[MissedDay]
    lessons: AbsenceTotals
    whole_days: AbsenceTotals


def missed_between(connection: Connection, child: Child, first: date, last: date) -> Missed:
    """Return what the child missed between two dates, both included."""
    found = shown.absences_shown(absences.absences_of_student(connection, child.id, first, last))
    by_date: dict[date, list[ShownAbsence]] = defaultdict(list)
    for one in found:
        by_date[one.kept.lesson.date].append(one)
    held = {on: day.lessons_of_student(connection, child.id, on, on) for on in by_date}
    counted = {one.kept.lesson: one.code for one in found if one.code and not one.kept.disputed}
    given = {on: [each.key for each in every if _was_given(each)] for on, every in held.items()}
    gone = {key for key, code in counted.items() if attendance.counts_as_missed(code)}
    days = [
        MissedDay(
            on,
            _lines(connection, by_date[on], held[on]),
            whole=attendance.day_is_missed(given[on], gone),
        )
        for on in sorted(by_date, reverse=True)
    ]
    return Missed(
        days=days,
        lessons=attendance.totals(counted.values()),
        whole_days=attendance.full_days_missed(given, counted),
    )


def _was_given(lesson: DayLesson) -> bool:
    return lesson.kept is not None or not lesson.cancelled


def _lines(
    connection: Connection, found: Sequence[ShownAbsence], held: Sequence[DayLesson]
) -> list[MissedLesson]:
    by_key = {lesson.key: lesson for lesson in held}
    lines = []
    for one in found:
        lesson = by_key.get(one.kept.lesson)
        group = lesson.group if lesson else groups.group(connection, one.kept.lesson.group)
        subject = group.subject_name if group else ""
        lines.append(MissedLesson(one, subject, lesson.number if lesson else None))
    return sorted(lines, key=_order)


def _order(line: MissedLesson) -> tuple[int, LessonKey]:
    return (99 if line.number is None else line.number, line.absence.kept.lesson)
