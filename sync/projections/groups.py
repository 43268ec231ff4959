"""What is taught to whom by whom: subjects, classes, teaching groups, assignments, substitutions.

A teaching group is a subject taught to a class, to a part of one, or to several classes together.
It has no teacher of its own: who teaches it is an assignment with dates, so that a change of
teacher changes no document of the journal.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from sync.documents import identifiers
from sync.documents.identifiers import LessonKey
from sync.projections import people
from sync.projections.people import FOREVER, Person
from sync.projections.tables import Row, RowsOfDocuments
from sync.school import people as names
from sync.store.connection import Connection
from sync.store.projector import DocumentChange


class GroupTables(RowsOfDocuments):
    """Tables of subjects, classes, teaching groups and of who teaches them."""

    name = "groups"
    kinds = frozenset({"subject", "class", "teaching_group", "assignment", "substitution"})
    schema: ClassVar[Mapping[str, str]] = {
        "subject": "doc_id TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL,"
        " sort_key TEXT NOT NULL, markless_years TEXT NOT NULL",
        "school_class": "doc_id TEXT NOT NULL, id TEXT NOT NULL, calendar TEXT NOT NULL,"
        " name TEXT NOT NULL, sort_key TEXT NOT NULL, year_of_study INTEGER NOT NULL,"
        " shift INTEGER NOT NULL, homeroom_teacher TEXT",
        "teaching_group": "doc_id TEXT NOT NULL, id TEXT NOT NULL, calendar TEXT NOT NULL,"
        " subject TEXT NOT NULL, subgroup INTEGER, has_members INTEGER NOT NULL",
        "group_class": "doc_id TEXT NOT NULL, group_id TEXT NOT NULL, class TEXT NOT NULL",
        "group_member": "doc_id TEXT NOT NULL, group_id TEXT NOT NULL, student TEXT NOT NULL,"
        " starts TEXT NOT NULL, ends TEXT NOT NULL",
        "assignment": "doc_id TEXT NOT NULL, group_id TEXT NOT NULL, teacher TEXT NOT NULL,"
        " room TEXT, starts TEXT NOT NULL, ends TEXT NOT NULL",
        "substitution": "doc_id TEXT NOT NULL, group_id TEXT NOT NULL, date TEXT NOT NULL,"
        " ordinal INTEGER NOT NULL, teacher TEXT, room TEXT, number INTEGER, kind TEXT NOT NULL",
    }
    indexes = (
        "CREATE INDEX subject_id ON subject (id)",
        "CREATE INDEX school_class_id ON school_class (id)",
        "CREATE INDEX teaching_group_id ON teaching_group (id)",
        "CREATE INDEX group_class_group ON group_class (group_id)",
        "CREATE INDEX group_class_class ON group_class (class)",
        "CREATE INDEX group_member_group ON group_member (group_id)",
        "CREATE INDEX group_member_student ON group_member (student)",
        "CREATE INDEX assignment_group ON assignment (group_id)",
        "CREATE INDEX assignment_teacher ON assignment (teacher)",
        "CREATE INDEX substitution_lesson ON substitution (group_id, date)",
        "CREATE INDEX substitution_date ON substitution (date)",
    )

    def rows_of(self, change: DocumentChange) -> Iterable[tuple[str, Row]]:
        """Yield the rows of one reference document."""
        value = change.leaves[0].value
        opaque = identifiers.opaque_of(change.id)
        kind = identifiers.kind_of(change.id)
        if kind == "subject":
            years = " ".join(str(year) for year in value["markless_years"])
            name = value["name"]
            yield "subject", (change.id, opaque, name, names.sort_key(name), years)
        elif kind == "class":
            yield "school_class", (change.id, opaque, *_class_columns(value))
        elif kind == "teaching_group":
            yield from _group_rows(change.id, opaque, value)
        elif kind == "assignment":
            dates = (value["starts"], value.get("ends") or FOREVER)
            who = (value["group"], value["teacher"], value.get("room"))
            yield "assignment", (change.id, *who, *dates)
        else:
            lesson = (value["group"], value["date"], value["ordinal"])
            given = (value.get("teacher"), value.get("room"), value.get("number"), value["change"])
            yield "substitution", (change.id, *lesson, *given)


def _class_columns(value: dict[str, Any]) -> Row:
    return (
        value["calendar"],
        value["name"],
        names.class_sort_key(value["name"]),
        value["year_of_study"],
        value.get("shift") or 1,
        value.get("homeroom_teacher"),
    )


def _group_rows(doc_id: str, group: str, value: dict[str, Any]) -> Iterable[tuple[str, Row]]:
    members = value.get("members")
    head = (value["calendar"], value["subject"], value.get("subgroup"))
    yield "teaching_group", (doc_id, group, *head, int(members is not None))
    for school_class in value["classes"]:
        yield "group_class", (doc_id, group, school_class)
    for member in members or []:
        dates = (member["starts"], member.get("ends") or FOREVER)
        yield "group_member", (doc_id, group, member["student"], *dates)


@dataclass(frozen=True)
class SchoolClass:
    """A class of one school year."""

    id: str
    name: str
    year_of_study: int
    shift: int
    homeroom_teacher: str | None


@dataclass(frozen=True)
class Group:
    """A teaching group with what pages call it: subject, classes, number of the part."""

    id: str
    calendar: str
    subject: str
    subject_name: str
    classes: tuple[str, ...]
    class_names: tuple[str, ...]
    year_of_study: int
    subgroup: int | None
    whole_class: bool
    markless: bool

    @property
    def class_title(self) -> str:
        """Return ``5А``, ``5А, 5Б``, or ``5А/1`` for a part of a class."""
        title = ", ".join(self.class_names)
        return title if self.subgroup is None else f"{title}/{self.subgroup}"


def school_class(connection: Connection, class_id: str) -> SchoolClass | None:
    """Return a class; None if unknown."""
    row = connection.execute(
        "SELECT id, name, year_of_study, shift, homeroom_teacher FROM school_class WHERE id = ?",
        (class_id,),
    ).fetchone()
    return None if row is None else SchoolClass(*row)


def all_classes(connection: Connection) -> list[SchoolClass]:
    """Return all classes, 2А before 10А."""
    rows = connection.execute(
        "SELECT id, name, year_of_study, shift, homeroom_teacher FROM school_class"
        " ORDER BY sort_key, id"
    ).fetchall()
    return [SchoolClass(*row) for row in rows]


def group(connection: Connection, group_id: str) -> Group | None:
    """Return a teaching group; None if unknown."""
    row = connection.execute(
        "SELECT g.id, g.calendar, g.subject, s.name, g.subgroup, g.has_members, s.markless_years"
        " FROM teaching_group g JOIN subject s ON s.id = g.subject WHERE g.id = ?",
        (group_id,),
    ).fetchone()
    if row is None:
        return None
    classes = connection.execute(
        "SELECT c.id, c.name, c.year_of_study FROM group_class g"
        " JOIN school_class c ON c.id = g.class WHERE g.group_id = ? ORDER BY c.sort_key, c.id",
        (group_id,),
    ).fetchall()
    year = max((found[2] for found in classes), default=0)
    return Group(
        id=row[0],
        calendar=row[1],
        subject=row[2],
        subject_name=row[3],
        classes=tuple(found[0] for found in classes),
        class_names=tuple(found[1] for found in classes),
        year_of_study=year,
        subgroup=row[4],
        whole_class=not row[5],
        markless=str(year) in row[6].split(),
    )


def groups_of_teacher(connection: Connection, teacher: str, on: date) -> list[Group]:
    """Return the groups a teacher is assigned to on a date, by class and subject."""
    rows = connection.execute(
        "SELECT DISTINCT group_id FROM assignment WHERE teacher = ? AND starts <= ? AND ends >= ?",
        (teacher, on.isoformat(), on.isoformat()),
    ).fetchall()
    return _in_order([group(connection, row[0]) for row in rows])


def taught_between(connection: Connection, teacher: str, first: date, last: date) -> set[str]:
    """Return the ids of groups a teacher is assigned to on any day between, both included."""
    rows = connection.execute(
        "SELECT DISTINCT group_id FROM assignment WHERE teacher = ? AND starts <= ? AND ends >= ?",
        (teacher, last.isoformat(), first.isoformat()),
    ).fetchall()
    return {row[0] for row in rows}


def substituted_between(connection: Connection, teacher: str, first: date, last: date) -> set[str]:
    """Return the ids of groups in which a teacher substitutes on any day between."""
    rows = connection.execute(
        "SELECT DISTINCT group_id FROM substitution WHERE teacher = ? AND date BETWEEN ? AND ?"
        " AND kind <> 'cancelled'",
        (teacher, first.isoformat(), last.isoformat()),
    ).fetchall()
    return {row[0] for row in rows}


def groups_of_student(connection: Connection, student: str, on: date) -> list[Group]:
    """Return the groups a student belongs to on a date, by subject."""
    day = on.isoformat()
    rows = connection.execute(
        "SELECT g.id FROM teaching_group g JOIN group_class c ON c.group_id = g.id"
        " JOIN enrollment e ON e.class = c.class"
        " WHERE g.has_members = 0 AND e.student = ? AND e.starts <= ? AND e.ends >= ?"
        " UNION SELECT group_id FROM group_member"
        " WHERE student = ? AND starts <= ? AND ends >= ?",
        (student, day, day, student, day, day),
    ).fetchall()
    found = [one for one in (group(connection, row[0]) for row in rows) if one]
    return sorted(found, key=lambda one: (names.sort_key(one.subject_name), one.id))


def groups_of_class(connection: Connection, class_id: str) -> list[Group]:
    """Return all groups with pupils of a class, by subject."""
    rows = connection.execute(
        "SELECT DISTINCT group_id FROM group_class WHERE class = ?", (class_id,)
    ).fetchall()
    return _in_order([group(connection, row[0]) for row in rows])


def roster(connection: Connection, group_id: str, on: date) -> list[Person]:
    """Return who belongs to a group on a date, in the order of names."""
    found = group(connection, group_id)
    if found is None:
        return []
    enrolled = people.students_of_classes(connection, found.classes, on)
    if found.whole_class:
        return enrolled
    rows = connection.execute(
        "SELECT student FROM group_member WHERE group_id = ? AND starts <= ? AND ends >= ?",
        (group_id, on.isoformat(), on.isoformat()),
    ).fetchall()
    members = {row[0] for row in rows}
    return [student for student in enrolled if student.id in members]


_MEMBERSHIPS = """
    SELECT e.student, max(e.starts, coalesce(m.starts, e.starts)),
        min(e.ends, coalesce(m.ends, e.ends))
    FROM teaching_group g
    JOIN group_class c ON c.group_id = g.id
    JOIN enrollment e ON e.class = c.class
    LEFT JOIN group_member m
        ON g.has_members = 1 AND m.group_id = g.id AND m.student = e.student
    WHERE g.id = ? AND (g.has_members = 0 OR m.student IS NOT NULL)
