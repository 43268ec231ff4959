"""Stores behind the protocol as they are: no accounts, no school rules, anyone may do anything.

For conformance tests and for trying other CouchDB clients; a school's server never serves this.
Each database is a folder with one SQLite file; its name is the folder's, percent-encoded.
"""

import re
import secrets
import shutil
import threading
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from flask import Flask, Request, Response, request
from werkzeug.exceptions import HTTPException

import sync
from central.endpoint import exchange, protocol, refusals
from central.endpoint.databases import Edit
from central.endpoint.exchange import Limits
from sync import errors
from sync.documents import identifiers
from sync.documents.judgement import Outcome
from sync.replication.outcome import Verdict
from sync.store.connection import Database
from sync.store.document_store import DocumentStore
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

_NAME = re.compile(r"[a-z][a-z0-9_$()+/-]{0,200}")
_FILE = "documents.sqlite"
_SERVER = "server-id.txt"


class BareDatabase:
    """A document store as any CouchDB client may use it; see ``ReplicatedDatabase``."""

    def __init__(self, store: DocumentStore) -> None:
        """Show all of ``store``."""
        self._store = store

    def info(self) -> StoreInfo:
        """Return identity and figures."""
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
        """Return a page of the feed."""
        return self._store.changes(
            since, limit=limit, descending=descending, style_all=style_all, doc_ids=doc_ids
        )

    def wait_for_change(self, after: str, timeout_seconds: float) -> bool:
        """Wait for a change."""
        return self._store.wait_for_change(after, timeout_seconds)

    def get(self, doc_id: str, rev: str | None = None) -> Leaf | None:
        """Return the winner or the named revision."""
        return self._store.get(doc_id, rev)

    def leaves(self, doc_id: str) -> tuple[Leaf, ...]:
        """Return all leaves."""
        return self._store.leaves(doc_id)

    def leaf_revisions(self, doc_id: str) -> tuple[LeafRevision, ...]:
        """Return all leaves without bodies."""
        return self._store.leaf_revisions(doc_id)

    def latest(self, doc_id: str, rev: str) -> tuple[Leaf, ...]:
        """Return the leaves that a revision leads to."""
        return self._store.latest(doc_id, rev)

    def path(self, doc_id: str, rev: str) -> tuple[str, ...]:
        """Return a revision and its ancestors."""
        return self._store.path(doc_id, rev)

    def revisions_info(self, doc_id: str, rev: str) -> tuple[RevisionInfo, ...]:
        """Return the same with what can be read."""
        return self._store.revisions_info(doc_id, rev)

    def revs_diff(self, offered: Mapping[str, Sequence[str]]) -> dict[str, MissingRevisions]:
        """Return what is unknown."""
        return self._store.revs_diff(offered)

    def fetch(self, wanted: Sequence[tuple[str, str]]) -> list[RevisionPath | None]:
        """Return revisions with their histories."""
        return self._store.fetch(wanted)

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
        """Return documents by id."""
        return self._store.all_docs(
            keys=keys,
            startkey=startkey,
            endkey=endkey,
            inclusive_end=inclusive_end,
            skip=skip,
            limit=limit,
            descending=descending,
            include_docs=include_docs,
        )

    def get_local(self, local_id: str) -> tuple[str, dict[str, Any]] | None:
        """Return a local document."""
        return self._store.get_local(local_id)

    def put_local(
        self, local_id: str, value: Mapping[str, Any], *, parent: str | None = None
    ) -> str:
        """Write a local document."""
        return self._store.put_local(local_id, value, parent=parent)

    def delete_local(self, local_id: str, *, parent: str | None = None) -> bool:
        """Remove a local document."""
        return self._store.delete_local(local_id, parent=parent)

    def in_turn(self) -> AbstractContextManager[None]:
        """Nobody waits."""
        return nullcontext()

    def insert(self, paths: Sequence[RevisionPath]) -> list[Verdict]:
        """Keep all; a path that no store takes is a 400 for all of them."""
        self._store.insert(paths)
        return [Verdict(path.id, path.rev, Outcome.ACCEPTED) for path in paths]

    def edit(self, edits: Sequence[Edit]) -> list[str | None]:
        """Make the edits that are no conflicts."""
        revs: list[str | None] = []
        with self._store.transaction() as transaction:
            for edit in edits:
                try:
                    rev = transaction.put(
                        edit.id, edit.value, parent=edit.parent, deleted=edit.deleted
                    )
                except errors.RevisionConflict:
                    revs.append(None)
                else:
                    revs.append(rev)
        return revs

    def compact(self) -> None:
        """Drop bodies that are no longer needed."""
        self._store.compact()


