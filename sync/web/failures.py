"""What a refusal or failure looks like: a page in the look, or JSON for a page's module.

Every error of the product and every HTTP error ends here with a status, a sentence and the next
step. Nothing of the program's inside is shown; what was not foreseen is logged with its traceback
and answered with 500.
"""

import logging
from dataclasses import dataclass
from http import HTTPStatus

from flask import Flask, g, jsonify, make_response, render_template, request
from flask.wrappers import Response
from flask_babel import lazy_gettext
from werkzeug.exceptions import HTTPException, SecurityError

from sync import errors
from sync.web import guard, messages

log = logging.getLogger(__name__)

# The first class that fits decides, so the special ones stand first.
_STATUS: tuple[tuple[type[errors.JournalError], HTTPStatus], ...] = (
    (errors.SignInNeeded, HTTPStatus.UNAUTHORIZED),
    (errors.SignInRefused, HTTPStatus.UNAUTHORIZED),
    (errors.AccountBlocked, HTTPStatus.FORBIDDEN),
    (errors.TooManyAttempts, HTTPStatus.TOO_MANY_REQUESTS),
    (errors.NotPermitted, HTTPStatus.FORBIDDEN),
    (errors.RequestRefused, HTTPStatus.BAD_REQUEST),
    (errors.RevisionConflict, HTTPStatus.CONFLICT),
    (errors.RecordConflict, HTTPStatus.CONFLICT),
    (errors.EntryRefused, HTTPStatus.UNPROCESSABLE_ENTITY),
    (errors.StoreUnavailable, HTTPStatus.SERVICE_UNAVAILABLE),
    (errors.PeerUnreachable, HTTPStatus.BAD_GATEWAY),
    (errors.PeerRefused, HTTPStatus.BAD_GATEWAY),
    (errors.ProtocolViolation, HTTPStatus.BAD_REQUEST),
)

_RETRY_SECONDS = 5


@dataclass(frozen=True)
class Failure:
    """What is told about a request that did not succeed."""

    status: int
    code: str
    message: str
    next_step: str
    params: dict[str, errors.Param]


# (sentence, next step) of the HTTP errors that Flask itself raises.
_HTTP = {
    400: (
        lazy_gettext("The program did not understand this request."),
        lazy_gettext("Go back, open the page again and repeat the step."),
    ),
    403: (
        lazy_gettext("This page is not for your account."),
        lazy_gettext("If you need it for your work, ask the deputy head."),
    ),
    404: (
        lazy_gettext("There is no such page."),
        lazy_gettext("Check the address, or start from the first page."),
    ),
    405: (
        lazy_gettext("This page cannot be opened in this way."),
        lazy_gettext("Start from the first page."),
    ),
    413: (
        lazy_gettext("The file or text is too large."),
        lazy_gettext("Choose a smaller file or shorten the text, then repeat."),
    ),
    429: (
        lazy_gettext("Too many requests at once."),
        lazy_gettext("Wait a minute and repeat."),
    ),
    500: (
        lazy_gettext("Something went wrong inside the program."),
        lazy_gettext(
            "What was saved before is kept. Repeat the step; if it fails again, "
            "tell the administrator of the journal."
        ),
    ),
}


def install(app: Flask) -> None:
    """Answer every error of ``app`` from here; blueprints may answer their own before."""
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(errors.JournalError, _journal_error)


def status_of(error: errors.JournalError) -> HTTPStatus:
    """Return the HTTP status that says best what happened."""
    for kind, status in _STATUS:
        if isinstance(error, kind):
            return status
    return HTTPStatus.INTERNAL_SERVER_ERROR


def failure_of(error: errors.JournalError) -> Failure:
    """Return what people and modules are told about ``error``."""
    return Failure(
        int(status_of(error)),
        error.code,
        messages.sentence(error),
        messages.next_step(error),
        error.params,
    )


def _journal_error(error: errors.JournalError) -> Response:
    failure = failure_of(error)
    if failure.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("%s at %s", error.code, request.endpoint, exc_info=error)
    response = _answer(failure)
    if isinstance(error, errors.TooManyAttempts):
        response.headers["Retry-After"] = str(error.params["seconds"])
    elif isinstance(error, errors.StoreUnavailable):
        response.headers["Retry-After"] = str(_RETRY_SECONDS)
    return response


def _http_error(error: HTTPException) -> Response:
    # Routing asks for a redirect to the right address by an exception, too.
    if error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return make_response(error.get_response())
    if isinstance(error, SecurityError):
        # Under a foreign name no address of this program can be built, so there is no page either.
        return Response("unknown host\n", HTTPStatus.BAD_REQUEST, content_type="text/plain")
    status = error.code
    text, step = _HTTP.get(status, _HTTP[500 if status >= 500 else 400])
    code = HTTPStatus(status).name.lower() if status in _HTTP else "http_error"
    response = _answer(Failure(status, code, str(text), str(step), {}))
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _answer(failure: Failure) -> Response:
    # A store that fails must not be asked for the name in the head of the page that says so.
    g.plain_frame = failure.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    if guard.wants_json():
        body = {
            "code": failure.code,
            "message": failure.message,
            "next_step": failure.next_step,
            "params": failure.params,
        }
        response = jsonify(error=body)
    else:
        response = make_response(render_template("shell/error.html", failure=failure))
    response.status_code = failure.status
    return response
