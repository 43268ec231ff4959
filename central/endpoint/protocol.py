"""The CouchDB replication protocol over HTTP: one blueprint, and whose request goes where.

    GET /                       who is this server
    PUT GET DELETE /{db}        create, figures, delete;  POST: a document
    GET POST /{db}/_changes     the feed, held on request       POST /{db}/_revs_diff
    GET POST /{db}/_all_docs                                    POST /{db}/_bulk_docs, _bulk_get
    GET PUT DELETE /{db}/{id}, /{db}/_design/{id}, /{db}/_local/{id}
    POST /{db}/_ensure_full_commit, _compact

The surface is what stock PouchDB and CouchDB's own replicator ask for, and their words are used in
the answers. It knows nothing of schools: who may come in and what becomes of a document is said by
the ``DatabaseHost``. Every answer is JSON, refusals included, and no request can end more than
itself: whatever goes wrong unforeseen is logged and answered 500.
"""

import logging
import secrets
from collections.abc import Callable

from flask import Blueprint, Request, Response, request

from central.endpoint import bulk_routes, document_routes, exchange, feed_routes, refusals
from central.endpoint.databases import DatabaseHost, ReplicatedDatabase
from central.endpoint.exchange import Limits
from central.endpoint.places import SMALL_PUSH_BYTES, PollPlaces, PushPlaces
from central.endpoint.refusals import Refusal
from sync import errors
from sync.documents import identifiers
from sync.replication import brief_form
from sync.replication.remote_peer import BESIDE_HEADER

_METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "COPY", "TRACE"]
_RETRY_SECONDS = 5
_log = logging.getLogger(__name__)


def create_blueprint(
    host: DatabaseHost,
    *,
    threads: int,
    limits: Limits | None = None,
    pushes_at_once: int | None = None,
    name: str = "replication",
    randomness: identifiers.Randomness = secrets.token_bytes,
) -> Blueprint:
    """Return the routes of the protocol over the databases of ``host``.

    Args:
        threads: how many requests the server answers at once; see ``places``.
        pushes_at_once: how many large ``_bulk_docs`` may run at once, so that small requests are
            answered beside them; the others wait a little or get a 503 with Retry-After, which
            stock clients take for a failure. None for no bound.
        name: of the blueprint.
    """
    blueprint = Blueprint(name, __name__)
    pushes = None if pushes_at_once is None else PushPlaces(pushes_at_once)
    desk = _Desk(host, limits or Limits(), PollPlaces(threads), pushes, randomness)

    def answer(rest: str = "") -> Response:
        return desk.answer(request, rest)

    for rule in ("/", "/<path:rest>"):
        blueprint.add_url_rule(
            rule,
            "protocol",
            answer,
            methods=_METHODS,
            provide_automatic_options=False,
            merge_slashes=False,
            strict_slashes=False,
        )
    return blueprint


