"""CouchDB as the authority of central's store: what is written is there before it is anywhere.

A save runs in the file's transaction, under every rule of the store; before the file commits, the
same is written to CouchDB. What no more than one record is concerned by is one conditional write.
Everything else goes through the lease as an intent, so that it happens whole, and only while this
central is the one that writes. If CouchDB says no, or nothing, the file rolls back. If it had said
yes and the answer was lost, the intent is found at the next write and comes back from the feed.

A diary-only central has no lease: it writes single records (sign-ins, attempts, visits), never
documents.
"""

import secrets
from collections.abc import Callable, Sequence

from central.couch import carrying_out, following
from central.couch.carrying_out import Kept
from central.couch.following import Follower
from central.couch.intent import Intent, RecordStep, record_id, step_of
from central.couch.lease import Lease
from central.couch.server import Couch
from sync import errors
from sync.store import reading
from sync.store.authority import Outgoing, RecordWrite
from sync.store.connection import Connection
from sync.store.document_store import DocumentStore
from sync.store.values import RevisionPath

_TX_BYTES = 8


class CouchAuthority:
    """See ``sync.store.authority.Authority``."""

    def __init__(
        self,
        store: DocumentStore,
        couch: Couch,
        lease: Lease | None,
        randomness: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        """Speak for ``couch``; without a lease nothing but single records is written."""
        self._store = store
        self._couch = couch
        self._lease = lease
        self._randomness = randomness
        self._follower = Follower(store, couch)

    def catch_up(self) -> None:
        """Finish what a lost answer left open, then follow both feeds to their ends."""
        if self._lease is not None:
            with self._lease.turn:
                self._lease.keep()
                left = self._lease.unfinished()
                if left is not None:
                    carrying_out.carry_out(self._couch, left, self._lease.keep, again=True)
                self._lease.finished()
        self._follower.catch_up()

    def commit(self, connection: Connection, outgoing: Outgoing) -> None:
        """Write to CouchDB what the transaction did; see the module."""
        paths = _leaves_of(connection, outgoing.revisions)
        records = outgoing.records
        if paths and self._lease is None:
            raise errors.StoreUnavailable(code="diary_only", hint="see_writing_central")
        steps = _steps(connection, records)
        if not paths and not steps:
            return
        if self._lease is None or (not paths and len(steps) == 1):
            kept = self._write_records(connection, steps)
        else:
            kept = self._commit(self._lease, paths, steps)
            _note_count(connection, self._lease.count)
        following.note_kept(connection, kept)

    def _write_records(self, connection: Connection, steps: Sequence[RecordStep]) -> list[Kept]:
        known = following.known_records(connection, [step.id for step in steps])
        last = {step.id: known[step.id].tx if step.id in known else None for step in steps}
        rows = self._couch.write([step.document(last[step.id]) for step in steps])
        kept = []
        for row, step in zip(rows, steps, strict=True):
            if row.rev is None:
                raise errors.RecordConflict(id=step.id)
            kept.append(Kept(step.id, row.rev, last[step.id], step.value is None))
        return kept

    def _commit(
        self, lease: Lease, paths: Sequence[RevisionPath], steps: Sequence[RecordStep]
    ) -> list[Kept]:
        self._refuse_outdated(steps)
        wanted = Intent(self._randomness(_TX_BYTES).hex(), tuple(paths), tuple(steps))
        with lease.turn:
            pieces = lease.commit(wanted)
            try:
                kept = carrying_out.carry_out(self._couch, wanted, lease.keep)
                lease.finished(pieces)
            except errors.StoreUnavailable:
                # It is decided, and will be carried out by whoever writes next.
                return []
        return kept

    def _refuse_outdated(self, steps: Sequence[RecordStep]) -> None:
        """Refuse to decide over a record that another central has written meanwhile."""
        if not steps:
            return
        present = self._couch.revisions([step.id for step in steps])
        for step in steps:
            if present.get(step.id) != step.rev:
                raise errors.RecordConflict(id=step.id)


def _leaves_of(connection: Connection, revisions: Sequence[tuple[str, str]]) -> list[RevisionPath]:
    """Return the leaves that the revisions are or lead to, each with its whole history.

    A revision that is no leaf may have brought a history that was missing to the leaves below it.
    """
    by_document: dict[str, set[str]] = {}
    for doc_id, rev in revisions:
        by_document.setdefault(doc_id, set()).add(rev)
    wanted: list[tuple[str, str]] = []
    for doc_id, revs in by_document.items():
        document = reading.document_row(connection, doc_id)
        leaves = () if document is None else reading.leaf_revisions(connection, document)
        changed = revs.intersection(leaf.rev for leaf in leaves)
        for rev in revs - changed:
            changed.update(leaf.rev for leaf in reading.latest(connection, doc_id, rev))
        wanted.extend((doc_id, leaf.rev) for leaf in leaves if leaf.rev in changed)
    return [path for path in reading.fetch(connection, wanted) if path is not None]


def _steps(connection: Connection, records: Sequence[RecordWrite]) -> list[RecordStep]:
    known = following.known_records(
        connection, [record_id(one.collection, one.key) for one in records]
    )
    steps = []
    for one in records:
        there = known.get(record_id(one.collection, one.key))
        if one.value is None and (there is None or there.deleted):
            continue  # made and removed in one transaction
        steps.append(step_of(one, None if there is None else there.rev))
    return steps


def _note_count(connection: Connection, count: int) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO meta (key, json) VALUES (?, ?)", (following.COUNT, str(count))
    )
