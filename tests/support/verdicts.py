"""What central decides about entries of a node, put into the node's store as the sync brings it."""

from sync.documents import entry
from sync.projections import entry_index
from sync.store.entry_states import EntryKey, EntryState, State, set_states, state_of
from tests.support import sample_school
from tests.support.sample_node import SampleNode


def answer(node: SampleNode, state: State, code: str | None = None) -> None:
    """Let central say the same of everything that waits."""
    own = node.node.identity.node
    with node.store.transaction() as tx:
        waiting = entry_index.pending(tx.connection, own, 1000)
        keys = [EntryKey(own, one.epoch, one.seq, one.digest) for one in waiting]
        at = entry.instant_text(node.clock.now())
        set_states(tx, [EntryState(key, state, code, at) for key in keys])


def reject(
    node: SampleNode,
    doc_id: str,
    *,
    reason: str = "ученик болел",
    code: str = "not_in_group",
    name: str = "rj1",
    by: str = sample_school.DEPUTY,
) -> str:
    """Put the rejection of everything in a document that central has not accepted."""
    leaf = node.store.leaves(doc_id)[0]
    connection = node.store.database.read()
    fresh = []
    for raw in entry.entries_of(leaf.value):
        key = EntryKey(raw["node"], raw["epoch"], raw["seq"], entry.digest_of(doc_id, raw))
        found = state_of(connection, key)
        if found is None or found.state is State.QUARANTINED:
            fresh.append((key, raw))
    at = entry.instant_text(node.clock.now())
    shown = ("field", "old", "new", "author", "node", "written_at")
    value = {
        "kind": "rejection",
        "schema": 1,
        "document": doc_id,
        "revision": leaf.rev,
        "revisions": list(node.store.path(doc_id, leaf.rev)),
        "value": leaf.value,
        "names": [[key.node, key.epoch, key.seq, key.digest] for key, _ in fresh],
        "steps": [{field: raw[field] for field in shown} for _, raw in fresh],
        "code": code,
        "carrier": node.node.identity.node,
        "received_at": at,
        "reason": reason,
        "rejected_by": by,
        "rejected_at": at,
    }
    with node.store.transaction() as tx:
        tx.put(f"rejection:{name}", value, parent=None)
    return f"rejection:{name}"
