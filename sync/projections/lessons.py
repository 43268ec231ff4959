"""Lessons as they were kept: topic, homework, roll-call; and their further columns of marks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from sync.documents.identifiers import JournalId, LessonKey
from sync.projections.tables import ONE_ROW_EACH, Row
from sync.projections.viewpoint import JournalRows
from sync.store.connection import Connection

_NAMES = (
    "group_id",
    "date",
    "ordinal",
    "number",
    "room",
    "topic",
    "plan_topic",
    "homework",
    "roll_call",
    "work_kind",
    "rev",
    "disputed",
    "author",
    "written_at",
)
_COLUMNS = ", ".join(_NAMES)


class LessonTables(JournalRows):
    """Tables ``lesson_row`` and ``work_row``."""

    name = "lessons"
    kinds = frozenset({"lesson", "work"})
    schema: ClassVar[Mapping[str, str]] = {
        "lesson_row": f"{ONE_ROW_EACH}, group_id TEXT NOT NULL, date TEXT NOT NULL,"
        " ordinal INTEGER NOT NULL, number INTEGER, room TEXT, topic TEXT, plan_topic TEXT,"
        " homework TEXT, roll_call INTEGER, work_kind TEXT, rev TEXT NOT NULL,"
        " disputed INTEGER NOT NULL, author TEXT, written_at TEXT",
        "work_row": f"{ONE_ROW_EACH}, group_id TEXT NOT NULL, date TEXT NOT NULL,"
        " ordinal INTEGER NOT NULL, work TEXT NOT NULL, title TEXT, work_kind TEXT,"
        " weight INTEGER, rev TEXT NOT NULL, disputed INTEGER NOT NULL, author TEXT,"
        " written_at TEXT",
    }
    indexes = (
        "CREATE INDEX lesson_row_lesson ON lesson_row (group_id, date, ordinal)",
        "CREATE INDEX lesson_row_date ON lesson_row (date)",
        "CREATE INDEX work_row_lesson ON work_row (group_id, date, ordinal)",
    )

    def told(self, parsed: JournalId, get: Callable[[str], Any]) -> tuple[str, Row]:
        """Return what was kept of a lesson, or a further column."""
        if parsed.kind == "work":
            return "work_row", (parsed.work, get("title"), get("work_kind"), get("weight"))
        told = (get("number"), get("room"), get("topic"), get("plan_topic"), get("homework"))
        return "lesson_row", (*told, get("roll_call"), get("work_kind"))


@dataclass(frozen=True)
class KeptLesson:
    """A lesson as it is shown; ``roll_call`` is the number of absences, None: not done."""

    key: LessonKey
    number: int | None
    room: str | None
    topic: str | None
    plan_topic: str | None
    homework: str | None
    roll_call: int | None
    work_kind: str | None
    rev: str
    disputed: bool
    author: str | None
    written_at: str | None


@dataclass(frozen=True)
class Work:
    """A further column of marks in a lesson; withdrawn when it has no kind."""

    id: str
    lesson: LessonKey
    title: str | None
    work_kind: str | None
    weight: int | None
    rev: str


def kept_lesson(connection: Connection, lesson: LessonKey) -> KeptLesson | None:
    """Return what was kept of a lesson; None if nothing was."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM lesson_row WHERE group_id = ? AND date = ? AND ordinal = ?",  # noqa: S608
        _parameters(lesson),
    ).fetchone()
    return None if row is None else _kept(row)


def lessons_of_group(
    connection: Connection, group: str, first: date, last: date
) -> list[KeptLesson]:
    """Return the kept lessons of a group between two dates, both included, in order."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM lesson_row WHERE group_id = ? AND date BETWEEN ? AND ?"  # noqa: S608
        " ORDER BY date, ordinal",
        (group, first.isoformat(), last.isoformat()),
    ).fetchall()
    return [_kept(row) for row in rows]


def works_of_lessons(connection: Connection, group: str, first: date, last: date) -> list[Work]:
    """Return the further columns of a group's lessons between two dates, in order."""
    rows = connection.execute(
        "SELECT work, group_id, date, ordinal, title, work_kind, weight, rev FROM work_row"
        " WHERE group_id = ? AND date BETWEEN ? AND ? AND work_kind IS NOT NULL"
        " ORDER BY date, ordinal, written_at, work",
        (group, first.isoformat(), last.isoformat()),
    ).fetchall()
    return [Work(row[0], _key(row[1:4]), *row[4:]) for row in rows]


def _parameters(lesson: LessonKey) -> tuple[str, str, int]:
    return (lesson.group, lesson.date.isoformat(), lesson.ordinal)


def _key(row: Sequence[Any]) -> LessonKey:
    return LessonKey(row[0], date.fromisoformat(row[1]), row[2])


def _kept(row: Sequence[Any]) -> KeptLesson:
    told = dict(zip(_NAMES, row, strict=True))
    key = _key([told.pop(name) for name in ("group_id", "date", "ordinal")])
    return KeptLesson(key=key, **told | {"disputed": bool(told["disputed"])})
