"""What the check needs of the school: a lesson, its people, two families, their slips of paper."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from central.storage import Storage
from demonstration import cast as casting
from demonstration.cast import NobodyFits
from demonstration.folder import BEGINS
from sync.documents.identifiers import LessonKey
from sync.projections import groups, people
from sync.store.connection import Connection

_CUT_HERE = "- - - -"
_LOGIN, _ONE_TIME = "Login: ", "One-time password: "


@dataclass(frozen=True)
class Slip:
    """What a person was handed on paper; ``children`` are lines «5А, Ёлкин Пётр Олегович»."""

    name: str
    login: str
    one_time: str
    children: tuple[str, ...]


@dataclass(frozen=True)
class Parts:
    """What the story needs of the school.

    Attributes:
        room: where the computer stands.
        other_room: where the second one stands, and the substitute works.
        class_name: the class whose lesson is being given there when the demonstration begins.
        key, number: that lesson, and which one of the day it is.
        teacher, substitute, deputy_head: full names.
        students: the class list: names by id.
    """

    room: str
    other_room: str
    class_name: str
    key: LessonKey
    number: int
    teacher: str
    substitute: str
    deputy_head: str
    students: Mapping[str, str]

    @property
    def lesson(self) -> str:
        """Return the path of the lesson's page."""
        return f"/lesson/{self.key.group}/{self.key.date.isoformat()}/{self.key.ordinal}"


@dataclass(frozen=True)
class Family:
    """A child of the class and the sign-in of one who reads about it."""

    student: str
    slip: Slip


def parts_of(central: Path) -> Parts:
    """Look the parts up in the data folder of central, which must not be running.

    Raises:
        NobodyFits: no lesson is being given when the demonstration begins, or nobody is there who
            could decide about it.
    """
    with Storage.open(central, demonstration=True) as storage:
        connection = storage.store.database.read()
        cast = casting.cast_at(connection, BEGINS)
        school_class = groups.school_class(connection, cast.school_class)
        if school_class is None:
            raise NobodyFits
        key = cast.substituted
        roster = groups.roster(connection, key.group, key.date)
        return Parts(
            room=cast.room,
            other_room=cast.other_room,
            class_name=school_class.name,
            key=key,
            number=cast.number,
            teacher=_full_name(connection, cast.teacher),
            substitute=_full_name(connection, cast.substitute),
            deputy_head=_full_name(connection, cast.deputy_head),
            students={one.id: one.list_name for one in roster},
        )


def _full_name(connection: Connection, person: str | None) -> str:
    member = None if person is None else people.staff_member(connection, person)
    if member is None:
        raise NobodyFits
    return member.name.full()


def slips_in(text: str) -> list[Slip]:
    """Return the slips that ``journal-central --lang en accounts`` has printed."""
    found = []
    for block in text.split(_CUT_HERE):
        lines = [line.strip() for line in block.splitlines() if line.strip(" -")]
        logins = [line.removeprefix(_LOGIN) for line in lines if line.startswith(_LOGIN)]
        phrases = [line.removeprefix(_ONE_TIME) for line in lines if line.startswith(_ONE_TIME)]
        if logins and phrases:
            children = tuple(line for line in lines[1:] if ", " in line and ": " not in line)
            found.append(Slip(lines[0], logins[0], phrases[0], children))
    return found


def slip_of(name: str, slips: Sequence[Slip]) -> Slip:
    """Return the slip of a member of staff.

    Raises:
        LookupError: there is none.
    """
    for slip in slips:
        if slip.name == name and not slip.children:
            return slip
    raise LookupError(f"no sign-in of that teacher among {len(slips)}")


def two_families(parts: Parts, slips: Sequence[Slip]) -> tuple[Family, Family]:
    """Return the first two children of the class whose names tell them apart, with a guardian.

    Raises:
        LookupError: there are no two.
    """
    names = list(parts.students.values())
    found = []
    for student, name in parts.students.items():
        beginning = f"{parts.class_name}, {name}"
        own = [slip for slip in slips if any(one.startswith(beginning) for one in slip.children)]
        if own and names.count(name) == 1:
            found.append(Family(student, own[0]))
    if len(found) < 2:
        raise LookupError(f"no two families among {len(slips)} sign-ins")
    return found[0], found[1]