class BareHost:
    """Databases in one folder, created and deleted over HTTP; safe between threads."""

    def __init__(
        self, folder: Path, randomness: identifiers.Randomness = secrets.token_bytes
    ) -> None:
        """Open all databases of the folder, which is made if need be."""
        self._folder = folder
        self._randomness = randomness
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        self._uuid = self._server_uuid()
        self._stores = {
            unquote(file.parent.name): self._opened(file.parent)
            for file in sorted(folder.glob(f"*/{_FILE}"))
        }

    def store(self, name: str) -> DocumentStore:
        """Return the store of a database; ``no_database`` if there is none."""
        with self._lock:
            found = self._stores.get(name)
        if found is None:
            raise refusals.no_database()
        return found

    def welcome(self, request: Request) -> dict[str, Any]:
        """Return the greeting that CouchDB's clients look for."""
        return {
            "couchdb": "Welcome",
            "version": sync.__version__,
            "uuid": self._uuid,
            "vendor": {"name": "school-journal"},
        }

    def database(self, name: str, request: Request) -> BareDatabase:
        """Return the database."""
        return BareDatabase(self.store(name))

    def create(self, name: str, request: Request | None = None) -> None:
        """Create an empty database."""
        if not _NAME.fullmatch(name):
            raise refusals.bad_request(
                "Name must begin with a letter and have only lowercase letters, digits and _$()+-/",
                "illegal_database_name",
            )
        with self._lock:
            if name in self._stores:
                raise refusals.database_exists()
            folder = self._folder / quote(name, safe="")
            folder.mkdir(exist_ok=True)
            self._stores[name] = self._opened(folder)

    def delete(self, name: str, request: Request | None = None) -> None:
        """Delete a database and its folder."""
        with self._lock:
            store = self._stores.pop(name, None)
            if store is None:
                raise refusals.no_database()
            store.close()
            shutil.rmtree(self._folder / quote(name, safe=""))

    def close(self) -> None:
        """Close all databases."""
        with self._lock:
            for store in self._stores.values():
                store.close()
            self._stores = {}

    def _opened(self, folder: Path) -> DocumentStore:
        return DocumentStore(
            Database(folder / _FILE),
            epoch=identifiers.new_id(self._randomness),
            uuid=identifiers.new_id(self._randomness),
        )

    def _server_uuid(self) -> str:
        file = self._folder / _SERVER
        if not file.exists():
            file.write_text(identifiers.new_id(self._randomness), encoding="utf-8")
        return file.read_text(encoding="utf-8").strip()


def create_app(host: BareHost, *, threads: int, limits: Limits | None = None) -> Flask:
    """Return the WSGI application that serves the databases of ``host`` at the root.

    Args:
        threads: how many requests the server answers at once.
    """
    app = Flask(__name__, static_folder=None)
    app.register_blueprint(protocol.create_blueprint(host, threads=threads, limits=limits))
    app.register_error_handler(HTTPException, _as_json)
    return app


def _as_json(error: HTTPException) -> Response:
    """Answer what the framework refuses by itself, such as an unheard-of method."""
    refusal = refusals.Refusal(error.code or 500, error.name.lower().replace(" ", "_"), "")
    return exchange.refused(request, refusal)
