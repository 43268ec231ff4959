"""Bytes that changed by themselves: the program says so and does not start, or nothing was hurt.

SQLite keeps no checksums of what a file holds; ``store/soundness`` compares the documents with
their names, so a flipped bit in one is noticed. What is not noticed can be only in read tables,
which a rebuild mends, and in records. A damaged log leaves most often exactly an earlier commit;
in the middle of a checkpoint, or when the log is gone or another file's, there may be documents of
several moments, each of them whole; otherwise the file is refused.
"""

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from central import storage as central_storage
from node.sync_pass import Sync
from sync import errors
from sync.clock import FixedClock
from sync.entries.door import Maker
from sync.store import soundness
from sync.store.connection import Database
from tests.faults import power_images
from tests.faults.power_disk import Disk
from tests.faults.power_history import FILE, Content, content
from tests.faults.power_images import Image, PowerCuts
from tests.faults.power_teacher import Teacher
from tests.faults.power_work import Saving
from tests.support import central_site, node_site, sample_node, served
from tests.support import sample_school as school
from tests.support.fault_proxy import FaultProxy
from tests.support.pairs import everything

FLIPS = 100
JOURNAL = "journal.sqlite"
#: What has no name to be compared with.
UNNAMED = {"record", "meta", "epoch", "local_document", "projection", "_sqlite_migrations"}
_MEMORY = Path("/dev/shm")


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as name:
        yield Path(name)


@pytest.fixture(scope="module")
def kept(folder: Path) -> tuple[Path, Content]:
    """A node's folder after a day of lessons, and what its database holds."""
    home = folder / "kept"
    sample_node.provision(home)
    with sample_node.opened(home) as node:
        maker = Maker(sample_node.IDENTITY.node, sample_node.IDENTITY.entry_key)
        teacher = Teacher(Random(1), node.clock, maker)
        for _ in range(40):
            teacher.save(node.store)
        return home, content(node.store.database.read())


def documents(found: Content) -> Content:
    """Return what is not in records and the like."""
    return frozenset(row for row in found if row[0] not in UNNAMED)


def differences(found: Content, before: Content) -> list[str]:
    """Return what differs, for a person."""
    return sorted(map(str, documents(found) ^ documents(before)))


def start(home: Path) -> Content | None:
    """Start the node on a folder; None if it says that the file is damaged."""
    try:
        with sample_node.opened(home) as node:
            node.store.rebuild_projections()
            return content(node.store.database.read())
    except errors.StoreUnavailable as error:
        # The latter where a name in the schema of a read table has changed.
        if error.code not in ("store_damaged", "store_failed"):
            raise
        return None


def test_a_flipped_bit_is_noticed_at_the_start_or_hurts_no_document(
    folder: Path, kept: tuple[Path, Content]
) -> None:
    seed = secrets.randbits(32)
    print(f"seed {seed}")
    chance, (home, before), noticed = Random(seed), kept, 0
    for _ in range(FLIPS):
        copy = folder / "flipped"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(home, copy)
        damaged = bytearray((copy / JOURNAL).read_bytes())
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        (copy / JOURNAL).write_bytes(damaged)

        found = start(copy)

        noticed += found is None
        assert found is None or documents(found) == documents(before), differences(found, before)
    print(f"{noticed} of {FLIPS} were noticed, the others hurt nothing")
    assert noticed > 3


