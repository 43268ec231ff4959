"""Pushed documents come in: one verdict each, in order, in the transaction that stores them.

accepted     inserted as it is, with its whole path
quarantined  genuine, but its author may not write this: kept aside with its reason until a person
             decides; it counts as known, so it is not sent again
             (what was rejected is not kept aside a second time)
refused      not genuine or malformed: nothing is stored, the node keeps it and says so

The same rules as on the node are asked (``judgement.judge_step``), once for each new entry. A
descendant of a quarantined revision is judged by itself, with all entries since the last accepted
one, and takes its ancestor's place in the quarantine. What central has settled by an entry of its
own, which it has lost since, is not judged again: that is how a restored central gets back what a
person let in.

When all is stored, leaves that can be brought together are (``central.merging``), in the same
transaction.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from central import alarms, merging, quarantine
from central.endpoint import examination
from central.endpoint.examination import Refused
from central.endpoint.holdings import Holdings
from sync import errors
from sync.documents import entry, identifiers, judgement, kinds, plain, settling
from sync.documents.entry import Entry, NewEntry
from sync.documents.identifiers import JournalId
from sync.documents.judgement import Facts, Outcome
from sync.projections import decisions, entry_index
from sync.replication.outcome import Verdict
from sync.store.transaction import Transaction
from sync.store.values import RevisionPath

FORKS = "fork"  # records: one number of a node's entries seen with two contents

MAKER_REVOKED = "maker_revoked"  # honest work that was not sent in time, or forged with its key
AFTER_REJECTION = "after_rejection"
WITHDRAWN = "withdrawn"
#: Codes that a value has by itself; all others are about who wrote what, and when.
_OF_THE_VALUE = frozenset({"schema", "newer_schema", "too_large"})


@dataclass(frozen=True)
class Carrier:
    """The enrolled node that pushes, and when; it lends no rights to what it carries."""

    node: str
    received_at: datetime


class Keys:
    """The keys under which entries are sealed: central's own and each enrolled node's."""

    def __init__(
        self,
        central_node: str,
        central_key: bytes,
        nodes: Mapping[str, bytes],
        revoked: Collection[str] = (),
    ) -> None:
        """Keep them; ``central_node`` is the maker's id of entries made at central.

        Args:
            revoked: nodes whose keys prove no more than that somebody has them.
        """
        self.revoked = frozenset(revoked)
        self.central_node = central_node
        self.central_key = central_key
        self._nodes = nodes

    def key_of(self, maker: str) -> bytes | None:
        """Return the key of a maker of entries, None for one that was never enrolled."""
        return self.central_key if maker == self.central_node else self._nodes.get(maker)


class Intake:
    """Judges and stores batches, one after the other, inside one transaction."""

    def __init__(self, tx: Transaction, keys: Keys, facts: Facts, carrier: Carrier) -> None:
        """Judge by ``facts`` read in the same transaction."""
        self._tx = tx
        self._keys = keys
        self._facts = facts
        self._carrier = carrier
        # Accepted ones are inserted together at the end, or before another of the same document.
        self._waiting: dict[str, RevisionPath] = {}
        self._plain: set[str] = set()  # those of them that ``plain`` has read: they hold no float
        self._closings: list[merging.Closing] = []
        self._changed: set[str] = set()
        self._numbers = _KnownNumbers(tx)
        self._holdings: Holdings
        self._has_rejections: bool

    def take(self, paths: Sequence[RevisionPath]) -> list[Verdict]:
        """Store what may be stored; return one verdict for each path, in order."""
        self._holdings = Holdings(self._tx, paths)
        self._has_rejections = decisions.any_rejected(self._tx.connection)
        self._closings.clear()
        self._changed.clear()
        verdicts = [self._take(path) for path in paths]
        self._insert_waiting()
        self._insert_closings()
        central_key, now = self._keys.central_key, self._carrier.received_at
        merging.settle(self._tx, central_key, sorted(self._changed), now)
        return verdicts

    def _take(self, path: RevisionPath) -> Verdict:
        if path.id in self._waiting:
            self._insert_waiting()
        try:
            code = self._judge(path)
        except Refused as refused:
            return Verdict(path.id, path.rev, Outcome.REFUSED, refused.code)
        if code is None:
            return Verdict(path.id, path.rev, Outcome.ACCEPTED)
        return Verdict(path.id, path.rev, Outcome.QUARANTINED, code)

    def _insert_waiting(self) -> None:
        if self._waiting:
            self._tx.insert(list(self._waiting.values()), self._plain)
            for doc_id in self._waiting:
                self._holdings.note_stored(doc_id)
            self._waiting = {}
            self._plain = set()

    def _insert_closings(self) -> None:
        """Store the tombstones that came, each once what it was closed in favour of is here.

        One that came too early is made again by ``settle`` when its time has come; it holds no
        entry, so nothing can be lost with it.
        """
        for closing in self._closings:
            if not self._tx.revs_diff({closing.path.id: [closing.into]}):
                self._tx.insert([closing.path])

    def _judge(self, path: RevisionPath) -> str | None:
        """Return the quarantine's code, None if accepted; both after storing. Raises Refused."""
        unknown = self._holdings.unknown(path)
        if path.revisions[0] not in unknown:
            return None
        held = self._holdings.held(path)
        if held is not None:
            return held.code
        kind = identifiers.kind_of(path.id)
        views = plain.read(kind, path.value)
        most_bytes = examination.check_revision(path, is_plain=views is not None)
        if kind in identifiers.REFERENCE_KINDS and identifiers.is_reference(path.id):
            examination.check_central_document(path, self._keys.central_key)
            self._waiting[path.id] = path
            return None
        return self._judge_journal(path, unknown, views, most_bytes)

    def _judge_journal(
        self,
        path: RevisionPath,
        unknown: frozenset[str],
        views: Sequence[Entry] | None,
        most_bytes: int,
    ) -> str | None:
        try:
            parsed = identifiers.parse_journal(path.id)
        except errors.BadDocumentId as error:
            raise Refused("bad_document_id") from error
        if path.deleted:
            self._take_closing(path, unknown)
            return None
        base = self._base(path, parsed, unknown)
        fresh = examination.new_entries(path, base, len(unknown), self._keys.key_of, views)
        self._note_forks(fresh)
        judged = settling.to_be_judged(parsed.kind, fresh, self._is_held)
        aside = judged if not self._has_rejections else self._not_rejected(judged)
        code = None
        # Of a plain value only the size is still to be asked.
        if views is None or most_bytes > kinds.MAX_DOCUMENT_BYTES:
            code = _violation(parsed.kind, path.value, most_bytes)
        if code is None:
            code = self._verdict_code(parsed, path, fresh, judged)
        if code is None and len(aside) < len(judged):
            code = AFTER_REJECTION
        if judged and not aside:
            return AFTER_REJECTION  # a person has refused all of it
        if code is None:
            self._accept(path, is_plain=views is not None)
            return None
        if code not in _OF_THE_VALUE and settling.is_taken_back(base, path.value, fresh):
            code = WITHDRAWN
        item = quarantine.Item(path, code, self._carrier.node, self._carrier.received_at)
        if not quarantine.put_aside(self._tx.records, item, aside):
            raise Refused("quarantine_full")
        self._holdings.note_aside(path.id)
        return code

    def _accept(self, path: RevisionPath, *, is_plain: bool) -> None:
        self._waiting[path.id] = path
        if is_plain:
            self._plain.add(path.id)
        self._changed.add(path.id)
        self._holdings.release(path)

    def _take_closing(self, path: RevisionPath, unknown: frozenset[str]) -> None:
        closing = merging.genuine_closing(path, self._keys.central_key)
        if closing is None:
            raise Refused("tombstone")
        self._joint(path, unknown)
        self._closings.append(closing)
        self._changed.add(path.id)

    def _is_held(self, one: NewEntry) -> bool:
        return one.digest in entry_index.digests_held(self._tx.connection, *one.view.key)

    def _not_rejected(self, judged: Sequence[NewEntry]) -> Sequence[NewEntry]:
        connection = self._tx.connection
        return [
            one
            for one in judged
            if decisions.rejected_entry(connection, *one.view.key, one.digest) is None
        ]

    def _joint(self, path: RevisionPath, unknown: frozenset[str]) -> str | None:
        """Return the known revision that the path builds on; None if it begins the document.

        Refuses a path that hangs in the air.
        """
        revisions = path.revisions
        for index, revision in enumerate(revisions):
            if revision in unknown:
                continue
            if not unknown.isdisjoint(revisions[index:]):
                raise Refused("bad_revision")
            return revision
        if not revisions[-1].startswith("1-"):
            raise Refused("bad_revision")
        return None

    def _base(
        self, path: RevisionPath, parsed: JournalId, unknown: frozenset[str]
    ) -> Mapping[str, Any]:
        """Return the value that the path builds on."""
        joint = self._joint(path, unknown)
        if joint is None:
            return kinds.empty(parsed.kind)
        found = self._holdings.get(path.id, joint)
        if found is not None and not found.deleted:
            return found.value
        base = examination.rebuilt_base(path, joint) if found is None else None
        if base is None:
            raise Refused("bad_revision")
        return base

    def _verdict_code(
        self,
        parsed: JournalId,
        path: RevisionPath,
        fresh: Sequence[NewEntry],
        judged: Sequence[NewEntry],
    ) -> str | None:
        for one in judged:
            if one.view.node in self._keys.revoked:
                return MAKER_REVOKED
            code = judgement.judge_step(parsed, one.view, self._facts)
            if code is not None:
                return code
        if settling.lacks_reason(parsed.kind, path.value, len(fresh)):
            return "reason_needed"
        return None

    def _note_forks(self, fresh: Sequence[NewEntry]) -> None:
        for one in fresh:
            if self._numbers.note(one.view):
                continue
            for digest in self._other_digests(one):
                key = ":".join([*map(str, one.view.key), *sorted([digest, one.digest])])
                noticed = {
                    "node": one.view.node,
                    "carrier": self._carrier.node,
                    "noticed_at": entry.instant_text(self._carrier.received_at),
                }
                self._tx.records.overwrite(FORKS, key, noticed)
                node, epoch, _ = one.view.key
                at = self._carrier.received_at
                alarms.raise_alarm(self._tx.records, alarms.FORK, f"{node}/{epoch}", at)

    def _other_digests(self, one: NewEntry) -> Iterator[str]:
        held = entry_index.digests_held(self._tx.connection, *one.view.key)
        aside = quarantine.digests_held(self._tx.records, *one.view.key)
        yield from (digest for digest in [*held, *aside] if digest != one.digest)


class _KnownNumbers:
    """How far the numbers of each maker are known, in the course of one batch.

    A node's new entries come with numbers above all known ones, and then there is nothing to look
    up for each of them.
    """

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._highest: dict[tuple[str, str], int] = {}

    def note(self, view: Entry) -> bool:
        """Count an entry as known; tell whether none of its number or a higher one was here."""
        maker = (view.node, view.epoch)
        highest = self._highest.get(maker)
        if highest is None:
            highest = self._read(*maker)
        is_new = view.seq > highest
        self._highest[maker] = view.seq if is_new else highest
        return is_new

    def _read(self, node: str, epoch: str) -> int:
        aside = quarantine.highest_seq(self._tx.records, node, epoch)
        return max(aside, entry_index.highest_seq(self._tx.connection, node, epoch))


def _violation(kind: str, value: Mapping[str, Any], most_bytes: int) -> str | None:
    """Return the code of what is wrong with the value by itself."""
    for violation in kinds.check(kind, value, most_bytes):
        return violation.code
    return None
