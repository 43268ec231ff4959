"""The check: a mark typed offline reaches the parent, and two who disagree are settled.

    workbook ─► sign-ins ─► central ◄── network that can be cut ◄── computers ◄── teachers
                               ▲
                               └── parents, deputy head

Real programs in a folder of their own, on free ports, driven by their commands and pages, with
nobody at the keyboard. Each step is a line with its time. Nothing waits for a fixed time: what
takes time is asked for again until it is there or its deadline has passed. A failed check leaves
its folder behind and says where it is. The second half is told in ``disagreement``.
"""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import requests

from demonstration import parts as school
from demonstration import running, visits
from demonstration.cast import NobodyFits
from demonstration.disagreement import Disagreement
from demonstration.folder import BEGINS, DemoFolder
from demonstration.pages import Browser, PageRefused
from demonstration.parts import Family, Parts, Slip
from demonstration.programs import ProgramFailed, programs, wait_for
from demonstration.stage import READY_SECONDS, CheckFailed, Stage, new_password
from demonstration.visits import DiaryLesson, Field, LessonVisit
from demonstration.words import Teller
from sync.documents import identifiers

HOMEWORK = "§ 12, упр. 84 «Ёж»"
MARK = "5"
ABSENT = "н"

_RECEIPT_SECONDS = 60
# The computer tries again by itself, a minute later at most.
_PARENT_SECONDS = 180

_HERE, _SERVER = "here", "server"


def run(root: Path, workbook: Path, teller: Teller) -> int:
    """Carry out the check and return the exit code: 0 only if every step held."""
    place = DemoFolder(Path(tempfile.mkdtemp(prefix="journal-check-")))
    try:
        with ExitStack() as stack:
            surroundings = running.environment("en")
            started = stack.enter_context(programs(root, place.logs, surroundings))
            Check(Stage(place, started, teller, stack)).run(workbook)
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

    def __init__(self, stage: Stage) -> None:
        """Nothing is done yet."""
        self._stage = stage

    def run(self, workbook: Path) -> None:
        """Carry out every step, in order.

        Raises:
            CheckFailed and others: the first step that did not hold.
        """
        stage, step = self._stage, self._stage.teller.step
        parts, slips = self._make_school(workbook)
        families = school.two_families(parts, slips)
        with step("central runs; a computer in room {room} is enrolled and has the school's data",
                  room=parts.room):  # fmt: skip
            central, network = stage.serve_central()
            node = stage.connect(1, parts.room, network)
        with step("two parents sign in, choose passwords, and read a day without entries"):
            readers = [stage.newcomer(central, one.slip, new_password()) for one in families]
            self._expect_nothing(readers)
        with step("the network between the computer and central is cut"):
            network.cut()
            stage.expect_alone(1, network)
        slip, own = school.slip_of(parts.teacher, slips), new_password()
        with step("a teacher signs in without the network and chooses a password"):
            teacher = stage.newcomer(node, slip, own)
        with step("a lesson is kept: topic, homework, roll-call, mark"):
            kept = self._keep_lesson(teacher, parts, families)
        with step("the computer loses its power and starts again"):
            node = stage.cut_power(node)
            tried = network.refused
        with step("the teacher signs in, still without the network: everything is there"):
            teacher = stage.browser(node)
            visits.sign_in(teacher, slip.login, own)
            self._expect_kept(teacher, parts, kept)
        with step("it tries to reach central, in vain; parents still read nothing"):
            wait_for(lambda: network.refused > tried, READY_SECONDS)
            self._expect_nothing(readers)
        network.restore()
        with step("the network is back; parents read topic, homework, mark and absence"):
            self._wait_for_parents(readers, kept)
        with step("the teacher sees that everything is on the server"):
            self._wait_for_receipts(teacher, parts, kept)
        other = Disagreement(stage, network, parts, HOMEWORK).run(central, teacher, readers, slips)
        with step("all three programs end in good order"):
            stage.end([central, node, other])

    def _make_school(self, workbook: Path) -> tuple[Parts, list[Slip]]:
        stage = self._stage
        stage.folder.set_clocks(BEGINS)
        with stage.teller.step("central is set up and the workbook imported"):
            stage.central("init")
            stage.central("import-school", str(workbook))
            parts = school.parts_of(stage.folder.central)
        with stage.teller.step(
            "sign-ins are made for the staff and the guardians of {name}", name=parts.class_name
        ):
            slips = school.slips_in(stage.central("accounts", "--staff"))
            slips += school.slips_in(stage.central("accounts", "--class", parts.class_name))
        return parts, slips

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
                raise CheckFailed(f"the diary shows\n{visits.told_by(lines)}")

    def _wait_for_parents(self, readers: Sequence[Browser], kept: Mapping[str, Field]) -> None:
        letter = next(one.text for name, one in kept.items() if name.startswith("presence:"))
        for reader, sign in zip(readers, (MARK, letter), strict=True):
            wanted = (kept["topic"].text, HOMEWORK, sign)
            self._stage.wait(
                partial(visits.week, reader),
                partial(is_told, wanted=wanted),
                lambda lines: f"the diary shows\n{visits.told_by(lines)}",
                _PARENT_SECONDS,
            )

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


def is_told(lines: Sequence[DiaryLesson], wanted: tuple[str, str, str]) -> bool:
    """Tell whether one lesson of the day has this topic and homework, and this mark or letter."""
    topic, homework, sign = wanted
    return any(
        one.topic == topic and homework in one.homework and sign in one.marks.split()
        for one in lines
    )
