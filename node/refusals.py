"""What a person at the server did not accept: taken off the sheet here, kept, told to its author.

A rejection comes as a document. The leaf it names leaves the tree of this computer, without a
tombstone, so that the sheet is back at what stood there before; the leaf is kept among the records
and its entries are marked as rejected, all in one transaction. A leaf on which something newer has
been written stays: central judges the newer one by itself.

    leaf 3-c, refused ───── kept as record ``refused_leaf``
    leaf 1-a, accepted ──── is a leaf again; its value is that of 3-c without the refused entries,
                            and the hash in its name proves it

Its author is told until they say that they have understood, or write there anew.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from node.storage import Node
from sync.documents import canonical, entry
from sync.projections import decisions, people
from sync.projections.decisions import RejectionRow
from sync.projections.entry_index import Own
from sync.store import reading
from sync.store.connection import Connection
from sync.store.entry_states import EntryKey, EntryState, State, set_states, state_of
from sync.store.record_store import RecordStore
from sync.store.transaction import Transaction
from sync.store.values import Leaf, RevisionPath

#: Leaves that were taken off, ``<document>/<revision>``: {"revisions", "value", "rejection", "at"}.
REFUSED_LEAVES = "refused_leaf"
#: What its author has understood, ``<rejection>/<person>``: {"at"}.
UNDERSTOOD = "refusal_understood"

#: Code of what was put aside and taken back by its author.
TAKEN_BACK = "withdrawn"

#: Asks central for revisions (id, revision), as ``Peer.fetch``.
Fetch = Callable[[Sequence[tuple[str, str]]], Sequence[RevisionPath | None]]

_FEW = 10  # a cell's documents are asked about one by one, a sheet's all together
# A rejection settles what waits or was put aside; what central has accepted since stays accepted.
_OPEN = frozenset({None, State.QUARANTINED})


# ---------------------------------------------------------------------------- taking off the sheet


def apply_all(node: Node, fetch: Fetch | None = None) -> int:
    """Take off what was rejected and still stands here; return how many leaves went.

    Doing it again changes nothing. What cannot be done without central's help (``fetch``) waits
    for a time when it can be asked.
    """
    with node.store.database.snapshot() as connection:
        every = decisions.all_rejections(connection)
        found = [one for one in every if _is_open(connection, node, one)]
    return sum(_apply(node, rejection, fetch) for rejection in found)


def _is_open(connection: Connection, node: Node, rejection: RejectionRow) -> bool:
    if _refused_leaf(connection, rejection) is not None:
        return True
    return bool(_unmarked(connection, node, rejection))


def _refused_leaf(connection: Connection, rejection: RejectionRow) -> Leaf | None:
    for leaf in reading.leaves(connection, rejection.document):
        if leaf.rev == rejection.revision and not leaf.deleted:
            return leaf
    return None


def _entries(connection: Connection, rejection: RejectionRow) -> list[EntryKey]:
    """Return the names of the entries that were not accepted."""
    document = reading.get(connection, rejection.doc_id, None)
    return [] if document is None else [EntryKey(*key) for key in document.value["names"]]


def _digests(connection: Connection, rejection: RejectionRow) -> frozenset[str]:
    return frozenset(key.digest for key in _entries(connection, rejection))


def _refused_digests(connection: Connection, document: str) -> frozenset[str]:
    """Return the digests of all that was rejected of a document and not accepted since.

    A rejection names only what earlier ones had not named.
    """
    keys = [
        key
        for rejection in decisions.rejections_about(connection, document)
        for key in _entries(connection, rejection)
    ]
    known = ((key, state_of(connection, key)) for key in keys)
    return frozenset(
        key.digest for key, at in known if at is None or at.state is not State.ACCEPTED
    )


def _unmarked(connection: Connection, node: Node, rejection: RejectionRow) -> list[EntryKey]:
    """Return this node's entries of a rejection that are not yet marked as rejected."""
    own = [key for key in _entries(connection, rejection) if key.node in node.identity.makers]
    known = {key: state_of(connection, key) for key in own}
    return [key for key, at in known.items() if (None if at is None else at.state) in _OPEN]


@dataclass(frozen=True)
class _Accepted:
    """What stays of a document when a leaf goes; nothing of its own if ``rev`` is None."""

    rev: str | None
    value: Mapping[str, Any] | None


def _apply(node: Node, rejection: RejectionRow, fetch: Fetch | None) -> bool:
    with node.store.database.snapshot() as connection:
        path = reading.path(connection, rejection.document, rejection.revision)
        leaf = _refused_leaf(connection, rejection)
        refused = _refused_digests(connection, rejection.document)
    stays = None
    if leaf is not None:
        stays = _made_from(leaf, path, refused) or _asked(fetch, leaf, path, refused)
    with node.store.transaction() as tx:
        at = entry.instant_text(node.clock.now())
        marked = _unmarked(tx.connection, node, rejection)
        states = (EntryState(key, State.REJECTED, rejection.code, at) for key in marked)
        set_states(tx, states)
        return stays is not None and _take_off(tx, rejection, stays, at)


def _take_off(tx: Transaction, rejection: RejectionRow, stays: _Accepted, at: str) -> bool:
    # Somebody may have written on it since it was looked at; then it is no leaf, and stays.
    gone = tx.remove_leaf(
        rejection.document, rejection.revision, keep=stays.rev, kept_value=stays.value
    )
    if gone is None:
        return False
    kept = {
        "revisions": list(gone.revisions),
        "value": gone.value,
        "rejection": rejection.doc_id,
        "at": at,
    }
    key = f"{rejection.document}/{rejection.revision}"
    tx.records.overwrite(REFUSED_LEAVES, key, kept)
    return True


