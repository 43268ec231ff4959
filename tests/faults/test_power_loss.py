"""Power fails after each operation on the disk: what was acknowledged is there, whole and once.

A part is one random piece of work on one random size of pages, all made from the seed it prints;
of each operation in it at least one image is made, opened and compared. Some images are then used
as a program would use them, and some fail once more while that happens. Three controls show that
the tests see what they are for: an order of acknowledging that is wrong, ``synchronous=NORMAL``,
and no waiting for the disk at all.
"""

import collections
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.faults import power_images
from tests.faults.power_disk import Disk
from tests.faults.power_history import FILE, History, State, WatchedDatabase, found_in
from tests.faults.power_images import Image, PowerCuts
from tests.faults.power_meeting import MeetingCentral, MeetingNodes
from tests.faults.power_work import (
    Batching,
    Removing,
    Saving,
    SavingOnABadDisk,
    Starting,
    Work,
)
from tests.support.apsw_driver import Driver

IMAGES = 1000  # of each part
OPERATIONS = 800
WORKS = (
    Saving, Saving, SavingOnABadDisk, Batching, Batching,
    MeetingCentral, MeetingCentral, MeetingNodes, Removing, Starting,
)  # fmt: skip
USED = 0.02  # of all images; each is opened by the whole store, its read tables are rebuilt
CUT_AGAIN = 0.01

_MEMORY = Path("/dev/shm")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where the system has such a thing: nothing here needs a real disk."""
    if not _MEMORY.is_dir():
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=_MEMORY) as name:
        yield Path(name)


@dataclass
class Part:
    """What came of one part."""

    images: int
    states: collections.Counter[State]
    first_bad: str


class Cutter:
    """Makes a piece of work, and images of it."""

    def __init__(self, folder: Path, kind: type[Work], seed: int, **faults: Any) -> None:
        """Do the work; ``faults`` are ``synchronous`` and ``too_early``."""
        self.chance = Random(seed)
        self._images = folder / "image"
        self._images.mkdir(exist_ok=True)
        home = folder / "home"
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir()
        self.disk = Disk()
        driver = self.disk.driver(
            page_bytes=self.chance.choice([512, 1024, 1024, 4096]),
            checkpoint_pages=self.chance.choice([20, 60, 200]),
            synchronous=faults.get("synchronous", "FULL"),
        )
        too_early = bool(faults.get("too_early"))
        self.work = kind(self.disk, home, self.chance, driver, too_early=too_early)
        self.begun = self.work.do(OPERATIONS)

    def end(self) -> None:
        self.work.end()
        self.disk.unregister()

    def run(self, images: int) -> Part:
        """Cut after each operation, and further times where chance falls."""
        log = self.disk.log
        cuts = collections.Counter(range(self.begun + 1, len(log) + 1))
        if len(cuts) > images:
            cuts = collections.Counter(self.chance.sample(sorted(cuts), images))
        while cuts.total() < images:
            cuts[self.chance.randrange(self.begun + 1, len(log) + 1)] += 1
        part = Part(0, collections.Counter(), "")
        power = PowerCuts()
        for position, operation in enumerate(log, 1):
            power.follow(operation)
            for _ in range(cuts[position]):
                self._look(power.image(self.chance), position, part)
        return part

    def _look(self, image: Image, position: int, part: Part) -> None:
        power_images.write_image(image, self._images)
        state = self.work.history.judge(found_in(self._images), position)
        part.images += 1
        part.states[state] += 1
        if state != State.WHOLE:
            part.first_bad = part.first_bad or f"{state} after operation {position}"
            return
        if self.chance.random() < USED:
            power_images.write_image(image, self._images)
            self.work.use(Driver().database(self._images / FILE))
        if self.chance.random() < CUT_AGAIN:
            self._cut_again(image, part)

    def _cut_again(self, image: Image, part: Part) -> None:
        """Let the power fail once more, while what was left is put in order and used."""
        power_images.write_image(image, self._images)
        disk = Disk()
        history = History(content_of(image, self._images))
        power_images.write_image(image, self._images)
        database = WatchedDatabase(disk, self._images / FILE, disk.driver(), history)
        self.work.use(database)
        power, last = PowerCuts(image), self.chance.randrange(1, len(disk.log) + 1)
        for operation in disk.log[:last]:
            power.follow(operation)
        disk.unregister()
        power_images.write_image(power.image(self.chance), self._images)
        state = history.judge(found_in(self._images), last)
        part.images += 1
        part.states[state] += 1
        if state != State.WHOLE:
            part.first_bad = part.first_bad or f"{state}, cut again after operation {last}"


def content_of(image: Image, folder: Path) -> Any:
    """Return what an image holds that was found whole before."""
    found = found_in(folder)
    assert found is not None
    return found


def cut(folder: Path, kind: type[Work], seed: int, images: int = IMAGES, **faults: Any) -> Part:
    print(f"{kind.__name__}, seed {seed}")
    cutter = Cutter(folder, kind, seed, **faults)
    part = cutter.run(images)
    cutter.end()
    print(f"{part.images} images: {dict(part.states)} {part.first_bad}")
    return part


@pytest.mark.parametrize("number", range(len(WORKS)))
def test_what_was_acknowledged_is_there_after_a_power_failure(folder: Path, number: int) -> None:
    part = cut(folder, WORKS[number], seed=secrets.randbits(32))

    assert part.images >= IMAGES
    assert set(part.states) == {State.WHOLE}, part.first_bad


@pytest.mark.parametrize("kind", [Saving, Batching, MeetingCentral])
def test_an_acknowledgement_before_the_commit_is_caught(folder: Path, kind: type[Work]) -> None:
    part = cut(folder, kind, seed=21, images=200, too_early=True)

    assert set(part.states) == {State.WHOLE, State.LOST}
    assert part.states[State.LOST] >= 5


@pytest.mark.parametrize("kind", [Saving, Batching, MeetingNodes])
def test_commits_that_do_not_wait_for_the_disk_are_caught(folder: Path, kind: type[Work]) -> None:
    part = cut(folder, kind, seed=22, images=200, synchronous="NORMAL")

    assert set(part.states) == {State.WHOLE, State.LOST}
    assert part.states[State.LOST] >= 5


def test_a_disk_that_is_never_waited_for_is_caught(folder: Path) -> None:
    part = cut(folder, Saving, seed=23, images=400, synchronous="OFF")

    assert part.states[State.LOST] >= 5
    assert part.states[State.BROKEN] + part.states[State.HALF] >= 1


@pytest.mark.soak
@pytest.mark.parametrize("number", range(1000))
def test_what_was_acknowledged_is_there_after_a_million_failures(folder: Path, number: int) -> None:
    part = cut(folder, WORKS[number % len(WORKS)], seed=secrets.randbits(32))

    assert set(part.states) == {State.WHOLE}, part.first_bad
