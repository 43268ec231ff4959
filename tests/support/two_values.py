"""Values written on another computer, and decisions, put into a node as the sync brings them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sync.documents import canonical, entry, identifiers, kinds, merging
from sync.documents.entry import Entry
from sync.documents.merging import Dispute
from sync.store.values import Leaf, RevisionPath
from tests.support import sample_school
from tests.support.sample_node import SampleNode

OTHER_NODE = "nd2"
OTHER_KEY = bytes(range(4, 36))


def sealed(
    doc_id: str, before: Mapping[str, Any], fields: Mapping[str, Any], *, seq: int, **facts: Any
) -> list[dict[str, Any]]:
    """Return the entries of one edit; ``facts`` are of the entry: author, node, written_at …"""
    made = []
    for number, (name, new) in enumerate(fields.items(), start=seq):
        told = {"node": OTHER_NODE, "epoch": "e1", **facts}
        one = Entry(field=name, old=before.get(name), new=new, seq=number, **told)
        made.append(entry.seal(doc_id, one, OTHER_KEY).as_json())
    return made


def elsewhere(
    node: SampleNode,
    doc_id: str,
    fields: Mapping[str, Any],
    *,
    author: str,
    at: datetime | None = None,
    parent: str | None = None,
) -> str:
    """Put what ``author`` wrote on another computer beside what is here; return its revision.

    Args:
        parent: the accepted leaf that both build on; None: both were first.
    """
    base = kinds.empty(identifiers.kind_of(doc_id))
    if parent is not None:
        found = node.store.get(doc_id, parent)
        if found is None:
            raise AssertionError(f"{parent} is not stored")
        base = found.value
    entries = sealed(doc_id, base, fields, seq=1, author=author, written_at=at or node.clock.now())
    value = {**base, **fields, "entries": [*entry.entries_of(base), *entries]}
    return insert(node, doc_id, value, parent)


def insert(node: SampleNode, doc_id: str, value: Mapping[str, Any], parent: str | None) -> str:
    """Put a revision as it arrives; return its name."""
    rev = canonical.revision_of(parent, False, value)
    path = (rev,) if parent is None else (rev, parent)
    node.store.insert([RevisionPath(doc_id, path, False, dict(value))])
    return rev


def decide(
    node: SampleNode,
    doc_id: str,
    field: str,
    chosen: Any,
    *,
    reason: str = "по работе ученика",
    by: str = sample_school.DEPUTY,
) -> str:
    """Put the decision of a dispute as central makes it: one leaf, and the decision document."""
    live = [leaf for leaf in node.store.leaves(doc_id) if not leaf.deleted]
    found = merging.merge(identifiers.kind_of(doc_id), [leaf.value for leaf in live])
    if not isinstance(found, merging.Disputed):
        raise AssertionError("there is nothing to decide")
    [dispute] = [one for one in found.disputes if field in one.fields]
    facts = {"author": by, "written_at": node.clock.now(), "reason": reason}
    node.store.insert(_settled(doc_id, live, {field: chosen}, facts))
    revisions = [leaf.rev for leaf in live]
    decision = {
        "kind": "decision",
        "schema": 1,
        "document": doc_id,
        "leaves": revisions,
        "items": [_item(dispute, {field: chosen})],
        "reason": reason,
        "suggested": None,
        "cause": None,
        "decided_by": by,
        "decided_at": entry.instant_text(node.clock.now()),
        "state": "decided",
        "reopened_by": None,
        "reopened_at": None,
        "reopened_reason": None,
    }
    decision_id = identifiers.decision_id(doc_id, revisions)
    with node.store.transaction() as tx:
        tx.put(decision_id, decision, parent=None)
    return decision_id


def _settled(
    doc_id: str, live: Sequence[Leaf], fields: Mapping[str, Any], facts: Mapping[str, Any]
) -> list[RevisionPath]:
    """Return the revision that holds everything and central's entry, and tombstones of the rest."""
    kind, onto = identifiers.kind_of(doc_id), live[0]
    united = {**onto.value, "entries": merging.union([leaf.value for leaf in live])}
    made = sealed(doc_id, united, fields, seq=1, node=entry.CENTRAL_NODE, **facts)
    value = {**united, **fields, "entries": [*united["entries"], *made]}
    rev = canonical.revision_of(onto.rev, False, value)
    paths = [RevisionPath(doc_id, (rev, onto.rev), False, value)]
    for leaf in live[1:]:
        closed = {"kind": kind, "schema": 1, "closed": "genuine"}
        tombstone = canonical.revision_of(leaf.rev, True, closed)
        paths.append(RevisionPath(doc_id, (tombstone, leaf.rev), True, closed))
    return paths


def _item(dispute: Dispute, chosen: Mapping[str, Any]) -> dict[str, Any]:
    versions = [
        {
            "values": dict(one.values),
            "author": one.author,
            "node": one.node,
            "written_at": entry.instant_text(one.written_at),
            "reason": one.reason,
        }
        for one in dispute.versions
    ]
    return {
        "fields": list(dispute.fields),
        "before": dict(dispute.before),
        "versions": versions,
        "chosen": dict(chosen),
        "how": "version",
        "kept_in": None,
    }
