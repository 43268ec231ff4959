"""Leaves of one document become one here, and nowhere else, so that nodes never merge in a storm.

After every batch that comes in, after every step at the desk and once at start, documents with
several live leaves are looked at: what ``sync.documents.merging`` can bring together grows on the
best leaf as a new revision, and the other leaves are closed. The rest is a dispute; since when it
has been one is kept, because its author is asked before the desk.

A leaf is closed by a tombstone that says into which revision its entries went, under a digest with
central's key. It depends on nothing else, so made again it is the same revision; and any node may
give it back to a restored central, as a genuine one is told from a forged one.
"""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from central import alarms
from sync.documents import canonical, entry, identifiers, kinds, merging
from sync.documents.merging import Merged
from sync.store.document_store import DocumentStore
from sync.store.record_store import RecordStore
from sync.store.transaction import Transaction
from sync.store.values import Leaf, RevisionPath

DISPUTES = "dispute"
#: So many live leaves of one document are no dispute of people any more.
MANY_LEAVES = 10


class Settled(StrEnum):
    """What became of a document's live leaves."""

    MERGED = "merged"
    CLOSED = "closed"  # one leaf held the entries of all
    DISPUTED = "disputed"
    LEFT = "left"  # together they are too large for a document; shown merged, kept apart


def settle(
    tx: Transaction, central_key: bytes, doc_ids: Iterable[str], at: datetime
) -> Mapping[str, Settled]:
    """Merge and close what can be, in the caller's transaction; return what was done.

    Args:
        doc_ids: journal documents; those with one live leaf are left alone and not returned.
        at: since when a dispute that is found now is one.
    """
    done: dict[str, Settled] = {}
    given = list(dict.fromkeys(doc_ids))
    # Nearly all have one leaf and never had a dispute; those are not looked at one by one.
    concerned = tx.known_ids(given, least=2) | tx.records.existing(DISPUTES, given)
    for doc_id in (one for one in given if one in concerned):
        live = live_leaves(tx, doc_id)
        if len(live) > 1:
            done[doc_id] = _settle_one(tx, central_key, live, at)
        if done.get(doc_id) is not Settled.DISPUTED and not _is_reopened(live):
            tx.records.delete(DISPUTES, doc_id)
    return done


def settle_all(store: DocumentStore, central_key: bytes, at: datetime) -> Mapping[str, Settled]:
    """Settle every document with several live leaves; at start, in one transaction."""
    with store.transaction() as tx:
        wanted = [
            doc_id
            for doc_id in tx.with_live_leaves(2)
            if identifiers.kind_of(doc_id) in identifiers.JOURNAL_KINDS
        ]
        return settle(tx, central_key, wanted, at)


def note_dispute(records: RecordStore, doc_id: str, at: datetime) -> None:
    """Keep since when a document is in dispute, unless that is kept already."""
    if records.get(DISPUTES, doc_id) is None:
        records.overwrite(DISPUTES, doc_id, {"since": entry.instant_text(at)})


def live_leaves(tx: Transaction, doc_id: str) -> list[Leaf]:
    """Return the living leaves of a document, the winner first."""
    return [leaf for leaf in tx.leaves(doc_id) if not leaf.deleted]


def open_since(records: RecordStore, doc_id: str) -> datetime | None:
    """Return since when a document has been in dispute; None if it is not."""
    found = records.get(DISPUTES, doc_id)
    return None if found is None else entry.instant(found.value["since"])


def paths_of_closing(leaves: Iterable[Leaf], into: str, central_key: bytes) -> list[RevisionPath]:
    """Return the tombstones that close leaves whose entries are all in revision ``into``."""
    paths = []
    for leaf in leaves:
        value = closing(leaf.id, leaf.rev, into, central_key)
        rev = canonical.revision_of(leaf.rev, True, value)
        paths.append(RevisionPath(leaf.id, (rev, leaf.rev), True, value))
    return paths


def closing(doc_id: str, parent: str, into: str, central_key: bytes) -> dict[str, Any]:
    """Return the value of the tombstone that closes ``parent`` in favour of ``into``."""
    named = canonical.encode([doc_id, parent, into])
    return {
        "kind": identifiers.kind_of(doc_id),
        "schema": kinds.SCHEMA,
        "into": into,
        "closed": canonical.keyed_digest16(central_key, named),
    }


@dataclass(frozen=True)
class Closing:
    """A genuine closing tombstone; ``into`` is the revision that holds the closed entries."""

    path: RevisionPath
    into: str


def genuine_closing(path: RevisionPath, central_key: bytes) -> Closing | None:
    """Return a pushed tombstone as the one central made; None if central did not make it."""
    into, told = path.value.get("into"), path.value.get("closed")
    if not path.deleted or len(path.revisions) < 2:
        return None
    if not isinstance(into, str) or not isinstance(told, str):
        return None
    named = canonical.encode([path.id, path.revisions[1], into])
    expected = canonical.keyed_digest16(central_key, named)
    if not hmac.compare_digest(told.encode("utf-8"), expected.encode("utf-8")):
        return None
    return Closing(path, into)


def _settle_one(tx: Transaction, central_key: bytes, live: Sequence[Leaf], at: datetime) -> Settled:
    values = [leaf.value for leaf in live]
    found = merging.merge(identifiers.kind_of(live[0].id), values)
    if isinstance(found, Merged):
        if found.is_new and len(canonical.encode(found.value)) > kinds.MAX_DOCUMENT_BYTES:
            _warn_of_many(tx.records, live[0].id, len(live), at)
            return Settled.LEFT
        return _merge(tx, central_key, live, found)
    paths = []
    for index in found.closed:
        place = merging.holder_of(values[index], [values[other] for other in found.open])
        into = live[found.open[place]].rev
        paths.extend(paths_of_closing([live[index]], into, central_key))
    if paths:
        tx.insert(paths)
    note_dispute(tx.records, live[0].id, at)
    _warn_of_many(tx.records, live[0].id, len(found.open), at)
    return Settled.DISPUTED


def _merge(tx: Transaction, central_key: bytes, live: Sequence[Leaf], found: Merged) -> Settled:
    onto = live[found.onto]
    into, paths = onto.rev, []
    if found.is_new:
        into = canonical.revision_of(onto.rev, False, found.value)
        paths.append(RevisionPath(onto.id, (into, onto.rev), False, found.value))
    # All at once: readers of the journal and of the feed see one change.
    tx.insert(paths + paths_of_closing([live[i] for i in found.closed], into, central_key))
    return Settled.MERGED if found.is_new else Settled.CLOSED


def _is_reopened(live: Sequence[Leaf]) -> bool:
    return any(leaf.value.get("disputed") for leaf in live)


def _warn_of_many(records: RecordStore, doc_id: str, leaves: int, at: datetime) -> None:
    if leaves >= MANY_LEAVES:
        alarms.raise_alarm(records, alarms.MANY_LEAVES, doc_id, at, leaves=leaves)
