"""The two databases of a school on a CouchDB server, with its refusals in the store's words.

``http://host:5984/school`` names the database of documents; that of records is ``school-records``.
All requests go through the replication peer, which is where HTTP is understood. Whatever goes wrong
becomes ``errors.StoreUnavailable``, because for the journal CouchDB is its store; only a conflict
keeps its meaning and is part of the answer.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sync import errors
from sync.replication import http_answers
from sync.replication.http_answers import Patience
from sync.replication.remote_peer import RemotePeer
from sync.store.values import RevisionPath

#: A save waits for this; a database that is silent for longer is one that does not answer.
PATIENCE = Patience(connect_seconds=3.0, silence_seconds=10.0, answer_seconds=30.0)

#: What one request carries; servers in between refuse larger ones, and an intent is one document.
BATCH_BYTES = 512 * 1024
_MOST_IN_A_BATCH = 500
_MOST_ASKED_FOR = 200
_OLDEST_COUCHDB = 3
# Of a record nobody asks for more than the revision it is at.
_REVS_LIMIT = 20
_SUFFIX = "-records"
# CouchDB's rule for names of databases.
_NAME = re.compile(r"[a-z][a-z0-9_$()+-]{0,200}")
_SAID_SO = ("couchdb", "express-pouchdb")


@dataclass(frozen=True)
class Address:
    """Where a school's databases are, and with what to sign in there."""

    server: str
    school: str
    credentials: tuple[str, str] | None

    def __repr__(self) -> str:
        """Show nothing secret."""
        return f"Address({self.server}{self.school})"

    @classmethod
    def of(cls, url: str, credentials: tuple[str, str] | None) -> "Address":
        """Return what ``http://host:5984/school`` says.

        Raises:
            errors.StoreUnavailable: ``couch_address``, or ``couch_address_secret`` if it carries a
                password, which would come into logs and lists of processes.
        """
        parts = urlsplit(url)
        if "@" in parts.netloc:
            raise errors.StoreUnavailable(code="couch_address_secret", hint="couch_credentials_how")
        path = parts.path.rstrip("/")
        prefix, _, school = path.rpartition("/")
        is_named = parts.scheme in ("http", "https") and parts.hostname and _NAME.fullmatch(school)
        if not is_named or parts.query or parts.fragment:
            raise errors.StoreUnavailable(code="couch_address", hint="couch_address_how")
        return cls(f"{parts.scheme}://{parts.netloc}{prefix}/", school, credentials)


@dataclass(frozen=True)
class Row:
    """What became of one record in a batch: its new revision, or None after a conflict."""

    id: str
    rev: str | None


@dataclass(frozen=True)
class Stored:
    """A document of the records database as it is; ``body`` holds what is beside ``_`` fields."""

    id: str
    rev: str
    deleted: bool
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Page:
    """A page of the records' changes."""

    rows: tuple[Stored, ...]
    last_seq: str
    pending: bool


@contextmanager
def as_store() -> Iterator[None]:
    """Turn what the peer raises into what a store raises."""
    try:
        yield
    except errors.CredentialsRefused as error:
        raise errors.StoreUnavailable(
            code="couch_credentials", hint="couch_credentials_how"
        ) from error
    except errors.PeerUnreachable as error:
        if error.code == "peer_page":
            raise errors.StoreUnavailable(code="not_couchdb", hint="couch_address_how") from error
        raise errors.StoreUnavailable(code="couch_unreachable", hint="start_couchdb") from error
    except errors.PeerRefused as error:
        raise errors.StoreUnavailable(code="couch_refused", hint="look_into_couchdb_log") from error
    except errors.ProtocolViolation as error:
        raise errors.StoreUnavailable(code="not_couchdb", hint="couch_address_how") from error


