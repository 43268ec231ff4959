"""The journal's database as an enrolled node sees it: its own scope, and every push judged.

Everything outside what replication needs, and every id outside the node's scope, answers as if it
did not exist. Checkpoints of nodes are kept apart from each other. A document in the quarantine
counts as known, so that it is not sent again and again.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Never, Protocol

from flask import Request

from central import alarms, quarantine
from central.endpoint import receipts, refusals, watching
from central.endpoint.databases import Edit, ReplicatedDatabase
from central.endpoint.intake import Carrier, Intake, Keys
from central.endpoint.turn import Turn
from central.projections import arrivals
from sync.clock import Clock
from sync.documents import identifiers, scope
from sync.documents.judgement import Outcome
from sync.projections import decisions
from sync.projections.facts import SchoolFacts
from sync.replication.outcome import Verdict
from sync.store.document_store import DocumentStore
from sync.store.queue_lock import QueueLock
from sync.store.transaction import Transaction
from sync.store.values import (
    AllDocsPage,
    ChangesPage,
    Leaf,
    LeafRevision,
    MissingRevisions,
    RevisionInfo,
    RevisionPath,
    StoreInfo,
)

DATABASE = "journal"
#: After so many documents a push looks whether somebody waits for the writer.
_PIECE = 250
_ACCEPTED = Outcome.ACCEPTED


@dataclass(frozen=True)
class Guest:
    """An enrolled node that has proved who it is, and the scope keys of what it may hold."""

    node: str
    scope: frozenset[str]
    scope_version: str
    former: tuple[str, ...] = ()


class Register(Protocol):
    """Who is enrolled."""

    def guest(self, node: str, token: str) -> Guest | None:
        """Return the node if it is enrolled, not revoked, and the token is its own."""


class Gateway:
    """The ``DatabaseHost`` of central: one database, for enrolled nodes only."""

    def __init__(
        self, store: DocumentStore, register: Register, keys: Callable[[], Keys], clock: Clock
    ) -> None:
        """Serve ``store``; ``keys`` is asked at each batch, since nodes are enrolled meanwhile."""
        self._store = store
        self._register = register
        self._keys = keys
        self._clock = clock
        self._long_push = QueueLock()

    def guest_of(self, request: Request) -> Guest:
        """Return the node of a request's Basic credentials; refuse anybody else with 401."""
        given = request.authorization
        if given is not None and given.type == "basic" and given.username and given.password:
            guest = self._register.guest(given.username, given.password)
            if guest is not None:
                return guest
        raise refusals.unauthorized()

    def welcome(self, request: Request) -> dict[str, Any]:
        """Return what is said of the server, to enrolled nodes only."""
        self.guest_of(request)
        return {"couchdb": "Welcome", "uuid": self._store.uuid, "vendor": {"name": "journal"}}

    def database(self, name: str, request: Request) -> ReplicatedDatabase:
        """Return the journal as the calling node sees it."""
        guest = self.guest_of(request)
        if name != DATABASE:
            raise refusals.no_database()
        return NodeDatabase(self._store, guest, self._keys, self._clock, self._long_push)

    def create(self, name: str, request: Request) -> None:
        """Refuse: there is one database."""
        self.guest_of(request)
        raise refusals.no_database()

    def delete(self, name: str, request: Request) -> None:
        """Refuse."""
        self.create(name, request)


