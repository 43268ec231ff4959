"""The school year, the bells, the timetable and the locks, as values of ``sync.school``."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any, ClassVar

from sync.documents import entry, identifiers
from sync.documents.judgement import Lock
from sync.projections.people import FOREVER
from sync.projections.tables import Row, RowsOfDocuments
from sync.school import school_year, timetable
from sync.school.school_year import Holiday, SchoolYear, Term, TermKind
from sync.store.connection import Connection
from sync.store.projector import DocumentChange


class CalendarTables(RowsOfDocuments):
    """Tables ``calendar``, ``timetable_slot`` and ``lock_row``."""

    name = "calendars"
    kinds = frozenset({"calendar", "timetable", "lock"})
    schema: ClassVar[Mapping[str, str]] = {
        "calendar": "doc_id TEXT NOT NULL, id TEXT NOT NULL, starts TEXT NOT NULL,"
        " ends TEXT NOT NULL, body TEXT NOT NULL",
        "timetable_slot": "doc_id TEXT NOT NULL, group_id TEXT NOT NULL, weekday INTEGER NOT NULL,"
        " number INTEGER NOT NULL, room TEXT, parity TEXT, shift INTEGER NOT NULL,"
        " starts TEXT NOT NULL, ends TEXT NOT NULL, teacher TEXT",
        "lock_row": "doc_id TEXT NOT NULL, class TEXT, until TEXT NOT NULL,"
        " locked_at TEXT NOT NULL",
    }
    indexes = (
        "CREATE INDEX timetable_slot_group ON timetable_slot (group_id)",
        "CREATE INDEX timetable_slot_weekday ON timetable_slot (weekday)",
    )

    def rows_of(self, change: DocumentChange) -> Iterable[tuple[str, Row]]:
        """Yield the rows of a calendar, of a group's timetable, or of a lock."""
        value = change.leaves[0].value
        kind = identifiers.kind_of(change.id)
        if kind == "calendar":
            opaque = identifiers.opaque_of(change.id)
            body = {name: part for name, part in value.items() if name != "entries"}
            text = json.dumps(body, ensure_ascii=False)
            yield "calendar", (change.id, opaque, value["starts"], value["ends"], text)
        elif kind == "timetable":
            for slot in value["slots"]:
                yield "timetable_slot", (change.id, value["group"], *_slot_columns(slot))
        else:
            for class_id in value.get("classes") or [None]:
                yield "lock_row", (change.id, class_id, value["until"], value["locked_at"])


def _slot_columns(slot: Mapping[str, Any]) -> Row:
    return (
        slot["weekday"],
        slot["number"],
        slot.get("room"),
        slot.get("parity"),
        slot.get("shift") or 1,
        slot["starts"],
        slot.get("ends") or FOREVER,
        slot.get("teacher"),
    )


def current(connection: Connection) -> SchoolYear | None:
    """Return the newest school year; None before the first import."""
    body = _current_body(connection)
    return None if body is None else _school_year(body)


def school_name(connection: Connection) -> str:
    """Return the school's name; empty before the first import."""
    body = _current_body(connection)
    return "" if body is None else str(body["school_name"])


def bells(connection: Connection) -> tuple[timetable.Bell, ...]:
    """Return the bells of all shifts."""
    body = _current_body(connection)
    rows = [] if body is None else body["bells"]
    return tuple(
        timetable.Bell(
            shift=row.get("shift") or 1,
            number=row["number"],
            starts=time.fromisoformat(row["starts"]),
            ends=time.fromisoformat(row["ends"]),
            valid_from=_day(row.get("valid_from")),
            valid_to=_day(row.get("valid_to")),
        )
        for row in rows
    )


def local_date(connection: Connection, at: datetime) -> date:
    """Return the date at school at an instant; the date in UTC before the first import."""
    calendar = current(connection)
    return at.astimezone(UTC).date() if calendar is None else calendar.today(at)


def slots_of_groups(connection: Connection, wanted: Iterable[str]) -> list[timetable.Slot]:
    """Return the timetable of the groups."""
    found: list[timetable.Slot] = []
    for group in wanted:
        rows = connection.execute(
            "SELECT group_id, weekday, number, room, parity, shift, starts, ends, teacher"
            " FROM timetable_slot WHERE group_id = ? ORDER BY weekday, number",
            (group,),
        ).fetchall()
        found.extend(_slot(row) for row in rows)
    return found


def locks_of_group(connection: Connection, group: str) -> list[Lock]:
    """Return the locks of the classes of a group, and those of the whole school."""
    rows = connection.execute(
        "SELECT DISTINCT until, locked_at FROM lock_row WHERE class IS NULL OR class IN"
        " (SELECT class FROM group_class WHERE group_id = ?)",
        (group,),
    ).fetchall()
    return [Lock(date.fromisoformat(row[0]), entry.instant(row[1])) for row in rows]


def _current_body(connection: Connection) -> dict[str, Any] | None:
    row = connection.execute("SELECT body FROM calendar ORDER BY starts DESC LIMIT 1").fetchone()
    if row is None:
        return None
    body: dict[str, Any] = json.loads(row[0])
    return body


def _school_year(body: Mapping[str, Any]) -> SchoolYear:
    return SchoolYear(
        label=body["label"],
        timezone=body["timezone"],
        starts=date.fromisoformat(body["starts"]),
        ends=date.fromisoformat(body["ends"]),
        weekdays=body["weekdays"],
        terms=tuple(_term(term) for term in body["terms"]),
        holidays=tuple(_holiday(holiday) for holiday in body["holidays"]),
    )


def _term(term: Mapping[str, Any]) -> Term:
    return Term(
        id=term["id"],
        kind=TermKind(term["kind"]),
        name=term["name"],
        starts=date.fromisoformat(term["starts"]),
        ends=date.fromisoformat(term["ends"]),
        years_of_study=frozenset(term["years"]),
    )


def _holiday(holiday: Mapping[str, Any]) -> Holiday:
    years, classes = holiday.get("years"), holiday.get("classes")
    return Holiday(
        name=holiday["name"],
        starts=date.fromisoformat(holiday["starts"]),
        ends=date.fromisoformat(holiday["ends"]),
        years_of_study=None if years is None else frozenset(years),
        classes=None if classes is None else frozenset(classes),
    )


def _slot(row: tuple[Any, ...]) -> timetable.Slot:
    return timetable.Slot(
        group=row[0],
        weekday=row[1],
        number=row[2],
        room=row[3],
        parity=None if row[4] is None else school_year.Parity(row[4]),
        shift=row[5],
        valid_from=date.fromisoformat(row[6]),
        valid_to=None if row[7] == FOREVER else date.fromisoformat(row[7]),
        teacher=row[8],
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
