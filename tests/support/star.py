"""Central and several nodes of one school, all real, in one thread: what the fault tests turn.

Each part has its own data folder and its own clock and can be ended, begun again (which is a new
epoch), and set back to an older copy of its file. Nothing syncs by itself. A template is made
once; ``Star.opened`` gives a copy of it in which every node has synced once.

Rooms 12, 12 (a teacher's laptop) and 22 all hold the whole journal of 5А, so that they meet in the
same documents; Ёлкин substitutes in the first lesson of Mathematics, so that two people may write
there.
"""

import itertools
import json
import random
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask

from central import app as central_app
from central import backup
from central import enrolment as invitations
from central import storage as central_storage
from central.desk.desk import Desk
from central.storage import Storage
from node import enrolment, settings, storage, sync_pass
from node.passes import PassRecord
from node.settings import Settings
from node.storage import Node
from node.sync_pass import Sync
from sync import errors
from sync.accounts.passwords import Effort, Verifiers
from sync.clock import FixedClock
from sync.documents import identifiers, leaves, merging
from sync.documents.identifiers import Randomness
from sync.entries.door import Saved, Step
from sync.replication.remote_peer import RemotePeer
from sync.store.document_store import DocumentStore
from tests.support import in_process, sample_school
from tests.support.histories import Witness
from tests.support.in_process import Network

#: name -> (room, how far its clock is from the right time)
PLACES: Mapping[str, tuple[str, timedelta]] = {
    "a": ("12", timedelta(0)),
    "b": ("12", timedelta(minutes=40)),
    "c": ("22", timedelta(minutes=-25)),
}
HOMEROOM = (sample_school.CLASS_5A,)

_VERIFIERS = Verifiers(Effort(memory_kib=8, passes=1))
_DATABASE = "journal.sqlite"


class Central:
    """The real application over a real data folder."""

    def __init__(self, folder: Path, randomness: Randomness) -> None:
        """Open ``folder``."""
        self.folder = folder
        self.clock = FixedClock(sample_school.NOW)
        self._randomness = randomness
        self._begin()

    @property
    def store(self) -> DocumentStore:
        """Return the documents and records as they are now."""
        return self.storage.store

    @property
    def desk(self) -> Desk:
        """Return where decisions are made."""
        return Desk(self.store, self.clock, lambda: self.storage.maker, self._randomness)

    def restart(self) -> None:
        """End the program and begin it again: a new epoch."""
        self.close()
        self._begin()

    def back_up(self) -> Path:
        """Make a verified backup and return its file."""
        return backup.make(self.storage, self.folder.parent / "backups").file

    def set_back(self, copy: Path) -> None:
        """Put an older copy of the database in its place, by hand; the keys stay as they are."""
        self.close()
        _replace(self.folder / _DATABASE, copy)
        self._begin()

    def close(self) -> None:
        """End the program."""
        self.storage.close()

    def _begin(self) -> None:
        self.storage: Storage = Storage.open(self.folder, self.clock, randomness=self._randomness)
        self.app: Flask = central_app.create_app(self.storage, verifiers=_VERIFIERS)


class Classroom:
    """One node: its folder, its clock, and its way to central."""

    def __init__(
        self,
        name: str,
        folder: Path,
        network: Network,
        said: Witness,
        randomness: Randomness,
    ) -> None:
        """Open ``folder``; write down in ``said`` what is acknowledged."""
        self._randomness = randomness
        self.name = name
        self.folder = folder
        self.clock = FixedClock(sample_school.NOW + PLACES[name][1])
        self.network = network
        self._said = said
        self._tokens = itertools.count()
        self._begin()

    @property
    def id(self) -> str:
        """Return the identity under which it writes."""
        return self.node.identity.node

    @property
    def store(self) -> DocumentStore:
        """Return its store as it is now."""
        return self.node.store

    def write(
        self, author: str, doc_id: str, fields: Mapping[str, Any], reason: str | None = None
    ) -> bool:
        """Change fields of a document as it is shown here; False if that is refused."""
        shown = self.shown(doc_id)
        seen = {name: shown.get(name) for name in fields}
        steps = [Step(doc_id, fields, seen)]
        return self._noted(lambda token: self.node.journal.save(author, steps, token, reason))

    def choose(self, author: str, doc_id: str, which: int) -> bool:
        """Let an author say which of several own values is right; False if that is refused."""
        live = [leaf for leaf in self.store.leaves(doc_id) if not leaf.deleted]
        if len(live) < 2:
            return False
        found = merging.merge(identifiers.kind_of(doc_id), [leaf.value for leaf in live])
        if not isinstance(found, merging.Disputed):
            return False
        fields: dict[str, Any] = {}
        for dispute in found.disputes:
            fields |= dispute.versions[which % len(dispute.versions)].values
        shown = [leaf.rev for leaf in live]
        return self._noted(
            lambda token: self.node.journal.choose(author, doc_id, shown, fields, token=token)
        )

    def withdraw(self, author: str, doc_id: str) -> bool:
        """Let an author take back what central has put aside; False if that is refused."""
        return self._noted(lambda token: self.node.journal.withdraw(author, doc_id, token=token))

    def _noted(self, save: Callable[[str], Saved]) -> bool:
        """Write down what a save acknowledged; False if it was refused, which is an answer too."""
        try:
            saved = save(f"{self.name}{next(self._tokens)}-{self.store.epoch}")
        except errors.EntryRefused:
            return False
        self._said.note(self.store, self.id, saved)
        return True

    def shown(self, doc_id: str) -> Mapping[str, Any]:
        """Return the value that this node's pages show."""
        live = [leaf.value for leaf in self.store.leaves(doc_id) if not leaf.deleted]
        return live[leaves.own_leaf(live, self.id)] if live else {}

    def sync(self, *faults: str | None, thoroughly: bool = True) -> PassRecord:
        """Sync once while the network does what is planned."""
        self.network.plan(*faults)
        record = self.syncing.run(thoroughly=thoroughly)
        self.network.plan()
        return record

    def restart(self) -> None:
        """End the program and begin it again: a new epoch, and nothing remembered."""
        self.close()
        self._begin()

    def copy(self, name: str) -> Path:
        """Keep a copy of the database."""
        kept = self.folder.parent / f"{name}.sqlite"
        self.store.database.backup(kept)
        return kept

    def set_back(self, copy: Path) -> None:
        """Put an older copy of the database in its place, by hand."""
        self.close()
        _replace(self.folder / _DATABASE, copy)
        self._begin()

    def close(self) -> None:
        """End the program."""
        self._opened.__exit__(None, None, None)

    def _begin(self) -> None:
        identity = settings.read_identity(self.folder)
        if identity is None:
            raise AssertionError(f"{self.folder} is not enrolled")
        self._opened = storage.opened(
            Settings(self.folder), identity, clock=self.clock, randomness=self._randomness
        )
        self.node: Node = self._opened.__enter__()
        peer = RemotePeer(
            f"{identity.central_url}/{sync_pass.REPLICATION}",
            sync_pass.DATABASE,
            credentials=(identity.node, identity.token),
        )
        self.syncing = Sync(self.node, self.network.carry(peer))


