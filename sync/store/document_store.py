"""A database of documents with CouchDB's semantics over one SQLite file.

Sequences are the text ``N-epoch``. Each start of a store begins a new epoch and notes the last N
of the one before, so a file that was copied back, or a clone, cannot pass for the original: a
``since`` is honoured up to the N where its epoch ended, and rewinds otherwise; it never answers
"no changes" (``epochs`` has the rules).
"""

import hashlib
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sync.store import epochs, feed, local_documents, reading, schema, tally, transaction
from sync.store.authority import Authority, Outgoing
from sync.store.connection import Connection, Database
from sync.store.projector import Progress, Projection, Projector
from sync.store.record_store import RecordStore
from sync.store.scope_index import ScopeKeys
from sync.store.transaction import Rules, Transaction
from sync.store.values import (
    AllDocsPage,
    ChangesPage,
    InsertReport,
    Leaf,
    LeafRevision,
    MissingRevisions,
    RevisionInfo,
    RevisionPath,
    StoreInfo,
)

_UUID = "store.uuid"
# A node may make many edits of one document before it meets central, and a history that is cut
# becomes a conflict that nobody made.
_LEAST_REVS_LIMIT = 100
_REVISIONS_PER_SLICE = 5000


def no_scope(doc_id: str, value: Mapping[str, Any]) -> Collection[str]:
    """Give no keys: for a store whose feed is never filtered by scope."""
    return ()


