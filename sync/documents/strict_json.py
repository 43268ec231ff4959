"""JSON read once and strictly, before anything is stored.

Python's own reader takes the last of two equal keys, ``NaN``, ``1e400``, lone surrogates, UTF-16
and 100,000 nested brackets. Each of these has broken some system: two readers that disagree about
a duplicate key made strangers administrators (CVE-2017-12635). Here each is an error with a
position where there is one, and what is stored and sent on is our own writing of the parsed value.

There are two ways, with one answer. msgspec reads ten times as fast, but lets duplicate keys pass.
So what it has read is written again, which is faster still: where the same bytes come out nothing
was dropped, doubled, rounded or spelt in another way, and the value is taken. That is so with
whatever our own programs send. Anything else is read slowly, by the rules below.
"""

import json
import re
from typing import Any

import msgspec

from sync import errors

MAX_DEPTH = 20
# 2**53 - 1 is the largest integer that JavaScript peers carry exactly; larger ones are kept by
# the bare store but refused in journal documents (``documents.kinds``).
_MAX_INTEGER_DIGITS = 400
_SURROGATES = re.compile("[\ud800-\udfff]")
_STRINGS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_NOT_READ = object()
_WHOLES = frozenset({dict, list})
# Every digit as 0, all else as a space: a search for a fixed row is ten times as fast as a pattern.
_AS_DIGITS = bytes(b"0 "[not chr(byte).isdigit()] if byte < 128 else 32 for byte in range(256))
_ENDLESS = b"0" * _MAX_INTEGER_DIGITS
_read = msgspec.json.Decoder().decode
_write = msgspec.json.Encoder().encode
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


def loads(data: bytes, *, max_bytes: int | None = None, max_depth: int = MAX_DEPTH) -> Any:
    """Return the JSON value in ``data``.

    Raises:
        errors.MalformedJson: not UTF-8, too long, nested too deeply, a duplicate key, NaN or
            infinity, a lone surrogate, or no JSON at all; ``params["problem"]`` names which.
    """
    if max_bytes is not None and len(data) > max_bytes:
        raise errors.MalformedJson(problem="too_long")
    value = _read_fast(data)
    if value is not _NOT_READ and _is_modest(data, [value], max_depth):
        return value
    return _read_slowly(data, max_depth)


def _read_fast(data: bytes) -> Any:
    """Return the value whose writing is exactly ``data``, or ``_NOT_READ``."""
    try:
        value = _read(data)
        written = _write(value)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return _NOT_READ
    # In strings a line's end is always an escape, so these stand between the parts only.
    same = written == data or (b"\n" in data and written == data.replace(b"\n", b""))
    return value if same else _NOT_READ


def _is_modest(data: bytes, value: Any, depth: int) -> bool:
    """Tell whether a value nests at most ``depth`` objects and lists and has no endless integer."""
    if _ENDLESS in data.translate(_AS_DIGITS):
        return False
    level = [value]
    for _ in range(depth + 1):  # level by level; a call for each part would take twice as long
        level = [
            part
            for whole in level
            for part in (whole.values() if type(whole) is dict else whole)
            if type(part) in _WHOLES
        ]
        if not level:
            return True
    return False


def _read_slowly(data: bytes, max_depth: int) -> Any:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise errors.MalformedJson(problem="not_utf8") from error
    if depth_of(data) > max_depth:
        raise errors.MalformedJson(problem="too_deep")
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object_without_duplicates,
            parse_constant=_refuse_constant,
            parse_float=_finite_float,
            parse_int=_bounded_int,
        )
    except errors.MalformedJson:
        raise
    except (ValueError, RecursionError) as error:
        raise errors.MalformedJson(problem="not_json") from error
    # A surrogate can only come from an escape: UTF-8 that holds one was refused above.
    if b"\\ud" in data or b"\\uD" in data:
        _refuse_surrogates(value)
    return value


def depth_of(data: bytes) -> int:
    """Return how deeply ``data`` nests, without parsing it (strings are skipped)."""
    if data.count(b"[") + data.count(b"{") <= MAX_DEPTH:
        return data.count(b"[") + data.count(b"{")
    depth = deepest = 0
    for byte in _STRINGS.sub(b"", data).translate(None, _NO_BRACKETS):
        if byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        else:
            depth -= 1
    return deepest


def _object_without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise errors.MalformedJson(problem="duplicate_key")
    return value


def _refuse_constant(name: str) -> Any:
    raise errors.MalformedJson(problem="not_finite")


def _finite_float(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise errors.MalformedJson(problem="not_finite")
    return number


def _bounded_int(text: str) -> int:
    if len(text) > _MAX_INTEGER_DIGITS:
        raise errors.MalformedJson(problem="number_too_long")
    return int(text)


def _refuse_surrogates(value: Any) -> None:
    if isinstance(value, str):
        if _SURROGATES.search(value):
            raise errors.MalformedJson(problem="lone_surrogate")
    elif isinstance(value, dict):
        for name, part in value.items():
            _refuse_surrogates(name)
            _refuse_surrogates(part)
    elif isinstance(value, list):
        for part in value:
            _refuse_surrogates(part)