class _Desk:
    """Sends each request to the function that answers it."""

    def __init__(
        self,
        host: DatabaseHost,
        limits: Limits,
        polls: PollPlaces,
        pushes: PushPlaces | None,
        randomness: identifiers.Randomness,
    ) -> None:
        self._host = host
        self._limits = limits
        self._polls = polls
        self._pushes = pushes
        self._randomness = randomness

    def answer(self, request: Request, rest: str) -> Response:
        """Answer any request below the blueprint."""
        try:
            return self._dispatch(request, exchange.raw_segments(request, rest))
        except Refusal as refusal:
            return exchange.refused(request, refusal)
        except errors.JournalError as error:
            return exchange.refused(request, _refusal_of(error))
        except Exception:  # noqa: BLE001 - the edge of the server: one request ends nothing else
            _log.exception("a request of the replication protocol failed: %s", request.method)
            reason = "The request could not be answered."
            return exchange.refused(request, Refusal(500, "internal_server_error", reason))

    def _dispatch(self, request: Request, segments: list[str]) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        if not segments:
            if method != "GET":
                raise refusals.method_not_allowed()
            return exchange.answer(request, self._host.welcome(request))
        name, *below = segments
        if not below:
            return self._of_database(request, method, name)
        database = self._host.database(name, request)
        if not below[0].startswith("_"):
            return self._of_document(request, method, database, below)
        if below[0].partition("/")[0] in ("_design", "_local"):
            return self._of_reserved(request, method, database, below)
        return self._of_verb(request, method, database, below)

    # ------------------------------------------------------------------------------- a database

    def _of_database(self, request: Request, method: str, name: str) -> Response:
        if method == "PUT":
            self._host.create(name, request)
            return exchange.answer(request, {"ok": True}, 201)
        if method == "DELETE":
            self._host.delete(name, request)
            return exchange.answer(request, {"ok": True})
        database = self._host.database(name, request)
        if method == "GET":
            return exchange.answer(request, _figures(name, database))
        if method == "POST":
            new_id = self._new_id()
            return document_routes.create(database, request, self._limits, new_id)
        raise refusals.method_not_allowed()

    def _new_id(self) -> str:
        return identifiers.new_id(self._randomness)

    # ---------------------------------------------------------------------------------- a verb

    def _of_verb(
        self, request: Request, method: str, database: ReplicatedDatabase, below: list[str]
    ) -> Response:
        limits = self._limits
        verbs: dict[str, tuple[str, Callable[[], Response]]] = {
            "_changes": (
                "GET POST",
                lambda: feed_routes.changes(database, request, limits, self._polls),
            ),
            "_all_docs": (
                "GET POST",
                lambda: bulk_routes.list_documents(database, request, limits),
            ),
            "_revs_diff": ("POST", lambda: bulk_routes.difference(database, request, limits)),
            "_bulk_get": ("POST", lambda: bulk_routes.fetch(database, request, limits)),
            "_bulk_docs": ("POST", lambda: self._pushed(request, database)),
            "_ensure_full_commit": ("POST", lambda: _committed(request, database)),
            "_compact": ("POST", lambda: _compacted(request, database)),
        }
        if len(below) > 1 or below[0] not in verbs:
            raise refusals.not_found()
        methods, verb = verbs[below[0]]
        if method not in methods.split():
            raise refusals.method_not_allowed()
        return verb()

    def _pushed(self, request: Request, database: ReplicatedDatabase) -> Response:
        is_small = 0 < (request.content_length or 0) < SMALL_PUSH_BYTES
        if self._pushes is None or is_small:
            return bulk_routes.keep_or_edit(database, request, self._limits, self._new_id)
        with self._pushes.place(beside=BESIDE_HEADER in request.headers), database.in_turn():
            return bulk_routes.keep_or_edit(database, request, self._limits, self._new_id)

    # ------------------------------------------------------------------------------ a document

    def _of_document(
        self, request: Request, method: str, database: ReplicatedDatabase, below: list[str]
    ) -> Response:
        if len(below) > 1:
            raise _attachment(method)
        doc_id = below[0]
        if method == "GET":
            return document_routes.read(database, request, doc_id)
        if method == "PUT":
            return document_routes.write(database, request, doc_id, self._limits)
        if method == "DELETE":
            return document_routes.delete(database, request, doc_id)
        raise refusals.method_not_allowed()

    def _of_reserved(
        self, request: Request, method: str, database: ReplicatedDatabase, below: list[str]
    ) -> Response:
        """Answer for ``_design/x`` and ``_local/x``, whose first slash may come encoded or not."""
        first, *rest = [*below[0].split("/", 1), *below[1:]]
        if not rest or not rest[0]:
            raise refusals.not_found()
        if first == "_design":
            return self._of_document(request, method, database, [f"_design/{rest[0]}", *rest[1:]])
        if len(rest) > 1:
            raise refusals.not_found()
        if method == "GET":
            return document_routes.read_local(database, request, rest[0])
        if method == "PUT":
            return document_routes.write_local(database, request, rest[0], self._limits)
        if method == "DELETE":
            return document_routes.delete_local(database, request, rest[0])
        raise refusals.method_not_allowed()


def _attachment(method: str) -> Refusal:
    if method in ("PUT", "DELETE"):
        return refusals.unsupported("Attachments are not kept here.")
    return refusals.not_found("Document is missing attachment")


def _figures(name: str, database: ReplicatedDatabase) -> dict[str, object]:
    """Return ``GET /{db}``; ``uuid``, ``epoch`` and ``takes`` are for our own nodes."""
    info = database.info()
    return {
        "db_name": name,
        "doc_count": info.doc_count,
        "doc_del_count": info.doc_del_count,
        "update_seq": info.update_seq,
        "purge_seq": "0",
        "compact_running": False,
        "sizes": {"file": info.file_bytes},
        "instance_start_time": info.instance_start_time,
        "uuid": info.uuid,
        "epoch": info.epoch,
        "takes": [brief_form.NAME],
    }


def _committed(request: Request, database: ReplicatedDatabase) -> Response:
    """Answer ``_ensure_full_commit``: every answered write is on the disk already.

    CouchDB's replicator stops when the time here differs from that of ``GET /{db}``.
    """
    began = database.info().instance_start_time
    return exchange.answer(request, {"ok": True, "instance_start_time": began}, 201)


def _compacted(request: Request, database: ReplicatedDatabase) -> Response:
    database.compact()
    return exchange.answer(request, {"ok": True}, 202)


def _refusal_of(error: errors.JournalError) -> Refusal:
    """Return what the other side is told of an error of the journal."""
    if isinstance(error, errors.RevisionConflict):
        return refusals.conflict()
    if isinstance(error, errors.StoreUnavailable):
        return refusals.busy(_RETRY_SECONDS)
    if isinstance(error, errors.ProtocolViolation):
        return refusals.bad_request(error.code)
    _log.error("the replication protocol met %s", error.code)
    return Refusal(500, "internal_server_error", error.code)
