"""Marks as they stand: one row a mark; a withdrawn one has no value but keeps its history."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from sync.documents import identifiers
from sync.documents.identifiers import JournalId, LessonKey
from sync.projections.tables import ONE_ROW_EACH, Row
from sync.projections.viewpoint import JournalRows
from sync.school import marks
from sync.store.connection import Connection

MarkValue = int | str | None

_NAMES = (
    "group_id",
    "date",
    "ordinal",
    "student",
    "mark_column",
    "value",
    "weight",
    "work_kind",
    "comment",
    "rev",
    "disputed",
    "author",
    "written_at",
)
_COLUMNS = ", ".join(_NAMES)


class MarkTables(JournalRows):
    """Table ``mark_row``."""

    name = "marks"
    rules = 2  # kind and weight that a mark does not state are filled in
    kinds = frozenset({"mark"})
    schema: ClassVar[Mapping[str, str]] = {
        "mark_row": f"{ONE_ROW_EACH}, group_id TEXT NOT NULL, date TEXT NOT NULL,"
        " ordinal INTEGER NOT NULL, student TEXT NOT NULL, mark_column TEXT NOT NULL, value ANY,"
        " weight INTEGER, work_kind TEXT, comment TEXT, rev TEXT NOT NULL,"
        " disputed INTEGER NOT NULL, author TEXT, written_at TEXT"
    }
    said_by_id = JournalRows.said_by_id | {"student", "mark_column"}
    # A group's marks of some days are found by their ids.
    indexes = ("CREATE INDEX mark_row_student ON mark_row (student, date)",)

    def told(self, parsed: JournalId, get: Callable[[str], Any]) -> tuple[str, Row]:
        """Return the student, the column and the mark."""
        work_kind, weight = marks.meant(get("work_kind"), get("weight"))
        what = (get("value"), weight, work_kind, get("comment"))
        return "mark_row", (parsed.student, parsed.column, *what)


@dataclass(frozen=True)
class KeptMark:
    """A mark as it is shown; ``value`` None is a withdrawn one."""

    lesson: LessonKey
    student: str
    column: str
    value: MarkValue
    weight: int
    work_kind: str
    comment: str | None
    rev: str
    disputed: bool
    author: str | None
    written_at: str | None

    @property
    def id(self) -> str:
        """Return the id of the mark's document."""
        return identifiers.mark_id(self.lesson, self.student, self.column)


def marks_of_group(connection: Connection, group: str, first: date, last: date) -> list[KeptMark]:
    """Return a group's marks between two dates, withdrawn ones included."""
    lowest = identifiers.mark_id(LessonKey(group, first, 0), "", "")
    highest = identifiers.mark_id(LessonKey(group, last, 9), "~", "~")
    return _marks(
        connection,
        "doc_id BETWEEN ? AND ? AND group_id = ? AND date BETWEEN ? AND ?",
        (lowest, highest, group, str(first), str(last)),
    )


def marks_of_student(
    connection: Connection, student: str, first: date, last: date
) -> list[KeptMark]:
    """Return a student's marks between two dates, withdrawn ones included."""
    return _marks(
        connection, "student = ? AND date BETWEEN ? AND ?", (student, str(first), str(last))
    )


def _marks(connection: Connection, condition: str, parameters: Sequence[Any]) -> list[KeptMark]:
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM mark_row WHERE {condition}"  # noqa: S608 - conditions above
        " ORDER BY date, ordinal, mark_column = '1' DESC, mark_column",
        tuple(parameters),
    ).fetchall()
    return [_kept(row) for row in rows]


def _kept(row: Sequence[Any]) -> KeptMark:
    told = dict(zip(_NAMES, row, strict=True))
    day = date.fromisoformat(told.pop("date"))
    lesson = LessonKey(told.pop("group_id"), day, told.pop("ordinal"))
    column, disputed = told.pop("mark_column"), bool(told.pop("disputed"))
    return KeptMark(lesson=lesson, column=column, disputed=disputed, **told)
