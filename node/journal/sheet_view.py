"""The sheet as its page shows it: heads of columns, rows of cells, and what is open to whom.

Whether a cell is open is asked of the judgement that will be asked again when it is saved; here it
only greys out what would be refused anyway.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby

from node import departures
from node.entry_states import States
from node.journal import sheet_cells, sheet_words
from node.journal.sheet_cells import Cell, CellKey, Totals
from node.journal.sheet_choice import Period
from sync.documents import judgement
from sync.documents.entry import Entry
from sync.documents.identifiers import JournalId, LessonKey
from sync.projections import calendars, groups
from sync.projections.facts import SchoolFacts
from sync.projections.groups import Group
from sync.projections.journal_sheet import Sheet, SheetColumn, SheetRow
from sync.projections.people import Person
from sync.school import marks
from sync.school.marks import MarkScale
from sync.store.connection import Connection


@dataclass(frozen=True)
class Writer:
    """Who looks, and when; decides which cells are open."""

    person: str
    now: datetime


@dataclass(frozen=True)
class Column:
    """A column with its head.

    Attributes:
        closed: the code of why nobody, or not this person, may write into it; None if open.
        begins_week: the first of its week, set off by a stronger rule.
        nth_of_day: which of the group's lessons that day; 0 where it has only one.
    """

    sheet_column: SheetColumn
    closed: str | None
    is_today: bool
    begins_week: bool
    nth_of_day: int

    @property
    def key(self) -> str:
        """Return the part of cells' keys that this column gives."""
        return sheet_cells.column_key(self.lesson, self.sheet_column.id)

    @property
    def lesson(self) -> LessonKey:
        """Return the lesson of the column."""
        return self.sheet_column.lesson.key

    @property
    def day(self) -> date:
        """Return the lesson's date."""
        return self.lesson.date

    @property
    def is_work(self) -> bool:
        """Tell whether this is the column of a further work."""
        return self.sheet_column.work is not None

    @property
    def cancelled(self) -> bool:
        """Tell whether the lesson is not given."""
        return self.sheet_column.lesson.cancelled

    @property
    def title(self) -> str | None:
        """Return the title of a further work."""
        return self.sheet_column.work.title if self.sheet_column.work else None

    @property
    def topic(self) -> str | None:
        """Return the topic of the lesson as it was kept."""
        kept = self.sheet_column.lesson.kept
        return kept.topic if kept else None

    @property
    def sign(self) -> str:
        """Return the sign of the kind of work."""
        return sheet_words.kind_sign(self.sheet_column.work_kind)

    @property
    def name(self) -> str:
        """Return the column in words: ``14 октября, урок 2, контрольная работа``."""
        return sheet_words.column_name(
            self.day, self.nth_of_day, self.sheet_column.work_kind, self.title
        )


@dataclass(frozen=True)
class Row:
    """A student's row: for each column the cell, and whether the student was not there then."""

    number: int
    student: Person
    left: bool
    cells: Sequence[tuple[Cell, bool]]
    totals: Totals


@dataclass(frozen=True)
class SheetView:
    """The whole page. ``months`` are (a day of the month, its number of columns)."""

    group: Group
    period: Period
    columns: Sequence[Column]
    months: Sequence[tuple[date, int]]
    rows: Sequence[Row]


def scale_of(group: Group) -> MarkScale:
    """Return what may be given in a group."""
    return marks.MARKLESS if group.markless else marks.FIVE_POINT


def documents_of(sheet: Sheet) -> list[str]:
    """Return the ids of all marks and absences on a sheet, to look up their states."""
    found = [mark.id for row in sheet.rows for mark in row.marks.values()]
    return found + [absence.id for row in sheet.rows for absence in row.absences.values()]


