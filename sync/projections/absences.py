"""Who was absent or late: one row a student and lesson; presence as such is not stored."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from sync.documents import identifiers
from sync.documents.identifiers import JournalId, LessonKey
from sync.projections.tables import ONE_ROW_EACH, Row
from sync.projections.viewpoint import JournalRows
from sync.store.connection import Connection

_NAMES = (
    "group_id",
    "date",
    "ordinal",
    "student",
    "presence",
    "minutes",
    "reason",
    "rev",
    "disputed",
    "author",
    "written_at",
)
_COLUMNS = ", ".join(_NAMES)


class AbsenceTables(JournalRows):
    """Table ``absence_row``."""

    name = "absences"
    kinds = frozenset({"absence"})
    schema: ClassVar[Mapping[str, str]] = {
        "absence_row": f"{ONE_ROW_EACH}, group_id TEXT NOT NULL, date TEXT NOT NULL,"
        " ordinal INTEGER NOT NULL, student TEXT NOT NULL, presence TEXT, minutes INTEGER,"
        " reason TEXT, rev TEXT NOT NULL, disputed INTEGER NOT NULL, author TEXT, written_at TEXT"
    }
    said_by_id = JournalRows.said_by_id | {"student"}
    # A group's absences of some days are found by their ids.
    indexes = ("CREATE INDEX absence_row_student ON absence_row (student, date)",)

    def told(self, parsed: JournalId, get: Callable[[str], Any]) -> tuple[str, Row]:
        """Return the student and what is stated of them."""
        what = (get("presence"), get("minutes"), get("reason"))
        return "absence_row", (parsed.student, *what)


@dataclass(frozen=True)
class KeptAbsence:
    """An absence as it is shown; ``presence`` None is one that was taken back."""

    lesson: LessonKey
    student: str
    presence: str | None
    minutes: int | None
    reason: str | None
    rev: str
    disputed: bool
    author: str | None
    written_at: str | None

    @property
    def id(self) -> str:
        """Return the id of the absence's document."""
        return identifiers.absence_id(self.lesson, self.student)


def absences_of_group(
    connection: Connection, group: str, first: date, last: date
) -> list[KeptAbsence]:
    """Return a group's absences between two dates, those taken back included."""
    lowest = identifiers.absence_id(LessonKey(group, first, 0), "")
    highest = identifiers.absence_id(LessonKey(group, last, 9), "~")
    return _absences(
        connection,
        "doc_id BETWEEN ? AND ? AND group_id = ? AND date BETWEEN ? AND ?",
        (lowest, highest, group, str(first), str(last)),
    )


def absences_of_student(
    connection: Connection, student: str, first: date, last: date
) -> list[KeptAbsence]:
    """Return a student's absences between two dates, those taken back included."""
    return _absences(
        connection, "student = ? AND date BETWEEN ? AND ?", (student, str(first), str(last))
    )


def _absences(
    connection: Connection, condition: str, parameters: Sequence[Any]
) -> list[KeptAbsence]:
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM absence_row WHERE {condition} ORDER BY date, ordinal",  # noqa: S608
        tuple(parameters),
    ).fetchall()
    return [_kept(row) for row in rows]


def _kept(row: Sequence[Any]) -> KeptAbsence:
    told = dict(zip(_NAMES, row, strict=True))
    day = date.fromisoformat(told.pop("date"))
    lesson = LessonKey(told.pop("group_id"), day, told.pop("ordinal"))
    return KeptAbsence(lesson=lesson, **told | {"disputed": bool(told["disputed"])})
