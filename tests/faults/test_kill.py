"""kill -9 in the middle of saves, pulls and pushes: nothing is lost, nothing is there twice.

A small program holds the real store and the real replicator: a node that talks HTTP with a central
in this process, a central that is talked to from here, or both sides in one. It is killed at a
random moment, or at a named point. Then both sides are opened again, must agree after at most three
rounds, and must hold everything that was acknowledged.
"""

import os
import secrets
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from central.endpoint import bare
from sync import errors
from sync.clock import FixedClock
from sync.entries.door import Maker
from sync.replication.local_peer import LocalPeer
from sync.replication.remote_peer import RemotePeer
from sync.store.document_store import DocumentStore
from tests.faults import kill_child
from tests.faults.kill_child import DATABASE, KEY, NODE, Line
from tests.faults.kill_nursery import KILLED, Nursery
from tests.faults.power_teacher import Teacher, assert_entries_are_whole
from tests.store.stores import assert_figures_are_true
from tests.support import invariant, sample_school, served
from tests.support.invariant import Acknowledged, Name, names_of
from tests.support.pairs import QUICK, everything

if not hasattr(os, "fork"):
    pytest.skip("programs cannot be forked on this system", allow_module_level=True)

KILLS = 30  # of each part; ten parts
ROUNDS = 3
LONGEST_SECONDS = 0.08
MOST_ENTRIES_OF_A_SAVE = 4
WORK = ("save", "save", "save", "meet")
WITH_PURGES = (*WORK, "purge")

_MEMORY = Path("/dev/shm")


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery() as started:
        yield started


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one; a killed program leaves the system's memory alone."""
    if not _MEMORY.is_dir():
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=_MEMORY) as name:
        yield Path(name)


class Pair:
    """A node's folder and a central's, what was acknowledged, and how often they were killed."""

    def __init__(self, folder: Path, nursery: Nursery, seed: int) -> None:
        print(f"seed {seed}")
        self.folder = folder
        self.nursery = nursery
        self.chance = Random(seed)
        self.said = Acknowledged()
        self.purges = False
        self._lives = 0
        kill_child.open_node(folder, self.life()).close()

    def life(self) -> str:
        """Return the epoch of another start."""
        self._lives += 1
        return f"life{self._lives}"

    def kill_node(self, role: str = "node", **point: Any) -> None:
        """Let a node, or both sides in one program, work and be killed; then look."""
        with kill_child.open_central(self.folder) as host:
            self._let_arrive(host.store(DATABASE), point)
            if role == "both":
                host.close()  # it is opened there
                self._let_work(role, point)
                return
            with served.serve(bare.create_app(host, threads=4), threads=4) as port:
                uuid = host.store(DATABASE).uuid
                self._let_work(role, {"url": f"http://127.0.0.1:{port}/", "uuid": uuid, **point})

    def _let_arrive(self, central: DocumentStore, point: dict[str, Any]) -> None:
        """Put what the node will pull, enough for as many batches as a point asks for."""
        life = self.life()
        count = 8 * point["times"] if "times" in point else self.chance.randrange(12)
        with central.transaction() as tx:
            for number in range(count):
                tx.put(f"arrival:{life}x{number}", {"n": number}, parent=None)

    def _let_work(self, role: str, more: dict[str, Any]) -> None:
        verbs = WITH_PURGES if self.purges else WORK
        order: dict[str, Any] = {"role": role, "folder": str(self.folder), "life": self.life()}
        order["verbs"] = verbs
        order |= {"seed": self.chance.getrandbits(32), **more}
        child = self.nursery.begin(**order)
        if "point" not in more:
            child.listen(self.chance.uniform(0, LONGEST_SECONDS))
            child.kill()
        child.wait()
        assert child.exit_code == KILLED
        self._hear(child.told)

    def _hear(self, told: list[dict[str, Any]]) -> None:
        for line in told:
            if "saved" in line:
                names = [(line["document"], _name(one)) for one in line["saved"]]
                self.said.note_names(names)

    def kill_central(self, **point: Any) -> None:
        """Let central answer a node of this process, and be killed; then look."""
        child = self.nursery.begin(role="central", folder=str(self.folder), **point)
        begun = child.told[0]
        life = self.life()
        store = kill_child.open_node(self.folder, life)
        peer = RemotePeer(f"http://127.0.0.1:{begun['port']}/", DATABASE, patience=QUICK)
        line = Line(store, peer, begun["uuid"])
        clock = FixedClock(sample_school.NOW)
        teacher = Teacher(self.chance, clock, Maker(NODE, KEY), life)
        killer = threading.Timer(self.chance.uniform(0, LONGEST_SECONDS), lambda: None)
        if not point:
            killer = threading.Timer(self.chance.uniform(0, LONGEST_SECONDS), child.kill)
        killer.start()
        try:
            self._use(store, teacher, line)
        finally:
            killer.join()
            child.wait() if point else child.kill()
            store.close()
        assert child.exit_code == KILLED

    def _use(self, store: DocumentStore, teacher: Teacher, line: Line) -> None:
        """Work as a node until central is not there any more."""
        while True:
            for _ in range(self.chance.randint(0, 4)):
                saved = teacher.save(store)
                if saved is not None:
                    self.said.note(store, NODE, saved)
            try:
                line.both()
            except errors.PeerUnreachable:
                return

    def check(self) -> None:
        """Open both sides, let them meet, and compare; an unanswered save may be there, too."""
        store = kill_child.open_node(self.folder, self.life())
        with kill_child.open_central(self.folder) as host:
            central = host.store(DATABASE)
            unanswered = self._unanswered(store, central)
            rounds = self._rounds_to_agree(store, central)
            assert rounds <= ROUNDS, f"{rounds} rounds"
            for one in (store, central):
                assert_figures_are_true(one, purged=self.purges)
                assert_entries_are_whole(one.database.read(), set())
            invariant.check(self.said, central, {NODE: store}, settled=True)
            assert len(unanswered) <= MOST_ENTRIES_OF_A_SAVE
        store.close()

    def _unanswered(self, *stores: DocumentStore) -> set[Name]:
        """Return what is there and was not told of, and from now on ask for it as well."""
        found = {
            (doc_id, name)
            for store in stores
            for doc_id, value in invariant.leaf_values(store)
            for name in names_of(doc_id, value)
            if name[0] == NODE and name not in self.said.names
        }
        self.said.note_names(found)
        return {name for _, name in found}

    def _rounds_to_agree(self, store: DocumentStore, central: DocumentStore) -> int:
        line = Line(store, LocalPeer(central), central.uuid)
        for number in range(1, ROUNDS + 2):
            line.both()
            here, there = everything(store), everything(central)
            if self.purges:
                there = {doc_id: tree for doc_id, tree in there.items() if doc_id in here}
            if here == there:
                return number
        return ROUNDS + 1


