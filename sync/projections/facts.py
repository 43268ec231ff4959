"""The facts that the judgement asks for, answered from the read tables."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cached_property

from sync.documents.identifiers import LessonKey
from sync.documents.judgement import Lock
from sync.projections import calendars, groups, people
from sync.school.school_year import SchoolYear
from sync.store.connection import Connection


def never_in_contact(node: str, at: datetime) -> bool:
    """Answer for a node, which judges only its own entries: it knows of no receipts of others."""
    return False


class SchoolFacts:
    """``judgement.Facts`` over one connection; short-lived, it remembers what it has looked up."""

    def __init__(
        self,
        connection: Connection,
        had_contact_since: Callable[[str, datetime], bool] = never_in_contact,
    ) -> None:
        """Ask ``connection``; central says when a node was last in contact."""
        self._connection = connection
        self._had_contact_since = had_contact_since
        self._known: dict[tuple[object, ...], bool] = {}
        self._locks: dict[str, list[Lock]] = {}
        self._assigned: dict[str, list[tuple[str, str, str]]] = {}
        self._members: dict[str, dict[str, list[tuple[str, str]]]] = {}

    def is_active_teacher(self, person: str) -> bool:
        """Tell whether the person is on the staff."""
        return self._remember(
            ("staff", person), lambda: people.staff_member(self._connection, person) is not None
        )

    def teaches(self, person: str, lesson: LessonKey) -> bool:
        """Tell whether the person is assigned to the lesson's group on its date."""
        known = self._assigned.get(lesson.group)
        if known is None:
            known = groups.assignments(self._connection, lesson.group)
            self._assigned[lesson.group] = known
        day = lesson.date.isoformat()
        return any(who == person and starts <= day <= ends for who, starts, ends in known)

    def substitutes(self, person: str, lesson: LessonKey) -> bool:
        """Tell whether the person substitutes in exactly this lesson."""
        return self._remember(
            ("substitutes", person, lesson),
            lambda: groups.substitute_of(self._connection, lesson) == person,
        )

    def is_member(self, student: str, lesson: LessonKey) -> bool:
        """Tell whether the student belongs to the lesson's group on its date."""
        known = self._members.get(lesson.group)
        if known is None:
            known = groups.memberships(self._connection, lesson.group)
            self._members[lesson.group] = known
        day = lesson.date.isoformat()
        return any(starts <= day <= ends for starts, ends in known.get(student, ()))

    def is_homeroom_teacher(self, person: str, student: str, on: date) -> bool:
        """Tell whether the person is the class teacher of the student's class on that date."""
        class_id = people.class_of(self._connection, student, on)
        if class_id is None:
            return False
        found = groups.school_class(self._connection, class_id)
        return found is not None and found.homeroom_teacher == person

    def in_school_year(self, on: date) -> bool:
        """Tell whether the date lies in the school year."""
        calendar = self._calendar
        return calendar is not None and calendar.starts <= on <= calendar.ends

    def local_date(self, at: datetime) -> date:
        """Return the date in the school's zone; the date in UTC before the first import."""
        calendar = self._calendar
        return at.astimezone(UTC).date() if calendar is None else calendar.today(at)

    def locks(self, group: str) -> list[Lock]:
        """Return the locks that close lessons of the group."""
        if group not in self._locks:
            self._locks[group] = calendars.locks_of_group(self._connection, group)
        return self._locks[group]

    def had_contact_since(self, node: str, at: datetime) -> bool:
        """Tell whether the node has had a receipt from central at or after ``at``."""
        return self._had_contact_since(node, at)

    @cached_property
    def _calendar(self) -> SchoolYear | None:
        # Asked for each step of each document; read and checked once.
        return calendars.current(self._connection)

    def _remember(self, key: tuple[object, ...], ask: Callable[[], bool]) -> bool:
        if key not in self._known:
            self._known[key] = ask()
        return self._known[key]
