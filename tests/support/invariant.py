"""Nothing is lost: acknowledged on nodes = accepted + quarantined + rejected + pending.

Counted from outside, as sets of entries ``(node, epoch, seq, digest)``. A test writes down what
was acknowledged when a save returned (``Acknowledged``); the rest is read from bodies of stored
leaves, from quarantine items and from rejection documents, never from the read tables or the
receipts that the program itself goes by: those are what may be wrong.

    said = Acknowledged()
    said.note(node.store, "n1", journal.record_mark(...))
    ...
    invariant.check(said, central.store, {"n1": node.store})

``check`` may be asked at any moment of a test, not only when all is quiet; ``settled=True`` asks
in addition that nothing is pending any more, and that each node believes what central holds.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sync.documents import entry, identifiers
from sync.entries.door import Saved
from sync.store import entry_states
from sync.store.document_store import DocumentStore

#: (node, epoch, seq, digest)
Name = tuple[str, str, int, str]

QUARANTINE_ITEMS = "quarantine"  # collections of records at central
REFUSED_LEAVES = "refused_leaf"  # ... and on nodes
_PAGE = 1000


def names_of(doc_id: str, value: Mapping[str, Any]) -> set[Name]:
    """Return the names of all entries in a document's value."""
    return {
        (raw["node"], raw["epoch"], raw["seq"], entry.digest_of(doc_id, raw))
        for raw in entry.entries_of(value)
    }


@dataclass
class Acknowledged:
    """What nodes have said "saved" to, written down by the test."""

    names: set[Name] = field(default_factory=set)
    #: Which document each stands in, for messages of failures.
    documents: dict[Name, str] = field(default_factory=dict)

    def note(self, store: DocumentStore, node: str, saved: Saved) -> None:
        """Write down a save that has just returned: this node's entries in its revisions."""
        for doc_id, revision in saved.revisions.items():
            leaf = store.get(doc_id, revision)
            if leaf is None:
                raise AssertionError(f"{doc_id} {revision} was acknowledged and is not there")
            self.note_value(doc_id, leaf.value, node)

    def note_value(self, doc_id: str, value: Mapping[str, Any], node: str) -> None:
        """Write down the entries of ``node`` in a value that was acknowledged."""
        for name in names_of(doc_id, value):
            if name[0] == node:
                self.names.add(name)
                self.documents[name] = doc_id

    def note_names(self, names: Iterable[tuple[str, Name]]) -> None:
        """Write down (document, name) pairs, as a child process reported them."""
        for doc_id, name in names:
            self.names.add(name)
            self.documents[name] = doc_id


@dataclass(frozen=True)
class Account:
    """Where the entries of nodes are. The first three are at central, ``pending`` is on nodes."""

    accepted: frozenset[Name]
    quarantined: frozenset[Name]
    rejected: frozenset[Name]
    pending: frozenset[Name]

    @property
    def all(self) -> frozenset[Name]:
        """Return every entry that is somewhere."""
        return self.accepted | self.quarantined | self.rejected | self.pending


