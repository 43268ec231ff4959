"""kill -9 while a teacher puts a hundred marks: what was acknowledged is there, once and whole."""

import contextlib
import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
import requests

from node import storage
from node.settings import Settings
from sync.clock import FixedClock
from sync.documents import identifiers
from sync.documents.identifiers import LessonKey
from sync.projections import entry_index, marks
from sync.store.connection import Connection
from tests.node.keeper import address
from tests.support import sample_node, sample_school
from tests.support.node_process import Browser, NodeProcess

SAVES = 100
SAVES_OF_A_LIFE = (5, 30)
ENTRIES_OF_A_MARK = 1  # its value; weight and kind of a usual column go without saying


@dataclass(frozen=True)
class Cell:
    """A mark to put."""

    lesson: LessonKey
    student: str
    value: int

    @property
    def doc_id(self) -> str:
        return identifiers.mark_id(self.lesson, self.student)

    @property
    def body(self) -> dict[str, object]:
        wish = {"field": f"mark:{self.student}:1", "value": str(self.value), "seen": {}}
        return wish | {"token": f"token-{self.lesson.date}-{self.student}"}


def cells(chance: random.Random) -> Iterator[Cell]:
    day = date(2026, 9, 1)
    while True:
        if day.isoweekday() in (1, 2, 3, 5):  # days on which 5А has Mathematics
            for student in sample_school.ROSTER_5A:
                lesson = LessonKey(sample_school.MATH_5A, day, 1)
                yield Cell(lesson, student, chance.choice([2, 3, 4, 5]))
        day += timedelta(days=1)


@pytest.fixture
def program(tmp_path: Path) -> Iterator[NodeProcess]:
    folder = tmp_path / "node"
    sample_node.provision(folder, demonstration_at=sample_school.NOW)
    process = NodeProcess(folder)
    yield process
    process.kill()


class Teacher:
    """Puts marks one after the other; one whose answer was lost is sent again, with its token."""

    def __init__(self, wanted: list[Cell]) -> None:
        self.wanted = wanted
        self.acknowledged: list[Cell] = []

    def work(self, browser: Browser, until: int) -> None:
        """Save until so many are acknowledged, or the program dies."""
        while len(self.acknowledged) < min(until, len(self.wanted)):
            cell = self.wanted[len(self.acknowledged)]
            answer = browser.post_json(f"{address(cell.lesson)}/save", cell.body)
            assert answer.status_code == 200, answer.text
            self.acknowledged.append(cell)


def test_no_acknowledged_mark_is_lost_halved_or_doubled(program: NodeProcess) -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    source = cells(chance)
    teacher = Teacher([next(source) for _ in range(SAVES)])

    lives = 0
    while len(teacher.acknowledged) < SAVES:
        browser = program.start().browser()
        lives += 1
        teacher.work(browser, len(teacher.acknowledged) + chance.randint(*SAVES_OF_A_LIFE))
        # Somewhere in the next saves, not between two of them.
        killer = threading.Timer(chance.uniform(0, 0.05), program.kill)
        killer.start()
        with contextlib.suppress(requests.RequestException):
            teacher.work(browser, SAVES)
        killer.join()

    assert lives > 2
    with storage.opened(
        Settings(program.folder), sample_node.IDENTITY, clock=FixedClock(sample_school.NOW)
    ) as node:
        check(node, teacher)


def check(node: storage.Node, teacher: Teacher) -> None:
    """Look at documents, read tables and entry numbers of what is on the disk."""
    assert len(teacher.acknowledged) == SAVES
    for cell in teacher.acknowledged:
        leaves = node.store.leaves(cell.doc_id)
        assert len(leaves) == 1
        entries = leaves[0].value["entries"]
        assert [one["new"] for one in entries if one["field"] == "value"] == [cell.value]
        assert len(entries) == ENTRIES_OF_A_MARK
    with node.store.database.snapshot() as connection:
        kept = {one.id: one.value for one in _all_marks(connection)}
        tally = entry_index.tally(connection, node.identity.node)
    assert kept == {cell.doc_id: cell.value for cell in teacher.acknowledged}
    assert tally.pending == SAVES * ENTRIES_OF_A_MARK


def _all_marks(connection: Connection) -> list[marks.KeptMark]:
    first, last = date(2026, 9, 1), sample_school.DAY
    return marks.marks_of_group(connection, sample_school.MATH_5A, first, last)
