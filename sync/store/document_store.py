"""A database of documents with CouchDB's semantics over one SQLite file.

Sequences are the text ``N-epoch``. Each start of a store begins a new epoch and notes the last N of
the one before, so a file that was copied back, or a clone, cannot pass for the original: a ``since``
is honoured up to the N where its epoch ended, and rewinds otherwise; it never answers "no changes".
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sync.store.connection import Database
from sync.store.projector import Progress, Projection
from sync.store.record_store import RecordStore
from sync.store.transaction import Transaction
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

ScopeKeys = Callable[[str, Mapping[str, Any]], Collection[str]]


def no_scope(doc_id: str, value: Mapping[str, Any]) -> Collection[str]:
    """Give no keys: for a store whose feed is never filtered by scope."""
    return ()


class DocumentStore:
    """The documents, local documents, read tables and records of one file; safe between threads.

    Every method may raise errors.StoreUnavailable. Reads see what was committed when they began;
    writes are durable when they return.
    """

    uuid: str
    epoch: str
    instance_start_time: str
    records: RecordStore
    database: Database

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
        """
        raise NotImplementedError

    # ------------------------------------------------------------------------------- reads

    def update_seq(self) -> str:
        """Return the sequence of the last change."""
        raise NotImplementedError

    def info(self) -> StoreInfo:
        """Return identity and figures."""
        raise NotImplementedError

    def get(self, doc_id: str, rev: str | None = None) -> Leaf | None:
        """Return the winner (also if deleted) or the named revision; None if its body is not here."""
        raise NotImplementedError

    def leaves(self, doc_id: str) -> tuple[Leaf, ...]:
        """Return all leaves with bodies, deleted ones too, the winner first; () if unknown."""
        raise NotImplementedError

    def leaf_revisions(self, doc_id: str) -> tuple[LeafRevision, ...]:
        """Return all leaves without bodies, the winner first; () if unknown."""
        raise NotImplementedError

    def latest(self, doc_id: str, rev: str) -> tuple[Leaf, ...]:
        """Return the leaves that ``rev`` is or leads to, best first; () if it is unknown."""
        raise NotImplementedError

    def path(self, doc_id: str, rev: str) -> tuple[str, ...]:
        """Return the revision and its known ancestors, newest first; () if it is unknown."""
        raise NotImplementedError

    def revisions_info(self, doc_id: str, rev: str) -> tuple[RevisionInfo, ...]:
        """Return ``path`` with what is still readable of each revision."""
        raise NotImplementedError

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
            doc_ids: only these documents.
        Raises:
            errors.BadSequence: ``since`` is no sequence.
        """
        raise NotImplementedError

    def revs_diff(self, offered: Mapping[str, Sequence[str]]) -> dict[str, MissingRevisions]:
        """Return, for each document some of whose offered revisions are unknown, which ones."""
        raise NotImplementedError

    def fetch(self, wanted: Sequence[tuple[str, str]]) -> list[RevisionPath | None]:
        """Return the wanted (id, revision) with body and full path, in order; None if not here."""
        raise NotImplementedError

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
        raise NotImplementedError

    def get_local(self, local_id: str) -> tuple[str, dict[str, Any]] | None:
        """Return (revision, value) of a local document, which is never replicated, or None."""
        raise NotImplementedError

    # ------------------------------------------------------------------------------ writes

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Hold the writer; all or nothing is stored, with one commit."""
        raise NotImplementedError

    def put(
        self,
        doc_id: str,
        value: Mapping[str, Any],
        *,
        parent: str | None,
        deleted: bool = False,
    ) -> str:
        """Store a new edit in a transaction of its own; see ``Transaction.put``."""
        raise NotImplementedError

    def insert(self, paths: Sequence[RevisionPath]) -> InsertReport:
        """Store existing revisions in a transaction of their own; see ``Transaction.insert``."""
        raise NotImplementedError

    def put_local(
        self, local_id: str, value: Mapping[str, Any], *, parent: str | None = None
    ) -> str:
        """Write a local document and return its revision ``0-N``; without ``parent`` overwrite.

        Raises:
            errors.RevisionConflict: ``parent`` is given and is not the present revision.
        """
        raise NotImplementedError

    def delete_local(self, local_id: str, *, parent: str | None = None) -> bool:
        """Remove a local document; False if there was none. See ``put_local`` for ``parent``."""
        raise NotImplementedError

    def compact(self) -> None:
        """Drop the bodies of all revisions that are no leaves; saves come in between."""
        raise NotImplementedError

    def rebuild_projections(self, progress: Progress | None = None) -> None:
        """Rebuild all read tables from the documents, in one transaction."""
        raise NotImplementedError

    # ----------------------------------------------------------------------------- waiting

    def wait_for_change(self, after: str, timeout_seconds: float) -> bool:
        """Wait until there is a change after ``after``; False when time is up or on close."""
        raise NotImplementedError

    def on_commit(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` after every commit that changed documents, in the writing thread.

        It must be quick and must not raise: what it follows is already stored.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Wake all who wait and close the database."""
        raise NotImplementedError
