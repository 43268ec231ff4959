"""One sync with central, from hearing its name to keeping its receipts.

    who answers?              another database than ours: stop, a person there must say what it is
    pull                      what this node is to hold
    rejections                what was not accepted is taken off the sheet, see ``refusals``
    push                      what was written here
    receipts                  what became of each entry; what central does not know is offered
                              again; now and then also of what was settled (``verifying``)
    accounts, passwords       the newer bundle; password changes made here
    heartbeat                 how this node is; central's time, and which documents it is to hold
    scope                     what is to be held no longer leaves the disk (``scope_change``)

A central that is not as far as it was, or has begun another epoch, is told first what was known of
it: if it was restored it raises its alarm, and everything it ever confirmed is asked about anew.

Receipts, accounts and heartbeat are skipped when nothing moved and the last ones are recent: an
idle node asks central one small question. Nothing here waits or retries, see ``worker``; whatever
breaks off, the next pass goes on from the checkpoint.
"""

import importlib.metadata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from node import computers, passes, refill, refusals
from node.passes import PassRecord
from node.receipts import Counts, ReceiptDesk
from node.scope_change import ScopeChange
from node.server_calls import ServerCalls
from node.storage import Node
from node.verifying import Verifier
from sync import errors
from sync.accounts import bundle
from sync.accounts.node_accounts import NodeAccounts
from sync.documents import entry
from sync.entries import door
from sync.projections import entry_index
from sync.replication.checkpoints import Direction, Replication
from sync.replication.local_peer import LocalPeer
from sync.replication.outcome import Ending, PassOutcome, Progress, Verdict
from sync.replication.peer import PeerInfo
from sync.replication.remote_peer import RemotePeer
from sync.replication.replicator import Replicator, Watch

#: What central's gateway calls the one database that nodes replicate with.
DATABASE = "journal"
REPLICATION = "replication"

#: How old the last receipt and heartbeat may be while nothing moves.
TOLD_EVERY = timedelta(minutes=5)
#: A clock that differs by less is as right as anybody needs, and its entries shall not say so.
CLOCK_AGREES = timedelta(seconds=10)

_SCOPE_VERSION = "sync.scope_version"
_OFFERED_TO = "sync.school_offered_to"  # the central that was offered the school's documents
_KNOWN = "sync.known"  # the latest sequence of central: {"database", "sequence"}


@dataclass(frozen=True)
class Told:
    """What a running sync tells, and whether it shall go on."""

    on_progress: Callable[[Progress], None] = lambda progress: None
    should_stop: Callable[[], bool] = lambda: False


