"""How the program's other commands reach the running one: over loopback, with a secret from a file.

    control.json     {"port", "secret"}, readable by the owner of the data folder only; there while
                     the program runs

    POST /control/sync-now      one sync, now; answers when it is over
    GET  /control/status        how the sync stands

Browsers are kept out: they cannot know the secret, and no cookie counts here.
"""

import hmac
import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import requests
from flask import Blueprint, Response, jsonify, request

from node import settings
from node.settings import Settings
from sync import errors
from sync.web import access

_SECRET_BYTES = 32
_SCHEME = "Bearer "
_CONNECT_SECONDS = 3.0
#: The first sync of a node brings the whole school.
_ANSWER_SECONDS = 900.0


@dataclass(frozen=True)
class Call:
    """How to reach a running program."""

    port: int
    secret: str


@contextmanager
def announced(chosen: Settings, port: int, secret: str) -> Iterator[None]:
    """Let other commands find this program for as long as it serves.

    Raises:
        errors.StoreUnavailable: the file cannot be written.
    """
    try:
        settings.write_private(
            chosen.control_file, json.dumps({"port": port, "secret": secret}) + "\n"
        )
    except OSError as error:
        raise errors.StoreUnavailable(
            code="store_not_opened", hint="check_folder_rights"
        ) from error
    try:
        yield
    finally:
        chosen.control_file.unlink(missing_ok=True)


def new_secret() -> str:
    """Return a secret for one life of the program."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def read(control_file: Path) -> Call | None:
    """Return how to reach the program; None if it does not run, or did not end cleanly.

    A file that was left by a crash names a port where nobody, or somebody else, listens: whoever
    answers there does not know the secret.
    """
    try:
        said = json.loads(control_file.read_text("utf-8"))
        return Call(int(said["port"]), str(said["secret"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def ask(call: Call, method: str, what: str) -> dict[str, Any] | None:
    """Ask the running program; None if it is not there after all.

    Raises:
        errors.StoreUnavailable: it runs and answered with a failure.
    """
    with requests.Session() as session:
        session.trust_env = False
        try:
            answer = session.request(
                method,
                f"http://{settings.HOST}:{call.port}/control/{what}",
                headers={"Authorization": _SCHEME + call.secret},
                timeout=(_CONNECT_SECONDS, _ANSWER_SECONDS),
                allow_redirects=False,
            )
        except requests.RequestException:
            return None
    if answer.status_code == HTTPStatus.OK:
        try:
            said = answer.json()
        except requests.JSONDecodeError:
            return None
        return said if isinstance(said, dict) else None
    if answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
        raise errors.StoreUnavailable
    return None


def create_blueprint(
    secret: str,
    *,
    sync_now: Callable[[], Mapping[str, Any]],
    status: Callable[[], Mapping[str, Any]],
) -> Blueprint:
    """Return the routes; both answers are JSON objects."""
    blueprint = Blueprint("control", __name__, url_prefix="/control")

    def refused() -> Response | None:
        shown = request.headers.get("Authorization", "")
        if hmac.compare_digest(shown.encode(), (_SCHEME + secret).encode()):
            return None
        return Response(status=HTTPStatus.NOT_FOUND)

    @blueprint.post("/sync-now")
    def run_sync() -> Response:
        """Sync once, and say what came of it."""
        return refused() or jsonify(sync_now())

    @blueprint.get("/status")
    def tell_status() -> Response:
        """Say how the sync stands."""
        return refused() or jsonify(status())

    return access.own_guard(blueprint)
