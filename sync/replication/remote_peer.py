"""A database of another server, reached over HTTP.

The only module that uses pycouchdb, and of it only ``Resource``: the base address, its parts and
the session. Its requests are not used, because they lose what matters here: status codes, headers,
answers that are no JSON (``{}`` without an error), ids with a slash. Nor is its switch for
certificates: every ``Resource`` made from another one sets ``session.verify = False`` on the
session they share. That of the session here cannot be switched off.

Nothing is taken from the machine's environment: no proxy, no certificate bundle, no ``.netrc``.
One object may be used by several threads; each thread gets connections of its own.
"""

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import requests
from pycouchdb.resource import Resource

from sync import errors
from sync.replication import answer_shapes, brief_form, compression, http_answers, wire
from sync.replication.http_answers import Answer, Packed, Patience
from sync.replication.outcome import Verdict
from sync.replication.peer import PeerInfo
from sync.store.values import ChangesPage, RevisionPath

#: Asks our own gateway for a verdict on each document; a stock server does not know it. With
#: ``ALL_VERDICTS`` each is told, with ``BRIEF_VERDICTS`` all but "accepted".
VERDICTS_HEADER = "X-Journal-Verdicts"
ALL_VERDICTS, BRIEF_VERDICTS = "1", "brief"
#: Tells our own gateway that another upload of this node is under way; answered ``TOO_MANY`` if
#: others wait for their first.
BESIDE_HEADER = "X-Journal-Beside"
_ASK_FOR_VERDICTS = {VERDICTS_HEADER: BRIEF_VERDICTS}


class _PinnedSession(requests.Session):
    """A session whose check of certificates is decided once and cannot be changed."""

    def __init__(self, authority: Path | None) -> None:
        self.__dict__["_authority"] = True if authority is None else str(authority)
        super().__init__()
        self.trust_env = False

    @property
    def verify(self) -> bool | str:
        authority: bool | str = self.__dict__["_authority"]
        return authority

    @verify.setter
    def verify(self, value: object) -> None:
        """Ignore it: pycouchdb sets False on each of its resources."""


