"""A page of the journal: students by lessons, with marks, absences and averages.

    5А Математика        05.10  07.10  07.10·контр.  12.10 …   average  weighted  missed
    Абрамов Пётр           5      Н         4          ·         4.50     4.25      1

Each lesson has its own column; further works of the lesson stand right of it. Columns come from the
timetable and from what was kept, so a lesson of tomorrow has its empty column already.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from sync.documents.identifiers import OWN_COLUMN
from sync.projections import absences, day, groups, lessons, marks, people
from sync.projections.absences import KeptAbsence
from sync.projections.day import DayLesson
from sync.projections.groups import Group
from sync.projections.lessons import Work
from sync.projections.marks import KeptMark
from sync.projections.people import Person
from sync.school import attendance
from sync.school import marks as rules
from sync.store.connection import Connection


@dataclass(frozen=True)
class SheetColumn:
    """A column of marks: the lesson's own (``work`` None) or that of a further work."""

    lesson: DayLesson
    work: Work | None

    @property
    def id(self) -> str:
        """Return the column as it stands in the ids of marks."""
        return OWN_COLUMN if self.work is None else self.work.id

    @property
    def work_kind(self) -> str:
        """Return the kind of work (``rules.WorkKind``) that marks of this column are given for."""
        if self.work is not None:
            return self.work.work_kind or rules.WorkKind.ANSWER.value
        kept = self.lesson.kept
        return (kept.work_kind if kept else None) or rules.WorkKind.ANSWER.value

    @property
    def weight(self) -> int:
        """Return the weight of a new mark of this column."""
        if self.work is not None and self.work.weight is not None:
            return self.work.weight
        return rules.DEFAULT_WEIGHTS[rules.WorkKind(self.work_kind)]


@dataclass(frozen=True)
class SheetRow:
    """A student's row: cells by column (mark) and by lesson (absence), averages, totals."""

    student: Person
    marks: Mapping[tuple[str, str], KeptMark]
    absences: Mapping[str, KeptAbsence]
    average: Fraction | None
    weighted: Fraction | None
    missed: int
    missed_ill: int

    def mark_in(self, column: SheetColumn) -> KeptMark | None:
        """Return the mark of a column, withdrawn ones included; None if there never was one."""
        return self.marks.get((str(column.lesson.key), column.id))

    def absence_in(self, column: SheetColumn) -> KeptAbsence | None:
        """Return the absence in a column's lesson, None if there was none."""
        found = self.absences.get(str(column.lesson.key))
        return found if found is not None and found.presence is not None else None


@dataclass(frozen=True)
class Sheet:
    """The page of one group between two dates, both included."""

    group: Group
    first: date
    last: date
    columns: Sequence[SheetColumn]
    rows: Sequence[SheetRow]


def sheet(connection: Connection, group_id: str, first: date, last: date) -> Sheet | None:
    """Return the page of a group; None for an unknown group.

    Rows are the members on ``last``; below them stand those who have left the group meanwhile.
    """
    group = groups.group(connection, group_id)
    if group is None:
        return None
    columns = _columns(connection, group, first, last)
    kept_marks = marks.marks_of_group(connection, group_id, first, last)
    kept_absences = absences.absences_of_group(connection, group_id, first, last)
    students = _students(connection, group_id, first, last, kept_marks, kept_absences)
    rows = [_row(student, kept_marks, kept_absences) for student in students]
    return Sheet(group, first, last, columns, rows)


def average_of(
    found: Sequence[KeptMark], *, with_disputed: bool = False
) -> tuple[Fraction | None, Fraction | None]:
    """Return the plain and the weighted average of marks; withdrawn ones are out.

    Args:
        with_disputed: count disputed marks as they are shown, as the teacher's own page does;
            else they are out, as for parents.
    """
    counted = [
        rules.Mark(mark.value, 1 if mark.weight is None else mark.weight)
        for mark in found
        if mark.value is not None and (with_disputed or not mark.disputed)
    ]
    return rules.plain_average(counted), rules.weighted_average(counted)


def _columns(connection: Connection, group: Group, first: date, last: date) -> list[SheetColumn]:
    works = lessons.works_of_lessons(connection, group.id, first, last)
    columns: list[SheetColumn] = []
    for lesson in day.lessons_of_groups(connection, [group], first, last):
        columns.append(SheetColumn(lesson, None))
        columns.extend(SheetColumn(lesson, work) for work in works if work.lesson == lesson.key)
    return columns


def _students(
    connection: Connection,
    group_id: str,
    first: date,
    last: date,
    kept_marks: Sequence[KeptMark],
    kept_absences: Sequence[KeptAbsence],
) -> list[Person]:
    present = groups.roster(connection, group_id, last)
    known = {student.id for student in present}
    written = {mark.student for mark in kept_marks} | {one.student for one in kept_absences}
    gone = groups.roster(connection, group_id, first) + people.students(connection, sorted(written))
    for student in gone:
        if student.id not in known:
            known.add(student.id)
            present.append(student)
    return present


def _row(
    student: Person, kept_marks: Sequence[KeptMark], kept_absences: Sequence[KeptAbsence]
) -> SheetRow:
    own = [mark for mark in kept_marks if mark.student == student.id]
    away = [one for one in kept_absences if one.student == student.id and one.presence]
    plain, weighted = average_of(own)
    codes = [absence_code(one) for one in away]
    return SheetRow(
        student=student,
        marks={(str(mark.lesson), mark.column): mark for mark in own},
        absences={str(one.lesson): one for one in away},
        average=plain,
        weighted=weighted,
        missed=sum(1 for code in codes if attendance.counts_as_missed(code)),
        missed_ill=sum(1 for code in codes if code is attendance.AbsenceCode.ILL),
    )


def absence_code(kept: KeptAbsence) -> attendance.AbsenceCode | None:
    """Return presence and reason of an absence as one code; None if it was taken back."""
    presence = None if kept.presence is None else attendance.Presence(kept.presence)
    reason = None if kept.reason is None else attendance.Reason(kept.reason)
    return attendance.code_of(presence, reason)
