"""Who is who: staff, students with their classes, and guardians with their children.

Names are kept with a sort key (Cyrillic order, Ё after Е), since SQLite cannot order them.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from sync.documents import identifiers
from sync.projections.tables import Row, RowsOfDocuments
from sync.school import people
from sync.store.connection import Connection
from sync.store.projector import DocumentChange

FOREVER = "9999-12-31"


class PeopleTables(RowsOfDocuments):
    """Tables ``staff_member``, ``student``, ``enrollment``, ``guardian``, ``guardian_child``."""

    name = "people"
    kinds = frozenset({"staff", "student", "guardian"})
    schema: ClassVar[Mapping[str, str]] = {
        "staff_member": "doc_id TEXT NOT NULL, id TEXT NOT NULL, last TEXT NOT NULL,"
        " first TEXT NOT NULL, patronymic TEXT NOT NULL, sort_key TEXT NOT NULL,"
        " roles TEXT NOT NULL, room TEXT",
        "student": "doc_id TEXT NOT NULL, id TEXT NOT NULL, last TEXT NOT NULL,"
        " first TEXT NOT NULL, patronymic TEXT NOT NULL, sort_key TEXT NOT NULL, distinction TEXT",
        "enrollment": "doc_id TEXT NOT NULL, student TEXT NOT NULL, class TEXT NOT NULL,"
        " starts TEXT NOT NULL, ends TEXT NOT NULL",
        "guardian": "doc_id TEXT NOT NULL, id TEXT NOT NULL, last TEXT NOT NULL,"
        " first TEXT NOT NULL, patronymic TEXT NOT NULL, sort_key TEXT NOT NULL",
        "guardian_child": "doc_id TEXT NOT NULL, guardian TEXT NOT NULL, student TEXT NOT NULL,"
        " relation TEXT",
    }
    indexes = (
        "CREATE INDEX staff_member_id ON staff_member (id)",
        "CREATE INDEX student_id ON student (id)",
        "CREATE INDEX enrollment_class ON enrollment (class)",
        "CREATE INDEX enrollment_student ON enrollment (student)",
        "CREATE INDEX guardian_child_guardian ON guardian_child (guardian)",
    )

    def rows_of(self, change: DocumentChange) -> Iterable[tuple[str, Row]]:
        """Yield the person's row, and a row per class or child."""
        value = change.leaves[0].value
        person = identifiers.opaque_of(change.id)
        kind = identifiers.kind_of(change.id)
        name = (value["last"], value["first"], value.get("patronymic") or "")
        head = (change.id, person, *name, people.sort_key(" ".join(name)))
        if kind == "staff":
            yield "staff_member", (*head, " ".join(value["roles"]), value.get("room"))
        elif kind == "student":
            yield "student", (*head, value.get("distinction"))
            for enrollment in value["enrollments"]:
                ends = enrollment.get("ends") or FOREVER
                dates = (enrollment["starts"], ends)
                yield "enrollment", (change.id, person, enrollment["class"], *dates)
        else:
            yield "guardian", head
            for child in value["children"]:
                row = (change.id, person, child["student"], child.get("relation"))
                yield "guardian_child", row


@dataclass(frozen=True)
class Person:
    """A person as pages show one."""

    id: str
    name: people.PersonName
    sort_key: str
    distinction: str | None = None

    @property
    def list_name(self) -> str:
        """Return the name as a class list has it, with what tells namesakes apart."""
        plain = f"{self.name.last} {self.name.first}"
        return f"{plain} ({self.distinction})" if self.distinction else plain


@dataclass(frozen=True)
class StaffMember:
    """A person of the staff with their roles."""

    id: str
    name: people.PersonName
    roles: frozenset[people.Role]
    room: str | None


def staff_member(connection: Connection, person: str) -> StaffMember | None:
    """Return one person of the staff; None if unknown."""
    row = connection.execute(
        "SELECT id, last, first, patronymic, roles, room FROM staff_member WHERE id = ?", (person,)
    ).fetchone()
    return None if row is None else _staff_member(row)


def all_staff(connection: Connection) -> list[StaffMember]:
    """Return the whole staff in the order of names."""
    rows = connection.execute(
        "SELECT id, last, first, patronymic, roles, room FROM staff_member ORDER BY sort_key, id"
    ).fetchall()
    return [_staff_member(row) for row in rows]


def student(connection: Connection, person: str) -> Person | None:
    """Return one student; None if unknown."""
    found = students(connection, [person])
    return found[0] if found else None


def students(connection: Connection, wanted: Sequence[str]) -> list[Person]:
    """Return the students with these ids that are known, in the order of names."""
    rows = connection.execute(
        "SELECT id, last, first, patronymic, sort_key, distinction FROM student"
        " WHERE id IN (SELECT value FROM json_each(?)) ORDER BY sort_key, id",
        (json.dumps(list(wanted)),),
    ).fetchall()
    return [_person(row) for row in rows]


def students_of_classes(connection: Connection, classes: Sequence[str], on: date) -> list[Person]:
    """Return who is enrolled in one of the classes on a date, in the order of names."""
    rows = connection.execute(
        "SELECT DISTINCT s.id, s.last, s.first, s.patronymic, s.sort_key, s.distinction"
        " FROM enrollment e JOIN student s ON s.id = e.student"
        " WHERE e.class IN (SELECT value FROM json_each(?))"
        " AND e.starts <= ? AND e.ends >= ? ORDER BY s.sort_key, s.id",
        (json.dumps(list(classes)), on.isoformat(), on.isoformat()),
    ).fetchall()
    return [_person(row) for row in rows]


def class_of(connection: Connection, person: str, on: date) -> str | None:
    """Return the class a student is enrolled in on a date; None if in none."""
    row = connection.execute(
        "SELECT class FROM enrollment WHERE student = ? AND starts <= ? AND ends >= ?"
        " ORDER BY starts DESC LIMIT 1",
        (person, on.isoformat(), on.isoformat()),
    ).fetchone()
    return None if row is None else str(row[0])


def children_of(connection: Connection, guardian: str) -> list[Person]:
    """Return the children of a guardian, in the order of names; [] for anybody else.

    Every question of the diary begins here: what is not reached from the guardian does not exist.
    """
    rows = connection.execute(
        "SELECT s.id, s.last, s.first, s.patronymic, s.sort_key, s.distinction"
        " FROM guardian_child g JOIN student s ON s.id = g.student"
        " WHERE g.guardian = ? ORDER BY s.sort_key, s.id",
        (guardian,),
    ).fetchall()
    return [_person(row) for row in rows]


def guardian_name(connection: Connection, guardian: str) -> people.PersonName | None:
    """Return a guardian's name; None if unknown."""
    row = connection.execute(
        "SELECT last, first, patronymic FROM guardian WHERE id = ?", (guardian,)
    ).fetchone()
    return None if row is None else people.PersonName(*row)


def _person(row: Sequence[Any]) -> Person:
    return Person(row[0], people.PersonName(row[1], row[2], row[3]), row[4], row[5])


def _staff_member(row: Sequence[Any]) -> StaffMember:
    roles = frozenset(people.Role(role) for role in row[4].split())
    return StaffMember(row[0], people.PersonName(row[1], row[2], row[3]), roles, row[5])