"""


def is_member(connection: Connection, student: str, group_id: str, on: date) -> bool:
    """Tell whether a student belongs to a group on a date."""
    day = on.isoformat()
    row = connection.execute(
        "SELECT 1 FROM teaching_group g JOIN group_class c ON c.group_id = g.id"
        " JOIN enrollment e ON e.class = c.class AND e.student = ?"
        " AND e.starts <= ? AND e.ends >= ?"
        " WHERE g.id = ? AND (g.has_members = 0 OR EXISTS (SELECT 1 FROM group_member m"
        " WHERE m.group_id = g.id AND m.student = e.student AND m.starts <= ? AND m.ends >= ?))",
        (student, day, day, group_id, day, day),
    ).fetchone()
    return row is not None


def memberships(connection: Connection, group_id: str) -> dict[str, list[tuple[str, str]]]:
    """Return when students belong to a group: student -> (first day, last day) as texts.

    What ``is_member`` says of one student and date, for all of them at once.
    """
    found: dict[str, list[tuple[str, str]]] = {}
    rows = connection.execute(_MEMBERSHIPS, (group_id,)).fetchall()
    for student, starts, ends in rows:
        found.setdefault(student, []).append((starts, ends))
    return found


def teachers_of(connection: Connection, group_id: str, on: date) -> list[str]:
    """Return the staff ids assigned to a group on a date."""
    rows = connection.execute(
        "SELECT teacher FROM assignment WHERE group_id = ? AND starts <= ? AND ends >= ?"
        " ORDER BY teacher",
        (group_id, on.isoformat(), on.isoformat()),
    ).fetchall()
    return [row[0] for row in rows]


def assignments(connection: Connection, group_id: str) -> list[tuple[str, str, str]]:
    """Return who is assigned to a group and when: (staff id, first day, last day) as texts."""
    rows = connection.execute(
        "SELECT teacher, starts, ends FROM assignment WHERE group_id = ?", (group_id,)
    ).fetchall()
    return [(row[0], row[1], row[2]) for row in rows]


def substitute_of(connection: Connection, lesson: LessonKey) -> str | None:
    """Return who substitutes in a lesson; None if nobody does."""
    row = connection.execute(
        "SELECT teacher FROM substitution WHERE group_id = ? AND date = ? AND ordinal = ?"
        " AND kind <> 'cancelled' ORDER BY doc_id LIMIT 1",
        (lesson.group, lesson.date.isoformat(), lesson.ordinal),
    ).fetchone()
    return None if row is None else row[0]


def _in_order(found: Iterable[Group | None]) -> list[Group]:
    known: Sequence[Group] = [one for one in found if one is not None]
    return sorted(
        known,
        key=lambda one: (
            [names.class_sort_key(name) for name in one.class_names],
            names.sort_key(one.subject_name),
            one.subgroup or 0,
            one.id,
        ),
    )