class DocumentStore:
    """The documents, local documents, read tables and records of one file; safe between threads.

    Every method may raise errors.StoreUnavailable. Reads see what was committed when they began;
    writes are durable when they return. Methods that take a revision raise errors.ProtocolViolation
    (code ``bad_revision``) for a text that is none.
    """

    def __init__(
        self,
        database: Database,
        *,
        epoch: str,
        uuid: str,
        projections: Sequence[Projection] = (),
        scope_keys: ScopeKeys = no_scope,
        keep_old_bodies: bool = True,
        revs_limit: int = 1000,
    ) -> None:
        """Bring the file to the present schema, begin ``epoch``, rebuild stale read tables.

        Args:
            epoch: fresh random text for this start: letters, digits and underscores.
            uuid: identity for the database if it is new; an existing one keeps its own.
            projections: the read tables kept with the documents.
            scope_keys: keys of a document by id and value; see ``changes``.
            keep_old_bodies: False drops the body of a revision as soon as it is no leaf.
            revs_limit: how many ancestors of a leaf are remembered, at least 100.
        Raises:
            ValueError: an epoch that is not fresh, a limit below 100.
        """
        if revs_limit < _LEAST_REVS_LIMIT:
            raise ValueError(f"revs_limit must be at least {_LEAST_REVS_LIMIT}")
        projector = Projector(projections, None if scope_keys is no_scope else scope_keys)
        self.database = database
        self.epoch = epoch
        self.records = RecordStore(database.read, database.write)
        self._authority: Authority | None = None
        self._record_outgoing: Outgoing | None = None  # of the thread that holds the writer
        self._rules = Rules(revs_limit, keep_old_bodies, projector)
        self._moved = threading.Condition()
        self._closed = False
        self._callbacks: tuple[Callable[[], None], ...] = ()
        schema.bring_up_to_date(database)
        with database.write() as connection:
            self._seq = tally.read(connection).seq
            self.uuid = _own_uuid(Transaction(connection, self._rules), uuid)
            epochs.begin(connection, epoch, self._seq)
            projector.catch_up(connection)
        self.instance_start_time = _start_time(self.uuid)

    # ------------------------------------------------------------------------------- reads

    def update_seq(self) -> str:
        """Return the sequence of the last change."""
        return f"{tally.read(self.database.read()).seq}-{self.epoch}"

    def info(self) -> StoreInfo:
        """Return identity and figures."""
        with self.database.snapshot() as connection:
            figures = tally.read(connection)
            pages = connection.execute("PRAGMA page_count").fetchall()[0][0]
            page_bytes = connection.execute("PRAGMA page_size").fetchall()[0][0]
        return StoreInfo(
            uuid=self.uuid,
            epoch=self.epoch,
            instance_start_time=self.instance_start_time,
            update_seq=f"{figures.seq}-{self.epoch}",
            doc_count=figures.documents,
            doc_del_count=figures.deleted_documents,
            file_bytes=pages * page_bytes,
        )

    def get(self, doc_id: str, rev: str | None = None) -> Leaf | None:
        """Return the winner (also if deleted) or the named revision; None if not here."""
        return reading.get(self.database.read(), doc_id, rev)

    def leaves(self, doc_id: str) -> tuple[Leaf, ...]:
        """Return all leaves with bodies, deleted ones too, the winner first; () if unknown."""
        return reading.leaves(self.database.read(), doc_id)

    def leaf_revisions(self, doc_id: str) -> tuple[LeafRevision, ...]:
        """Return all leaves without bodies, the winner first; () if unknown."""
        with self.database.snapshot() as connection:
            document = reading.document_row(connection, doc_id)
            return () if document is None else reading.leaf_revisions(connection, document)

    def latest(self, doc_id: str, rev: str) -> tuple[Leaf, ...]:
        """Return the leaves that ``rev`` is or leads to, best first; () if it is unknown."""
        with self.database.snapshot() as connection:
            return reading.latest(connection, doc_id, rev)

    def path(self, doc_id: str, rev: str) -> tuple[str, ...]:
        """Return the revision and its known ancestors, newest first; () if it is unknown."""
        with self.database.snapshot() as connection:
            return reading.path(connection, doc_id, rev)

    def revisions_info(self, doc_id: str, rev: str) -> tuple[RevisionInfo, ...]:
        """Return ``path`` with what is still readable of each revision."""
        with self.database.snapshot() as connection:
            return reading.revisions_info(connection, doc_id, rev)

    def changes(
        self,
        since: str | int,
        *,
        limit: int | None = None,
        descending: bool = False,
        style_all: bool = True,
        scope: Collection[str] | None = None,
        doc_ids: Collection[str] | None = None,
    ) -> ChangesPage:
        """Return the documents changed after ``since``, each once, at its last change.

        Args:
            since: a sequence, ``0``, ``"0"`` or ``"now"``.
            limit: the most rows to return; None for all.
            style_all: name all leaves of each document, not only the winner.
            scope: only documents that share a scope key with these.
            doc_ids: only these documents; not together with ``scope``.
        Raises:
            errors.BadSequence: ``since`` is no sequence.
        """
        if scope is not None and doc_ids is not None:
            raise ValueError("a feed is filtered by scope or by ids, not by both")
        question = feed.Question(limit, descending, style_all, scope, doc_ids)
        with self.database.snapshot() as connection:
            return feed.changes(connection, self.epoch, since, question)

    def standing(self, since: str | int) -> epochs.Standing:
        """Return how a sequence relates to this file's past: AHEAD is cause for an alarm."""
        with self.database.snapshot() as connection:
            return self._position(connection, since).standing

    def revs_diff(self, offered: Mapping[str, Sequence[str]]) -> dict[str, MissingRevisions]:
        """Return, for each document some of whose offered revisions are unknown, which ones."""
        with self.database.snapshot() as connection:
            return reading.revs_diff(connection, offered)

    def fetch(self, wanted: Sequence[tuple[str, str]]) -> list[RevisionPath | None]:
        """Return the wanted (id, revision) with body and full path, in order; None if not here."""
        with self.database.snapshot() as connection:
            return reading.fetch(connection, wanted)

    def all_docs(
        self,
        *,
        keys: Sequence[str] | None = None,
        startkey: str | None = None,
        endkey: str | None = None,
        inclusive_end: bool = True,
        skip: int = 0,
        limit: int | None = None,
        descending: bool = False,
        include_docs: bool = False,
    ) -> AllDocsPage:
        """Return living documents by id, or exactly the wanted ``keys`` in their order.

        With ``descending`` the range runs from ``startkey`` down to ``endkey``.
        """
        wanted = feed.Range(startkey, endkey, inclusive_end, skip, limit, descending, include_docs)
        with self.database.snapshot() as connection:
            if keys is not None:
                return feed.all_docs_of(connection, keys, wanted)
            return feed.all_docs(connection, wanted)

    def get_local(self, local_id: str) -> tuple[str, dict[str, Any]] | None:
        """Return (revision, value) of a local document, which is never replicated, or None."""
        return local_documents.get(self.database.read(), local_id)

    def meta_get(self, key: str) -> Any:
        """Return the JSON value kept under ``key``, or None; see ``Transaction.meta_set``."""
        return transaction.meta_get(self.database.read(), key)

    # ------------------------------------------------------------------------------ writes

    def submit_to(self, authority: Authority) -> None:
        """Ask and tell ``authority`` at every write from now on; see ``authority``.

        Local documents, the meta values and the read tables stay this file's own.
        """
        self._authority = authority
        self.records = RecordStore(self.database.read, self._record_write, self._note_record)

    @property
    def is_a_copy(self) -> bool:
        """Tell whether an authority has the last word, so that other files hold the same."""
        return self._authority is not None

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Hold the writer; all or nothing is stored, with one commit."""
        authority = self._authority
        if authority is None:
            with self.own_transaction() as running:
                yield running
            return
        authority.catch_up()
        outgoing = Outgoing()
        with self.own_transaction(outgoing) as running:
            yield running
            running.refuse_half_written()
            authority.commit(running.connection, outgoing)

    @contextmanager
    def own_transaction(self, outgoing: Outgoing | None = None) -> Iterator[Transaction]:
        """Hold the writer of the file alone: for what its authority says, or need not know."""
        with self.database.write() as connection:
            running = Transaction(connection, self._rules, outgoing)
            yield running
            running.refuse_half_written()
        if running.last_seq is not None:
            self._announce(running.last_seq)

    @contextmanager
    def _record_write(self) -> Iterator[Connection]:
        """Hold the writer for one record, with an authority."""
        with self.transaction() as running:
            self._record_outgoing = running.outgoing
            yield running.connection

    def _note_record(self, collection: str, key: str, value: Mapping[str, Any] | None) -> None:
        if self._record_outgoing is not None:
            self._record_outgoing.note_record(collection, key, value)

    def put(
        self,
        doc_id: str,
        value: Mapping[str, Any],
        *,
        parent: str | None,
        deleted: bool = False,
    ) -> str:
        """Store a new edit in a transaction of its own; see ``Transaction.put``."""
        with self.transaction() as running:
            return running.put(doc_id, value, parent=parent, deleted=deleted)

    def insert(self, paths: Sequence[RevisionPath]) -> InsertReport:
        """Store existing revisions in a transaction of their own; see ``Transaction.insert``."""
        with self.transaction() as running:
            return running.insert(paths)

    def put_local(
        self, local_id: str, value: Mapping[str, Any], *, parent: str | None = None
    ) -> str:
        """Write a local document and return its revision ``0-N``; without ``parent`` overwrite.

        Raises:
            errors.RevisionConflict: ``parent`` is given and is not the present revision.
        """
        with self.own_transaction() as running:
            return running.put_local(local_id, value, parent=parent)

    def delete_local(self, local_id: str, *, parent: str | None = None) -> bool:
        """Remove a local document; False if there was none. See ``put_local`` for ``parent``."""
        with self.own_transaction() as running:
            return running.delete_local(local_id, parent=parent)

    def compact(self) -> None:
        """Drop the bodies of all revisions that are no leaves; saves come in between."""
        last = self.database.read().execute("SELECT max(revision) FROM revision").fetchall()[0][0]
        for start in range(1, (last or 0) + 1, _REVISIONS_PER_SLICE):
            piece = (start, start + _REVISIONS_PER_SLICE - 1)
            with self.database.write() as connection:
                connection.execute(
                    "DELETE FROM body WHERE revision IN"
                    " (SELECT revision FROM revision WHERE leaf = 0 AND revision BETWEEN ? AND ?)",
                    piece,
                )

    def rebuild_projections(self, progress: Progress | None = None) -> None:
        """Rebuild all read tables and the scope index from the documents, in one transaction."""
        with self.database.write() as connection:
            self._rules.projector.rebuild(connection, progress)

    # ----------------------------------------------------------------------------- waiting

    def wait_for_change(self, after: str | int, timeout_seconds: float) -> bool:
        """Wait until there is a change after ``after``; False when time is up or on close.

        Raises:
            errors.BadSequence: ``after`` is no sequence.
        """
        with self.database.snapshot() as connection:
            known = self._position(connection, after).seq
        end = time.monotonic() + timeout_seconds
        with self._moved:
            while self._seq <= known and not self._closed:
                left = end - time.monotonic()
                if left <= 0 or not self._moved.wait(left):
                    break
            return self._seq > known

    def on_commit(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` after every commit that changed documents, in the writing thread.

        It must be quick and must not raise: what it follows is already stored.
        """
        with self._moved:
            self._callbacks = (*self._callbacks, callback)

    def close(self) -> None:
        """Wake all who wait and close the database."""
        with self._moved:
            self._closed = True
            self._moved.notify_all()
        self.database.close()

    def _position(self, connection: Connection, since: str | int) -> epochs.Position:
        return epochs.position(connection, since, tally.read(connection).seq)

    def _announce(self, seq: int) -> None:
        with self._moved:
            self._seq = max(self._seq, seq)
            callbacks = self._callbacks
            self._moved.notify_all()
        for callback in callbacks:
            callback()


def _own_uuid(running: Transaction, new: str) -> str:
    """Return the identity of the file, which it is given when it is new."""
    kept = running.meta_get(_UUID)
    if isinstance(kept, str):
        return kept
    running.meta_set(_UUID, new)
    return new


def _start_time(uuid: str) -> str:
    """Return a text of digits that is another one for every database.

    CouchDB's replicator takes a change of ``instance_start_time`` for "deleted and created anew"
    and gives up its job, so this must not be the time of a start.
    """
    digest = hashlib.blake2b(uuid.encode("utf-8"), digest_size=6).digest()
    return str(int.from_bytes(digest, "big"))
