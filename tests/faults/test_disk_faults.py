"""A disk that fails, is full, or read-only: "saved" is said after a commit or not at all.

Each operation of a save fails in turn, once or from then on, as a write error, a sync error or a
full disk. Meanwhile everything can be read; nothing is half there; and when the disk works again,
so does the program, without a new start.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import apsw
import pytest

from sync import errors
from sync.clock import FixedClock
from sync.documents import identifiers
from sync.entries.door import Maker, Saved
from sync.entries.journal import Journal
from sync.store.connection import Database
from sync.store.document_store import DocumentStore
from tests.faults.power_disk import Disk, Kind, Operation, broken, full
from tests.faults.power_history import FILE, content
from tests.faults.power_work import AS_NODE, KEY, NODE
from tests.node.keeper import NO_TOPIC, Keeper
from tests.store.stores import assert_figures_are_true
from tests.support import sample_node, tools
from tests.support import sample_school as school

# What fails while a file is being closed has nobody left to be told.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

MARK = identifiers.mark_id(school.LESSON_1, school.ABRAMOV)
_MEMORY = Path("/dev/shm")

SAID = {"disk_failed", "disk_full"}  # codes

FAILURES: dict[str, Callable[[], Exception]] = {
    "write": broken,
    "sync": lambda: broken(apsw.SQLITE_IOERR_FSYNC),
    "full": full,
}


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as name:
        yield Path(name)


@pytest.fixture(scope="module")
def template(folder: Path) -> Path:
    """A node's file with the school and some lessons in it."""
    home = folder / "template"
    home.mkdir()
    store = open_store(Database(home / FILE), "e0")
    school.fill(store, for_node=True)
    store.close()
    return home


def open_store(database: Database, epoch: str) -> DocumentStore:
    return DocumentStore(database, epoch=epoch, uuid="u", **AS_NODE)


class Countdown:
    """Fails the k-th operation from now on; once, or it and all that follow."""

    def __init__(self, number: int, error: Callable[[], Exception], *, for_ever: bool) -> None:
        self.met = 0
        self._left = number
        self._error = error
        self._for_ever = for_ever

    def __call__(self, operation: Operation) -> None:
        self._left -= 1
        if self._left == 0 or (self._left < 0 and self._for_ever):
            self.met += 1
            raise self._error()


class Desk:
    """A node's store on a disk that fails on request, and the door to it."""

    def __init__(self, folder: Path, template: Path) -> None:
        self.home = folder / "home"
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.copytree(template, self.home)
        self.disk = Disk()
        self.clock = FixedClock(school.NOW)
        # Emptied into the database with every save, so that every kind of operation is in one.
        self.driver = self.disk.driver(checkpoint_pages=1)
        self.store = open_store(self.driver.database(self.home / FILE), "e1")
        self._maker = Maker(NODE, KEY)

    def save(self, value: int, seen: int | None, token: str) -> Saved:
        self.clock.advance(timedelta(minutes=1))
        return Journal(self.store, self._maker, self.clock).record_mark(
            school.SOKOLOVA, school.LESSON_1, school.ABRAMOV, value, seen=seen, token=token
        )

    def value(self, store: DocumentStore | None = None) -> Any:
        leaf = (store or self.store).get(MARK)
        return None if leaf is None else leaf.value["value"]

    def heal(self) -> None:
        self.disk.fault = lambda operation: None

    def end(self) -> None:
        self.store.close()
        self.disk.unregister()


def try_save(desk: Desk, value: int, seen: int | None, token: str) -> bool:
    """Save; return whether it was acknowledged."""
    try:
        desk.save(value, seen, token)
    except errors.StoreUnavailable as error:
        if error.code not in SAID:
            raise
        return False
    return True


def fail_each_operation_of_a_save(
    folder: Path, template: Path, failure: str, *, for_ever: bool
) -> int:
    """Return how many operations a save has; each of them has failed in a run of its own."""
    number, refused = 0, 0
    while True:
        number += 1
        desk = Desk(folder, template)
        desk.save(3, None, "before")
        before = content(desk.store.database.read())
        countdown = Countdown(number, FAILURES[failure], for_ever=for_ever)
        desk.disk.fault = countdown

        saved = try_save(desk, 4, 3, "during")

        assert desk.value() == (4 if saved else 3)
        if not saved:
            assert content(desk.store.database.read()) == before
            refused += 1
        desk.heal()
        desk.save(4, 3, "during")
        desk.save(5, 4, "after")
        assert [one["new"] for one in entries_of(desk.store)] == [3, 4, 5]
        desk.end()
        again = open_store(Database(desk.home / FILE), "e2")
        assert desk.value(again) == 5
        assert_figures_are_true(again)
        again.close()
        if countdown.met == 0:
            assert refused > 0
            return number - 1


def entries_of(store: DocumentStore) -> list[dict[str, Any]]:
    leaf = store.get(MARK)
    assert leaf is not None
    return [one for one in leaf.value["entries"] if one["field"] == "value"]


