"""How a program's other commands reach the running one: over loopback, with a secret from a file.

    control.json     {"host", "port", "secret"}, readable by the owner of the data folder only;
                     there while the program runs

Each program has a blueprint of its own below ``/control``, whose views let in only those who show
the secret (``shows_secret``). Browsers are kept out: they cannot know it, and no cookie counts.
"""

import hmac
import json
import secrets
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

import requests
from flask import request

from sync import errors
from sync.store import private_file

LOOPBACK = "127.0.0.1"

_SECRET_BYTES = 32
_SCHEME = "Bearer "
_CONNECT_SECONDS = 3.0
#: The first sync of a node brings the whole school.
_ANSWER_SECONDS = 900.0
# Where a program that listens everywhere is reached from its own computer.
_INSIDE = {"0.0.0.0": LOOPBACK, "::": "::1"}  # noqa: S104 - recognised here, not bound to


@dataclass(frozen=True)
class Call:
    """How to reach a running program."""

    host: str
    port: int
    secret: str = field(repr=False)


def new_call(listener: socket.socket) -> Call:
    """Return how to reach the program behind ``listener``, with a secret for one life of it."""
    host, port = listener.getsockname()[:2]
    return Call(_INSIDE.get(host, host), port, secrets.token_urlsafe(_SECRET_BYTES))


@contextmanager
def announced(control_file: Path, call: Call) -> Iterator[None]:
    """Let other commands find this program for as long as it serves.

    Raises:
        errors.StoreUnavailable: the file cannot be written.
    """
    try:
        private_file.replace(control_file, json.dumps(asdict(call)) + "\n")
    except OSError as error:
        raise errors.StoreUnavailable(
            code="store_not_opened", hint="check_folder_rights"
        ) from error
    try:
        yield
    finally:
        control_file.unlink(missing_ok=True)


def read(control_file: Path) -> Call | None:
    """Return how to reach the program; None if it does not run, or did not end cleanly.

    A file that was left by a crash names a port where nobody, or somebody else, listens: whoever
    answers there does not know the secret.
    """
    try:
        said = json.loads(control_file.read_text("utf-8"))
        return Call(str(said["host"]), int(said["port"]), str(said["secret"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def ask(
    call: Call,
    method: str,
    what: str,
    body: Mapping[str, Any] | None = None,
    *,
    patience_seconds: float = _ANSWER_SECONDS,
) -> dict[str, Any] | None:
    """Ask the running program; None if it is not there after all.

    Args:
        body: sent as JSON.
        patience_seconds: how long the answer may take.
    Raises:
        errors.StoreUnavailable: it runs and answered with a failure.
    """
    host = f"[{call.host}]" if ":" in call.host else call.host
    # Whatever the program listens on, it answers to this name.
    headers = {"Authorization": _SCHEME + call.secret, "Host": LOOPBACK}
    with requests.Session() as session:
        session.trust_env = False
        try:
            answer = session.request(
                method,
                f"http://{host}:{call.port}/control/{what}",
                json=body,
                headers=headers,
                timeout=(_CONNECT_SECONDS, patience_seconds),
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


def shows_secret(secret: str) -> bool:
    """Tell whether who asks knows the secret; the time it takes says nothing about it."""
    shown = request.headers.get("Authorization", "")
    return hmac.compare_digest(shown.encode(), (_SCHEME + secret).encode())