def sheet_view(
    connection: Connection,
    sheet: Sheet,
    period: Period,
    states: States,
    writer: Writer,
    departed: Collection[LessonKey] = (),
) -> SheetView:
    """Return the page of a sheet as ``writer`` sees it; ``departed`` lessons are closed."""
    columns = [
        replace(column, closed=departures.LEFT) if column.lesson in departed else column
        for column in _columns(connection, sheet, writer)
    ]
    days = {column.day for column in columns}
    rosters = {day: _ids(groups.roster(connection, sheet.group.id, day)) for day in days}
    at_the_end = _ids(groups.roster(connection, sheet.group.id, sheet.last))
    rows = [
        Row(
            number=number,
            student=row.student,
            left=row.student.id not in at_the_end,
            cells=[
                (_cell(row, column, states), row.student.id not in rosters[column.day])
                for column in columns
            ],
            totals=sheet_cells.totals_of(list(row.marks.values()), list(row.absences.values())),
        )
        for number, row in enumerate(sheet.rows, start=1)
    ]
    return SheetView(sheet.group, period, columns, _months(columns), rows)


def closed_cell(connection: Connection, key: CellKey, writer: Writer) -> str | None:
    """Return the code of why a single cell is closed to ``writer``; None if it is open."""
    if not groups.is_member(connection, key.student, key.lesson.group, key.lesson.date):
        return sheet_words.STUDENT_NOT_HERE
    suspect = _clock_is_wrong(connection, writer.now)
    return _judged(SchoolFacts(connection), key.lesson, writer, suspect=suspect)


def may_state_reasons(connection: Connection, person: str, group: Group) -> bool:
    """Tell whether a person is the class teacher of a class of the group."""
    classes = (groups.school_class(connection, one) for one in group.classes)
    return any(one is not None and one.homeroom_teacher == person for one in classes)


def _columns(connection: Connection, sheet: Sheet, writer: Writer) -> Iterator[Column]:
    today = calendars.local_date(connection, writer.now)
    suspect = _clock_is_wrong(connection, writer.now)
    facts = SchoolFacts(connection)
    several = _lessons_by_day(sheet.columns)
    week_before = None
    for found in sheet.columns:
        lesson = found.lesson.key
        week = lesson.date.isocalendar()[:2]
        closed = _judged(facts, lesson, writer, suspect=suspect)
        if found.lesson.cancelled and found.lesson.kept is None:
            closed = sheet_words.LESSON_CANCELLED
        yield Column(
            sheet_column=found,
            closed=closed,
            is_today=lesson.date == today,
            begins_week=week_before is not None and week != week_before,
            nth_of_day=lesson.ordinal if several[lesson.date] > 1 else 0,
        )
        week_before = week


def _lessons_by_day(columns: Sequence[SheetColumn]) -> dict[date, int]:
    lessons = {column.lesson.key for column in columns}
    days = sorted(lesson.date for lesson in lessons)
    return {day: len(list(same)) for day, same in groupby(days)}


def _clock_is_wrong(connection: Connection, now: datetime) -> bool:
    """Tell whether the clock is so wrong that it says nothing about what is still to come."""
    calendar = calendars.current(connection)
    return calendar is not None and not calendar.contains(calendar.today(now))


def _judged(facts: SchoolFacts, lesson: LessonKey, writer: Writer, *, suspect: bool) -> str | None:
    """Return why a mark of anybody could not be written in a lesson; None if it could."""
    probe = Entry(
        field="value",
        old=None,
        new=marks.FIVE_POINT.best,
        author=writer.person,
        node="",
        epoch="",
        seq=1,
        written_at=writer.now,
        clock_suspect=suspect,
    )
    return judgement.judge_step(JournalId("mark", lesson), probe, facts)


def _cell(row: SheetRow, column: Column, states: States) -> Cell:
    absence = None if column.is_work else row.absence_in(column.sheet_column)
    mark = row.mark_in(column.sheet_column)
    if not states.refusals:
        return sheet_cells.make_cell(mark, absence, states)
    key = CellKey(column.lesson, column.sheet_column.id, row.student.id)
    return sheet_cells.make_cell_of(key.documents, mark, absence, states)


def _months(columns: Sequence[Column]) -> list[tuple[date, int]]:
    by_month = groupby(columns, key=lambda column: (column.day.year, column.day.month))
    found = (list(same) for _, same in by_month)
    return [(same[0].day, len(same)) for same in found]


def _ids(students: Sequence[Person]) -> frozenset[str]:
    return frozenset(student.id for student in students)
