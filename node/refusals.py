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
from sync.projections import people
from sync.store import bodies, reading
from sync.store.connection import Connection
from sync.store.entry_states import EntryKey, EntryState, State, set_states, state_of
from sync.store.record_store import RecordStore
from sync.store.transaction import Transaction
from sync.store.values import Leaf, RevisionPath

#: Leaves that were taken off, ``<document>/<revision>``: {"revisions", "value", "rejection", "at"}.
REFUSED_LEAVES = "refused_leaf"
#: What its author has understood, ``<rejection>/<person>``: {"at"}.
UNDERSTOOD = "refusal_understood"

#: Asks central for revisions (id, revision), as ``Peer.fetch``.
Fetch = Callable[[Sequence[tuple[str, str]]], Sequence[RevisionPath | None]]

_REJECTIONS = (
    "SELECT d.id, b.json FROM document d JOIN body b ON b.revision = d.winner"
    " WHERE d.id >= 'rejection:' AND d.id < 'rejection;' ORDER BY d.id"
)
# A rejection settles what waits or was put aside; what central has accepted since stays accepted.
_OPEN = frozenset({None, State.QUARANTINED})


@dataclass(frozen=True)
class RejectedStep:
    """One step that was not accepted; ``written_at`` is an instant's text."""

    field: str
    old: Any
    new: Any
    author: str
    node: str
    written_at: str


@dataclass(frozen=True)
class Rejection:
    """A rejection as it was received; ``value`` is what the refused revision held."""

    id: str
    document: str
    revision: str
    code: str | None
    reason: str
    rejected_by: str
    rejected_at: str
    entries: tuple[EntryKey, ...]
    steps: tuple[RejectedStep, ...]
    value: Mapping[str, Any]

    @property
    def digests(self) -> frozenset[str]:
        """Return the digests of the entries that were not accepted."""
        return frozenset(key.digest for key in self.entries)


def all_rejections(connection: Connection) -> list[Rejection]:
    """Return every rejection that has arrived here."""
    rows = connection.execute(_REJECTIONS).fetchall()
    return [_rejection(doc_id, bodies.decode_object(text)) for doc_id, text in rows]


def _rejection(doc_id: str, value: Mapping[str, Any]) -> Rejection:
    return Rejection(
        id=doc_id,
        document=value["document"],
        revision=value["revision"],
        code=value.get("code"),
        reason=value["reason"],
        rejected_by=value["rejected_by"],
        rejected_at=value["rejected_at"],
        entries=tuple(EntryKey(*key) for key in value["entries"]),
        steps=tuple(
            RejectedStep(
                step["field"],
                step.get("old"),
                step.get("new"),
                step["author"],
                step["node"],
                step["written_at"],
            )
            for step in value["steps"]
        ),
        value=value.get("value") or {},
    )


# ---------------------------------------------------------------------------- taking off the sheet


def apply_all(node: Node, fetch: Fetch | None = None) -> int:
    """Take off what was rejected and still stands here; return how many leaves went.

    Doing it again changes nothing. What cannot be done without central's help (``fetch``) waits
    for a time when it can be asked.
    """
    with node.store.database.snapshot() as connection:
        found = [one for one in all_rejections(connection) if _is_open(connection, node, one)]
    return sum(_apply(node, rejection, fetch) for rejection in found)


def _is_open(connection: Connection, node: Node, rejection: Rejection) -> bool:
    if _refused_leaf(connection, rejection) is not None:
        return True
    return bool(_unmarked(connection, node, rejection))


def _refused_leaf(connection: Connection, rejection: Rejection) -> Leaf | None:
    for leaf in reading.leaves(connection, rejection.document):
        if leaf.rev == rejection.revision and not leaf.deleted:
            return leaf
    return None


def _unmarked(connection: Connection, node: Node, rejection: Rejection) -> list[EntryKey]:
    """Return this node's entries of a rejection that are not yet marked as rejected."""
    own = [key for key in rejection.entries if key.node == node.identity.node]
    known = {key: state_of(connection, key) for key in own}
    return [key for key, at in known.items() if (None if at is None else at.state) in _OPEN]


@dataclass(frozen=True)
class _Accepted:
    """What stays of a document when a leaf goes; nothing of its own if ``rev`` is None."""

    rev: str | None
    value: Mapping[str, Any] | None


def _apply(node: Node, rejection: Rejection, fetch: Fetch | None) -> bool:
    with node.store.database.snapshot() as connection:
        path = reading.path(connection, rejection.document, rejection.revision)
        leaf = _refused_leaf(connection, rejection)
    stays = None
    if leaf is not None:
        stays = _made_from(leaf, path, rejection) or _asked(fetch, leaf, path, rejection)
    with node.store.transaction() as tx:
        at = entry.instant_text(node.clock.now())
        marked = _unmarked(tx.connection, node, rejection)
        states = (EntryState(key, State.REJECTED, rejection.code, at) for key in marked)
        set_states(tx, states)
        return stays is not None and _take_off(tx, rejection, stays, at)


