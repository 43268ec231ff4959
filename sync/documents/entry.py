"""An entry: one step in the life of a document, who made it and where; the unit of acknowledgement.

A document is its current value plus all its entries, oldest first. Replication carries only the
bodies of leaves, so two edits made between two contacts arrive as one revision; the two entries in
it are what receipts, the quarantine and the history speak of.

    {"field": "value", "old": null, "new": 5, "author": "<staff>", "node": "<node>",
     "epoch": "<start of the node>", "seq": 1841, "written_at": "2026-10-14T07:31:05Z",
     "previous": "<digest of the node's entry before>", "mac": "<keyed digest>"}

``clock_offset`` (seconds central's clock was ahead at the last contact), ``clock_suspect`` and
``reason`` stand in an entry only when there is something to say. The MAC is made with the key that
the node shares with central since its enrolment and covers the document's id, so that an entry can
be neither changed nor moved to another mark. An entry is judged by its maker and its author, not
by the node that happens to carry it.
"""

import hmac
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import msgspec

from sync import errors
from sync.documents import canonical

#: Author of what central writes by itself: imports, merges.
CENTRAL_AUTHOR = "central"
#: Maker of every entry that is made at central, whoever decided it.
CENTRAL_NODE = "central"
#: Field of an entry that stands for the whole value (documents that central alone writes).
WHOLE = "*"
#: ``previous`` of the first entry a maker ever writes.
NO_PREVIOUS = ""

DIGEST_LENGTH = 22
MAX_REASON = 500
#: Tells whether a text has the form that ``instant_text`` writes; whether there is such a day, not.
is_instant_text = re.compile(
    r"\d{4}-\d{2}-\d{2}T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ", re.ASCII
).fullmatch
_REQUIRED = {
    "field": str,
    "author": str,
    "node": str,
    "epoch": str,
    "seq": int,
    "written_at": str,
    "previous": str,
    "mac": str,
}
_OPTIONAL = {"clock_offset": int, "clock_suspect": bool, "reason": str}


@dataclass(frozen=True, slots=True)
class Entry:
    """One step {field: old to new}; instants are aware UTC with whole seconds."""

    field: str
    old: Any
    new: Any
    author: str
    node: str
    epoch: str
    seq: int
    written_at: datetime
    clock_offset: int | None = None
    clock_suspect: bool = False
    reason: str | None = None
    previous: str = NO_PREVIOUS
    mac: str = ""

    @property
    def key(self) -> tuple[str, str, int]:
        """Return what names an entry: its node, the epoch and the number in it."""
        return (self.node, self.epoch, self.seq)

    def as_json(self) -> dict[str, Any]:
        """Return the entry as it stands in a document."""
        fields: dict[str, Any] = {
            "field": self.field,
            "old": self.old,
            "new": self.new,
            "author": self.author,
            "node": self.node,
            "epoch": self.epoch,
            "seq": self.seq,
            "written_at": instant_text(self.written_at),
            "previous": self.previous,
            "mac": self.mac,
        }
        if self.clock_offset is not None:
            fields["clock_offset"] = self.clock_offset
        if self.clock_suspect:
            fields["clock_suspect"] = True
        if self.reason is not None:
            fields["reason"] = self.reason
        return fields


class NewEntry(msgspec.Struct, frozen=True):
    """A genuine entry of a pushed document that central does not have in that document yet."""

    doc_id: str
    raw: Mapping[str, Any]
    view: Entry

    @property
    def digest(self) -> str:
        """Return what the entry is named by; made when asked for, since most are never asked."""
        return digest_of(self.doc_id, self.raw)


def seal(doc_id: str, entry: Entry, key: bytes) -> Entry:
    """Return the entry with its MAC under ``key`` (32 bytes), bound to the document's id."""
    return replace(entry, mac=_mac(doc_id, entry.as_json(), key))