def _made_from(leaf: Leaf, path: Sequence[str], refused: Collection[str]) -> _Accepted | None:
    """Return the accepted ancestor, made from the leaf; None if its value cannot be made so."""
    value = _without(leaf, refused)
    if not entry.entries_of(value):
        return _Accepted(None, None)
    for place, rev in enumerate(path[1:], start=1):
        parent = path[place + 1] if place + 1 < len(path) else None
        if canonical.revision_of(parent, False, value) == rev:
            return _Accepted(rev, value)
    return None


def _without(leaf: Leaf, refused: Collection[str]) -> dict[str, Any]:
    """Return the leaf's value before its refused entries were written."""
    value, kept = dict(leaf.value), []
    for raw in reversed(entry.entries_of(leaf.value)):
        if entry.digest_of(leaf.id, raw) in refused:
            value[raw["field"]] = raw["old"]
        else:
            kept.append(raw)
    value["entries"] = kept[::-1]
    return value


def _asked(
    fetch: Fetch | None, leaf: Leaf, path: Sequence[str], refused: Collection[str]
) -> _Accepted | None:
    """Return the newest ancestor that central has, and that holds nothing of what was refused."""
    if fetch is None:
        return None
    for found in fetch([(leaf.id, rev) for rev in path[1:]]):
        if found is None or found.deleted:
            continue
        digests = {entry.digest_of(leaf.id, raw) for raw in entry.entries_of(found.value)}
        if not digests.intersection(refused):
            return _Accepted(found.rev, found.value)
    return None


# ------------------------------------------------------------------------------- telling its author


@dataclass(frozen=True)
class Refusal:
    """A rejection as one author is told of it: their own steps, and who decided (a short name)."""

    rejection: RejectionRow
    author: str
    steps: tuple[Mapping[str, Any], ...]
    decided_by: str

    @property
    def key(self) -> str:
        """Return what names it in the list."""
        return key_of(self.rejection.doc_id, self.author)

    @property
    def document(self) -> str:
        """Return the document that it is about."""
        return self.rejection.document

    @property
    def decided_at(self) -> datetime:
        """Return when it was decided."""
        return self.rejection.rejected_at

    def was_written_on(self, own: Own) -> bool:
        """Tell whether any of it was written on this node, under any of its identities."""
        makers = {own} if isinstance(own, str) else own
        return any(step["node"] in makers for step in self.steps)


def documents_of_group(connection: Connection, group: str) -> list[str]:
    """Return the documents of a group's lessons of which something was not accepted."""
    every = decisions.all_rejections(connection)
    return [one.document for one in every if one.lesson.group == group]


def key_of(rejection: str, author: str) -> str:
    """Return what names what one author is told of a rejection."""
    return f"{rejection}/{author}"


def digests(connection: Connection) -> set[str]:
    """Return the digests of all entries that rejections speak of."""
    every = decisions.all_rejections(connection)
    return {digest for one in every for digest in _digests(connection, one)}


def open_refusals(
    connection: Connection, records: RecordStore, documents: Collection[str] | None = None
) -> list[Refusal]:
    """Return what its authors have not understood or corrected yet, the newest first.

    Args:
        documents: look at these only.
    """
    return [
        refusal
        for rejection in _rejections(connection, documents)
        for refusal in _by_author(connection, rejection)
        if not _is_closed(connection, records, refusal)
    ]


def _rejections(
    connection: Connection, documents: Collection[str] | None
) -> Iterator[RejectionRow]:
    if documents is not None and len(documents) <= _FEW:
        for document in documents:
            yield from decisions.rejections_about(connection, document)
        return
    for rejection in decisions.all_rejections(connection):
        if documents is None or rejection.document in documents:
            yield rejection


def understood(records: RecordStore, key: str, at: datetime) -> None:
    """Keep that an author has understood a refusal, so that it is listed no more."""
    records.overwrite(UNDERSTOOD, key, {"at": entry.instant_text(at)})


def _by_author(connection: Connection, rejection: RejectionRow) -> Iterator[Refusal]:
    who = people.staff_member(connection, rejection.rejected_by)
    name = "" if who is None else who.name.short()
    for author in dict.fromkeys(step["author"] for step in rejection.steps):
        steps = tuple(step for step in rejection.steps if step["author"] == author)
        yield Refusal(rejection, author, steps, name)


def _is_closed(connection: Connection, records: RecordStore, refusal: Refusal) -> bool:
    rejection = refusal.rejection
    # What its author had taken back before anybody decided is no news to them.
    if rejection.code == TAKEN_BACK or records.get(UNDERSTOOD, refusal.key) is not None:
        return True
    states = [state_of(connection, key) for key in _entries(connection, rejection)]
    if any(at is not None and at.state is State.ACCEPTED for at in states):
        return True  # accepted after all, with something newer
    kept = records.get(REFUSED_LEAVES, f"{rejection.document}/{rejection.revision}")
    since = entry.instant_text(rejection.rejected_at) if kept is None else kept.value["at"]
    fields = {step["field"] for step in refusal.steps}
    refused = _digests(connection, rejection)
    return any(
        raw["author"] == refusal.author
        and raw["field"] in fields
        and raw["written_at"] > since
        and entry.digest_of(leaf.id, raw) not in refused
        for leaf in reading.leaves(connection, rejection.document)
        for raw in entry.entries_of(leaf.value)
    )
