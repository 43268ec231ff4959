"""POST /enrolment: a classroom PC shows its code and is told who it is.

Answers JSON. What is wrong with a code is said as an error's code only; whoever tries codes waits
longer and longer, as at the sign-in. Without encryption only this computer itself is answered.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, jsonify, request

from central import enrolment
from central.storage import Storage
from sync import errors
from sync.accounts.attempts import Attempts
from sync.documents import strict_json
from sync.web import access

_MOST_BYTES = 4_096
_LOOPBACK = frozenset({"127.0.0.1", "::1"})
# Tries are counted per address; the name stands where a login stands at the sign-in.
_COUNTED_AS = "enrolment"


@dataclass(frozen=True)
class _Asked:
    """The question of a node; see ``enrolment.accept``."""

    code: str
    nonce: str
    former: tuple[tuple[str, str], ...]
    database: str | None


def create_blueprint(storage: Storage) -> Blueprint:
    """Return the route; it has its own guard, no cookies and no CSRF token."""
    attempts = Attempts(storage.store.records, storage.clock)
    blueprint = Blueprint("enrolment", __name__)

    @blueprint.post("/enrolment")
    def enrol() -> Response:
        """Exchange a code for an identity."""
        try:
            return _answer(storage, attempts)
        except errors.TooManyAttempts as error:
            answer = _refused(error, 429)
            answer.headers["Retry-After"] = str(error.params["seconds"])
            return answer
        except errors.EntryRefused as error:
            return _refused(error, 403)
        except errors.ProtocolViolation as error:
            return _refused(error, 400)
        except errors.StoreUnavailable as error:
            return _refused(error, 503)

    return access.own_guard(blueprint)


def _answer(storage: Storage, attempts: Attempts) -> Response:
    address = request.remote_addr or ""
    if not request.is_secure and address not in _LOOPBACK:
        raise errors.EnrolmentRefused(code="enrolment_needs_encryption", hint="enrol_on_server")
    asked = _asked()
    attempts.begin(_COUNTED_AS, address)
    welcome = enrolment.accept(
        storage, asked.code, asked.nonce, former=asked.former, database=asked.database
    )
    attempts.succeeded(_COUNTED_AS, address)
    answer = jsonify(welcome.as_json())
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _asked() -> _Asked:
    request.max_content_length = _MOST_BYTES
    body = strict_json.loads(request.get_data(), max_bytes=_MOST_BYTES)
    if not isinstance(body, dict):
        raise errors.ProtocolViolation
    code, nonce, database = body.get("code"), body.get("nonce"), body.get("database")
    if not isinstance(code, str) or not isinstance(nonce, str):
        raise errors.ProtocolViolation
    if database is not None and not isinstance(database, str):
        raise errors.ProtocolViolation
    return _Asked(code, nonce, tuple(_former(body.get("former"))), database)


def _former(rows: Any) -> Iterator[tuple[str, str]]:
    """Yield (node, proof) of the former identities that are named."""
    for row in [] if rows is None else rows if isinstance(rows, list) else [None]:
        named = row if isinstance(row, dict) else {}
        node, proof = named.get("node"), named.get("proof")
        if not isinstance(node, str) or not isinstance(proof, str):
            raise errors.ProtocolViolation
        yield node, proof


def _refused(error: errors.JournalError, status: int) -> Response:
    answer = jsonify({"error": error.code, "hint": error.hint})
    answer.status_code = status
    return answer