def is_genuine(doc_id: str, raw: Mapping[str, Any], key: bytes, *, is_plain: bool = False) -> bool:
    """Tell whether a raw entry was sealed for this document with this key.

    The raw JSON is checked, not the parsed view: a field that this version does not know is
    covered by the MAC of the version that wrote it. ``is_plain``: it holds no float.
    """
    mac = raw.get("mac")
    if not isinstance(mac, str):
        return False
    expected = _mac(doc_id, raw, key, canonical.encode_plain if is_plain else canonical.encode)
    return hmac.compare_digest(mac.encode("utf-8"), expected.encode("utf-8"))


def digest_of(doc_id: str, raw: Mapping[str, Any], *, is_plain: bool = False) -> str:
    """Return the digest by which receipts and the maker's next entry name this one.

    ``is_plain``: it holds no float.
    """
    encode = canonical.encode_plain if is_plain else canonical.encode
    return canonical.digest16(encode([doc_id, raw]))


def parse(raw: Any) -> Entry:
    """Return the view of a raw entry.

    Raises:
        errors.MalformedEntry: a field is missing or of another type.
    """
    if not isinstance(raw, Mapping) or "old" not in raw or "new" not in raw:
        raise errors.MalformedEntry(field="entry")
    for name, kind in _REQUIRED.items():
        if type(raw.get(name)) is not kind:
            raise errors.MalformedEntry(field=name)
    for name, kind in _OPTIONAL.items():
        if name in raw and type(raw[name]) is not kind:
            raise errors.MalformedEntry(field=name)
    if raw["seq"] < 1 or len(raw["mac"]) != DIGEST_LENGTH:
        raise errors.MalformedEntry(field="mac")
    if len(raw.get("reason", "")) > MAX_REASON:
        raise errors.MalformedEntry(field="reason")
    return Entry(
        field=raw["field"],
        old=raw["old"],
        new=raw["new"],
        author=raw["author"],
        node=raw["node"],
        epoch=raw["epoch"],
        seq=raw["seq"],
        written_at=instant(raw["written_at"]),
        clock_offset=raw.get("clock_offset"),
        clock_suspect=raw.get("clock_suspect", False),
        reason=raw.get("reason"),
        previous=raw["previous"],
        mac=raw["mac"],
    )


def entries_of(value: Mapping[str, Any]) -> list[Any]:
    """Return the raw entries of a document's value, oldest first; [] if it has none."""
    raw = value.get("entries")
    return raw if isinstance(raw, list) else []


def fold(value: Mapping[str, Any], steps: Iterable[Entry]) -> dict[str, Any]:
    """Return ``value`` with each step's new value set, in order; entries are left as they are."""
    folded = dict(value)
    for step in steps:
        folded[step.field] = step.new
    return folded


def shared_prefix(leaves: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Return the raw entries that every one of the values holds: their common ancestor."""
    if not leaves:
        return []
    others = [{canonical.encode(raw) for raw in entries_of(value)} for value in leaves[1:]]
    return [
        raw
        for raw in entries_of(leaves[0])
        if all(canonical.encode(raw) in other for other in others)
    ]


def instant_text(at: datetime) -> str:
    """Return an instant as documents write it: UTC, whole seconds, ``2026-10-14T07:31:05Z``."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def instant(text: str) -> datetime:
    """Return the aware instant written as by ``instant_text``; MalformedEntry if it is not one."""
    # fromisoformat is ten times as fast as strptime, but takes many other forms as well.
    if not is_instant_text(text):
        raise errors.MalformedEntry(field="written_at")
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise errors.MalformedEntry(field="written_at") from error


def _mac(
    doc_id: str,
    raw: Mapping[str, Any],
    key: bytes,
    encode: Callable[[Any], bytes] = canonical.encode,
) -> str:
    covered = dict(raw)
    covered.pop("mac", None)
    return canonical.keyed_digest16(key, encode([doc_id, covered]))