@dataclass
class Star:
    """Central in the middle, nodes around it."""

    central: Central
    nodes: dict[str, Classroom]
    said: Witness = field(default_factory=Witness)

    @property
    def stores(self) -> dict[str, DocumentStore]:
        """Return the stores of the nodes by their identities."""
        return {one.id: one.store for one in self.nodes.values()}

    def settle(self, rounds: int = 8) -> None:
        """Sync everybody, undisturbed, until nothing moves any more."""
        for one in self.nodes.values():
            one.network.is_cut = False
            one.network.deliver_late()
        for _ in range(rounds):
            before = self._marks()
            endings = {one.sync().ending for one in self.nodes.values()}
            if endings <= {"complete"} and before == self._marks():
                return
        raise AssertionError(f"still moving after {rounds} rounds: {endings}")

    def close(self) -> None:
        """End all programs."""
        for one in self.nodes.values():
            one.close()
        self.central.close()

    def _marks(self) -> list[str]:
        stores = [self.central.store, *(one.store for one in self.nodes.values())]
        return [store.update_seq() for store in stores]


def make_template(folder: Path) -> None:
    """Set up the school, enrol the nodes and let each sync once."""
    randomness = random.Random(1).randbytes
    home = folder / "central"
    central_storage.initialise(home)
    # The sample school is sealed with a known key; what it seals must be genuine here.
    keys = {"central": sample_school.CENTRAL_KEY.hex(), "nodes": {}}
    (home / "entry-keys.json").write_text(json.dumps(keys), "utf-8")
    central = Central(home, randomness)
    sample_school.fill(central.store)
    substitute(central.store, sample_school.YOLKIN)
    network = Network(lambda: central.app)
    said = Witness()
    for name, (room, _) in PLACES.items():
        code = invitations.invite(central.storage, room, f"Кабинет {room}{name}", HOMEROOM).code
        enrolment.enrol(
            folder / name, in_process.ADDRESS, code, post=network.post, randomness=randomness
        )
        node = Classroom(name, folder / name, network, said, randomness)
        if not node.sync().was_contact:
            raise AssertionError("the first sync failed")
        node.close()
    central.close()


@contextmanager
def opened(template: Path, folder: Path, nodes: Sequence[str] = tuple(PLACES)) -> Iterator[Star]:
    """Give a copy of the template in ``folder``, opened."""
    for name in ("central", *nodes):
        shutil.copytree(template / name, folder / name)
    star = begin(folder, nodes)
    try:
        yield star
    finally:
        star.close()


def begin(folder: Path, nodes: Sequence[str] = tuple(PLACES)) -> Star:
    """Open the programs whose folders are in ``folder``."""
    # The same every time, so that a schedule that fails can be run again: winners depend on it.
    randomness = random.Random(2).randbytes
    central = Central(folder / "central", randomness)
    said = Witness()

    def application() -> Flask:
        return central.app

    rooms = {
        name: Classroom(name, folder / name, Network(application), said, randomness)
        for name in nodes
    }
    return Star(central, rooms, said)


def substitute(store: DocumentStore, teacher: str | None) -> None:
    """Let a second person write in the first lesson of Mathematics, or nobody any more."""
    sample_school.put(
        store,
        "substitution:sb2",
        group=sample_school.MATH_5A,
        date=sample_school.DAY.isoformat(),
        ordinal=1,
        teacher=teacher,
        room="12",
        number=None,
        change="same_subject",
        reason=None,
    )


def _replace(file: Path, copy: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)
    shutil.copyfile(copy, file)
