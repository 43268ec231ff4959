"""One HTTP request to another server, and what its answer may be taken for.

A school's network puts strange things between a classroom PC and the server: the page of a hotspot
with status 200, a proxy's error page, a connection that stays open and says nothing. Nothing is
taken for data unless status, content type and JSON are right, and whatever is not our server's
answer is the same as no answer: try again later, move nothing.

    3xx, a page instead of JSON, no answer, cut, 408, 425, 429, 5xx     PeerUnreachable
    401, 403 (as JSON)                                                  CredentialsRefused
    413; an answer larger than the bound                                RequestTooLarge
    404 where the caller can do with it                                 None
    any other 4xx (as JSON)                                             PeerRefused

All limits of time are read from a monotonic clock: the PC's own may jump by years.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests
import urllib3

from sync import errors
from sync.documents import compact_json, strict_json
from sync.replication import compression

_PIECE_BYTES = 64 * 1024
_MOST_REFUSAL_BYTES = 64 * 1024
#: Deep enough for documents of stock databases; journal documents are bounded by the gateway.
MAX_DEPTH = 100
# A server may ask for more patience than our own ceiling, but must not silence a node for a day.
_MOST_RETRY_AFTER_SECONDS = 900
_NOT_NOW = frozenset({408, 425, 429})
_ACCEPTED = {"Accept": "application/json", "Accept-Encoding": "gzip"}


@dataclass(frozen=True)
class Patience:
    """How long to wait, in seconds, and how much to take, in bytes."""

    connect_seconds: float = 10.0
    silence_seconds: float = 30.0
    answer_seconds: float = 120.0
    most_answer_bytes: int = 64 * 1024 * 1024


@dataclass(frozen=True)
class Answer:
    """What a server said: the JSON value, and when by its own clock."""

    value: Any
    served_at: datetime | None


@dataclass(frozen=True)
class Packed:
    """A JSON body as it goes out, with the headers that say so."""

    data: bytes
    headers: Mapping[str, str]


def packed(data: bytes, level: int = compression.AHEAD) -> Packed:
    """Return JSON, compressed if that is worth it, as ``ask`` takes it for a body."""
    headers = {"Content-Type": "application/json"}
    if len(data) >= compression.WORTH_COMPRESSING_BYTES:
        headers["Content-Encoding"] = "gzip"
        data = compression.compress(data, level)
    return Packed(data, headers)


def encode(value: Any) -> bytes:
    """Return the bytes of a JSON body: UTF-8 as it is, no spaces."""
    return compact_json.encode(value)


def ask(
    session: requests.Session,
    method: str,
    url: str,
    *,
    body: Any = None,
    parameters: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    patience: Patience,
    may_be_empty: bool = False,
    monotonic: Callable[[], float] = time.monotonic,
) -> Answer | None:
    """Send one request and return what it was answered; None for a 404 that is JSON.

    The body is any JSON value, or one that was ``packed`` before.
    Only where it ``may_be_empty`` a 204 is an answer, of value None: a hotspot says that, too.

    Raises:
        errors.PeerUnreachable, errors.CredentialsRefused, errors.RequestTooLarge,
        errors.PeerRefused: see the table of the module. Params: ``status``, ``retry_after``
        (whole seconds) where there are such.
    """
    sent = _sent(body)
    deadline = monotonic() + patience.answer_seconds
    try:
        with session.request(
            method,
            url,
            params=parameters,
            data=sent.data or None,
            headers={**_ACCEPTED, **sent.headers, **(headers or {})},
            timeout=(patience.connect_seconds, patience.silence_seconds),
            stream=True,
            allow_redirects=False,
        ) as response:
            if may_be_empty and response.status_code == 204:
                return Answer(None, _served_at(response.headers))
            return _understood(response, lambda: monotonic() > deadline, patience)
    except requests.exceptions.SSLError as error:
        raise errors.PeerUnreachable(code="peer_certificate") from error
    except (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError) as error:
        raise errors.PeerUnreachable(code="peer_timeout") from error
    except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        raise errors.PeerUnreachable from error


def _sent(body: Any) -> Packed:
    if isinstance(body, Packed):
        return body
    return Packed(b"", {}) if body is None else packed(encode(body))


def _understood(
    response: requests.Response, overdue: Callable[[], bool], patience: Patience
) -> Answer | None:
    status = response.status_code
    if status == 413:
        raise errors.RequestTooLarge
    if status in _NOT_NOW or status >= 500:
        raise errors.PeerUnreachable(
            code="peer_busy", status=status, retry_after=_retry_after(response.headers)
        )
    is_json = _media_type(response.headers) == "application/json"
    if not is_json or status < 200 or 300 <= status < 400:
        raise errors.PeerUnreachable(code="peer_page", status=status)
    most = patience.most_answer_bytes if status < 300 else _MOST_REFUSAL_BYTES
    value = _json_of(response, overdue, most)
    if status < 300:
        return Answer(value, _served_at(response.headers))
    if status in (401, 403):
        raise errors.CredentialsRefused(status=status)
    if status == 404:
        return None
    raise errors.PeerRefused(status=status, said=_error_word(value))


def _json_of(response: requests.Response, overdue: Callable[[], bool], most: int) -> Any:
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    pieces = _pieces(response, overdue)
    try:
        if encoding in ("gzip", "x-gzip"):
            data = compression.inflate(pieces, most)
        elif encoding in ("", "identity"):
            data = compression.collect(pieces, most)
        else:
            raise errors.PeerUnreachable(code="peer_page")
        return strict_json.loads(data, max_depth=MAX_DEPTH)
    except compression.TooMuch as error:
        raise errors.RequestTooLarge from error
    except (compression.Damaged, errors.MalformedJson) as error:
        # A connection cut without a length looks like this, too: as good as no answer.
        raise errors.PeerUnreachable(code="peer_page") from error


def _pieces(response: requests.Response, overdue: Callable[[], bool]) -> Iterator[bytes]:
    # Undecoded: the library would inflate a piece without any bound.
    for piece in response.raw.stream(_PIECE_BYTES, decode_content=False):
        if overdue():
            raise errors.PeerUnreachable(code="peer_timeout")
        yield piece


def _media_type(headers: Mapping[str, str]) -> str:
    return headers.get("Content-Type", "").partition(";")[0].strip().lower()


def _error_word(value: Any) -> str:
    word = value.get("error") if isinstance(value, dict) else None
    return word[:80] if isinstance(word, str) else ""


def _served_at(headers: Mapping[str, str]) -> datetime | None:
    return _http_date(headers.get("Date", ""))


def _http_date(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _retry_after(headers: Mapping[str, str]) -> int:
    """Return how many seconds the server asks us to stay away; 0 if it does not say.

    A date is measured against the server's own clock, because ours may be wrong.
    """
    asked = headers.get("Retry-After", "").strip()
    if asked.isascii() and asked.isdigit():
        seconds = int(asked[:9])
    else:
        until, now = _http_date(asked), _served_at(headers)
        seconds = int((until - now).total_seconds()) if until and now else 0
    return max(0, min(seconds, _MOST_RETRY_AFTER_SECONDS))
