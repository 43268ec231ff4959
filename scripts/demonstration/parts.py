"""What the check needs of the school: a lesson, its teacher, two families, their slips of paper."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from central.storage import Storage
from demonstration import cast as casting
from demonstration.cast import NobodyFits
from demonstration.folder import BEGINS
from sync.projections import groups, people

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
        class_name: the class whose lesson is being given there when the demonstration begins.
        teacher: the full name of its teacher.
        lesson: the path of its page.
        students: the class list: names by id.
    """

    room: str
    class_name: str
    teacher: str
    lesson: str
    students: Mapping[str, str]


@dataclass(frozen=True)
class Family:
    """A child of the class and the sign-in of one who reads about it."""

    student: str
    slip: Slip


def parts_of(central: Path) -> Parts:
    """Look the parts up in the data folder of central, which must not be running.

    Raises:
        NobodyFits: no lesson is being given when the demonstration begins.
    """
    with Storage.open(central, demonstration=True) as storage:
        connection = storage.store.database.read()
        cast = casting.cast_at(connection, BEGINS)
        school_class = groups.school_class(connection, cast.school_class)
        teacher = people.staff_member(connection, cast.teacher)
        key = cast.substituted
        roster = groups.roster(connection, key.group, key.date)
    if school_class is None or teacher is None:
        raise NobodyFits
    return Parts(
        room=cast.room,
        class_name=school_class.name,
        teacher=teacher.name.full(),
        lesson=f"/lesson/{key.group}/{key.date.isoformat()}/{key.ordinal}",
        students={one.id: one.list_name for one in roster},
    )


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