def leaf_values(store: DocumentStore) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield (id, value) of every live leaf of a journal document."""
    since: str | int = 0
    while True:
        page = store.changes(since, limit=_PAGE)
        for row in page.rows:
            if identifiers.kind_of(row.id) not in identifiers.JOURNAL_KINDS:
                continue
            for leaf in store.leaves(row.id):
                if not leaf.deleted:
                    yield row.id, leaf.value
        if len(page.rows) < _PAGE:
            return
        since = page.last_seq


def account(central: DocumentStore, nodes: Mapping[str, DocumentStore]) -> Account:
    """Return where entries made by ``nodes`` are."""
    accepted = _of_nodes(_names(leaf_values(central)), nodes)
    items = (
        (one.value["id"], one.value["value"]) for one in central.records.scan(QUARANTINE_ITEMS)
    )
    rejected = _of_nodes(_rejected(central), nodes) - accepted
    # A descendant of what was rejected waits with all its entries; those stay rejected.
    quarantined = _of_nodes(_names(items), nodes) - accepted - rejected
    pending: set[Name] = set()
    for node, store in nodes.items():
        own = {name for name in _names(leaf_values(store)) if name[0] == node}
        # Pending is what the node itself will still send; what it takes for settled it will not.
        pending |= own - _settled(store, node)
    return Account(
        accepted, quarantined, rejected, frozenset(pending - accepted - quarantined - rejected)
    )


def check(
    said: Acknowledged,
    central: DocumentStore,
    nodes: Mapping[str, DocumentStore],
    *,
    settled: bool = False,
    unacknowledged: Iterable[Name] = (),
    central_was_set_back: bool = False,
) -> Account:
    """Fail if an acknowledged entry is nowhere, or one is there that nobody acknowledged.

    Args:
        settled: everything has been synced: nothing may be pending, and no node may believe of an
            entry what central does not hold.
        unacknowledged: entries that may be there although nobody said "saved": a program was
            killed between the commit and its answer.
        central_was_set_back: what it had accepted it may have judged anew, and put aside.
    """
    found = account(central, nodes)
    lost = {name for name in said.names if name[0] in nodes} - found.all
    if lost:
        raise AssertionError(f"lost: {_told(said, lost)}")
    invented = found.all - said.names - set(unacknowledged)
    if invented:
        raise AssertionError(f"made by nobody: {_told(said, invented)}")
    if settled:
        if found.pending:
            raise AssertionError(f"still pending: {_told(said, found.pending)}")
        _check_beliefs(said, found, nodes, central_was_set_back)
    return found


def _check_beliefs(
    said: Acknowledged,
    found: Account,
    nodes: Mapping[str, DocumentStore],
    central_was_set_back: bool,
) -> None:
    held = {
        entry_states.State.ACCEPTED: found.all if central_was_set_back else found.accepted,
        entry_states.State.QUARANTINED: found.quarantined,
        entry_states.State.REJECTED: found.rejected,
    }
    for node, store in nodes.items():
        with store.database.snapshot() as connection:
            told = entry_states.states(connection, node)
        for state, names in held.items():
            believed = {_name(one.key) for one in told if one.state is state} & said.names
            wrong = believed - names
            if wrong:
                raise AssertionError(f"{node} believes {state}: {_told(said, wrong)}")


def _names(values: Iterable[tuple[str, Mapping[str, Any]]]) -> set[Name]:
    return {name for doc_id, value in values for name in names_of(doc_id, value)}


def _of_nodes(names: Iterable[Name], nodes: Mapping[str, DocumentStore]) -> frozenset[Name]:
    return frozenset(name for name in names if name[0] in nodes)


def _rejected(central: DocumentStore) -> Iterator[Name]:
    for row in central.changes(0).rows:
        if identifiers.kind_of(row.id) != "rejection":
            continue
        for leaf in central.leaves(row.id):
            yield from _listed(leaf.value)


def _listed(value: Mapping[str, Any]) -> Iterator[Name]:
    """Yield the entries that a rejection names: rows of (node, epoch, seq, digest)."""
    for part in value.values():
        for row in part if isinstance(part, list) else ():
            if isinstance(row, list) and [type(one) for one in row] == [str, str, int, str]:
                yield (row[0], row[1], row[2], row[3])


def _settled(store: DocumentStore, node: str) -> set[Name]:
    with store.database.snapshot() as connection:
        return {_name(one.key) for one in entry_states.states(connection, node)}


def _name(key: entry_states.EntryKey) -> Name:
    return (key.node, key.epoch, key.seq, key.digest)


def _told(said: Acknowledged, names: Iterable[Name]) -> str:
    return ", ".join(f"{said.documents.get(one, '?')} {one}" for one in sorted(names)[:10])
