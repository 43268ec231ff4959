"""What was pushed but may not be written: kept aside, with its reason, until a person decides.

Records, not documents: one for each revision, keyed by (id, revision), and one for each entry in
it, by which receipts are answered. A node may fill only so much: beyond that it keeps its entries.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sync.documents import entry
from sync.documents.entry import NewEntry
from sync.documents.judgement import Outcome
from sync.store.record_store import RecordStore
from sync.store.values import RevisionPath

ITEMS = "quarantine"
ENTRIES = "quarantine_entry"
#: Honest work of weeks fits many times; a node that goes mad does not fill the disk.
MOST_ENTRIES_OF_A_NODE = 10_000


@dataclass(frozen=True)
class Item:
    """A revision in the quarantine: as it came, why, through which node and when."""

    path: RevisionPath
    code: str
    carrier: str
    received_at: datetime

    def as_json(self) -> dict[str, Any]:
        """Return the item as it is kept."""
        return {
            "id": self.path.id,
            "revisions": list(self.path.revisions),
            "value": self.path.value,
            "code": self.code,
            "carrier": self.carrier,
            "received_at": entry.instant_text(self.received_at),
        }


@dataclass(frozen=True)
class EntryState:
    """What became of an entry that is not in an accepted document."""

    state: Outcome
    code: str


def put_aside(records: RecordStore, item: Item, entries: Sequence[NewEntry]) -> bool:
    """Keep a revision and the entries for which it waits, in place of its ancestors.

    Returns False, having changed nothing, when a maker's share of the quarantine is full.
    """
    makers = {one.view.node for one in entries}
    if any(records.count(ENTRIES, f"{maker}:") >= MOST_ENTRIES_OF_A_NODE for maker in makers):
        return False
    for ancestor in item.path.revisions[1:]:
        records.delete(ITEMS, _item_key(item.path.id, ancestor))
    records.overwrite(ITEMS, _item_key(item.path.id, item.path.rev), item.as_json())
    for one in entries:
        kept = {
            "id": item.path.id,
            "rev": item.path.rev,
            "state": Outcome.QUARANTINED.value,
            "code": item.code,
            "field": one.view.field,
            "author": one.view.author,
        }
        records.overwrite(ENTRIES, _entry_key(*one.view.key, one.digest), kept)
    return True


def release(records: RecordStore, doc_id: str, revisions: Sequence[str]) -> None:
    """Take revisions out of the quarantine, since they were accepted with a descendant."""
    for revision in revisions:
        found = records.get(ITEMS, _item_key(doc_id, revision))
        if found is None:
            continue
        for raw in entry.entries_of(found.value["value"]):
            key = (raw["node"], raw["epoch"], raw["seq"])
            records.delete(ENTRIES, _entry_key(*key, entry.digest_of(doc_id, raw)))
        records.delete(ITEMS, found.key)


def item(records: RecordStore, doc_id: str, revision: str) -> Mapping[str, Any] | None:
    """Return an item as it is kept; None if it is not (any more) in the quarantine."""
    found = records.get(ITEMS, _item_key(doc_id, revision))
    return None if found is None else found.value


def remove(records: RecordStore, doc_id: str, revision: str) -> None:
    """Take an item and its entries out, since a person has rejected it."""
    release(records, doc_id, [revision])


def held(records: RecordStore, doc_id: str, revision: str) -> EntryState | None:
    """Return why a revision is in the quarantine; None if it is not."""
    found = records.get(ITEMS, _item_key(doc_id, revision))
    return None if found is None else EntryState(Outcome.QUARANTINED, found.value["code"])


def documents_among(records: RecordStore, doc_ids: Collection[str]) -> set[str]:
    """Return those of the documents of which some revision is in the quarantine."""
    found = records.with_prefixes(ITEMS, [_item_key(doc_id, "") for doc_id in doc_ids])
    return {prefix.removesuffix("/") for prefix in found}


def state_of(
    records: RecordStore, node: str, epoch: str, seq: int, digest: str
) -> EntryState | None:
    """Return what became of an entry that was put aside; None for one that never was."""
    found = records.get(ENTRIES, _entry_key(node, epoch, seq, digest))
    if found is None:
        return None
    return EntryState(Outcome(found.value["state"]), found.value["code"])


def digests_held(records: RecordStore, node: str, epoch: str, seq: int) -> list[str]:
    """Return the digests of the entries put aside under one number."""
    prefix = _entry_key(node, epoch, seq, "")
    return [found.key.removeprefix(prefix) for found in records.scan(ENTRIES, prefix)]


def highest_seq(records: RecordStore, node: str, epoch: str) -> int:
    """Return the highest number put aside of one epoch of a node; 0 if none is."""
    prefix = f"{node}:{epoch}:"
    found = records.scan(ENTRIES, prefix)
    return max((int(one.key[len(prefix) :].partition(":")[0]) for one in found), default=0)


def items(records: RecordStore) -> Iterator[Mapping[str, Any]]:
    """Yield all items as they are kept, by document."""
    for found in records.scan(ITEMS):
        yield found.value


def count(records: RecordStore) -> int:
    """Return how many revisions wait for a decision."""
    return records.count(ITEMS)


def _item_key(doc_id: str, revision: str) -> str:
    return f"{doc_id}/{revision}"


def _entry_key(node: str, epoch: str, seq: int, digest: str) -> str:
    return f"{node}:{epoch}:{seq}:{digest}"
