"""Which documents a node may hold: from the room it stands in to scope keys.

    room 104 ──> groups taught there (assignment, timetable or substitution)
             ──> classes of these groups
             ──> classes whose class teacher's own room it is, or that the node is named for,
                 with all their groups, and all about the students who are in them now: what a
                 student who has just joined brings along was written in another class

Past rows of the year count too: who taught there in October may have to correct in November. The
room is a label of the node, never a key: what travels is decided by groups and classes alone.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from sync.documents import canonical, scope
from sync.school import people
from sync.store.connection import Connection

#: Groups of one school year are joined with the year they belong to, by id.
_TAUGHT = """
    SELECT g.id, r.room FROM teaching_group g JOIN (
        SELECT group_id, room FROM assignment
        UNION SELECT group_id, room FROM timetable_slot
        UNION SELECT group_id, room FROM substitution
    ) r ON r.group_id = g.id WHERE g.calendar = ? AND r.room IS NOT NULL
"""
_CLASSES = """
    SELECT c.group_id, c.class FROM group_class c JOIN teaching_group g ON g.id = c.group_id
    WHERE g.calendar = ?
"""
_HOMEROOMS = """
    SELECT c.id, s.room FROM school_class c JOIN staff_member s ON s.id = c.homeroom_teacher
    WHERE c.calendar = ? AND s.room IS NOT NULL
"""
# Before the year begins, those who are to be in a class then; of those who left, none.
_STUDENTS = """
    SELECT e.class, e.student FROM enrollment e JOIN school_class c ON c.id = e.class
    WHERE c.calendar = ? AND e.ends >= ?
"""

# What the answers above are made of lies under these keys: the school's own, and those of classes.
_LAST_CHANGE = """
    SELECT (SELECT max(seq) FROM document_scope WHERE scope = ?), max(seq), count(*)
    FROM document_scope WHERE scope > ? AND scope < ?
"""
_BEFORE_CLASSES, _AFTER_CLASSES = scope.class_key(""), scope.class_key("~")

LastChange = tuple[int | None, int | None, int]


@dataclass(frozen=True)
class Site:
    """Where a node stands: its room, and classes it is named for (ids)."""

    room: str
    homeroom: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Rooms:
    """What of a school's data decides on scope.

    Attributes:
        taught: (group, room) for every room a group is taught in.
        classes: the classes of each group.
        homerooms: (class, room of its class teacher).
        students: who is in each class now.
    """

    taught: Collection[tuple[str, str]]
    classes: Mapping[str, Collection[str]]
    homerooms: Collection[tuple[str, str]]
    students: Mapping[str, Collection[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Scope:
    """The keys of what a node may hold; another ``version`` means that the keys have changed."""

    keys: frozenset[str]

    @property
    def version(self) -> str:
        """Return the digest of the keys."""
        return canonical.digest16(canonical.encode(sorted(self.keys)))


def scope_of(site: Site, rooms: Rooms) -> Scope:
    """Return what a node may hold; pure, so that the same facts give the same version."""
    here = _folded(site.room)
    groups = {group for group, room in rooms.taught if _folded(room) == here}
    homeroom = set(site.homeroom)
    homeroom |= {one for one, room in rooms.homerooms if _folded(room) == here}
    groups |= {group for group, classes in rooms.classes.items() if homeroom & set(classes)}
    classes = homeroom.union(*(rooms.classes.get(group, ()) for group in groups))
    students = {student for one in homeroom for student in rooms.students.get(one, ())}
    return Scope(
        frozenset(
            {scope.SCHOOL}
            | {scope.student_key(student) for student in students}
            | {scope.group_key(group) for group in groups}
            | {scope.class_key(one) for one in classes}
        )
    )


def read_rooms(connection: Connection, today: date) -> Rooms:
    """Return the facts of the school years that are not over; if all are, of the last one."""
    taught: set[tuple[str, str]] = set()
    classes: dict[str, set[str]] = defaultdict(set)
    homerooms: set[tuple[str, str]] = set()
    students: dict[str, set[str]] = defaultdict(set)
    for calendar in _calendars(connection, today):
        taught.update(_pairs(connection, _TAUGHT, calendar))
        homerooms.update(_pairs(connection, _HOMEROOMS, calendar))
        for group, one in _pairs(connection, _CLASSES, calendar):
            classes[group].add(one)
        for one, student in connection.execute(_STUDENTS, (calendar, today.isoformat())):
            students[one].add(student)
    return Rooms(taught, classes, homerooms, students)


def last_change(connection: Connection) -> LastChange:
    """Return something that is another one whenever ``read_rooms`` might say something else.

    Marks and lessons come in all day long and do not change it. A student who is in no class any
    more lies under no class's key, so these are counted, too.
    """
    keys = (scope.SCHOOL, _BEFORE_CLASSES, _AFTER_CLASSES)
    row = connection.execute(_LAST_CHANGE, keys).fetchone()
    if row is None:
        raise RuntimeError("an aggregate has one row")
    return (row[0], row[1], row[2])


def _calendars(connection: Connection, today: date) -> list[str]:
    rows = connection.execute("SELECT id, ends FROM calendar ORDER BY ends DESC").fetchall()
    running = [row[0] for row in rows if row[1] >= today.isoformat()]
    return running or [row[0] for row in rows[:1]]


def _pairs(connection: Connection, question: str, calendar: str) -> Iterable[tuple[str, str]]:
    return [(row[0], row[1]) for row in connection.execute(question, (calendar,)).fetchall()]


def _folded(room: str) -> str:
    return people.search_key(room)
