"""The one byte form of a JSON value, and the hashes made of it.

A revision id is the generation and the first 32 hexadecimal digits of SHA-256 over the canonical
form of ``[parent revision, deleted, value]``. The same edit made twice, on two machines, is
therefore one revision and not a conflict. The form never changes: it ends up in every stored
document, and golden vectors in the tests hold it.

Canonical form: UTF-8, object keys in code-point order, no spaces, non-ASCII characters as they are,
control characters, quote and backslash escaped as Python's ``json`` does it. The value is the
document without its ``_`` fields, unknown fields included. Journal documents hold no floats.
"""

import binascii
import hashlib
from collections.abc import Mapping
from typing import Any

from sync.documents import compact_json

#: ``encode`` for values that hold no float, such as ``plain`` has read: to look for floats takes as
#: long as writing, and where somebody has looked, that is not repeated.
encode_plain = compact_json.encode_plain_sorted

_DIGEST_BYTES = 16
_DIGEST_CHARACTERS = 22  # without padding
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_REVISION_HEX_DIGITS = 32


def encode(value: Any) -> bytes:
    """Return the canonical bytes of a JSON value.

    Raises:
        ValueError: NaN or infinity, or a lone surrogate; neither passes ``strict_json``.
    """
    return compact_json.encode_sorted(value)


def without_underscored(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value of a document: all its fields but those CouchDB reserves (``_id`` …)."""
    return {name: value for name, value in document.items() if not name.startswith("_")}


def revision_of(parent: str | None, deleted: bool, value: Mapping[str, Any]) -> str:
    """Return the revision id of an edit of ``parent`` (None: a first edit) to ``value``.

    ``value`` must have no ``_`` fields.
    """
    return revision_and_size(parent, deleted, value)[0]


def revision_and_size(
    parent: str | None, deleted: bool, value: Mapping[str, Any], *, is_plain: bool = False
) -> tuple[str, int]:
    """Return ``revision_of``, and a length that the canonical bytes of ``value`` do not exceed.

    ``is_plain``: the value holds no float, see ``encode_plain``.
    """
    generation = 1 if parent is None else generation_of(parent) + 1
    named = (encode_plain if is_plain else encode)([parent, deleted, value])
    digest = hashlib.sha256(named).hexdigest()
    return f"{generation}-{digest[:_REVISION_HEX_DIGITS]}", len(named)


def generation_of(revision: str) -> int:
    """Return the generation of a revision id such as ``3-9f…``; ValueError if it is not one."""
    number, dash, digest = revision.partition("-")
    if not dash or not digest or not number.isascii() or not number.isdigit() or int(number) < 1:
        raise ValueError(revision)
    return int(number)


def digest16(data: bytes) -> str:
    """Return 16 bytes of BLAKE2b as base64url without padding (22 characters)."""
    return _text_of(hashlib.blake2b(data, digest_size=_DIGEST_BYTES).digest())


def keyed_digest16(key: bytes, data: bytes) -> str:
    """Return the 16-byte keyed BLAKE2b of ``data`` as base64url without padding."""
    return _text_of(hashlib.blake2b(data, digest_size=_DIGEST_BYTES, key=key).digest())


def _text_of(digest: bytes) -> str:
    # What base64.urlsafe_b64encode does, without its two further calls.
    text = binascii.b2a_base64(digest, newline=False)[:_DIGEST_CHARACTERS]
    return text.translate(_URL_SAFE).decode("ascii")
