"""The second half of the check: two who disagree are settled at the desk, and nothing is lost.

teacher, computer 1    ─┐ other homework each,      ┌─► parents: «уточняется»
                        ├─ for one lesson, offline ─┤
substitute, computer 2 ─┘                           └─► deputy head: one conflict ─► a decision
                                                          └─► both computers, parents, protocol
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from demonstration import parts as school
from demonstration import visits
from demonstration.network import Network
from demonstration.pages import Browser, Page, shortened
from demonstration.parts import Parts, Slip
from demonstration.programs import Program
from demonstration.stage import CheckFailed, Stage, new_password
from demonstration.visits import LessonVisit

#: What each of them writes; the first half of the check has left another homework in the lesson.
TEACHERS = "§ 13, упр. 87"
SUBSTITUTES = "повторить § 11–12, упр. 90"
REASON = "Урок вёл заменяющий учитель, задание дано классу на уроке"
#: What parents read in place of anything that is not settled.
CLARIFIED = "уточняется"
#: Who settles it, as both of them read.
DECIDES = "Решит завуч"

_DESK, _PROTOCOL, _SERVER = "/desk/", "/desk/protocol", "/sync"
_CONFLICTS = "/desk/conflict/"
_SECONDS = 90


@dataclass(frozen=True)
class Writer:
    """One of the two: the browser, which computer it is at, and the homework that was written."""

    browser: Browser
    computer: int
    homework: str


class Disagreement:
    """One run of the story, on a stage where the first half has been told."""

    def __init__(self, stage: Stage, network: Network, parts: Parts, before: str) -> None:
        """Nothing is done yet; ``before`` is the homework that everybody has seen."""
        self._stage = stage
        self._network = network
        self._parts = parts
        self._before = before

    def run(
        self, central: Program, teacher: Browser, readers: Sequence[Browser], slips: Sequence[Slip]
    ) -> Program:
        """Carry out every step and return the second computer's program, which still runs.

        Raises:
            CheckFailed and others: the first step that did not hold.
        """
        stage, step = self._stage, self._stage.teller.step
        with step("a substitute is entered; a second computer, in room {room}, is enrolled",
                  room=self._parts.other_room):  # fmt: skip
            self._enter_substitute()
            node = stage.connect(2, self._parts.other_room, self._network)
        with step("the substitute signs in there and finds what the teacher has written"):
            substitute = self._newcomer(node, self._parts.substitute, slips)
            writers = (Writer(teacher, 1, TEACHERS), Writer(substitute, 2, SUBSTITUTES))
            self._expect_homework(substitute, self._before)
        with step("the network between both computers and central is cut"):
            self._network.cut()
            for writer in writers:
                stage.expect_alone(writer.computer, self._network)
        with step("the teacher and the substitute write different homework for one lesson"):
            for writer in writers:
                self._write(writer)
        self._network.restore()
        with step("the network is back; parents read «being clarified», and neither homework"):
            self._wait_for_clarification(writers, readers)
        with step("both of them see both homeworks, and that the deputy head decides"):
            self._wait_for_both(writers)
        with step(
            "the deputy head signs in, finds one conflict on the desk, and decides with a reason"
        ):
            deputy = self._newcomer(central, self._parts.deputy_head, slips)
            self._decide(deputy)
        with step("both computers show the decided homework and the reason"):
            self._wait_for_decision(writers)
        with step("parents read the decided homework; the protocol lists how it came to it"):
            self._expect_settled(readers)
            self._expect_protocol(deputy)
        return node

    # ------------------------------------------------------------------------ the two, offline

    def _enter_substitute(self) -> None:
        parts = self._parts
        wanted = {
            "--group": parts.key.group,
            "--date": parts.key.date.isoformat(),
            "--lesson": str(parts.number),
            "--teacher": parts.substitute,
            "--room": parts.other_room,
        }
        self._stage.central("substitute", *(word for pair in wanted.items() for word in pair))

    def _newcomer(self, program: Program, name: str, slips: Sequence[Slip]) -> Browser:
        return self._stage.newcomer(program, school.slip_of(name, slips), new_password())

    def _expect_homework(self, browser: Browser, wanted: str) -> None:
        found = LessonVisit(browser, self._parts.lesson).fields()
        if found["homework"].text != wanted:
            raise CheckFailed(f"the lesson's page shows\n{visits.described(found)}")

    def _write(self, writer: Writer) -> None:
        lesson = LessonVisit(writer.browser, self._parts.lesson)
        lesson.save("homework", writer.homework, f"check-homework-{writer.computer}")
        self._expect_homework(writer.browser, writer.homework)

    # ------------------------------------------------------------------------- nothing settled

    def _wait_for_clarification(
        self, writers: Sequence[Writer], readers: Sequence[Browser]
    ) -> None:
        for writer in writers:
            sync_now(writer.browser)
        for reader in readers:
            self._wait_for_page(reader, "/", lambda page: CLARIFIED in page.text)
            lines = [one for one in visits.week(reader) if CLARIFIED in one.whole]
            whole = reader.open("/").text
            if len(lines) != 1 or self._before not in lines[0].homework:
                raise CheckFailed(f"the diary shows\n{visits.told_by(lines)}")
            if TEACHERS in whole or SUBSTITUTES in whole:
                raise CheckFailed(f"the diary shows what is not settled\n{shortened(whole)}")

    def _wait_for_both(self, writers: Sequence[Writer]) -> None:
        for writer in writers:
            sync_now(writer.browser)
        for writer in writers:
            self._wait_for_page(writer.browser, self._parts.lesson, shows_both)

    # ------------------------------------------------------------------------------- the desk

    def _decide(self, deputy: Browser) -> None:
        """Open the only conflict from the desk's list, and choose the substitute's version."""
        listed = deputy.open(_DESK)
        found = conflicts_on(listed)
        if len(found) != 1:
            raise CheckFailed(f"the desk lists {found}\n{shortened(listed.text)}")
        page = deputy.open(found[0])
        choices = {text: choice_of(page, text) for text in (TEACHERS, SUBSTITUTES)}
        verdict = {"choice-0": choices[SUBSTITUTES], "reason": REASON}
        decided = deputy.submit(page, page.path, verdict)
        if decided.status != 200 or decided.path == page.path or REASON not in decided.text:
            raise CheckFailed(f"{decided.url}: {decided.status}\n{shortened(decided.text)}")
        listed = deputy.open(_DESK)
        if conflicts_on(listed):
            raise CheckFailed(f"the desk still lists it\n{shortened(listed.text)}")

    # -------------------------------------------------------------------------------- settled

    def _wait_for_decision(self, writers: Sequence[Writer]) -> None:
        for writer in writers:
            sync_now(writer.browser)
        for writer in writers:
            self._wait_for_page(writer.browser, _SERVER, shows_decision)
            self._expect_homework(writer.browser, SUBSTITUTES)

    def _expect_settled(self, readers: Sequence[Browser]) -> None:
        for reader in readers:
            lines = visits.week(reader)
            given = [one for one in lines if SUBSTITUTES in one.homework]
            if len(given) != 1 or any(CLARIFIED in one.whole for one in lines):
                raise CheckFailed(f"the diary shows\n{visits.told_by(lines)}")
            if TEACHERS in reader.open("/").text:
                raise CheckFailed("the diary shows the homework that was decided against")

    def _expect_protocol(self, deputy: Browser) -> None:
        page = deputy.open(_PROTOCOL)
        table = page.root.find("table", class_="protocol")
        rows = [] if table is None else table.find_all("tr")[1:]
        wanted = (TEACHERS, SUBSTITUTES, REASON)
        if len(rows) != 1 or not all(text in rows[0].text for text in wanted):
            raise CheckFailed(f"{page.url}: {page.status}\n{shortened(page.text)}")

    def _wait_for_page(self, browser: Browser, path: str, suits: Callable[[Page], bool]) -> None:
        self._stage.wait(
            lambda: browser.open(path),
            suits,
            lambda page: f"{page.url} shows\n{shortened(page.text, 2000)}",
            _SECONDS,
        )


def sync_now(browser: Browser) -> None:
    """Press the button on the page about the server."""
    browser.submit(browser.open(_SERVER), f"{_SERVER}/now", {})


def shows_both(page: Page) -> bool:
    """Tell whether a lesson's page names both homeworks, and who decides between them."""
    notice = page.root.find(class_="settled-notice")
    wanted = (TEACHERS, SUBSTITUTES, DECIDES)
    return notice is not None and all(text in notice.text for text in wanted)


def shows_decision(page: Page) -> bool:
    """Tell whether the page about the server lists the decision with its reason."""
    return any(SUBSTITUTES in row.text and REASON in row.text for row in page.root.find_all("tr"))


def conflicts_on(page: Page) -> list[str]:
    """Return the paths of the conflicts that a page of the desk leads to."""
    paths = {urlsplit(link.attributes.get("href", "")).path for link in page.root.find_all("a")}
    return sorted(path for path in paths if path.startswith(_CONFLICTS))


def choice_of(page: Page, text: str) -> str:
    """Return what the form of a conflict's page sends for the version that reads ``text``.

    Raises:
        CheckFailed: no version reads so.
    """
    for side in page.root.find_all("label", class_="side"):
        button = side.find("input", type="radio")
        if text in side.text and button is not None:
            return button.attributes["value"]
    raise CheckFailed(f"{page.url}: no version «{text}»\n{shortened(page.text)}")
