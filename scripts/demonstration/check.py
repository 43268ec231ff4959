"""The check: a mark typed offline reaches the parent, with nobody at the keyboard.

    workbook ─► sign-ins ─► central ◄── network that can be cut ◄── computer ◄── teacher
                               ▲
                               └── parents

Real programs in a folder of their own, on free ports, driven by their commands and pages. Each step
is a line with its time. Nothing waits for a fixed time: what takes time is asked for again until it
is there or its deadline has passed. A failed check leaves its folder behind and says where it is.
"""

import shutil
import socket
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import requests

from demonstration import parts as school
from demonstration import running, visits
from demonstration.cast import NobodyFits
from demonstration.folder import BEGINS, DemoFolder
from demonstration.network import Network
from demonstration.pages import Browser, PageRefused
from demonstration.parts import Family, Parts, Slip
from demonstration.programs import Program, ProgramFailed, Programs, programs, wait_for
from demonstration.visits import DiaryLesson, Field, LessonVisit
from demonstration.words import Teller
from sync.accounts import passwords
from sync.documents import identifiers

HOMEWORK = "§ 12, упр. 84 «Ёж»"
MARK = "5"
ABSENT = "н"

_READY_SECONDS = 60
_RECEIPT_SECONDS = 60
# The computer tries again by itself, a minute later at most.
_PARENT_SECONDS = 180

_HERE, _SERVER = "here", "server"


class CheckFailed(Exception):
    """A step did not hold; the text says what was expected and what was seen."""


def run(root: Path, workbook: Path, teller: Teller) -> int:
    """Carry out the check and return the exit code: 0 only if every step held."""
    place = DemoFolder(Path(tempfile.mkdtemp(prefix="journal-check-")))
    try:
        with ExitStack() as stack:
            surroundings = running.environment("en")
            started = stack.enter_context(programs(root, place.logs, surroundings))
            Check(place, started, teller, stack).run(workbook)
    except (
        CheckFailed,
        LookupError,
        NobodyFits,
        PageRefused,
        ProgramFailed,
        TimeoutError,
        requests.RequestException,
    ) as failed:
        teller.line(f"{type(failed).__name__}: {failed}")
        teller.say("What the programs said is in {logs}.", logs=place.logs)
        return 1
    shutil.rmtree(place.path, ignore_errors=True)
    teller.say("Every step held; {seconds} s.", seconds=f"{teller.seconds_since_start():.0f}")
    return 0