class Sync:
    """Syncs one node again and again; used by one thread at a time."""

    def __init__(self, node: Node, peer: RemotePeer, told: Told | None = None) -> None:
        """Speak for ``node`` with the database behind ``peer``."""
        self._node = node
        self._peer = peer
        self._calls = ServerCalls(peer)
        self._local = LocalPeer(node.store)
        self._accounts = NodeAccounts(node.store.records, node.clock, node.identity.bundle_key)
        self._told = told or Told()
        self._replicators: tuple[str, Replicator, Replicator] | None = None
        self._told_at: datetime | None = None
        self._pulled: str | None = None  # the sequence of central up to which all is here
        self._counts = Counts()
        self._desk = ReceiptDesk(node, peer, self._calls)
        self._verifier = Verifier(node, self._calls)
        self._scope_change = ScopeChange(node, self._calls, self._checkpoint_of_pull)

    def run(self, *, thoroughly: bool = False) -> PassRecord:
        """Sync once and return what came of it; errors of the product become its ending.

        Args:
            thoroughly: ask for everything, also when nothing seems to have moved.
        """
        started_at = self._node.clock.now()
        self._counts = self._desk.counts = Counts()
        if thoroughly:
            self._told_at = None
        try:
            ending = self._run()
            params: dict[str, errors.Param] = {}
        except errors.JournalError as error:
            ending, params = error.code, error.params
        counts = self._counts
        return PassRecord(
            started_at=started_at,
            ended_at=self._node.clock.now(),
            ending=ending,
            params=params,
            received=counts.received,
            sent=counts.sent,
            confirmed=counts.confirmed,
            put_aside=counts.put_aside,
            refused=len(counts.refused_documents),
        )

    # ------------------------------------------------------------------------------- one pass

    def _run(self) -> str:
        if self._node.is_on_another_machine:
            return passes.MACHINE_CHANGED
        central = self._peer.info()
        if central.uuid != self._node.identity.central_uuid:
            return passes.CENTRAL_UNKNOWN
        self._greet(central)
        self._offer_school(central)
        pull, push = self._replicators_for(self._scope_version())
        for replicator in (pull, push):
            ending = self._count(replicator.run_pass(central), pulling=replicator is pull)
            if ending is not Ending.COMPLETE:
                return _ENDINGS[ending]
            if replicator is pull:
                # Before the push: what was rejected is not to be offered again.
                refusals.apply_all(self._node, self._peer.fetch)
        if self._is_worth_telling() or self._is_new(central):
            if self._verifier.verify_if_due(central.epoch):
                # It has been set back: what it knew by our checkpoints it may know no more.
                self._replicators = None
            self._desk.fetch_receipts()
            self._keep_known(central)
            self._send_password_changes()
            self._fetch_accounts()
            if self._beat():
                # This node is to hold other documents now: bring them at once.
                pull, _ = self._replicators_for(self._scope_version())
                ending = self._count(pull.run_pass(central), pulling=True)
                if ending is not Ending.COMPLETE:
                    return _ENDINGS[ending]
            answer = self._desk.last_answer
            self._scope_change.follow(
                self._scope_version(), None if answer is None else answer.safe_until
            )
            self._told_at = self._node.clock.now()
        return passes.COMPLETE

    def _greet(self, central: PeerInfo) -> None:
        """Tell a central that seems to know less than it once did what was known of it."""
        if self._is_new(central) and self._known() is not None:
            self._beat()

    def _offer_school(self, central: PeerInfo) -> None:
        """Give a central that was lost or set back the school's documents, before all else."""
        store = self._node.store
        if store.meta_get(_OFFERED_TO) == central.uuid:
            return
        self._counts.sent += refill.offer_school(store, self._peer)
        with store.transaction() as tx:
            tx.meta_set(_OFFERED_TO, central.uuid)

    def _is_new(self, central: PeerInfo) -> bool:
        """Tell whether central has begun another epoch, or is not as far as it was."""
        known = self._known()
        return known is None or not _reaches(central.update_seq, known)

    def _known(self) -> str | None:
        """Return the latest sequence that was heard of the present central; None if none was."""
        kept = self._node.store.meta_get(_KNOWN)
        if kept is None or kept["database"] != self._node.identity.central_uuid:
            return None
        return str(kept["sequence"])

    def _keep_known(self, central: PeerInfo) -> None:
        """Remember how far central is, so that it is noticed if it ever is not any more."""
        answer = self._desk.last_answer
        known = answer.update_seq if answer is not None and answer.update_seq else None
        known = known or central.update_seq
        if self._known() != known:
            with self._node.store.transaction() as tx:
                tx.meta_set(_KNOWN, {"database": central.uuid, "sequence": known})

    def _checkpoint_of_pull(self, scope_version: str) -> str:
        identity = self._node.identity
        return Replication(identity.node, identity.central_uuid, Direction.PULL, scope_version).id

    def _scope_version(self) -> str:
        kept = self._node.store.meta_get(_SCOPE_VERSION)
        if isinstance(kept, str):
            return kept
        self._beat()
        return str(self._node.store.meta_get(_SCOPE_VERSION))

    def _replicators_for(self, scope_version: str) -> tuple[Replicator, Replicator]:
        if self._replicators is None or self._replicators[0] != scope_version:
            pull = self._replicator(Direction.PULL, scope_version)
            # What was written here goes to central whatever this node is to hold.
            push = self._replicator(Direction.PUSH, "")
            if self._replicators is not None:
                push = self._replicators[2]
            self._replicators = (scope_version, pull, push)
        return self._replicators[1], self._replicators[2]

    def _replicator(self, direction: Direction, scope_version: str) -> Replicator:
        identity = self._node.identity
        pulling = direction is Direction.PULL
        return Replicator(
            self._peer if pulling else self._local,
            self._local if pulling else self._peer,
            Replication(identity.node, identity.central_uuid, direction, scope_version),
            clock=self._node.clock,
            watch=Watch(
                on_verdicts=_ignore if pulling else self._desk.keep_verdicts,
                on_progress=self._told.on_progress if pulling else _quietly,
                should_stop=self._told.should_stop,
            ),
        )

    def _count(self, outcome: PassOutcome, *, pulling: bool) -> Ending:
        if pulling:
            self._pulled = outcome.last_seq
            self._counts.received += outcome.written
        else:
            self._counts.sent += outcome.written + outcome.quarantined
        return outcome.ended_because

    def _is_worth_telling(self) -> bool:
        counts, told_at = self._counts, self._told_at
        if told_at is None or counts.received or counts.sent or counts.refused_documents:
            return True
        # An answer may have been lost: what was sent waits for its receipt.
        if self._accounts.waiting() or self._desk.is_waiting():
            return True
        return not timedelta(0) <= self._node.clock.now() - told_at < TOLD_EVERY

    # ------------------------------------------------------------ accounts, passwords, heartbeat

    def _send_password_changes(self) -> None:
        for change in self._accounts.waiting():
            taken = [self._calls.change_password(sealed).taken for sealed in change.requests]
            # An earlier one may have been taken by a call whose answer was lost: the last counts.
            if taken and not taken[-1]:
                self._accounts.drop_change(change.account)

    def _fetch_accounts(self) -> None:
        held, own = self._accounts.bundle(), self._accounts.bundle_data()
        digest = None if own is None else bundle.digest_of(own)
        said = self._calls.bundle(held.serial if held else 0, digest)
        if said.data is not None:
            self._accounts.take(said.data)
        elif said.hand_back and own is not None:
            # A restored central: until a person there has decided, ours stands here.
            self._calls.hand_back(own)

    def _beat(self) -> bool:
        """Tell central how this node is; True if it is to hold other documents than before."""
        node = self._node
        with node.store.database.snapshot() as connection:
            tally = entry_index.tally(connection, node.identity.makers)
        asked_at = node.clock.now()
        told = {
            "version": importlib.metadata.version("school-journal"),
            "pending": tally.pending,
            "oldest_pending": tally.oldest_pending,
            "clock": entry.instant_text(asked_at),
            "epoch": node.store.epoch,
            "known": self._known(),
            "pulled": self._pulled,
        }
        pulse = self._calls.heartbeat({name: one for name, one in told.items() if one is not None})
        if pulse.set_back:
            self._verifier.demand()
            self._replicators = None
            with node.store.transaction() as tx:
                tx.meta_set(_OFFERED_TO, None)
        if pulse.computers and node.store.meta_get(computers.KEPT) != pulse.computers:
            with node.store.transaction() as tx:
                tx.meta_set(computers.KEPT, dict(pulse.computers))
        offset = _offset(pulse.at, asked_at)
        before = node.store.meta_get(_SCOPE_VERSION)
        if (before, node.store.meta_get(door.CLOCK_OFFSET)) != (pulse.scope_version, offset):
            with node.store.transaction() as tx:
                tx.meta_set(_SCOPE_VERSION, pulse.scope_version)
                tx.meta_set(door.CLOCK_OFFSET, offset)
        return before is not None and before != pulse.scope_version


