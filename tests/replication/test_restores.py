"""Backups put back, disks copied, crashes between two writes: nothing is lost."""

import shutil

import pytest

from sync.replication import checkpoints
from sync.replication.checkpoints import Direction, Replication
from sync.replication.local_peer import LocalPeer
from sync.replication.peer import PeerInfo
from sync.replication.replicator import Pace
from sync.store.connection import Database
from sync.store.document_store import DocumentStore
from tests.support.pairs import Link, everything, fill

PACE = Pace(page_rows=10, checkpoint_documents=10, push_times=1)
OFTEN = Pace(page_rows=10, checkpoint_documents=10, checkpoint_worth_documents=1, push_times=1)


class WithoutEpoch(LocalPeer):
    """A peer that does not say when it was restarted or put back, such as a stock server."""

    def info(self):
        return PeerInfo("central", self._store.update_seq())


class Machine:
    """A database whose file can be backed up, put back and copied, as an admin would by hand."""

    def __init__(self, folder, name):
        self.folder = folder
        self.file = folder / f"{name}.sqlite"
        self.starts = 0
        self.name = name
        self.store = self._open()

    def _open(self):
        self.starts += 1
        return DocumentStore(
            Database(self.file), epoch=f"{self.name}{self.starts}", uuid=f"uuid-{self.name}"
        )

    def restart(self):
        self.store.close()
        self.store = self._open()

    def back_up(self):
        self.store.database.backup(self.file.with_suffix(".backup"))

    def put_back(self):
        self.store.close()
        for suffix in ("-wal", "-shm"):
            self.file.with_name(self.file.name + suffix).unlink(missing_ok=True)
        shutil.copy(self.file.with_suffix(".backup"), self.file)
        self.store = self._open()

    def copy_to(self, name):
        self.store.database.backup(self.folder / f"{name}.sqlite")
        return Machine(self.folder, name)


@pytest.fixture
def machines(tmp_path):
    made = []

    def make(name):
        made.append(Machine(tmp_path, name))
        return made[-1]

    make.keep = made.append
    yield make
    for machine in made:
        machine.store.close()


@pytest.mark.parametrize("says_epoch", [True, False])
def test_a_target_put_back_in_the_middle_of_a_session_ends_with_100_of_100(machines, says_epoch):
    node, central = machines("node"), machines("central")
    kind = LocalPeer if says_epoch else WithoutEpoch
    link = Link(node.store, kind(central.store), _uuid(central, says_epoch), pace=OFTEN)
    fill(node.store, range(50))
    link.push.run_pass()
    central.back_up()
    fill(node.store, range(50, 100))
    link.push.run_pass()

    central.put_back()
    assert central.store.info().doc_count == 50
    link.push._target = kind(central.store)  # the session lives on, the server was restarted
    link.push.run_pass()

    assert central.store.info().doc_count == 100
    assert everything(node.store) == everything(central.store)


def _uuid(central, says_epoch):
    return central.store.uuid if says_epoch else "central"


def test_what_was_written_after_a_restore_of_the_source_reaches_the_target(machines):
    node, central = machines("node"), machines("central")
    fill(central.store, range(50))
    Link(node.store, LocalPeer(central.store), central.store.uuid, pace=OFTEN).pull.run_pass()
    central.back_up()
    fill(central.store, range(50, 100), "lost")
    link = Link(node.store, LocalPeer(central.store), central.store.uuid, pace=OFTEN)
    link.pull.run_pass()

    central.put_back()
    fill(central.store, range(50, 80), "new")
    link.pull._source = LocalPeer(central.store)
    outcome = link.pull.run_pass()

    assert outcome.written == 30
    # The node heals central: what central lost comes back from whoever has it.
    link.push._target = LocalPeer(central.store)
    link.push.run_pass()
    assert everything(node.store) == everything(central.store)
    assert central.store.info().doc_count == 50 + 50 + 30


def test_a_node_put_back_sends_what_it_writes_and_gets_back_what_it_lost(machines):
    node, central = machines("node"), machines("central")
    fill(node.store, range(50))
    Link(node.store, LocalPeer(central.store), central.store.uuid, pace=OFTEN).push.run_pass()
    node.back_up()
    fill(node.store, range(50, 100), "lost")
    Link(node.store, LocalPeer(central.store), central.store.uuid, pace=OFTEN).push.run_pass()

    node.put_back()
    fill(node.store, range(50, 70), "new")
    Link(node.store, LocalPeer(central.store), central.store.uuid, pace=OFTEN).both()

    assert node.store.info().doc_count == 50 + 50 + 20
    assert everything(node.store) == everything(central.store)


