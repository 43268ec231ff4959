"""What the protocol's routes need of a database and of whoever keeps databases.

The routes know HTTP and nothing of schools. ``DatabaseHost`` decides who may come in and gives the
database as that caller may see it: ``bare`` gives a store as it is; the gateway gives one that
shows a node its own documents and judges what it pushes.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from flask import Request

from sync.replication.outcome import Verdict
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


@dataclass(frozen=True)
class Edit:
    """A new edit as CouchDB's clients make it: ``parent`` is the revision they saw, if any."""

    id: str
    value: dict[str, Any]
    parent: str | None
    deleted: bool


class ReplicatedDatabase(Protocol):
    """A database as one caller sees it. Each verb is as in ``DocumentStore`` where it has it.

    Any verb may raise ``Refusal``, for instance ``forbidden``, and ``errors.StoreUnavailable``.
    """

    def info(self) -> StoreInfo:
        """Return identity and figures."""

    def changes(
        self,
        since: str | int,
        *,
        limit: int | None = None,
        descending: bool = False,
        style_all: bool = True,
        doc_ids: Collection[str] | None = None,
    ) -> ChangesPage:
        """Return a page of the feed that this caller may see."""

    def wait_for_change(self, after: str, timeout_seconds: float) -> bool:
        """Wait for a change of the database; False when time is up."""

    def get(self, doc_id: str, rev: str | None = None) -> Leaf | None:
        """Return the winner, also if deleted, or the named revision."""

    def leaves(self, doc_id: str) -> tuple[Leaf, ...]:
        """Return all leaves, the winner first."""

    def leaf_revisions(self, doc_id: str) -> tuple[LeafRevision, ...]:
        """Return all leaves without bodies, the winner first."""

    def latest(self, doc_id: str, rev: str) -> tuple[Leaf, ...]:
        """Return the leaves that a revision is or leads to."""

    def path(self, doc_id: str, rev: str) -> tuple[str, ...]:
        """Return a revision and its ancestors, newest first."""

    def revisions_info(self, doc_id: str, rev: str) -> tuple[RevisionInfo, ...]:
        """Return the same with what can still be read."""

    def revs_diff(self, offered: Mapping[str, Sequence[str]]) -> dict[str, MissingRevisions]:
        """Return what is unknown here of what the caller offers."""

    def fetch(self, wanted: Sequence[tuple[str, str]]) -> list[RevisionPath | None]:
        """Return revisions with their histories, in order."""

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
        """Return documents by id, or those named by ``keys``."""

    def get_local(self, local_id: str) -> tuple[str, dict[str, Any]] | None:
        """Return a local document of this caller."""

    def put_local(
        self, local_id: str, value: Mapping[str, Any], *, parent: str | None = None
    ) -> str:
        """Write a local document of this caller."""

    def delete_local(self, local_id: str, *, parent: str | None = None) -> bool:
        """Remove a local document of this caller."""

    def in_turn(self) -> AbstractContextManager[None]:
        """Surround the reading and inserting of a long push; others may have to wait."""

    def insert(self, paths: Sequence[RevisionPath]) -> list[Verdict]:
        """Keep existing revisions in one durable commit; one verdict each, in order."""

    def edit(self, edits: Sequence[Edit]) -> list[str | None]:
        """Make new edits in one durable commit; each one's revision, None for a conflict."""

    def compact(self) -> None:
        """Drop bodies that are no longer needed."""


class DatabaseHost(Protocol):
    """Whoever keeps databases, and knows who may come in.

    Each verb gets the request for its credentials, and may raise ``Refusal``.
    """

    def welcome(self, request: Request) -> dict[str, Any]:
        """Return what is said of the server; has the keys ``couchdb`` and ``uuid``."""

    def database(self, name: str, request: Request) -> ReplicatedDatabase:
        """Return a database as the caller may see it; ``no_database`` if there is none."""

    def create(self, name: str, request: Request) -> None:
        """Create an empty database; ``database_exists`` if there is one."""

    def delete(self, name: str, request: Request) -> None:
        """Delete a database with all that is in it; ``no_database`` if there is none."""