def test_a_file_that_was_cut_off_is_refused(folder: Path, kept: tuple[Path, Content]) -> None:
    home, before = kept
    whole = (home / JOURNAL).read_bytes()
    for length in (512, 4095, 4096, len(whole) // 2, len(whole) - 4096, len(whole) - 1):
        copy = folder / "cut"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(home, copy)
        (copy / JOURNAL).write_bytes(whole[:length])

        found = start(copy)

        # The last byte of all may have been nothing.
        assert found is None or (length == len(whole) - 1 and found >= documents(before)), length
        if found is None:
            assert (copy / JOURNAL).read_bytes() == whole[:length], "the broken file is kept"


@pytest.mark.parametrize("length", [0, 1, 4096, 50_000])
def test_central_does_not_start_on_a_file_that_was_cut_off(tmp_path: Path, length: int) -> None:
    home = tmp_path / "central"
    with central_site.opened(home):
        pass
    file = home / JOURNAL
    file.write_bytes(file.read_bytes()[:length])

    with pytest.raises(errors.StoreUnavailable) as refused:
        central_storage.Storage.open(home, FixedClock(school.NOW))

    assert refused.value.code in ("store_damaged", "database_missing")
    assert refused.value.hint == "restore_backup"


def test_a_node_whose_file_was_put_away_gets_back_what_central_has(tmp_path: Path) -> None:
    home = tmp_path / "node"
    with (
        central_site.opened(tmp_path / "central") as central,
        served.serve(central.app) as port,
        FaultProxy("127.0.0.1", port) as network,
    ):
        node_site.enrol(central, network, home, room="12")
        with node_site.opened_node(home) as node:
            sync = Sync(node.node, node_site.peer_of(node))
            assert sync.run().ending == "complete"
            maker = Maker(node.node.identity.node, node.node.identity.entry_key)
            assert Teacher(Random(1), node.clock, maker).save(node.store) is not None
            assert sync.run().ending == "complete"
            before = everything(node.store)
        whole = (home / JOURNAL).read_bytes()
        (home / JOURNAL).write_bytes(whole[: len(whole) // 2])
        with pytest.raises(errors.StoreUnavailable) as refused, node_site.opened_node(home):
            pass
        for file in list(home.glob(f"{JOURNAL}*")):
            file.rename(file.with_name(f"damaged-{file.name}"))

        with node_site.opened_node(home) as node:
            assert Sync(node.node, node_site.peer_of(node)).run().ending == "complete"
            after = everything(node.store)

    assert refused.value.code == "store_damaged"
    assert after == before


class Lessons:
    """Saves on a disk that is watched: files as they were at any moment, and what they held."""

    def __init__(self, folder: Path, seed: int) -> None:
        home = folder / f"lessons-{seed}"
        home.mkdir()
        self._disk = Disk()
        self._work = Saving(
            self._disk, home, Random(seed), self._disk.driver(page_bytes=4096, checkpoint_pages=40)
        )
        self._begun = self._work.do(600)
        self._disk.unregister()
        self.moments = {one.content for one in self._work.history.moments}

    def files(self, chance: Random) -> Image:
        """Return the files of a random moment, with a log."""
        power, log = PowerCuts(), self._disk.log
        for operation in log[: chance.randrange(self._begun + 100, len(log))]:
            power.follow(operation)
        return power.nothing_lost()


@pytest.fixture(scope="module")
def lessons(folder: Path) -> Lessons:
    return Lessons(folder, 1)


def look(image: Image, folder: Path) -> Content | None:
    """Open files as a program does; None if they are refused."""
    home = folder / "image"
    home.mkdir(exist_ok=True)
    power_images.write_image(image, home)
    database = None
    try:
        database = Database(home / FILE)
        soundness.refuse_damaged(database)
        return content(database.read())
    except errors.StoreUnavailable as error:
        if error.code != "store_damaged":
            raise
        return None
    finally:
        if database is not None:
            database.close()


def bodies_in(found: Content) -> set[str]:
    """Return the values of documents."""
    return {row[1] for table, row in found if table == "body"}


def test_a_damaged_log_leaves_no_half_document(folder: Path, lessons: Lessons) -> None:
    seed = secrets.randbits(32)
    print(f"seed {seed}")
    chance, earlier = Random(seed), 0
    committed = bodies_in(frozenset().union(*lessons.moments))
    for _ in range(FLIPS):
        image = lessons.files(chance)
        log = bytearray(image.get(f"{FILE}-wal", b""))
        if not log:
            continue
        if chance.random() < 0.5:
            log[chance.randrange(len(log))] ^= 1 << chance.randrange(8)
        else:
            del log[chance.randrange(len(log)) :]

        found = look(image | {f"{FILE}-wal": bytes(log)}, folder)

        earlier += found in lessons.moments
        assert found is None or bodies_in(found) <= committed
    print(f"{earlier} of {FLIPS} hold exactly what an earlier commit left")
    assert earlier > FLIPS // 2


def test_a_log_that_is_gone_or_of_another_file_leaves_no_half_document(
    folder: Path, lessons: Lessons
) -> None:
    seed = secrets.randbits(32)
    print(f"seed {seed}")
    chance, others = Random(seed), Lessons(folder, 2)
    committed = bodies_in(frozenset().union(*lessons.moments, *others.moments))
    for _ in range(FLIPS):
        image = lessons.files(chance)
        image.pop(f"{FILE}-wal", None)
        if chance.random() < 0.5:
            image |= {
                name: text for name, text in others.files(chance).items() if name.endswith("-wal")
            }

        found = look(image, folder)

        assert found is None or bodies_in(found) <= committed