@pytest.mark.parametrize("side", ["target", "source"])
def test_a_crash_at_either_checkpoint_write_loses_nothing(machines, side, monkeypatch):
    node, central = machines("node"), machines("central")
    fill(node.store, range(40))
    peer = LocalPeer(central.store)
    Link(node.store, peer, central.store.uuid, pace=OFTEN).push.run_pass()
    fill(node.store, range(40, 100))
    link = Link(node.store, peer, central.store.uuid, pace=OFTEN)

    class PowerFailure(Exception):
        pass

    def fail(*arguments):
        raise PowerFailure

    monkeypatch.setattr(peer if side == "target" else link.local, "put_checkpoint", fail)
    with pytest.raises(PowerFailure):
        link.push.run_pass()
    monkeypatch.undo()
    node.restart()
    outcome = Link(node.store, peer, central.store.uuid, pace=OFTEN).push.run_pass()

    assert everything(node.store) == everything(central.store)
    assert outcome.read == 60
    assert outcome.sent == 50  # the first page of ten had arrived already


def test_a_copied_disk_and_its_original_both_deliver_everything(machines):
    node, central = machines("node"), machines("central")
    peer = LocalPeer(central.store)
    fill(node.store, range(50), "first")
    Link(node.store, peer, central.store.uuid, pace=PACE).push.run_pass()
    copy = node.copy_to("copy")
    machines.keep(copy)

    for turn in range(8):  # one identity, in turns
        for machine in (node, copy):
            fill(machine.store, range(15), f"{machine.name}-{turn}-")
            Link(machine.store, peer, central.store.uuid, pace=PACE).push.run_pass()

    assert central.store.info().doc_count == 50 + 2 * 8 * 15


def test_two_living_copies_of_one_node_both_deliver_everything(machines):
    node, central = machines("node"), machines("central")
    peer = LocalPeer(central.store)
    fill(node.store, range(50), "first")
    Link(node.store, peer, central.store.uuid, pace=PACE).push.run_pass()
    copy = node.copy_to("copy")
    machines.keep(copy)
    links = [Link(machine.store, peer, central.store.uuid, pace=PACE) for machine in (node, copy)]

    for turn in range(8):
        for link, machine in zip(links, (node, copy), strict=True):
            fill(machine.store, range(15), f"{machine.name}-{turn}-")
            link.both()

    for link in links:
        link.both()
    assert everything(node.store) == everything(copy.store) == everything(central.store)


def test_a_central_set_up_anew_is_filled_again_once_a_person_says_so(machines):
    node, old = machines("node"), machines("old")
    fill(old.store, range(30), "central")
    link = Link(node.store, LocalPeer(old.store), old.store.uuid, pace=OFTEN)
    fill(node.store, range(30))
    link.both()
    new = machines("new")

    refused = Link(node.store, LocalPeer(new.store), old.store.uuid, pace=OFTEN)
    assert [outcome.ended_because for outcome in refused.both()] == ["central_unknown"] * 2
    assert new.store.info().doc_count == 0

    Link(node.store, LocalPeer(new.store), new.store.uuid, pace=OFTEN).both()
    assert everything(new.store) == everything(node.store) == everything(old.store)


def test_a_restart_of_either_side_repeats_nothing(machines):
    node, central = machines("node"), machines("central")
    fill(node.store, range(100))
    Link(node.store, LocalPeer(central.store), central.store.uuid, pace=PACE).push.run_pass()

    for machine in (node, central, node):
        machine.restart()
        link = Link(node.store, LocalPeer(central.store), central.store.uuid, pace=PACE)
        assert link.push.run_pass().read == 0


def test_fifty_restores_back_is_still_found_and_further_back_is_looked_at_anew(machines):
    node, central = machines("node"), machines("central")
    peer = LocalPeer(central.store)
    for step in range(60):
        fill(node.store, [step])
        Link(node.store, peer, central.store.uuid, pace=OFTEN).push.run_pass()
        if step == 20:
            central.back_up()

    replication_id = Replication("node1", central.store.uuid, Direction.PUSH, "v1").id
    assert len(checkpoints.sessions_of(peer.get_checkpoint(replication_id))) == 50
    central.put_back()
    outcome = Link(
        node.store, LocalPeer(central.store), central.store.uuid, pace=OFTEN
    ).push.run_pass()

    assert outcome.read == 60 - 21
    assert everything(node.store) == everything(central.store)
