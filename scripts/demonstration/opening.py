"""The first start: a school from its workbook, its people, its weeks, its two computers.

    25 August    the workbook comes in
    28 August    sign-ins for the staff and the guardians of one class
    31 August    the computers are enrolled
    September …  the weeks, see ``history``
    14 October   in the morning a substitution is entered; at 10:00 the clocks are set to run

Everything is done by the functions behind the commands of ``journal-central`` and ``journal-node``,
with a clock that follows the story.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from tqdm import tqdm

from central import accounts_issue, enrolment, slips, storage, substitutions
from central.accounts_issue import Slip
from central.imports import school_import
from central.storage import Storage
from demonstration import cast as casting
from demonstration import history
from demonstration.cast import Cast
from demonstration.folder import BEGINS, DemoFolder, SignIn, State
from demonstration.history import Exchange, StoryClock
from demonstration.weeks import Weeks
from demonstration.words import Teller
from node.enrolment import enrol
from node.settings import Identity
from sync.accounts import passwords
from sync.accounts.accounts import AccountBook
from sync.accounts.passwords import Verifiers
from sync.projections import calendars, groups, people
from sync.school.people import Role
from sync.store.connection import Connection
from sync.web.command_line import speaking

SEED = "school no. 1"

_TEACHER = "keeps lessons; lesson {lesson} of {class_name} is given by a substitute today"
_IMPORTED_WORDS = (
    "{classes} classes, {students} pupils, {guardians} guardians, {staff} staff and {topics} topics"
    " imported"
)
_IMPORTED = datetime(2026, 8, 25, 9, 0, tzinfo=UTC)
_INVITED = datetime(2026, 8, 28, 9, 0, tzinfo=UTC)
_ENROLLED = datetime(2026, 8, 31, 9, 0, tzinfo=UTC)
_SUBSTITUTED = timedelta(hours=-2, minutes=5)  # before the demonstration begins
_FAMILIES = 3


class OpeningFailed(Exception):
    """The first start cannot be carried out; the text says why."""


@dataclass(frozen=True)
class Plan:
    """What to open: the workbook, how many weeks lie behind, and where to tell about it."""

    folder: DemoFolder
    workbook: Path
    weeks: int | None
    teller: Teller


def open_school(plan: Plan) -> State:
    """Carry out the first start in an empty folder and return what is to be kept of it.

    Raises:
        OpeningFailed, casting.NobodyFits: the workbook does not do for the demonstration.
        history.SyncFailed: a bug.
    """
    folder, teller = plan.folder, plan.teller
    clock = StoryClock(_IMPORTED)
    storage.initialise(folder.central)
    with Storage.open(folder.central, clock, demonstration=True) as central:
        with teller.step(_IMPORTED_WORDS) as told:
            told.update(_import(central, plan.workbook))
        cast = casting.cast_at(central.store.database.read(), BEGINS)
        with ThreadPoolExecutor(1) as beside, history.served(central) as address:
            # Phrases take their time to be hashed, on a processor of their own where there are two.
            desk = _SignIns(replace(central, clock=StoryClock(_INVITED)), cast, folder)
            table = beside.submit(desk.make)
            clock.go_to(_ENROLLED)
            three = _enrol(central, cast, folder, address)
            weeks = _live_through(plan, central, clock, cast, three[0])
            _substitute(central, clock, cast)
            with teller.step("{number} sign-ins made") as told:
                rows = table.result()
                told["number"] = desk.number
            clock.go_to(BEGINS)
            with teller.step("both computers have received {documents} documents") as told:
                received = [_fetch(folder, one, clock) for folder, one in three[1:]]
                told["documents"] = " + ".join(f"{number:,}" for number in received)
        return State(BEGINS, (cast.room, cast.other_room), tuple(rows), weeks)


def _import(central: Storage, workbook: Path) -> dict[str, object]:
    report = school_import.import_school(workbook, central, school_import.Wishes())
    if not report.imported:
        raise OpeningFailed(f"{workbook.name}: {len(report.problems)}, {len(report.questions)}")
    connection = central.store.database.read()
    questions = {
        "classes": "SELECT count(*) FROM school_class",
        "students": "SELECT count(*) FROM student",
        "guardians": "SELECT count(*) FROM guardian",
        "staff": "SELECT count(*) FROM staff_member",
        "topics": "SELECT count(*) FROM plan_topic",
    }
    return {
        name: f"{row[0]:,}"
        for name, question in questions.items()
        for row in connection.execute(question).fetchall()
    }


# ---------------------------------------------------------------------------------- computers


def _enrol(
    central: Storage, cast: Cast, folder: DemoFolder, address: str
) -> Sequence[tuple[Path, Identity]]:
    """Enrol three nodes: of the whole school for the weeks before, and of the two rooms."""
    every = [one.id for one in groups.all_classes(central.store.database.read())]
    places: Sequence[tuple[Path, str, str, list[str]]] = (
        (folder.history, "–", "September", every),
        (folder.nodes[0], cast.room, f"Кабинет {cast.room}", [cast.school_class]),
        (folder.nodes[1], cast.other_room, f"Кабинет {cast.other_room}", []),
    )
    made = []
    for path, room, label, classes in places:
        code = enrolment.invite(central, room, label, classes).code
        made.append((path, enrol(path, address, code)))
    return made


def _fetch(folder: Path, identity: Identity, clock: StoryClock) -> int:
    """Let a node fetch what it is to hold; return how many documents that was."""
    with history.opened_node(folder, identity, clock) as node:
        return Exchange(node).run()


def _live_through(
    plan: Plan, central: Storage, clock: StoryClock, cast: Cast, place: tuple[Path, Identity]
) -> Mapping[str, int]:
    """Write the weeks on a node of their own, which is taken out of service afterwards."""
    folder, identity = place
    first = _first_day(central.store.database.read(), plan.weeks)
    with history.opened_node(folder, identity, clock) as node:
        Exchange(node).run()
        with node.store.database.snapshot() as connection:
            saves = Weeks(connection, SEED, first, BEGINS).saves(cast.untouched)
        with plan.teller.step("{lessons} lessons kept: {marks} marks, {absences} absences") as told:
            counted: Counter[str] = Counter()
            if saves:
                with _bar(plan.teller, len(saves)) as progress:
                    counted = history.write(node, clock, saves, progress)
            told.update({name: f"{counted[name]:,}" for name in ("lessons", "marks", "absences")})
    enrolment.revoke(central.store.records, identity.node)
    return dict(counted)


def _first_day(connection: Connection, weeks: int | None) -> date:
    """Return the first day to be lived through: of the school year, or some weeks ago."""
    calendar = calendars.current(connection)
    today = BEGINS.date()
    starts = today if calendar is None else calendar.starts
    return starts if weeks is None else max(starts, today - timedelta(weeks=weeks))


@contextmanager
def _bar(teller: Teller, total: int) -> Iterator[Callable[[int], None]]:
    """Show a progress bar on a terminal, nothing elsewhere; give a function to tell a count."""
    words = teller.text("lessons of the weeks before")
    with tqdm(total=total, desc=words, unit="", disable=None, leave=False) as bar:

        def go_to(count: int) -> None:
            bar.update(count - bar.n)

        yield go_to


def _substitute(central: Storage, clock: StoryClock, cast: Cast) -> None:
    clock.go_to(BEGINS + _SUBSTITUTED)
    wanted = substitutions.Substitution(
        group=cast.substituted.group,
        date=cast.substituted.date,
        number=cast.number,
        teacher=cast.substitute,
        room=cast.other_room,
        reason="курсы повышения квалификации",
    )
    substitutions.enter(central, wanted)


# ------------------------------------------------------------------------------------- people


class _SignIns:
    """Makes the sign-ins, and the table of those that the demonstration shows.

    The people of the table have their passwords for good, so that the table stays true; everybody
    else has a slip with a one-time password, in ``slips.txt``.
    """

    def __init__(self, central: Storage, cast: Cast, folder: DemoFolder) -> None:
        self._central = central
        self._cast = cast
        self._file = folder.slips
        self._slips: Mapping[str, Slip] = {}
        self.number = 0
        self._book = AccountBook(central.store.records, central.clock)
        self._verifiers = Verifiers()

    def make(self) -> list[SignIn]:
        """Make all sign-ins and return the table."""
        self._issue()
        return self._table()

    def _issue(self) -> None:
        """Make sign-ins for the staff, one class's guardians, and families of several children."""
        connection = self._central.store.database.read()
        school_class = groups.school_class(connection, self._cast.school_class)
        today = accounts_issue.today(self._central)
        persons = accounts_issue.staff(connection)
        persons += accounts_issue.guardians(
            connection, today, school_class.name if school_class else None
        )
        known = {person.id for person in persons}
        persons += [
            person
            for person in accounts_issue.guardians(connection, today)
            if len(person.children) > 1 and person.id not in known
        ][:1]
        made = accounts_issue.issue(self._central, persons, verifiers=self._verifiers)
        self._slips = {slip.person.id: slip for slip in made}
        self.number = len(made)

    def _table(self) -> list[SignIn]:
        """Return the rows, and write the slips of everybody else into a file."""
        rows = [*self._staff(), *self._families()]
        shown = {row.login for row in rows}
        others = [slip for slip in self._slips.values() if slip.login not in shown]
        with speaking():
            self._file.write_text(slips.slips_text(others), "utf-8")
        return rows

    def _staff(self) -> list[SignIn]:
        cast = self._cast
        connection = self._central.store.database.read()
        school_class = groups.school_class(connection, cast.school_class)
        facts = {
            "lesson": str(cast.number),
            "class_name": school_class.name if school_class else "",
        }
        # The same person in two places appears once, with one password.
        wanted = (
            ("node-1", cast.teacher, _TEACHER),
            ("node-2", cast.substitute, "gives lesson {lesson} of {class_name} as a substitute"),
            ("node-1", cast.class_teacher, "class teacher of {class_name}"),
            (
                "central",
                cast.deputy_head,
                "deputy head: settles on the desk what two people wrote differently",
            ),
            ("central", cast.administrator, "administrator: how the computers stand"),
        )
        once = {person: (place, purpose) for place, person, purpose in reversed(wanted)}
        return [
            self._row(place, self._slips[person], purpose, facts)
            for person, (place, purpose) in reversed(once.items())
            if person is not None and person in self._slips
        ]

    def _families(self) -> list[SignIn]:
        connection = self._central.store.database.read()
        guardians = [one for one in self._slips.values() if Role.GUARDIAN in one.person.roles]
        many = [slip for slip in guardians if len(slip.person.children) > 1]
        rows = []
        for slip in dict.fromkeys([*many, *guardians[:_FAMILIES]]):
            children = people.children_of(connection, slip.person.id)
            named = {"children": ", ".join(one.list_name for one in children)}
            rows.append(self._row("central", slip, "guardian of {children}", named))
        return rows

    def _row(self, place: str, slip: Slip, purpose: str, facts: Mapping[str, str]) -> SignIn:
        """Give the person a password for good, as if it had been chosen at a first sign-in."""
        account = self._book.by_login(slip.login)
        phrase = passwords.new_phrase()
        if account is not None:
            self._book.change_password(account, slip.phrase, self._verifiers.make(phrase))
        name = slip.person.name.short()
        return SignIn(place, name, slip.login, phrase, purpose, facts)
