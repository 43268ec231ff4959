"""A school as its workbook describes it: checked rows, still without ids.

Rows name each other by the keys of ``names``: a subject or a member of staff by the key of the
name, a class by the key of «5А», a student by the key of the file number. ``row`` is the row's
number in Excel. Tuples stand where order matters, frozensets where it does not.
"""

from dataclasses import dataclass, field
from datetime import date

from sync.school.people import PersonName


@dataclass(frozen=True)
class School:
    """The first sheet; ``weekdays`` is the number of school days a week."""

    name: str
    label: str
    timezone: str
    weekdays: int


@dataclass(frozen=True)
class Term:
    """A quarter, half-year or trimester."""

    row: int
    kind: str
    name: str
    starts: date
    ends: date
    years: tuple[int, ...]


@dataclass(frozen=True)
class Holiday:
    """Days without lessons, of everybody or of years of study and classes."""

    row: int
    name: str
    starts: date
    ends: date
    years: tuple[int, ...] | None
    classes: tuple[str, ...] | None


@dataclass(frozen=True)
class Bell:
    """When the lesson of a number is, times as ``HH:MM``."""

    row: int
    shift: int
    number: int
    starts: str
    ends: str


@dataclass(frozen=True)
class Subject:
    """A subject; in ``markless_years`` no marks are given."""

    row: int
    key: str
    name: str
    markless_years: tuple[int, ...]


@dataclass(frozen=True)
class StaffMember:
    """A person of the staff; ``roles`` sorted."""

    row: int
    key: str
    name: PersonName
    roles: tuple[str, ...]
    room: str | None


@dataclass(frozen=True)
class SchoolClass:
    """A class of this school year; ``continues`` is the key of last year's class."""

    row: int
    key: str
    name: str
    year: int
    letter: str
    homeroom: str | None
    shift: int
    continues: str | None


@dataclass(frozen=True)
class Student:
    """A student; ``sex`` is ``male`` or ``female``; ``enrolled`` None: from the start."""

    row: int
    key: str
    file_number: str
    name: PersonName
    birth_date: date | None
    sex: str | None
    school_class: str
    enrolled: date | None


@dataclass(frozen=True)
class Guardian:
    """One row of the guardians: a person and one child."""

    row: int
    name: PersonName
    phone: str | None
    email: str | None
    student: str
    relation: str | None


@dataclass(frozen=True, order=True)
class GroupKey:
    """What makes a teaching group in a school year; ``classes`` are sorted keys."""

    subject: str
    classes: tuple[str, ...]
    subgroup: int | None


@dataclass(frozen=True)
class Load:
    """Who teaches a group; ``weekly_hours`` is a decimal number as text, such as ``0.5``."""

    row: int
    group: GroupKey
    teacher: str
    weekly_hours: str | None
    room: str | None


@dataclass(frozen=True)
class Member:
    """A student in a part of a class."""

    row: int
    group: GroupKey
    student: str


@dataclass(frozen=True)
class Slot:
    """A weekly lesson of a group; ``parity`` is ``odd``, ``even`` or None, dates None when free."""

    row: int
    group: GroupKey
    weekday: int
    number: int
    room: str | None
    parity: str | None
    shift: int
    starts: date | None
    ends: date | None
    teacher: str


@dataclass(frozen=True)
class Topic:
    """A line of the plan of a subject and year of study."""

    row: int
    number: int
    title: str
    hours: int
    homework: str | None


@dataclass
class Draft:
    """The whole workbook, filled sheet by sheet."""

    school: School | None = None
    terms: list[Term] = field(default_factory=list)
    holidays: list[Holiday] = field(default_factory=list)
    bells: list[Bell] = field(default_factory=list)
    subjects: dict[str, Subject] = field(default_factory=dict)
    staff: dict[str, StaffMember] = field(default_factory=dict)
    classes: dict[str, SchoolClass] = field(default_factory=dict)
    students: dict[str, Student] = field(default_factory=dict)
    guardians: list[Guardian] = field(default_factory=list)
    load: list[Load] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)
    slots: list[Slot] = field(default_factory=list)
    plans: dict[tuple[str, int], list[Topic]] = field(default_factory=dict)

    @property
    def year_starts(self) -> date:
        """Return the first day of the first term."""
        return min(term.starts for term in self.terms)

    @property
    def year_ends(self) -> date:
        """Return the last day of the last term."""
        return max(term.ends for term in self.terms)
