"""JSON text as it is stored: compact, Cyrillic readable, every value as it was given."""

from collections.abc import Mapping
from typing import Any

import msgspec

from sync.documents import compact_json

_read = msgspec.json.Decoder().decode  # of our own writing, so nothing has to be refused


def encode(value: Any) -> str:
    """Return a JSON value as text; big integers, floats and the order of keys survive.

    Raises:
        ValueError: NaN or infinity, which are no JSON.
    """
    return compact_json.encode(value).decode("utf-8")


def decode(text: str) -> Any:
    """Return the JSON value of a stored text."""
    return _read(text)


def decode_object(text: str) -> dict[str, Any]:
    """Return the JSON object of a stored text; only objects are stored where this is used."""
    value: dict[str, Any] = _read(text)
    return value


def is_plain(value: Any) -> bool:
    """Tell whether a JSON value holds no float; to look takes as long as to write."""
    return compact_json.is_plain(value)


def encode_plain(value: Any) -> str:
    """Return ``encode`` of a value that holds no float."""
    return compact_json.encode_plain(value).decode("utf-8")


def encode_object(value: Mapping[str, Any]) -> str:
    """Return a JSON object as text; see ``encode``."""
    return compact_json.encode(value if isinstance(value, dict) else dict(value)).decode("utf-8")