@pytest.mark.parametrize("for_ever", [False, True], ids=["once", "for ever"])
@pytest.mark.parametrize("failure", FAILURES)
def test_each_operation_of_a_save_may_fail(
    folder: Path, template: Path, failure: str, for_ever: bool
) -> None:
    operations = fail_each_operation_of_a_save(folder, template, failure, for_ever=for_ever)

    print(f"{operations} operations")
    assert operations > 20


@pytest.mark.parametrize("failure", FAILURES)
def test_each_operation_of_a_start_may_fail(folder: Path, template: Path, failure: str) -> None:
    number, refused = 0, 0
    while True:
        number += 1
        home = folder / "start"
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(template, home)
        disk = Disk()
        countdown = Countdown(number, FAILURES[failure], for_ever=True)
        disk.fault = countdown
        driver = disk.driver(checkpoint_pages=1)
        try:
            open_store(driver.database(home / FILE), "e1").close()
        except errors.StoreUnavailable as error:
            if error.code not in SAID:
                raise
            refused += 1
        disk.fault = lambda operation: None
        again = open_store(driver.database(home / FILE), f"again{number}")
        assert_figures_are_true(again)
        assert again.get(f"class:{school.CLASS_5A}") is not None
        again.close()
        disk.unregister()
        if countdown.met == 0:
            assert refused > 3
            return


def test_a_full_disk_refuses_and_is_forgotten_as_soon_as_there_is_room(
    folder: Path, template: Path
) -> None:
    desk = Desk(folder, template)
    desk.save(3, None, "first")
    files = list(desk.home.iterdir())
    limits = {file.name: file.stat().st_size for file in files}

    def refuse_growth(operation: Operation) -> None:
        end = operation.number + len(operation.data)
        if operation.kind == Kind.WRITE and end > limits.get(operation.file, 0):
            raise full()

    desk.disk.fault = refuse_growth
    codes, value = set(), 3
    for attempt in range(40):
        try:
            desk.save(value % 4 + 2, value, f"full-{attempt}")
            value = value % 4 + 2
        except errors.StoreUnavailable as error:
            codes.add((error.code, error.hint))
    assert codes == {("disk_full", "free_disk_space")}
    assert desk.value() == value
    assert desk.store.changes(0).rows

    desk.heal()
    desk.save(value % 4 + 2, value, "room")
    assert desk.value() == value % 4 + 2
    desk.end()


def test_a_file_that_may_not_be_written_is_read_and_refuses_saves(
    folder: Path, template: Path
) -> None:
    desk = Desk(folder, template)
    desk.save(3, None, "first")

    def refuse(operation: Operation) -> None:
        raise broken(apsw.SQLITE_READONLY)

    desk.disk.fault = refuse
    with pytest.raises(errors.StoreUnavailable) as refused:
        desk.save(4, 3, "second")
    assert (refused.value.code, refused.value.hint) == ("store_read_only", "check_folder_rights")
    assert desk.value() == 3
    desk.heal()
    desk.save(4, 3, "second")
    assert desk.value() == 4
    desk.end()


def topic_of(store: DocumentStore) -> Any:
    leaf = store.get(identifiers.lesson_id(school.LESSON_1))
    return None if leaf is None else leaf.value["topic"]


def test_the_page_says_saved_only_after_the_commit(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = folder / "page"
    shutil.rmtree(home, ignore_errors=True)
    sample_node.provision(home)
    disk = Disk()
    monkeypatch.setattr(Database.__init__, "__defaults__", (disk.driver().connect,))
    with sample_node.opened(home) as node:
        keeper = Keeper(node, "sokolova")
        for number, failure in enumerate(FAILURES.values()):
            before = topic_of(node.store)
            shown = NO_TOPIC | {"topic": before}
            wish = ("topic", f"Тема {number}", shown, f"token-{number:05}")
            disk.fault = Countdown(1 + number, failure, for_ever=True)

            refused = keeper.save(*wish)

            assert refused.status_code == 503, refused.text
            assert topic_of(node.store) == before
            assert "Математика" in keeper.page()
            disk.fault = lambda operation: None
            assert keeper.save(*wish).status_code == 200
            assert topic_of(node.store) == f"Тема {number}"


# A file system of one's own to fill needs a namespace, which some systems do not give.
_UNSHARE = ["unshare", "--user", "--map-root-user", "--mount"]
_CAN_MOUNT = (
    sys.platform == "linux"
    and shutil.which("unshare") is not None
    and (
        subprocess.run(
            [*_UNSHARE, "mount", "-t", "tmpfs", "none", "/tmp"], capture_output=True, check=False
        ).returncode
        == 0
    )
)

if _CAN_MOUNT:

    def test_a_real_disk_that_is_full_loses_nothing_and_works_again(tmp_path: Path) -> None:
        command = [*_UNSHARE, sys.executable, "-m", "tests.faults.disk_child", str(tmp_path)]
        told = subprocess.run(command, cwd=tools.ROOT, check=True, capture_output=True, text=True)
        lines = dict(line.split(" ", 1) for line in told.stdout.replace("not half", "half")
                     .replace("works again", "again").splitlines())  # fmt: skip

        assert lines["full"].endswith(" disk_full")
        assert lines["readable"] == lines["kept"] == "True"
        assert lines["half"] == "True disk_full"
        assert int(lines["again"].split()[0]) > 5
        assert lines["integrity"] == "ok"