class Check:
    """One run of the story."""

    def __init__(
        self, folder: DemoFolder, started: Programs, teller: Teller, stack: ExitStack
    ) -> None:
        """Nothing is done yet; what ``stack`` is given ends with it."""
        self._folder = folder
        self._programs = started
        self._teller = teller
        self._stack = stack

    def run(self, workbook: Path) -> None:
        """Carry out every step, in order.

        Raises:
            CheckFailed and others: the first step that did not hold.
        """
        step = self._teller.step
        parts, slips = self._make_school(workbook)
        families = school.two_families(parts, slips)
        with step("central runs; a computer in room {room} is enrolled and has the school's data",
                  room=parts.room):  # fmt: skip
            central, network, node = self._start(parts.room)
        with step("two parents sign in, choose passwords, and read a day without entries"):
            readers = [self._newcomer(central, one.slip, new_password()) for one in families]
            self._expect_nothing(readers)
        with step("the network between the computer and central is cut"):
            network.cut()
            self._expect_alone(network)
        slip, own = school.slip_of(parts.teacher, slips), new_password()
        with step("a teacher signs in without the network and chooses a password"):
            teacher = self._newcomer(node, slip, own)
        with step("a lesson is kept: topic, homework, roll-call, mark"):
            kept = self._keep_lesson(teacher, parts, families)
        with step("the computer loses its power and starts again"):
            node = self._cut_power(node)
            tried = network.refused
        with step("the teacher signs in, still without the network: everything is there"):
            teacher = self._browser(node)
            visits.sign_in(teacher, slip.login, own)
            self._expect_kept(teacher, parts, kept)
        with step("it tries to reach central, in vain; parents still read nothing"):
            wait_for(lambda: network.refused > tried, _READY_SECONDS)
            self._expect_nothing(readers)
        network.restore()
        with step("the network is back; parents read topic, homework, mark and absence"):
            self._wait_for_parents(readers, kept)
        with step("the teacher sees that everything is on the server"):
            self._wait_for_receipts(teacher, parts, kept)
        with step("both programs end in good order"):
            self._end([central, node])

    def _make_school(self, workbook: Path) -> tuple[Parts, list[Slip]]:
        self._folder.set_clocks(BEGINS)
        with self._teller.step("central is set up and the workbook imported"):
            self._central("init")
            self._central("import-school", str(workbook))
            parts = school.parts_of(self._folder.central)
        with self._teller.step(
            "sign-ins are made for the staff and the guardians of {name}", name=parts.class_name
        ):
            slips = school.slips_in(self._central("accounts", "--staff"))
            slips += school.slips_in(self._central("accounts", "--class", parts.class_name))
        return parts, slips

    # --------------------------------------------------------------------------- the programs

    def _central(self, command: str, *arguments: str) -> str:
        where = ("--demo", "--data", str(self._folder.central))
        return self._programs.run("commands", "central", [command, *arguments, *where])

    def _node(self, command: str, *arguments: str) -> str:
        where = ("--demo", "--data", str(self._folder.nodes[0]))
        return self._programs.run("commands", "node", [command, *arguments, *where])

    def _start(self, room: str) -> tuple[Program, Network, Program]:
        code = self._central("enrol-node", "--room", room).split()[0]
        central = self._serve("central", self._folder.central, free_port())
        network = Network(port_of(central))
        self._stack.callback(network.close)
        self._node("enrol", "--central", f"http://{running.HOST}:{network.port}", "--code", code)
        node = self._serve("node-1", self._folder.nodes[0], free_port())
        self._node("sync-now")
        return central, network, node

    def _serve(self, name: str, data: Path, port: int) -> Program:
        url = f"http://{running.HOST}:{port}"
        program = running.start(self._programs, name, data, port, url)
        self._programs.wait_for_page(program, visits.SIGN_IN, _READY_SECONDS)
        return program

    def _expect_alone(self, network: Network) -> None:
        """Make sure that the computer tries to reach central, and does not."""
        before = network.refused
        try:
            said = self._node("sync-now")
        except ProgramFailed:
            if network.refused > before:
                return
            raise CheckFailed("the computer did not try to reach central") from None
        raise CheckFailed(f"the computer reached central through a cut network\n{said}")

    def _cut_power(self, node: Program) -> Program:
        """Kill the program of a computer, wait until nothing of it answers, and start it again."""

        def is_gone() -> bool:
            with socket.socket() as probe:
                return probe.connect_ex((running.HOST, port_of(node))) != 0

        node.kill()
        self._programs.forget(node)
        wait_for(is_gone, _READY_SECONDS)
        return self._serve(node.name, self._folder.nodes[0], port_of(node))

    def _end(self, ended: Sequence[Program]) -> None:
        for program in ended:
            program.ask_to_end()
        left = self._programs.wait_for_ends(_READY_SECONDS)
        codes = {program.name: program.process.returncode for program in ended}
        if left or any(codes.values()):
            words = "\n".join(program.last_words() for program in ended)
            raise CheckFailed(f"exit codes {codes}\n{words}")

    # ----------------------------------------------------------------------------- the people

    def _browser(self, program: Program) -> Browser:
        browser = Browser(program.url)
        self._stack.callback(browser.close)
        return browser

    def _newcomer(self, program: Program, slip: Slip, own: str) -> Browser:
        browser = self._browser(program)
        visits.first_sign_in(browser, slip.login, slip.one_time, own)
        return browser

    def _keep_lesson(
        self, teacher: Browser, parts: Parts, families: Sequence[Family]
    ) -> Mapping[str, Field]:
        """Save field after field, from the link on the teacher's day; return what stands there."""
        today = teacher.open("/")
        if today.root.find("a", href=parts.lesson) is None:
            raise CheckFailed(f"the day has no link to {parts.lesson}\n{today.text}")
        lesson = LessonVisit(teacher, parts.lesson)
        marked, absent = (one.student for one in families)
        wishes = (
            ("plan_topic", lesson.offered_topic()),
            ("homework", HOMEWORK),
            (f"presence:{absent}", ABSENT),
            ("roll_call", {absent: ABSENT}),
            (f"mark:{marked}:{identifiers.OWN_COLUMN}", MARK),
        )
        for number, (name, value) in enumerate(wishes):
            lesson.save(name, value, f"check-{number:04}")
        fields = lesson.fields()
        names = ["topic", *(name for name, _ in wishes[1:])]
        kept = {name: fields[name] for name in names}
        if not all(one.text and one.state == _HERE for one in kept.values()):
            raise CheckFailed(f"the lesson's page shows\n{visits.described(kept)}")
        return kept

    def _expect_kept(self, teacher: Browser, parts: Parts, kept: Mapping[str, Field]) -> None:
        found = LessonVisit(teacher, parts.lesson).fields()
        if {name: found[name] for name in kept} != kept:
            told = f"{visits.described(kept)}\nbefore, and now\n{visits.described(found)}"
            raise CheckFailed(f"the lesson's page showed\n{told}")

    def _expect_nothing(self, readers: Sequence[Browser]) -> None:
        for reader in readers:
            lines = visits.week(reader)
            if not lines or any(one.topic or one.homework or one.marks for one in lines):
                raise CheckFailed(f"the diary shows\n{told_by(lines)}")

    def _wait_for_parents(self, readers: Sequence[Browser], kept: Mapping[str, Field]) -> None:
        letter = next(one.text for name, one in kept.items() if name.startswith("presence:"))
        for reader, sign in zip(readers, (MARK, letter), strict=True):
            wanted = (kept["topic"].text, HOMEWORK, sign)
            self._wait(lambda: visits.week(reader), lambda lines: is_told(lines, *wanted))  # noqa: B023

    def _wait(
        self,
        ask: Callable[[], list[DiaryLesson]],
        suits: Callable[[list[DiaryLesson]], bool],
    ) -> None:
        seen: list[DiaryLesson] = []

        def look() -> bool:
            self._programs.check()
            seen[:] = ask()
            return suits(seen)

        try:
            wait_for(look, _PARENT_SECONDS)
        except TimeoutError:
            raise CheckFailed(f"the diary shows\n{told_by(seen)}") from None

    def _wait_for_receipts(self, teacher: Browser, parts: Parts, kept: Mapping[str, Field]) -> None:
        lesson = LessonVisit(teacher, parts.lesson)
        try:
            wait_for(
                lambda: {lesson.fields()[name].state for name in kept} == {_SERVER},
                _RECEIPT_SECONDS,
            )
        except TimeoutError:
            told = visits.described(lesson.fields())
            raise CheckFailed(f"the lesson's page shows\n{told}") from None


def is_told(lines: Sequence[DiaryLesson], topic: str, homework: str, sign: str) -> bool:
    """Tell whether one lesson of the day has this topic and homework, and this mark or letter."""
    return any(
        one.topic == topic and homework in one.homework and sign in one.marks.split()
        for one in lines
    )


def told_by(lines: Sequence[DiaryLesson]) -> str:
    """Return what a day's lessons say, for a message."""
    return "\n".join(f"    {one.whole}" for one in lines) or "    nothing"


def new_password() -> str:
    """Return a phrase as the product hands out; a person would choose something like it."""
    return passwords.new_phrase()


def port_of(program: Program) -> int:
    """Return the port of a program's pages."""
    return int(program.url.rsplit(":", 1)[1])


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind((running.HOST, 0))
        port: int = probe.getsockname()[1]
        return port