class NodeDatabase:
    """A ``ReplicatedDatabase`` filtered by one node's scope; pushes go through the intake."""

    def __init__(
        self,
        store: DocumentStore,
        guest: Guest,
        keys: Callable[[], Keys],
        clock: Clock,
        long_push: QueueLock | None = None,
    ) -> None:
        """Show ``store`` to ``guest``.

        Args:
            long_push: the queue for the turn of the one long push that is worked on.
        """
        self._store = store
        self._guest = guest
        self._keys = keys
        self._clock = clock
        self._turn = Turn(long_push or QueueLock())

    # -------------------------------------------------------------------------------- pulling

    def info(self) -> StoreInfo:
        """Return the database's identity and figures."""
        return self._store.info()

    def changes(
        self,
        since: str | int,
        *,
        limit: int | None = None,
        descending: bool = False,
        style_all: bool = True,
        doc_ids: Collection[str] | None = None,
    ) -> ChangesPage:
        """Return the feed of the node's scope; raise the alarm if the node was here further on."""
        watching.is_set_back(self._store, self._guest.node, since, self._clock.now())
        return self._store.changes(
            since,
            limit=limit,
            descending=descending,
            style_all=style_all,
            scope=self._guest.scope,
            doc_ids=doc_ids,
        )

    def wait_for_change(self, after: str, timeout_seconds: float) -> bool:
        """Wait for a change of the database."""
        return self._store.wait_for_change(after, timeout_seconds)

    def get(self, doc_id: str, rev: str | None = None) -> Leaf | None:
        """Return a revision of a document in scope."""
        return self._store.get(doc_id, rev) if self._holds(doc_id) else None

    def leaves(self, doc_id: str) -> tuple[Leaf, ...]:
        """Return the leaves of a document in scope."""
        return self._store.leaves(doc_id) if self._holds(doc_id) else ()

    def leaf_revisions(self, doc_id: str) -> tuple[LeafRevision, ...]:
        """Return the leaves of a document in scope, without bodies."""
        return self._store.leaf_revisions(doc_id) if self._holds(doc_id) else ()

    def latest(self, doc_id: str, rev: str) -> tuple[Leaf, ...]:
        """Return what a revision of a document in scope leads to."""
        return self._store.latest(doc_id, rev) if self._holds(doc_id) else ()

    def path(self, doc_id: str, rev: str) -> tuple[str, ...]:
        """Return the history of a revision in scope."""
        return self._store.path(doc_id, rev) if self._holds(doc_id) else ()

    def revisions_info(self, doc_id: str, rev: str) -> tuple[RevisionInfo, ...]:
        """Return what is readable of a history in scope."""
        return self._store.revisions_info(doc_id, rev) if self._holds(doc_id) else ()

    def fetch(self, wanted: Sequence[tuple[str, str]]) -> list[RevisionPath | None]:
        """Return revisions in scope, in order; None for all others."""
        held = {doc_id: self._holds(doc_id) for doc_id, _ in wanted}
        found = iter(self._store.fetch([pair for pair in wanted if held[pair[0]]]))
        return [next(found) if held[doc_id] else None for doc_id, _ in wanted]

    # -------------------------------------------------------------------------------- pushing

    def revs_diff(self, offered: Mapping[str, Sequence[str]]) -> dict[str, MissingRevisions]:
        """Return what is neither stored nor in the quarantine.

        A document outside the scope is missing whatever the node offers: the answer must not tell
        whether it exists. What is sent then is judged like everything else.
        """
        lacking = self._store.revs_diff(offered)
        said: dict[str, MissingRevisions] = {}
        for doc_id, revisions in offered.items():
            found = lacking.get(doc_id)
            if not self._holds(doc_id):
                found = MissingRevisions(tuple(revisions), ())
            missing = () if found is None else found.missing
            new = tuple(rev for rev in missing if self._is_new(doc_id, rev))
            if found is not None and new:
                said[doc_id] = MissingRevisions(new, found.possible_ancestors)
        return said

    @contextmanager
    def in_turn(self) -> Iterator[None]:
        """Have the turn of a long push while its body is read and it is inserted."""
        self._turn.take()
        try:
            yield
        finally:
            self._turn.give_back()

    def insert(self, paths: Sequence[RevisionPath]) -> list[Verdict]:
        """Judge and keep; one verdict each, in order, after a durable commit.

        One commit, unless somebody waits to write: a save is not to stand behind a whole day.
        """
        pieces = _pieces(paths)
        if len(pieces) < 2:
            return self._insert(pieces)
        with self.in_turn():
            return self._insert(pieces)

    def _insert(self, pieces: deque[list[RevisionPath]]) -> list[Verdict]:
        verdicts: list[Verdict] = []
        while pieces:
            with self._store.transaction() as tx:
                verdicts += self._take(tx, pieces)
                if not pieces:
                    self._turn.give_back()  # the next one is read while this one is committed
        return verdicts

    def _take(self, tx: Transaction, pieces: deque[list[RevisionPath]]) -> list[Verdict]:
        """Take pieces off the front and keep them, until there are no more or somebody waits."""
        records = tx.records
        facts = SchoolFacts(
            tx.connection, lambda node, at: receipts.had_contact_since(records, node, at)
        )
        carrier = Carrier(self._guest.node, self._clock.now())
        intake = Intake(tx, self._keys(), facts, carrier)
        verdicts: list[Verdict] = []
        while pieces:
            verdicts += intake.take(pieces.popleft())
            if self._store.database.is_awaited:
                break
        # So that parents can be told how fresh the data of a subject are.
        arrivals.note(records, _groups_accepted(verdicts), carrier.received_at)
        if any(verdict.code == "quarantine_full" for verdict in verdicts):
            alarms.raise_alarm(records, alarms.QUARANTINE_FULL, carrier.node, carrier.received_at)
        return verdicts

    # --------------------------------------------------------------------------- checkpoints

    def get_local(self, local_id: str) -> tuple[str, dict[str, Any]] | None:
        """Return a checkpoint of this node."""
        return self._store.get_local(self._own(local_id))

    def put_local(
        self, local_id: str, value: Mapping[str, Any], *, parent: str | None = None
    ) -> str:
        """Write a checkpoint of this node."""
        return self._store.put_local(self._own(local_id), value, parent=parent)

    def delete_local(self, local_id: str, *, parent: str | None = None) -> bool:
        """Remove a checkpoint of this node."""
        return self._store.delete_local(self._own(local_id), parent=parent)

    # ---------------------------------------------------------------------------- what is not

    def all_docs(self, **asked: Any) -> AllDocsPage:
        """Not there for nodes."""
        _not_there()

    def edit(self, edits: Sequence[Edit]) -> list[str | None]:
        """Not there for nodes: they bring revisions they have made."""
        _not_there()

    def compact(self) -> None:
        """Not there for nodes."""
        _not_there()

    # ---------------------------------------------------------------------------------- steps

    def _holds(self, doc_id: str) -> bool:
        """Tell whether a document lies in the node's scope, asking its body only where needed."""
        keys = scope.keys_of(doc_id, {})
        if scope.is_told_by_id(doc_id):
            return not keys.isdisjoint(self._guest.scope)
        leaf = self._store.get(doc_id)
        return leaf is not None and not scope.keys_of(doc_id, leaf.value).isdisjoint(
            self._guest.scope
        )

    def _is_new(self, doc_id: str, rev: str) -> bool:
        if quarantine.held(self._store.records, doc_id, rev) is not None:
            return False
        return not decisions.is_rejected(self._store.database.read(), doc_id, rev)

    def _own(self, local_id: str) -> str:
        return f"{self._guest.node}.{local_id}"


def _pieces(paths: Sequence[RevisionPath]) -> deque[list[RevisionPath]]:
    """Return the paths in pieces; revisions of one document that came together stay together."""
    pieces: deque[list[RevisionPath]] = deque()
    for path in paths:
        if not pieces or (len(pieces[-1]) >= _PIECE and pieces[-1][-1].id != path.id):
            pieces.append([])
        pieces[-1].append(path)
    return pieces


def _groups_accepted(verdicts: Sequence[Verdict]) -> set[str]:
    """Return the teaching groups of the journal documents that were accepted."""
    # The ids were parsed when they were judged, so they have the parts of journal ids.
    parted = (verdict.id.split(":", 2) for verdict in verdicts if verdict.outcome is _ACCEPTED)
    return {parts[1] for parts in parted if parts[0] in identifiers.JOURNAL_KINDS}


def _not_there() -> Never:
    raise refusals.not_found()
