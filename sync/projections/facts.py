"""The facts that the judgement asks for, answered from the read tables."""

from collections.abc import Callable
from datetime import UTC, date, datetime, tzinfo
from functools import cached_property

from sync.documents.identifiers import LessonKey
from sync.documents.judgement import Lock
from sync.projections import calendars, groups, people
from sync.school import school_year
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
        self._teachers: dict[str, bool] = {}
        self._taught: dict[tuple[str, str, date], bool] = {}
        self._substituted: dict[tuple[str, LessonKey], bool] = {}
        self._locks: dict[str, list[Lock]] = {}
        self._assigned: dict[str, list[tuple[str, str, str]]] = {}
        self._members: dict[str, dict[str, list[tuple[str, str]]]] = {}

    def is_active_teacher(self, person: str) -> bool:
        """Tell whether the person is on the staff."""
        known = self._teachers.get(person)
        if known is None:
            known = people.staff_member(self._connection, person) is not None
            self._teachers[person] = known
        return known

    def teaches(self, person: str, lesson: LessonKey) -> bool:
        """Tell whether the person is assigned to the lesson's group on its date."""
        asked = (person, lesson.group, lesson.date)
        known = self._taught.get(asked)
        if known is None:
            known = self._taught[asked] = self._is_assigned(*asked)
        return known

    def substitutes(self, person: str, lesson: LessonKey) -> bool:
        """Tell whether the person substitutes in exactly this lesson."""
        known = self._substituted.get((person, lesson))
        if known is None:
            known = groups.substitute_of(self._connection, lesson) == person
            self._substituted[person, lesson] = known
        return known

    def is_member(self, student: str, lesson: LessonKey) -> bool:
        """Tell whether the student belongs to the lesson's group on its date."""
        known = self._members.get(lesson.group)
        if known is None:
            known = groups.memberships(self._connection, lesson.group)
            self._members[lesson.group] = known
        day = lesson.date.isoformat()
        for starts, ends in known.get(student, ()):  # noqa: SIM110 - a generator costs thrice
            if starts <= day <= ends:
                return True
        return False

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
        return at.astimezone(self._zone).date()

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

    @cached_property
    def _zone(self) -> tzinfo:
        return UTC if self._calendar is None else school_year.zone(self._calendar.timezone)

    def _is_assigned(self, person: str, group: str, on: date) -> bool:
        known = self._assigned.get(group)
        if known is None:
            known = groups.assignments(self._connection, group)
            self._assigned[group] = known
        day = on.isoformat()
        return any(who == person and starts <= day <= ends for who, starts, ends in known)
