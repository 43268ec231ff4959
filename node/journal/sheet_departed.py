"""The sheet without what is no longer kept on this computer: see ``node.departures``."""

from collections.abc import Sequence
from dataclasses import replace

from node.departures import Departed
from node.journal.sheet_cells import StudentsPart
from sync.projections import journal_sheet
from sync.projections.absences import KeptAbsence
from sync.projections.journal_sheet import Sheet, SheetColumn, SheetRow
from sync.projections.marks import KeptMark
from sync.school import attendance
from sync.school.attendance import AbsenceCode


def without(sheet: Sheet, gone: Departed) -> Sheet:
    """Return a sheet without what is leaving; its lessons stay as the timetable has them."""
    if not gone.lessons and not gone.students:
        return sheet
    rows = [_row(row, gone) for row in sheet.rows if row.student.id not in gone.students]
    columns = [shown for one in sheet.columns if (shown := _column(one, gone)) is not None]
    return replace(sheet, columns=columns, rows=rows)


def part_without(part: StudentsPart, gone: Departed) -> StudentsPart:
    """Return what a student has, without what is leaving."""
    return StudentsPart(_marks(part.marks, gone), _absences(part.absences, gone))


def _column(column: SheetColumn, gone: Departed) -> SheetColumn | None:
    lesson = column.lesson
    if lesson.key not in gone.lessons:
        return column
    # A further work, and a lesson out of the timetable, are there only as documents.
    if column.work is not None or lesson.planned is None:
        return None
    return replace(column, lesson=replace(lesson, kept=None))


def _row(row: SheetRow, gone: Departed) -> SheetRow:
    marks = {name: one for name, one in row.marks.items() if one.lesson not in gone.lessons}
    away = {name: one for name, one in row.absences.items() if one.lesson not in gone.lessons}
    plain, weighted = journal_sheet.average_of(list(marks.values()))
    codes = [journal_sheet.absence_code(one) for one in away.values()]
    return replace(
        row,
        marks=marks,
        absences=away,
        average=plain,
        weighted=weighted,
        missed=sum(1 for code in codes if attendance.counts_as_missed(code)),
        missed_ill=sum(1 for code in codes if code is AbsenceCode.ILL),
    )


def _marks(found: Sequence[KeptMark], gone: Departed) -> list[KeptMark]:
    return [one for one in found if one.lesson not in gone.lessons]


def _absences(found: Sequence[KeptAbsence], gone: Departed) -> list[KeptAbsence]:
    return [one for one in found if one.lesson not in gone.lessons]
