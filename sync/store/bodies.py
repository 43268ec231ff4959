"""JSON text as it is stored: compact, Cyrillic readable, every value as it was given."""

import json
from collections.abc import Mapping
from typing import Any

# Made once: json.dumps would make one for each call.
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def encode(value: Any) -> str:
    """Return a JSON value as text; big integers, floats and the order of keys survive.

    Raises:
        ValueError: NaN or infinity, which are no JSON.
    """
    return _ENCODER.encode(value)


def decode(text: str) -> Any:
    """Return the JSON value of a stored text."""
    return json.loads(text)


def decode_object(text: str) -> dict[str, Any]:
    """Return the JSON object of a stored text; only objects are stored where this is used."""
    value: dict[str, Any] = json.loads(text)
    return value


def encode_object(value: Mapping[str, Any]) -> str:
    """Return a JSON object as text; see ``encode``."""
    return encode(value if isinstance(value, dict) else dict(value))
