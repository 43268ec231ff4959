"""What central says of what was written here: verdicts on documents, receipts for entries.

A verdict comes with each upload and is about a document; only that central takes one not at all
is kept of it. A receipt is about an entry, and only receipts count: an entry without one is not on
the server, whatever checkpoints and verdicts say. What central does not know is offered again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from node import entry_states, own_facts
from node.server_calls import MOST_ASKED, Asked, Receipt, Receipts, ServerCalls
from node.storage import Node
from sync.documents import entry, identifiers
from sync.documents.judgement import Outcome
from sync.projections import entry_index
from sync.replication.outcome import Verdict
from sync.replication.remote_peer import RemotePeer
from sync.store.connection import Connection
from sync.store.entry_states import EntryKey, EntryState, State, set_states, states
from sync.store.values import RevisionPath

_CENTRAL_STATES = frozenset(State)
_REFUSED_KEPT_FOR = timedelta(hours=1)
_ALL = 1_000_000  # a node makes some ten thousand entries a year

#: An entry that is not settled, and its document where it may have to be offered again.
Open = tuple[Asked, str | None]


@dataclass
class Counts:
    """What one pass did, so far; documents and, from ``confirmed`` on, entries."""

    received: int = 0
    sent: int = 0
    confirmed: int = 0
    put_aside: int = 0
    refused_documents: set[str] = field(default_factory=set)


class ReceiptDesk:
    """Keeps central's word on the entries of one node."""

    def __init__(self, node: Node, peer: RemotePeer, calls: ServerCalls) -> None:
        """Ask ``calls``; offer again to ``peer``."""
        self._node = node
        self._peer = peer
        self._calls = calls
        self.counts = Counts()
        self.last_answer: Receipts | None = None

    def keep_verdicts(self, verdicts: Sequence[Verdict]) -> None:
        """Write down what central does not take at all, before any checkpoint moves past it."""
        own = [
            verdict
            for verdict in verdicts
            if identifiers.kind_of(verdict.id) in identifiers.JOURNAL_KINDS
        ]
        refused = {one.id: one for one in own if one.outcome is Outcome.REFUSED}
        known = entry_states.refused_documents(self._node.store.records) if own else {}
        cured = [one.id for one in own if one.id in known and one.id not in refused]
        self.counts.refused_documents.update(refused)
        if not refused and not cured:
            return
        at = entry.instant_text(self._node.clock.now())
        with self._node.store.transaction() as tx:
            for doc_id, verdict in refused.items():
                told = {"code": verdict.code or "refused", "rev": verdict.rev, "at": at}
                tx.records.overwrite(entry_states.REFUSED_DOCUMENTS, doc_id, told)
            for doc_id in cured:
                tx.records.delete(entry_states.REFUSED_DOCUMENTS, doc_id)

    def is_waiting(self) -> bool:
        """Tell whether there is anything without a receipt that central may yet take."""
        refused = entry_states.refused_documents(self._node.store.records)
        with self._node.store.database.snapshot() as connection:
            return bool(own_facts.pending(connection, self._node.identity.makers, list(refused)))

    def fetch_receipts(self) -> None:
        """Ask about every entry that is not settled; offer again what central does not know."""
        unknown = self._ask(self._unsettled())
        if unknown:
            self._offer_again(unknown)
            self._ask(unknown)

    def _unsettled(self) -> list[Open]:
        """Return (entry, its document; None where that is not needed) of all open entries."""
        makers = self._node.identity.makers
        with self._node.store.database.snapshot() as connection:
            waiting = entry_index.pending(connection, makers, _ALL)
            aside = [
                one.key for maker in makers for one in states(connection, maker, State.QUARANTINED)
            ]
            # Rejected, and yet part of something newer, which may be accepted with it.
            aside += [
                EntryKey(one.node, one.epoch, one.seq, one.digest)
                for one in entry_index.not_accepted(connection, makers)
                if one.state == State.REJECTED
            ]
        found: list[Open] = [
            (
                asked_about(self._node, EntryKey(one.node, one.epoch, one.seq, one.digest)),
                one.doc_id,
            )
            for one in waiting
        ]
        found += [(asked_about(self._node, key), None) for key in aside]
        return found

    def _ask(self, open_ones: Sequence[Open]) -> list[Open]:
        """Keep central's word on these entries; return those it does not know."""
        unknown: list[Open] = []
        starts = range(0, len(open_ones), MOST_ASKED) or [0]
        for start in starts:
            part = open_ones[start : start + MOST_ASKED]
            answered = self._calls.receipts([asked for asked, _ in part])
            self.last_answer = answered
            self._keep_receipts(answered.receipts, answered.at)
            unknown += [
                named
                for named, receipt in zip(part, answered.receipts, strict=True)
                if receipt.state not in _CENTRAL_STATES and named[1] is not None
            ]
        return unknown

    def _keep_receipts(self, receipts: Sequence[Receipt], at: datetime) -> None:
        node = self._node.identity.node
        said = [
            EntryState(
                EntryKey(
                    one.asked.former or node, one.asked.epoch, one.asked.seq, one.asked.digest
                ),
                State(one.state),
                one.code,
                entry.instant_text(at),
            )
            for one in receipts
            if one.state in _CENTRAL_STATES
        ]
        with self._node.store.database.snapshot() as connection:
            unsettled = (State.QUARANTINED, State.REJECTED)
            known = {one.key: one for one in self._known(connection, unsettled)}
        news = [one for one in said if known.get(one.key) != replace(one, at=_at(known, one))]
        self.counts.confirmed += sum(one.state is State.ACCEPTED for one in news)
        self.counts.put_aside += sum(one.state is not State.ACCEPTED for one in news)
        if news:
            with self._node.store.transaction() as tx:
                set_states(tx, news)

    def _known(self, connection: Connection, kinds: Sequence[State]) -> list[EntryState]:
        return [
            one
            for maker in self._node.identity.makers
            for kind in kinds
            for one in states(connection, maker, kind)
        ]

    def _offer_again(self, unknown: Sequence[Open]) -> None:
        """Upload documents whose entries central lacks, whatever the checkpoints say."""
        ids = dict.fromkeys(doc_id for _, doc_id in unknown if doc_id is not None)
        again = [doc_id for doc_id in ids if not self._was_refused_lately(doc_id)]
        for doc_id in again:
            wanted = [(leaf.id, leaf.rev) for leaf in self._node.store.leaves(doc_id)]
            paths: list[RevisionPath] = [
                path for path in self._node.store.fetch(wanted) if path is not None
            ]
            if paths:
                verdicts = self._peer.upload(paths)
                self.keep_verdicts(verdicts)
                self.counts.sent += sum(one.outcome is not Outcome.REFUSED for one in verdicts)

    def _was_refused_lately(self, doc_id: str) -> bool:
        """Tell whether the same revision was refused within the hour: it would be again."""
        kept = self._node.store.records.get(entry_states.REFUSED_DOCUMENTS, doc_id)
        if kept is None:
            return False
        present = [leaf.rev for leaf in self._node.store.leaf_revisions(doc_id)]
        age = self._node.clock.now() - entry.instant(kept.value["at"])
        return kept.value["rev"] in present and timedelta(0) <= age < _REFUSED_KEPT_FOR


def asked_about(node: Node, key: EntryKey) -> Asked:
    """Return the question about an entry of this node or of one of its former selves."""
    former = None if key.node == node.identity.node else key.node
    return Asked(key.epoch, key.seq, key.digest, former)


def _at(known: dict[EntryKey, EntryState], one: EntryState) -> str:
    return known[one.key].at if one.key in known else one.at
