"""When a decision or a rejection had come back to each node: for the protocol.

A node tells with its pulse how far it has pulled. What was decided, may be held by it and does not
come after that point in the feed has arrived there. The first time is noted and stays, one record
for each decision; nothing is asked of the nodes, and a node that tells nothing is in no list.
"""

from collections.abc import Collection
from datetime import datetime

from sync import errors
from sync.documents import entry, scope
from sync.store.document_store import DocumentStore
from sync.store.record_store import RecordStore

_RETURNS = "decision_return"
_MARKS = "decision_return_mark"


def note_returned(
    store: DocumentStore, node: str, keys: Collection[str], pulled: str, at: datetime
) -> None:
    """Note which decisions a node has brought to its computer by now.

    Args:
        keys: the scope keys of what the node may hold.
        pulled: the sequence up to which it has pulled, as it tells; one that is no sequence of
            this database, or of another life of it, notes nothing.
        at: when it told so.
    """
    mark = {"pulled": pulled}
    known = store.records.get(_MARKS, node)
    if known is not None and known.value == mark:
        return  # it has pulled nothing since
    waiting = _not_noted(store, node, frozenset(keys))
    try:
        ahead = {row.id for row in store.changes(pulled, doc_ids=waiting).rows}
    except errors.BadSequence:
        return
    with store.transaction() as tx:
        for decision in sorted(waiting - ahead):
            _note(tx.records, decision, node, at)
        tx.records.overwrite(_MARKS, node, mark)


def nodes_with(records: RecordStore, decision: str) -> list[tuple[str, datetime]]:
    """Return the nodes on which a decision (by the id of its document) is, the first one first."""
    found = records.get(_RETURNS, decision)
    noted = {} if found is None else found.value
    return sorted(
        ((node, entry.instant(at)) for node, at in noted.items()), key=lambda one: (one[1], one[0])
    )


def _not_noted(store: DocumentStore, node: str, keys: frozenset[str]) -> set[str]:
    """Return the decisions and rejections that a node may hold and is not known to have."""
    rows = store.database.read().execute(
        "SELECT doc_id, document FROM decision_row UNION SELECT doc_id, document FROM rejection_row"
    )
    held = {row[0]: row[1] for row in rows.fetchall()}
    noted = {one.key for one in store.records.scan(_RETURNS) if node in one.value}
    return {
        doc_id
        for doc_id, document in held.items()
        if doc_id not in noted
        and not keys.isdisjoint(scope.keys_of(doc_id, {"document": document}))
    }


def _note(records: RecordStore, decision: str, node: str, at: datetime) -> None:
    known = records.get(_RETURNS, decision)
    noted = {} if known is None else known.value
    records.overwrite(_RETURNS, decision, {**noted, node: entry.instant_text(at)})
