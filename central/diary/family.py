"""Whose diary may be read: the children of the guardian who asks.

Every page of the diary gets a ``Child`` from here, and nothing but this module makes one. So a page
cannot be asked about a student who was not reached from the guardian: a foreign id and one that
never existed are the same: not among the children.
"""

from dataclasses import dataclass
from datetime import date

from sync.projections import groups, people
from sync.projections.groups import SchoolClass
from sync.projections.people import Person
from sync.school.school_year import SchoolYear, Term
from sync.store.connection import Connection


@dataclass(frozen=True)
class Child:
    """A child of the guardian who asks, with the class; None if it never was in one."""

    student: Person
    school_class: SchoolClass | None
    namesake: bool = False

    @property
    def id(self) -> str:
        """Return the student's id."""
        return self.student.id

    @property
    def short_name(self) -> str:
        """Return the first name, with the patronymic where two children share the first."""
        name = self.student.name
        return f"{name.first} {name.patronymic}".strip() if self.namesake else name.first

    @property
    def class_name(self) -> str:
        """Return the name of the class, or an empty text."""
        return self.school_class.name if self.school_class else ""

    def terms(self, calendar: SchoolYear) -> tuple[Term, ...]:
        """Return the terms of the child's year of study."""
        if self.school_class is None:
            return ()
        return calendar.terms_of(self.school_class.year_of_study)


def children(connection: Connection, guardian: str, on: date) -> list[Child]:
    """Return the guardian's children in the order of names, each with its class on a date.

    Where no enrolment holds on that date it is the last class the child was in.
    """
    students = people.children_of(connection, guardian)
    firsts = [student.name.first for student in students]
    return [
        Child(student, _class_of(connection, student.id, on), firsts.count(student.name.first) > 1)
        for student in students
    ]


def _class_of(connection: Connection, student: str, on: date) -> SchoolClass | None:
    day = on.isoformat()
    row = connection.execute(
        "SELECT class FROM enrollment WHERE student = ?"
        " ORDER BY (starts <= ? AND ends >= ?) DESC, starts DESC LIMIT 1",
        (student, day, day),
    ).fetchone()
    return None if row is None else groups.school_class(connection, str(row[0]))
