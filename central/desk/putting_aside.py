"""What was put aside is accepted or rejected by a person, one by one or several at once.

Accepting inserts the revision as it was pushed, with its whole path, and central's entry on top,
which names the person who let it in. If the document has moved on meanwhile, the two are brought
together; what cannot be becomes a conflict of the desk like any other.

Rejecting writes a document ``rejection:…`` that holds everything: the revision, its steps, who
decided and why. It travels to the nodes, where the refused value leaves the sheet; receipts are
answered from it, also after a restore.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from central import merging, quarantine
from central.desk.desk import Desk
from central.desk.writing import Hand
from sync import errors
from sync.documents import canonical, entry, identifiers, kinds
from sync.documents.entry import CENTRAL_NODE
from sync.projections import decisions, entry_index
from sync.store.transaction import Transaction
from sync.store.values import RevisionPath

ACCEPTED = "accepted"
CONFLICT = "conflict"

#: How much of a text a rejection repeats when the whole does not fit into a document.
_SHORTENED = 200
_ROOM_FOR_THE_REST = 4_096


def accept(desk: Desk, doc_id: str, rev: str, *, by: str, reason: str) -> str:
    """Let a revision into the journal; ``ACCEPTED``, or ``CONFLICT``: the desk has to decide.

    Raises:
        errors.EntryRefused: ``settled_meanwhile`` (no such item any more), ``reason_needed``, or
            the code of what makes it impossible to store (``schema``, ``newer_schema`` …).
    """
    return accept_many(desk, [(doc_id, rev)], by=by, reason=reason)[f"{doc_id}/{rev}"]


def accept_many(
    desk: Desk, wanted: Iterable[tuple[str, str]], *, by: str, reason: str
) -> dict[str, str]:
    """Accept several (document, revision), all or none; return what became of each.

    The keys of the answer are ``document/revision``.

    Raises:
        errors.EntryRefused: as for ``accept``; nothing was written.
    """
    with desk.store.transaction() as tx:
        hand = Hand(tx, desk, by, reason)
        return {f"{doc_id}/{rev}": _accept(hand, doc_id, rev) for doc_id, rev in wanted}


def reject(desk: Desk, doc_id: str, rev: str, *, by: str, reason: str) -> str:
    """Refuse a revision for good; return the id of the rejection.

    Raises:
        errors.EntryRefused: ``settled_meanwhile`` or ``reason_needed``.
    """
    return reject_many(desk, [(doc_id, rev)], by=by, reason=reason)[0]


def reject_many(
    desk: Desk, wanted: Iterable[tuple[str, str]], *, by: str, reason: str
) -> list[str]:
    """Reject several (document, revision), all or none; return the rejections' ids, in order.

    Raises:
        errors.EntryRefused: as for ``reject``; nothing was written.
    """
    with desk.store.transaction() as tx:
        hand = Hand(tx, desk, by, reason)
        return [_reject(hand, doc_id, rev) for doc_id, rev in wanted]


def _accept(hand: Hand, doc_id: str, rev: str) -> str:
    item = _item(hand.tx, doc_id, rev)
    path = RevisionPath(doc_id, tuple(item["revisions"]), False, dict(item["value"]))
    fresh = _fresh(hand.tx, path)
    _refuse_unstorable(path, fresh)
    hand.tx.insert([path])
    quarantine.release(hand.tx.records, doc_id, path.revisions)
    merging.settle(hand.tx, hand.maker.key, [doc_id], hand.now)
    live = merging.live_leaves(hand.tx, doc_id)
    if len(live) > 1:
        return CONFLICT
    # On top, so that the journal itself says who let it in, and a restored central believes it.
    stands = {raw["field"]: live[0].value.get(raw["field"]) for raw in fresh}
    steps = [(name, value, value) for name, value in stands.items()]
    hand.settle(doc_id, live[0].value, steps, live[0])
    return ACCEPTED


def _reject(hand: Hand, doc_id: str, rev: str) -> str:
    item = _item(hand.tx, doc_id, rev)
    path = RevisionPath(doc_id, tuple(item["revisions"]), False, dict(item["value"]))
    rejection = write_rejection(hand, item, path, _fresh(hand.tx, path))
    quarantine.remove(hand.tx.records, doc_id, rev)
    return rejection


def write_rejection(
    hand: Hand,
    item: Mapping[str, Any],
    path: RevisionPath,
    fresh: Sequence[Mapping[str, Any]],
    most_bytes: int = kinds.MAX_DOCUMENT_BYTES,
) -> str:
    """Write the document that keeps what was refused; return its id.

    Args:
        item: ``code``, ``carrier`` and ``received_at``.
        fresh: the raw entries of the path that are refused.
        most_bytes: above it the rejection tells only in short what it is about.
    """
    rejection = identifiers.rejection_id(path.id, path.rev)
    fields = _that_fits(_fields(hand, item, path, fresh), most_bytes - _ROOM_FOR_THE_REST)
    hand.tell(rejection, fields, most_bytes)
    return rejection


def _item(tx: Transaction, doc_id: str, rev: str) -> Mapping[str, Any]:
    item = quarantine.item(tx.records, doc_id, rev)
    if item is None:
        raise errors.EntryRefused(code="settled_meanwhile", hint="reload_and_repeat")
    return item


def _fresh(tx: Transaction, path: RevisionPath) -> list[Mapping[str, Any]]:
    """Return the raw entries of a path that no stored document holds."""
    return [
        raw
        for raw in entry.entries_of(path.value)
        if entry.digest_of(path.id, raw)
        not in entry_index.digests_held(tx.connection, raw["node"], raw["epoch"], raw["seq"])
    ]


def _refuse_unstorable(path: RevisionPath, fresh: Sequence[Mapping[str, Any]]) -> None:
    for violation in kinds.check(identifiers.kind_of(path.id), path.value):
        raise errors.EntryRefused(code=violation.code, field=violation.field)
    if any(raw["field"] in kinds.CENTRAL_FIELDS and raw["node"] != CENTRAL_NODE for raw in fresh):
        raise errors.EntryRefused(code="schema")


def _fields(
    hand: Hand, item: Mapping[str, Any], path: RevisionPath, fresh: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    # An entry that was rejected before, with an ancestor, stays with that rejection.
    mine = [raw for raw in fresh if _not_rejected(hand.tx, path.id, raw)]
    return {
        "kind": "rejection",
        "schema": kinds.SCHEMA,
        "document": path.id,
        "revision": path.rev,
        "revisions": list(path.revisions),
        "value": path.value,
        "names": [
            [raw["node"], raw["epoch"], raw["seq"], entry.digest_of(path.id, raw)] for raw in mine
        ],
        "steps": [{name: raw[name] for name in _STEP} for raw in mine],
        "code": item["code"],
        "carrier": item["carrier"],
        "received_at": item["received_at"],
        "reason": hand.reason,
        "rejected_by": hand.by,
        "rejected_at": entry.instant_text(hand.now),
    }


_STEP = ("field", "old", "new", "author", "node", "written_at")


def _not_rejected(tx: Transaction, doc_id: str, raw: Mapping[str, Any]) -> bool:
    digest = entry.digest_of(doc_id, raw)
    key = (raw["node"], raw["epoch"], raw["seq"])
    return decisions.rejected_entry(tx.connection, *key, digest) is None


def _that_fits(fields: dict[str, Any], most_bytes: int) -> dict[str, Any]:
    """Return the rejection without what makes it larger than a document may be.

    What was put aside because it is too large is kept by its node; its steps are told in short.
    The value holds all its steps, so they are shortened first.
    """
    if len(canonical.encode(fields)) <= most_bytes:
        return fields
    steps = [
        {**step, "old": _short(step["old"]), "new": _short(step["new"])} for step in fields["steps"]
    ]
    shortened = {**fields, "steps": steps}
    if len(canonical.encode(shortened)) <= most_bytes:
        return shortened
    return {**shortened, "value": None}


def _short(value: Any) -> Any:
    return value[:_SHORTENED] if isinstance(value, str) else value
