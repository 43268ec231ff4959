"""Data folders of central and of one enrolled node, made as the programs make them.

The node is enrolled by central's code and holds what a first pull brings: the same revisions as
central, the signed accounts, keys that central knows. Both folders have the clock of a
demonstration, so that the programs live on a school day whatever day it is.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from benchmark import school as schools
from benchmark.school import School
from central import enrolment
from central import storage as central_storage
from central.storage import Storage
from node import settings as node_settings
from node import storage as node_storage
from node.settings import Identity, Settings
from sync import clock as clocks
from sync.accounts import sealing
from sync.accounts.accounts import Account, AccountBook
from sync.accounts.bundle import BundleOffice
from sync.accounts.node_accounts import NodeAccounts
from sync.accounts.passwords import Verifiers
from sync.clock import FixedClock
from sync.documents import entry
from sync.entries.door import Maker
from sync.projections import entry_index
from sync.replication.checkpoints import Direction, Replication
from sync.replication.local_peer import LocalPeer
from sync.replication.replicator import Replicator
from sync.school.people import Role
from sync.store import entry_states
from sync.store.document_store import DocumentStore
from sync.store.entry_states import EntryKey, EntryState, State

LOGIN = "sokolova"
PASSWORD = "лавина сосед корабль"  # noqa: S105 - of nobody

_ALL = 1_000_000

#: Fills a node's store, as this maker.
Fill = Callable[[DocumentStore, Maker], None]


@dataclass(frozen=True)
class Folders:
    """The data folders of central and of the node."""

    central: Path
    node: Path

    def copied_to(self, folder: Path) -> "Folders":
        """Copy both, so that each round begins with the same."""
        copy = Folders(folder / "central", folder / "node")
        shutil.copytree(self.central, copy.central)
        shutil.copytree(self.node, copy.node)
        return copy


def make(folder: Path, school: School, fill: Fill) -> Folders:
    """Make both folders; the node is filled by ``fill``, of which central knows nothing yet."""
    made = Folders(folder / "central", folder / "node")
    clock = FixedClock(schools.NOW)
    central_storage.initialise(made.central)
    with Storage.open(made.central, clock) as central:
        schools.write_school(central.store, central.maker, school)
        identity = _enrolled(central)
        bundle = _bundle(central)
        made.node.mkdir(parents=True)
        node_settings.write_identity(made.node, identity)
        with node_storage.opened(Settings(made.node), identity, clock=clock) as node:
            _pull(central.store, node.store, identity)
            NodeAccounts(node.store.records, clock, identity.bundle_key).take(bundle)
            fill(node.store, Maker(identity.node, identity.entry_key))
    for one in (made.central, made.node):
        clocks.write_demonstration_clock(one, schools.NOW, datetime.now(UTC))
    return made


def more_nodes(folder: Path, count: int) -> list[Identity]:
    """Enrol further nodes at central's folder."""
    with Storage.open(folder, FixedClock(schools.NOW), demonstration=True) as central:
        return [_enrolled(central) for _ in range(count)]


def confirm(store: DocumentStore, node: str) -> None:
    """Keep a receipt for every entry of the node, as after a sync with central."""
    with store.transaction() as tx:
        waiting = entry_index.pending(tx.connection, node, _ALL)
        at = entry.instant_text(schools.NOW)
        states = [
            EntryState(EntryKey(node, one.epoch, one.seq, one.digest), State.ACCEPTED, None, at)
            for one in waiting
        ]
        entry_states.set_states(tx, states)


def identity_of(folder: Path) -> Identity:
    """Return who the node of a folder is."""
    identity = node_settings.read_identity(folder)
    if identity is None:
        raise LookupError(f"{folder}: no node was enrolled here")
    return identity


def _enrolled(central: Storage) -> Identity:
    invitation = enrolment.invite(central, schools.ROOM)
    welcome = enrolment.accept(central, invitation.code, "benchmark")
    return Identity(
        node=welcome.node,
        token=welcome.token,
        entry_key=welcome.entry_key,
        central_url="http://127.0.0.1:9",  # replaced when central runs
        central_uuid=welcome.database,
        bundle_key=welcome.bundle_key,
        label=welcome.label,
    )


def tell_address(node: Path, central_url: str) -> None:
    """Write down at the node where central runs."""
    node_settings.write_identity(node, replace(identity_of(node), central_url=central_url))


def _bundle(central: Storage) -> bytes:
    verifier = Verifiers().make(PASSWORD)
    account = Account(
        "benchaccount", LOGIN, schools.TEACHER, frozenset({Role.TEACHER.value}), verifier
    )
    AccountBook(central.store.records, central.clock).create(account)
    keys = central.keys.account_keys
    public = sealing.public_key_of(keys.sealing)
    office = BundleOffice(central.store.records, central.clock, keys.signing, public)
    return office.latest([account])


def _pull(central: DocumentStore, node: DocumentStore, identity: Identity) -> None:
    replication = Replication(identity.node, central.uuid, Direction.PULL, "")
    clock = FixedClock(schools.NOW)
    Replicator(LocalPeer(central), LocalPeer(node), replication, clock=clock).run_pass()