def _take_off(tx: Transaction, rejection: Rejection, stays: _Accepted, at: str) -> bool:
    # Somebody may have written on it since it was looked at; then it is no leaf, and stays.
    gone = tx.remove_leaf(
        rejection.document, rejection.revision, keep=stays.rev, kept_value=stays.value
    )
    if gone is None:
        return False
    kept = {
        "revisions": list(gone.revisions),
        "value": gone.value,
        "rejection": rejection.id,
        "at": at,
    }
    key = f"{rejection.document}/{rejection.revision}"
    tx.records.overwrite(REFUSED_LEAVES, key, kept)
    return True


def _made_from(leaf: Leaf, path: Sequence[str], rejection: Rejection) -> _Accepted | None:
    """Return the accepted ancestor, made from the leaf; None if its value cannot be made so."""
    value = _without(leaf, rejection)
    if not entry.entries_of(value):
        return _Accepted(None, None)
    for place, rev in enumerate(path[1:], start=1):
        parent = path[place + 1] if place + 1 < len(path) else None
        if canonical.revision_of(parent, False, value) == rev:
            return _Accepted(rev, value)
    return None


def _without(leaf: Leaf, rejection: Rejection) -> dict[str, Any]:
    """Return the leaf's value before its refused entries were written."""
    value, kept = dict(leaf.value), []
    for raw in reversed(entry.entries_of(leaf.value)):
        if entry.digest_of(leaf.id, raw) in rejection.digests:
            value[raw["field"]] = raw["old"]
        else:
            kept.append(raw)
    value["entries"] = kept[::-1]
    return value


def _asked(
    fetch: Fetch | None, leaf: Leaf, path: Sequence[str], rejection: Rejection
) -> _Accepted | None:
    """Return the newest ancestor that central has, and that holds nothing of what was refused."""
    if fetch is None:
        return None
    for found in fetch([(leaf.id, rev) for rev in path[1:]]):
        if found is None or found.deleted:
            continue
        digests = {entry.digest_of(leaf.id, raw) for raw in entry.entries_of(found.value)}
        if not digests & rejection.digests:
            return _Accepted(found.rev, found.value)
    return None


# ------------------------------------------------------------------------------- telling its author


@dataclass(frozen=True)
class Refusal:
    """A rejection as one author is told of it: their own steps, and who decided (a short name)."""

    rejection: Rejection
    author: str
    steps: tuple[RejectedStep, ...]
    decided_by: str

    @property
    def key(self) -> str:
        """Return what names it in the list."""
        return f"{self.rejection.id}/{self.author}"

    @property
    def document(self) -> str:
        """Return the document that it is about."""
        return self.rejection.document

    @property
    def decided_at(self) -> datetime:
        """Return when it was decided."""
        return entry.instant(self.rejection.rejected_at)

    def was_written_on(self, node: str) -> bool:
        """Tell whether any of it was written on this node."""
        return any(step.node == node for step in self.steps)


def open_refusals(
    connection: Connection, records: RecordStore, documents: Collection[str] | None = None
) -> list[Refusal]:
    """Return what its authors have not understood or corrected yet, the newest first.

    Args:
        documents: look at these only.
    """
    found = [
        refusal
        for rejection in all_rejections(connection)
        if documents is None or rejection.document in documents
        for refusal in _by_author(connection, rejection)
        if not _is_closed(connection, records, refusal)
    ]
    return sorted(found, key=lambda one: one.rejection.rejected_at, reverse=True)


def understood(records: RecordStore, key: str, at: datetime) -> None:
    """Keep that an author has understood a refusal, so that it is listed no more."""
    records.overwrite(UNDERSTOOD, key, {"at": entry.instant_text(at)})


def _by_author(connection: Connection, rejection: Rejection) -> Iterator[Refusal]:
    who = people.staff_member(connection, rejection.rejected_by)
    name = "" if who is None else who.name.short()
    for author in dict.fromkeys(step.author for step in rejection.steps):
        steps = tuple(step for step in rejection.steps if step.author == author)
        yield Refusal(rejection, author, steps, name)


def _is_closed(connection: Connection, records: RecordStore, refusal: Refusal) -> bool:
    if records.get(UNDERSTOOD, refusal.key) is not None:
        return True
    rejection = refusal.rejection
    kept = records.get(REFUSED_LEAVES, f"{rejection.document}/{rejection.revision}")
    since = rejection.rejected_at if kept is None else str(kept.value["at"])
    fields = {step.field for step in refusal.steps}
    return any(
        raw["author"] == refusal.author
        and raw["field"] in fields
        and raw["written_at"] > since
        and entry.digest_of(leaf.id, raw) not in rejection.digests
        for leaf in reading.leaves(connection, rejection.document)
        for raw in entry.entries_of(leaf.value)
    )
