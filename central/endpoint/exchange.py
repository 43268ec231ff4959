"""Requests and answers of the protocol: strict JSON in, JSON out, gzip both ways, all bounded."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import unquote_to_bytes, urlsplit

from flask import Request, Response

from central.endpoint import refusals
from sync import errors
from sync.documents import compact_json, strict_json
from sync.replication import compression, http_answers, wire

_PIECE_BYTES = 64 * 1024
#: Streams are handed on in pieces of about this size, so that each is worth compressing.
_STREAM_CHARACTERS = 32 * 1024
#: Up to this length an answer is made before it is sent: then the connection can stay open.
_WHOLE_BYTES = 2 * 1024 * 1024
_HEADERS = {"Cache-Control": "must-revalidate", "Vary": "Accept-Encoding"}

Shape = TypeVar("Shape")


@dataclass(frozen=True)
class Limits:
    """How much one request may bring."""

    body_bytes: int = 16 * 1024 * 1024  # as sent, and again after inflating
    depth: int = http_answers.MAX_DEPTH
    document_bytes: int = 8_000_000  # CouchDB's own default
    rows: int = 20_000  # documents, keys or ids named by one request


# ---------------------------------------------------------------------------------------- requests


def raw_segments(request: Request, rest: str) -> list[str]:
    """Return the segments of the path below the blueprint, decoded one by one.

    The server's PATH_INFO is decoded as a whole, so an id with a slash would fall into two.

    Args:
        rest: what the route took for the path below the blueprint, decoded.
    """
    before = request.script_root + request.path[: len(request.path) - len(rest)]
    uri = request.environ.get("REQUEST_URI") or request.environ.get("RAW_URI")
    raw = urlsplit(uri).path if uri and "://" in uri[:8] else (uri or "").partition("?")[0]
    if not raw:
        raise refusals.bad_request("The server does not pass on the address as it was asked for.")
    segments = raw.split("/")[before.count("/") :]
    if segments and segments[-1] == "":
        segments.pop()
    try:
        return [unquote_to_bytes(segment).decode("utf-8") for segment in segments]
    except UnicodeDecodeError as error:
        raise refusals.bad_request("The address is not UTF-8.") from error


def body_of(request: Request, limits: Limits) -> Any:
    """Return the JSON of a request's body, None if it has none.

    Raises:
        Refusal: 413 too large as sent or inflated; 400 damaged, or not strict JSON.
    """
    return _sized_body(request, limits)[0]


def _sized_body(request: Request, limits: Limits) -> tuple[Any, int]:
    try:
        data = _unpacked(request, limits)
    except compression.TooMuch as error:
        raise refusals.too_large() from error
    except compression.Damaged as error:
        raise refusals.bad_request("The body is no complete gzip stream.") from error
    if not data:
        return None, 0
    try:
        return strict_json.loads(data, max_depth=limits.depth), len(data)
    except errors.MalformedJson as error:
        raise refusals.bad_request(f"invalid UTF-8 JSON: {error.params.get('problem')}") from error


def _unpacked(request: Request, limits: Limits) -> bytes:
    if (request.content_length or 0) > limits.body_bytes:
        raise compression.TooMuch
    pieces = _pieces(request)
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding in ("gzip", "x-gzip"):
        return compression.inflate(pieces, limits.body_bytes)
    if encoding in ("", "identity"):
        return compression.collect(pieces, limits.body_bytes)
    raise refusals.unsupported("Content-Encoding must be gzip or identity.")


def _pieces(request: Request) -> Iterator[bytes]:
    while piece := request.stream.read(_PIECE_BYTES):
        yield piece


def object_of(request: Request, limits: Limits) -> dict[str, Any]:
    """Return the JSON object of a POST or PUT.

    Raises:
        Refusal: see ``body_of``; 415 when it is not sent as JSON, which keeps forms of other
            sites out.
    """
    return sized_object_of(request, limits)[0]


def sized_object_of(request: Request, limits: Limits) -> tuple[dict[str, Any], int]:
    """Return ``object_of`` and its length in bytes: no document in it can be longer."""
    _require_json(request)
    body, size = _sized_body(request, limits)
    if not isinstance(body, dict):
        raise refusals.bad_request("Request body must be a JSON object")
    return body, size


def optional_object_of(request: Request, limits: Limits) -> dict[str, Any]:
    """Return the JSON object of a request, {} if there is no body."""
    _require_json(request)
    body = body_of(request, limits)
    if body is not None and not isinstance(body, dict):
        raise refusals.bad_request("Request body must be a JSON object")
    return body or {}


def _require_json(request: Request) -> None:
    if request.mimetype != "application/json":
        raise refusals.Refusal(415, "bad_content_type", "Content-Type must be application/json")


def list_of(body: Mapping[str, Any], name: str, limits: Limits) -> list[Any]:
    """Return a list that the body must have, of a bounded length."""
    value = body.get(name)
    if not isinstance(value, list):
        raise refusals.bad_request(f"`{name}` must be an array")
    if len(value) > limits.rows:
        raise refusals.too_large(f"`{name}` must not have more than {limits.rows} elements")
    return value


class Parameters:
    """The query of an address, asked for by type; a wrong type is a 400."""

    def __init__(self, given: Mapping[str, str]) -> None:
        """Read from ``given``, the first value of each name."""
        self._given = given

    def text(self, name: str) -> str | None:
        """Return the text as it was given."""
        return self._given.get(name)

    def flag(self, name: str, default: bool = False) -> bool:
        """Return true or false."""
        given = self._given.get(name)
        if given is None:
            return default
        if given not in ("true", "false"):
            raise refusals.bad_request(
                f"Invalid value for boolean parameter: {name}", "query_parse_error"
            )
        return given == "true"

    def number(self, name: str) -> int | None:
        """Return a whole number from 0 up."""
        given = self._given.get(name)
        if given is None:
            return None
        if not given.isascii() or not given.isdigit() or len(given) > 15:
            raise refusals.bad_request(
                f"Invalid value for integer parameter: {name}", "query_parse_error"
            )
        return int(given)

    def json(self, *names: str) -> Any:
        """Return the JSON value of the first of ``names`` that is given, None if none is."""
        for name in names:
            given = self._given.get(name)
            if given is not None:
                try:
                    return strict_json.loads(given.encode("utf-8"))
                except (errors.MalformedJson, UnicodeEncodeError) as error:
                    raise refusals.bad_request("invalid UTF-8 JSON") from error
        return None

    def has(self, *names: str) -> bool:
        """Tell whether one of ``names`` is given."""
        return any(name in self._given for name in names)

    def revision(self, name: str = "rev") -> str | None:
        """Return a revision id."""
        given = self._given.get(name)
        if given is not None and not wire.is_revision(given):
            raise refusals.bad_request("Invalid rev format")
        return given


# ----------------------------------------------------------------------------------------- answers


def answer(
    request: Request, value: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return a JSON answer."""
    return _whole(request, http_answers.encode(value) + b"\n", status, headers or {})


