"""POST /enrolment: a classroom PC shows its code and is told who it is.

Answers JSON. What is wrong with a code is said as an error's code only; whoever tries codes waits
longer and longer, as at the sign-in. Without encryption only this computer itself is answered.
"""

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
    code, nonce = _asked()
    attempts.begin(_COUNTED_AS, address)
    welcome = enrolment.accept(storage, code, nonce)
    attempts.succeeded(_COUNTED_AS, address)
    answer = jsonify(welcome.as_json())
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _asked() -> tuple[str, str]:
    request.max_content_length = _MOST_BYTES
    body = strict_json.loads(request.get_data(), max_bytes=_MOST_BYTES)
    code = body.get("code") if isinstance(body, dict) else None
    nonce = body.get("nonce") if isinstance(body, dict) else None
    if not isinstance(code, str) or not isinstance(nonce, str):
        raise errors.ProtocolViolation
    return code, nonce


def _refused(error: errors.JournalError, status: int) -> Response:
    answer = jsonify({"error": error.code, "hint": error.hint})
    answer.status_code = status
    return answer