class Couch:
    """Both databases of one school; safe between threads."""

    def __init__(self, address: Address, patience: Patience = PATIENCE) -> None:
        """Nothing is asked yet."""
        self.address = address
        self.documents = RemotePeer(
            address.server, address.school, credentials=address.credentials, patience=patience
        )
        self._records = address.school + _SUFFIX

    # -------------------------------------------------------------------------- the server

    def check(self) -> None:
        """Refuse what is no CouchDB, is too old, or does not let us in.

        Raises:
            errors.StoreUnavailable: ``couch_unreachable``, ``not_couchdb``, ``couch_too_old``,
                ``couch_credentials``.
        """
        said = self._ask("GET") or {}
        name = next((name for name in _SAID_SO if name in said), None)
        if name is None:
            raise errors.StoreUnavailable(code="not_couchdb", hint="couch_address_how")
        version = str(said.get("version", ""))
        number = version.partition(".")[0]
        if name == "couchdb" and (not number.isdigit() or int(number) < _OLDEST_COUCHDB):
            raise errors.StoreUnavailable(
                code="couch_too_old", hint="update_couchdb", version=version[:20]
            )
        # A server may tell its name to anybody and let nobody into a database.
        self.missing()

    def missing(self) -> tuple[str, ...]:
        """Return the names of those of the two databases that do not exist."""
        names = (self.address.school, self._records)
        return tuple(name for name in names if self._ask("GET", name) is None)

    def create(self) -> None:
        """Create what is missing of the two databases."""
        for name in self.missing():
            self._ask("PUT", name, exists=(412,))
        # The lease and some records are written for years. PouchDB does not know this, and only an
        # administrator may say it; without, each write takes some more bytes.
        with suppress(errors.StoreUnavailable):
            self._ask("PUT", self._records, "_revs_limit", body=_REVS_LIMIT)

    def counts(self) -> tuple[int, int]:
        """Return how many living documents each of the two databases has."""
        found = []
        for name in (self.address.school, self._records):
            said = self._ask("GET", name)
            number = None if said is None else said.get("doc_count")
            if not isinstance(number, int):
                raise errors.StoreUnavailable(code="not_couchdb", hint="couch_address_how")
            found.append(number)
        return found[0], found[1]

    # ----------------------------------------------------------------------- the documents

    def lacking(self, offered: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
        """Return the offered revisions that are not there, by document."""
        with as_store():
            return self.documents.revs_diff(offered)

    def revisions_of(self, wanted: Sequence[tuple[str, str]]) -> list[RevisionPath | None]:
        """Return revisions with bodies and histories, in order; None where a body is gone."""
        found: list[RevisionPath | None] = []
        for start in range(0, len(wanted), _MOST_ASKED_FOR):
            with as_store():
                found.extend(self.documents.fetch(wanted[start : start + _MOST_ASKED_FOR]))
        return found

    # ------------------------------------------------------------------------- the records

    def get(self, doc_id: str, rev: str | None = None) -> Stored | None:
        """Return a document of the records database, None if there is none (any more).

        With ``rev`` exactly this revision, which may be a tombstone.
        """
        asked = None if rev is None else {"rev": rev}
        said = self._ask("GET", self._records, doc_id, parameters=asked)
        return None if said is None else _stored(said)

    def put(self, doc_id: str, rev: str | None, body: Mapping[str, Any]) -> str | None:
        """Write over revision ``rev`` (None: it must be new); return the new one.

        None after a conflict: another writer was faster.
        """
        document = {"_id": doc_id, **({} if rev is None else {"_rev": rev}), **body}
        said = self._ask("PUT", self._records, doc_id, body=document, exists=(409,))
        return None if said is None else _text(said.get("rev"))

    def write(self, documents: Sequence[Mapping[str, Any]]) -> list[Row]:
        """Write documents of the records database, each over the revision it names."""
        written: list[Row] = []
        for batch in batches(documents):
            said = self._ask("POST", self._records, "_bulk_docs", body={"docs": batch})
            if not isinstance(said, list) or len(said) != len(batch):
                raise errors.StoreUnavailable(code="not_couchdb", hint="couch_address_how")
            written.extend(_row(row, str(one["_id"])) for row, one in zip(said, batch, strict=True))
        return written

    def revisions(self, ids: Sequence[str]) -> dict[str, str]:
        """Return the present revisions of records, tombstones too; without those never there."""
        body = {"keys": list(ids)}
        said = self._ask("POST", self._records, "_all_docs", body=body) or {}
        return _revisions(said.get("rows"))

    def bodies(self, ids: Sequence[str]) -> dict[str, Stored]:
        """Return the living records among ``ids``, and deleted ones without their bodies."""
        said = self._ask(
            "POST",
            self._records,
            "_all_docs",
            body={"keys": list(ids)},
            parameters={"include_docs": "true"},
        )
        rows = (said or {}).get("rows")
        found = {}
        for doc_id, rev in _revisions(rows).items():
            found[doc_id] = Stored(doc_id, rev, True, {})
        for row in rows or ():
            if isinstance(row.get("doc"), dict):
                found[row["id"]] = _stored(row["doc"])
        return found

    def listed(self, first: str, last: str) -> dict[str, str]:
        """Return the living records from id ``first`` to ``last`` with their revisions."""
        asked = {
            "startkey": http_answers.encode(first).decode(),
            "endkey": http_answers.encode(last).decode(),
        }
        said = self._ask("GET", self._records, "_all_docs", parameters=asked) or {}
        return _revisions(said.get("rows"))

    def changes(self, since: str, limit: int) -> Page:
        """Return a page of the records' changes, with bodies."""
        asked = {"since": since, "limit": str(limit), "include_docs": "true"}
        said = self._ask("GET", self._records, "_changes", parameters=asked)
        if said is None:
            raise errors.StoreUnavailable(code="couch_database_missing", hint="restore_couchdb")
        rows = said.get("results")
        if not isinstance(rows, list) or not isinstance(said.get("last_seq"), str | int):
            raise errors.StoreUnavailable(code="not_couchdb", hint="couch_address_how")
        found = tuple(_stored(row["doc"]) for row in rows if isinstance(row.get("doc"), dict))
        return Page(found, str(said["last_seq"]), len(rows) >= limit)

    def _ask(
        self,
        method: str,
        *path: str,
        body: Any = None,
        parameters: Mapping[str, str] | None = None,
        exists: tuple[int, ...] = (),
    ) -> Any:
        """Return the JSON of an answer; None for 404 and for what ``exists`` says."""
        with as_store():
            try:
                answer = self.documents.exchange(method, *path, body=body, parameters=parameters)
            except errors.PeerRefused as error:
                if error.params.get("status") in (404, *exists):
                    return None
                raise
        return answer.value


def batches(documents: Sequence[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    """Yield documents in batches of one request each; a larger document goes alone."""
    batch: list[Mapping[str, Any]] = []
    filled = 0
    for document in documents:
        size = len(http_answers.encode(document))
        if batch and (filled + size > BATCH_BYTES or len(batch) >= _MOST_IN_A_BATCH):
            yield batch
            batch, filled = [], 0
        batch.append(document)
        filled += size
    if batch:
        yield batch


def _row(said: Any, doc_id: str) -> Row:
    if isinstance(said, dict) and said.get("error") == "conflict":
        return Row(doc_id, None)
    if not isinstance(said, dict) or "error" in said or said.get("id") != doc_id:
        raise errors.StoreUnavailable(code="couch_refused", hint="look_into_couchdb_log")
    return Row(doc_id, _text(said.get("rev")))


def _stored(said: Mapping[str, Any]) -> Stored:
    body = {name: part for name, part in said.items() if not name.startswith("_")}
    deleted = said.get("_deleted") is True
    return Stored(_text(said.get("_id")), _text(said.get("_rev")), deleted, body)


def _revisions(rows: Any) -> dict[str, str]:
    found = {}
    for row in rows or ():
        value = row.get("value")
        if isinstance(value, dict) and "id" in row:
            found[row["id"]] = _text(value.get("rev"))
    return found


def _text(said: Any) -> str:
    if not isinstance(said, str):
        raise errors.StoreUnavailable(code="not_couchdb", hint="couch_address_how")
    return said
