"""What an item of the desk is about, in the school's words: the lesson, the student, the people.

    mark:<group>:2026-10-12:1:<student>:1  ->  5А · Физика · пн, 12 октября, 2-й урок · Иванов Пётр

``SchoolBook`` looks everything up on one connection and remembers it, so that a list of a hundred
items asks for each class, person and computer once.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Any, TypeVar

from central.enrolment import NodeRecord
from central.storage import CENTRAL_NODE
from sync.documents import entry, identifiers
from sync.documents.identifiers import OWN_COLUMN, JournalId, LessonKey
from sync.projections import day, groups, lessons, people, plans
from sync.projections.groups import Group
from sync.projections.lessons import Work
from sync.projections.people import Person
from sync.projections.plans import PlanTopic
from sync.store.connection import Connection

#: Weight and kind of work come with the column of a mark; nobody types them.
_FOLLOWING: Mapping[str, tuple[str, ...]] = {"mark": ("weight", "work_kind")}

Key = TypeVar("Key")
Found = TypeVar("Found")


class Part(StrEnum):
    """What a person is in a lesson."""

    TEACHER = "teacher"
    SUBSTITUTE = "substitute"
    HOMEROOM = "homeroom"
    NEITHER = "neither"
    SERVER = "server"


@dataclass(frozen=True)
class Computer:
    """Where an entry was made: a classroom PC, the server, or one that is not known here."""

    id: str
    label: str
    room: str
    is_server: bool = False

    @property
    def is_known(self) -> bool:
        """Tell whether it was ever connected to this server."""
        return self.is_server or bool(self.label or self.room)


@dataclass(frozen=True)
class Matter:
    """What a journal document is about; ``group`` is None where it is no longer in the school."""

    doc_id: str
    kind: str
    lesson: LessonKey
    group: Group | None
    number: int | None
    student: Person | None
    work: Work | None

    @property
    def class_title(self) -> str:
        """Return ``5А``, or nothing for a group that is gone."""
        return "" if self.group is None else self.group.class_title

    @property
    def subject_name(self) -> str:
        """Return the subject, or nothing for a group that is gone."""
        return "" if self.group is None else self.group.subject_name

    @property
    def in_further_column(self) -> bool:
        """Tell whether it is a mark of a further work of the lesson."""
        return self.kind == "mark" and self.work is not None


class SchoolBook:
    """Looks up people, groups, lessons and computers; lives as long as one reading."""

    def __init__(self, connection: Connection, computers: Mapping[str, NodeRecord]) -> None:
        """Ask ``connection``; ``computers`` are the nodes by id, revoked ones too."""
        self.connection = connection
        self._computers = computers
        self._names: dict[str, str | None] = {}
        self._groups: dict[str, Group | None] = {}
        self._lessons: dict[LessonKey, int | None] = {}
        self._works: dict[LessonKey, dict[str, Work]] = {}
        self._students: dict[str, Person | None] = {}
        self._topics: dict[str, list[PlanTopic]] = {}

    def matter(self, doc_id: str) -> Matter:
        """Return what a journal document is about.

        Raises:
            errors.BadDocumentId: this is no id of a journal document.
        """
        parsed = identifiers.parse_journal(doc_id)
        number, work = self.number(parsed.lesson), self._work(parsed)
        return replace(self.outline(doc_id), number=number, work=work)

    def outline(self, doc_id: str) -> Matter:
        """Return what lists are narrowed to and sorted by: all but the lesson's number, the work.

        Those are looked up lesson by lesson, which thousands of lines are too many for.

        Raises:
            errors.BadDocumentId: this is no id of a journal document.
        """
        parsed = identifiers.parse_journal(doc_id)
        student = None if parsed.student is None else self.student(parsed.student)
        group = self.group(parsed.lesson.group)
        return Matter(doc_id, parsed.kind, parsed.lesson, group, None, student, None)

    def name(self, person: str) -> str | None:
        """Return ``Соколова А. М.``; None for the server itself and for somebody unknown."""
        if person not in self._names:
            found = people.staff_member(self.connection, person)
            self._names[person] = None if found is None else found.name.short()
        return self._names[person]

    def group(self, group_id: str) -> Group | None:
        """Return a teaching group, or None."""
        return _once(self._groups, group_id, lambda: groups.group(self.connection, group_id))

    def student(self, student: str) -> Person | None:
        """Return a student, or None."""
        return _once(self._students, student, lambda: people.student(self.connection, student))

    def computer(self, node: str) -> Computer:
        """Return where entries of ``node`` were made."""
        if node == CENTRAL_NODE:
            return Computer(node, "", "", is_server=True)
        record = self._computers.get(node)
        return (
            Computer(node, "", "") if record is None else Computer(node, record.label, record.room)
        )

    def number(self, lesson: LessonKey) -> int | None:
        """Return the number of a lesson that day, as it was kept or as planned."""
        return _once(self._lessons, lesson, lambda: self._number(lesson))

    def substitute(self, lesson: LessonKey) -> str | None:
        """Return who substitutes in a lesson by the school's own document, or None."""
        return groups.substitute_of(self.connection, lesson)

    def assigned(self, lesson: LessonKey) -> Sequence[str]:
        """Return who is assigned to the lesson's group on its date."""
        return groups.teachers_of(self.connection, lesson.group, lesson.date)

    def part(self, person: str, about: Matter) -> Part:
        """Return what a person is in the lesson of a matter."""
        if person == entry.CENTRAL_AUTHOR:
            return Part.SERVER
        if person == self.substitute(about.lesson):
            return Part.SUBSTITUTE
        if person in self.assigned(about.lesson):
            return Part.TEACHER
        if person in self._homeroom_teachers(about):
            return Part.HOMEROOM
        return Part.NEITHER

    def topics(self, group_id: str) -> list[PlanTopic]:
        """Return the plan of a group."""
        return _once(self._topics, group_id, lambda: plans.topics(self.connection, group_id))

    @cached_property
    def staff(self) -> list[people.StaffMember]:
        """Return the whole staff in the order of names."""
        return people.all_staff(self.connection)

    def _homeroom_teachers(self, about: Matter) -> set[str]:
        found = () if about.group is None else about.group.classes
        classes = [groups.school_class(self.connection, one) for one in found]
        return {one.homeroom_teacher for one in classes if one and one.homeroom_teacher}

    def _number(self, lesson: LessonKey) -> int | None:
        kept = lessons.kept_lesson(self.connection, lesson)
        if kept is not None and kept.number is not None:
            return kept.number
        group = self.group(lesson.group)
        if group is None:
            return None
        for planned in day.planned_lessons(self.connection, [group], lesson.date, lesson.date):
            if planned.ordinal == lesson.ordinal:
                return planned.number
        return None

    def _work(self, parsed: JournalId) -> Work | None:
        wanted = parsed.work or (parsed.column if parsed.column != OWN_COLUMN else None)
        if wanted is None:
            return None
        return _once(self._works, parsed.lesson, lambda: self._works_of(parsed.lesson)).get(wanted)

    def _works_of(self, lesson: LessonKey) -> dict[str, Work]:
        found = lessons.works_of_lessons(self.connection, lesson.group, lesson.date, lesson.date)
        return {one.id: one for one in found if one.lesson == lesson}


def telling(kind: str, names: Iterable[str]) -> list[str]:
    """Return the fields that say something: of a mark not those that only follow its column."""
    known = list(names)
    told = [name for name in known if name not in _FOLLOWING.get(kind, ())]
    return told or known


def differing(
    kind: str, fields: Iterable[str], versions: Iterable[Mapping[str, Any]]
) -> tuple[str, ...]:
    """Return the fields that tell versions apart: a mark's column only where they differ in it."""
    held = list(versions)
    first, *others = fields
    following = _FOLLOWING.get(kind, ())
    told = [
        name
        for name in others
        if name not in following or len({repr(one.get(name)) for one in held}) > 1
    ]
    return (first, *told)


def order_of(about: Matter) -> tuple[date, str, str, str]:
    """Return what a list of matters is sorted by: the day, the class, the subject, the student."""
    student = "" if about.student is None else about.student.sort_key
    return (about.lesson.date, about.class_title, about.subject_name, student)


def _once(known: dict[Key, Found], key: Key, look: Callable[[], Found]) -> Found:
    if key not in known:
        known[key] = look()
    return known[key]