_ENDINGS = {
    Ending.STOPPED: passes.STOPPED,
    Ending.CENTRAL_UNKNOWN: passes.CENTRAL_UNKNOWN,
    Ending.CREDENTIALS_REFUSED: errors.CredentialsRefused.code,
}


def peer_of(node: Node) -> RemotePeer:
    """Return central's database as this node reaches it."""
    identity = node.identity
    return RemotePeer(
        f"{identity.central_url}/{REPLICATION}",
        DATABASE,
        credentials=(identity.node, identity.token),
    )


def central_info(node: Node) -> PeerInfo:
    """Ask who answers, for a command that wants to know whether central can be reached."""
    return peer_of(node).info()


def _reaches(sequence: str, known: str) -> bool:
    """Tell whether a sequence is of the same epoch as ``known`` and not before it."""
    number, _, epoch = sequence.partition("-")
    known_number, _, known_epoch = known.partition("-")
    return epoch == known_epoch and int(number) >= int(known_number)


def _offset(central: datetime, here: datetime) -> int:
    """Return how many seconds central is ahead; 0 where that makes no difference to anybody."""
    ahead = central - here
    return 0 if abs(ahead) < CLOCK_AGREES else round(ahead.total_seconds())


def _ignore(verdicts: Sequence[Verdict]) -> None:
    """Take no note of what the own store says to what comes from central."""


def _quietly(progress: Progress) -> None:
    """Say nothing of what is pushed: it is little, and the line counts it."""