class RemotePeer:
    """A database behind an address; see ``Peer`` for what each verb promises."""

    def __init__(
        self,
        address: str,
        database: str,
        *,
        credentials: tuple[str, str] | None = None,
        authority: Path | None = None,
        patience: Patience | None = None,
    ) -> None:
        """Nothing is asked yet.

        Args:
            address: where the databases are, such as ``https://central/replication``; without
                user or password.
            credentials: node id and token, sent as Basic authentication.
            authority: PEM file of the one authority that may vouch for an https server; None
                for the usual ones.
        Raises:
            ValueError: the address is not of http or https, or carries credentials.
        """
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
            raise ValueError("address")
        self._address = address
        self._database = database
        self._credentials = credentials
        self._authority = authority
        self._patience = patience or Patience()
        self._is_ours = self._takes_brief = False  # unless it says so
        self._of_thread = threading.local()

    # ------------------------------------------------------------------------------- the verbs

    @property
    def uploads_at_once(self) -> int:
        """Return two: the server reads one while it stores the other."""
        return 2

    def info(self) -> PeerInfo:
        """Return which database answers. One request to our own server, two to a stock one."""
        said = self._required(self._ask("GET", self._database))
        info = answer_shapes.database(said)
        self._takes_brief = brief_form.NAME in info.takes
        self._is_ours = bool(info.uuid)
        if info.uuid:
            return PeerInfo(info.uuid, info.update_seq, info.epoch)
        server = answer_shapes.server_uuid(self._required(self._ask("GET")))
        return PeerInfo(f"{server}/{self._database}/{info.began}", info.update_seq)

    def get_checkpoint(self, replication_id: str) -> Mapping[str, Any] | None:
        """Return the checkpoint kept at the server."""
        answer = self._ask("GET", self._database, "_local", replication_id)
        return None if answer is None else answer_shapes.checkpoint(answer.value)

    def put_checkpoint(self, replication_id: str, checkpoint: Mapping[str, Any]) -> None:
        """Write the checkpoint; a server that wants to be shown the present one is."""
        path = (self._database, "_local", replication_id)
        body = {key: value for key, value in checkpoint.items() if not key.startswith("_")}
        try:
            self._required(self._ask("PUT", *path, body=body))
        except errors.PeerRefused as error:
            if error.params.get("status") != 409:
                raise
            present = self.get_checkpoint(replication_id) or {}
            self._required(self._ask("PUT", *path, body={**body, "_rev": present.get("_rev")}))

    def changes(self, since: str, limit: int) -> ChangesPage:
        """Return a page of the server's feed."""
        asked = {"style": "all_docs", "since": since, "limit": str(limit)}
        answer = self._ask("GET", self._database, "_changes", parameters=asked)
        return answer_shapes.changes(self._required(answer))

    def revs_diff(self, offered: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
        """Return what the server lacks."""
        body = {doc_id: list(revs) for doc_id, revs in offered.items()}
        answer = self._ask("POST", self._database, "_revs_diff", body=body)
        return answer_shapes.missing(self._required(answer), offered)

    def fetch(self, wanted: Sequence[tuple[str, str]]) -> list[RevisionPath | None]:
        """Return revisions with their histories from the server."""
        body = {"docs": [{"id": doc_id, "rev": rev} for doc_id, rev in wanted]}
        answer = self._ask(
            "POST", self._database, "_bulk_get", body=body, parameters={"revs": "true"}
        )
        return answer_shapes.revisions(self._required(answer), wanted)

    def packed(self, paths: Sequence[RevisionPath], written: Sequence[bytes]) -> Packed | None:
        """Return the compressed body of an upload, in the brief form where the server takes it."""
        if self._takes_brief and brief_form.is_worth_it(paths):
            return http_answers.packed(brief_form.bulk_of(paths), compression.OF_EDITS)
        return http_answers.packed(wire.bulk_of(written))

    def upload(
        self, paths: Sequence[RevisionPath], packed: Packed | None = None, *, beside: bool = False
    ) -> list[Verdict]:
        """Hand the revisions to the server; it answers once they are on its disk."""
        written = [] if packed else [wire.written(path) for path in paths]
        try:
            answer = self._bulk_docs(packed or self.packed(paths, written), beside)
        except errors.PeerRefused as error:
            if error.params.get("said") != brief_form.REFUSAL:
                raise
            plain = wire.bulk_of(wire.written(path) for path in paths)
            answer = self._bulk_docs(http_answers.packed(plain), beside)
        return answer_shapes.verdicts(self._required(answer), paths)

    def _bulk_docs(self, body: Packed | None, beside: bool) -> Answer | None:
        headers = _ASK_FOR_VERDICTS | ({BESIDE_HEADER: "1"} if beside else {})
        return self._ask("POST", self._database, "_bulk_docs", body=body, headers=headers)

    def ensure_committed(self) -> None:
        """Ask the server to put everything on its disk; our own answers when it is there."""
        if self._is_ours:
            return
        self._required(self._ask("POST", self._database, "_ensure_full_commit", body={}))

    # ----------------------------------------------------------------------- beside the protocol

    def exchange(
        self,
        method: str,
        *path: str,
        body: Any = None,
        parameters: Mapping[str, str] | None = None,
        may_be_empty: bool = False,
    ) -> Answer:
        """Ask the address something that is not of the protocol, with the same care.

        Args:
            may_be_empty: a 204 is an answer, of value None.
        Raises:
            errors.PeerRefused: also for a 404.
        """
        asked = self._ask(
            method, *path, body=body, parameters=parameters, may_be_empty=may_be_empty
        )
        return self._answered(asked)

    # --------------------------------------------------------------------------------- requests

    def _ask(
        self,
        method: str,
        *path: str,
        body: Any = None,
        parameters: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        may_be_empty: bool = False,
    ) -> Answer | None:
        resource = self._resource()(*(quote(part, safe="") for part in path))
        return http_answers.ask(
            resource.session,
            method,
            resource.base_url,
            body=body,
            parameters=parameters,
            headers=headers,
            patience=self._patience,
            may_be_empty=may_be_empty,
        )

    def _resource(self) -> Resource:
        resource: Resource | None = getattr(self._of_thread, "resource", None)
        if resource is None:
            session = _PinnedSession(self._authority)
            session.auth = self._credentials
            resource = Resource(self._address, session=session)
            self._of_thread.resource = resource
        return resource

    def _required(self, answer: Answer | None) -> Any:
        return self._answered(answer).value

    def _answered(self, answer: Answer | None) -> Answer:
        if answer is None:
            raise errors.PeerRefused(status=404, said="not_found")
        return answer
