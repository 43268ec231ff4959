"""Which documents that a node holds are its own no longer: a filtered feed never says "gone".

    asked     {"ids": [id, ...]}                 at most 1000
    answered  {"not_mine": [id, ...],            out of its scope now
               "open": [id, ...],                of these: written on by it, and not settled here
               "scope_version", "time"}          what the answer goes by

A document that central does not have is never said to be gone. What is open is told only of
documents in which the node itself has made an entry.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from central.endpoint.gateway import Guest
from sync import errors
from sync.documents import identifiers, scope
from sync.store.document_store import DocumentStore

MOST_ASKED_AT_ONCE = 1_000

_QUARANTINE = "quarantine"


@dataclass(frozen=True)
class Answer:
    """The ids that are not the node's, and those of them that are still open."""

    not_mine: Sequence[str]
    still_open: Sequence[str]


def read_ids(body: Any) -> list[str]:
    """Return the ids of a request's body.

    Raises:
        errors.MalformedJson: another shape, or more than ``MOST_ASKED_AT_ONCE``.
    """
    ids = body.get("ids") if isinstance(body, Mapping) else None
    if not isinstance(ids, list) or len(ids) > MOST_ASKED_AT_ONCE:
        raise errors.MalformedJson(problem="shape")
    if not all(isinstance(one, str) for one in ids):
        raise errors.MalformedJson(problem="shape")
    return ids


def answer(store: DocumentStore, guest: Guest, ids: Sequence[str]) -> Answer:
    """Return which of the documents ``guest`` holds no longer."""
    with store.database.snapshot():
        not_mine = [doc_id for doc_id in ids if not _is_mine(store, guest, doc_id)]
        still_open = [doc_id for doc_id in not_mine if _is_open(store, guest, doc_id)]
    return Answer(not_mine, still_open)


def _is_mine(store: DocumentStore, guest: Guest, doc_id: str) -> bool:
    if scope.is_told_by_id(doc_id):
        return not scope.keys_of(doc_id, {}).isdisjoint(guest.scope)
    leaf = store.get(doc_id)
    return leaf is None or not scope.keys_of(doc_id, leaf.value).isdisjoint(guest.scope)


def _is_open(store: DocumentStore, guest: Guest, doc_id: str) -> bool:
    if identifiers.kind_of(doc_id) not in identifiers.JOURNAL_KINDS:
        return False
    own = store.database.read().execute(
        "SELECT 1 FROM entry_row WHERE doc_id = ?"
        " AND node IN (SELECT value FROM json_each(?)) LIMIT 1",
        (doc_id, json.dumps([guest.node, *guest.former])),
    )
    if own.fetchone() is None:
        return False
    living = [leaf for leaf in store.leaves(doc_id) if not leaf.deleted]
    if len(living) > 1 or any(leaf.value.get("disputed") for leaf in living):
        return True
    return store.records.count(_QUARANTINE, f"{doc_id}/") > 0