def refused(request: Request, refusal: refusals.Refusal) -> Response:
    """Return the answer of a refusal."""
    body = {"error": refusal.error, "reason": refusal.reason}
    return answer(request, body, refusal.status, refusal.headers)


def streamed(request: Request, texts: Iterator[str]) -> Response:
    """Return a JSON answer that, if it is long, is made while it is sent, in constant memory."""
    pieces = _gathered(texts)
    first: list[bytes] = []
    length = 0
    for piece in pieces:
        first.append(piece)
        length += len(piece)
        if length > _WHOLE_BYTES:
            return _endless(request, itertools.chain(first, pieces))
    return _whole(request, b"".join(first), 200, {})


def _whole(request: Request, data: bytes, status: int, headers: Mapping[str, str]) -> Response:
    said = {**_HEADERS, **headers}
    if len(data) >= compression.WORTH_COMPRESSING_BYTES and _takes_gzip(request):
        data = compression.compress(data)
        said["Content-Encoding"] = "gzip"
    return Response(data, status, said, mimetype="application/json")


def _endless(request: Request, pieces: Iterator[bytes]) -> Response:
    said = dict(_HEADERS)
    if _takes_gzip(request):
        pieces = compression.compressed(pieces)
        said["Content-Encoding"] = "gzip"
    return Response(pieces, 200, said, mimetype="application/json")


def json_text(value: Any) -> str:
    """Return the JSON of a part of a stream."""
    return compact_json.encode(value).decode("utf-8")


def _gathered(texts: Iterator[str]) -> Iterator[bytes]:
    waiting: list[str] = []
    length = 0
    for text in texts:
        waiting.append(text)
        length += len(text)
        if length >= _STREAM_CHARACTERS:
            yield "".join(waiting).encode("utf-8")
            waiting, length = [], 0
    yield "".join(waiting).encode("utf-8")


def _takes_gzip(request: Request) -> bool:
    return request.accept_encodings["gzip"] > 0 and bool(request.headers.get("Accept-Encoding"))