def _name(row: list[Any]) -> Name:
    return (row[0], row[1], row[2], row[3])


def kill_at_random(pair: Pair, kills: int, who: str) -> None:
    for _ in range(kills):
        if who == "central":
            pair.kill_central()
        else:
            pair.kill_node(who)
        pair.check()
    assert pair.said.names, "nothing was acknowledged in all these lives"


PARTS = ("node", "node", "node", "node", "central", "central", "central", "both", "both", "both")


@pytest.mark.parametrize("number", range(len(PARTS)))
def test_kill_at_any_moment_loses_and_doubles_nothing(
    home: Path, nursery: Nursery, number: int
) -> None:
    kill_at_random(Pair(home, nursery, secrets.randbits(32)), KILLS, PARTS[number])


@pytest.mark.soak
@pytest.mark.parametrize("number", range(40))
def test_a_thousand_kills_lose_and_double_nothing(
    home: Path, nursery: Nursery, number: int
) -> None:
    kill_at_random(Pair(home, nursery, secrets.randbits(32)), KILLS, PARTS[number % len(PARTS)])


@pytest.mark.parametrize("point", kill_child.POINTS)
@pytest.mark.parametrize("who", ["node", "central", "both"])
def test_kill_at_a_named_point_loses_and_doubles_nothing(
    home: Path, nursery: Nursery, who: str, point: str
) -> None:
    if point == "mid-purge" and who == "central":
        return  # only nodes take documents out
    pair = Pair(home, nursery, secrets.randbits(32))
    pair.purges = point == "mid-purge"
    for times in (1, 2, 3, 5, 8, 13):
        if who == "central":
            pair.kill_central(point=point, times=times)
        else:
            pair.kill_node(who, point=point, times=times)
        pair.check()


def test_a_file_that_loses_acknowledged_saves_is_caught(home: Path, nursery: Nursery) -> None:
    pair = Pair(home, nursery, seed=1)
    before = (home / kill_child.NODE_FILE).read_bytes()
    while not pair.said.names:
        pair.kill_node(verbs=["save"])
    (home / kill_child.NODE_FILE).write_bytes(before)
    (home / f"{kill_child.NODE_FILE}-wal").unlink()

    with pytest.raises(AssertionError, match="lost"):
        pair.check()
