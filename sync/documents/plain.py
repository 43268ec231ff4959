"""Journal documents that hold just what this version knows, read in C; nearly all of them are.

To look at each field, each entry and each number of a document in Python takes longer than to store
it. msgspec compares a whole value with a type in a microsecond and makes the views of its entries
meanwhile. So for each kind there is a type, made from the same table (``kinds.FIELDS``); a value
that fits it

    - is one in which ``kinds.check`` finds nothing, but perhaps its size,
    - has entries that ``entry.parse`` takes, and holds no others,
    - holds no float, no larger integer than peers carry, nothing nested but the entries.

Whatever does not fit, however little, is no error here: ``read`` says None, and the exact checks
are asked, which say what is wrong, or that nothing is (fields of a newer version). So the type may
be too strict, never too lax; the tests compare the two over random changes of documents.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from sync.documents import entry, kinds
from sync.documents.entry import Entry

_Number = Annotated[int, Meta(ge=-kinds.MAX_INTEGER, le=kinds.MAX_INTEGER)]
_Scalar = None | bool | str | _Number
_Digest = Annotated[str, Meta(min_length=entry.DIGEST_LENGTH, max_length=entry.DIGEST_LENGTH)]


class _Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """The view of a plain entry: all attributes of ``Entry``, but made in a quarter of its time."""

    field: str
    old: _Scalar
    new: _Scalar
    author: str
    node: str
    epoch: str
    seq: Annotated[int, Meta(ge=1, le=kinds.MAX_INTEGER)]
    written_at: datetime
    previous: str
    mac: _Digest
    # What is not there is None, but null is no offset and no reason.
    clock_offset: _Number = None  # type: ignore[assignment]
    clock_suspect: bool = False
    reason: Annotated[str, Meta(max_length=entry.MAX_REASON)] = None  # type: ignore[assignment]

    @property
    def key(self) -> tuple[str, str, int]:
        """Return what names an entry, as ``Entry.key``."""
        return (self.node, self.epoch, self.seq)


def _type_of(kind: str) -> Any:
    """Return the type of a kind's plain values."""
    fields: list[Any] = [
        ("kind", Literal[kind]),
        ("schema", Literal[kinds.SCHEMA]),
        ("entries", list[_Step]),
    ]
    fields += [(name, rule.type, None) for name, rule in kinds.FIELDS[kind].items()]
    fields += [(name, bool | None, None) for name in sorted(kinds.CENTRAL_FIELDS)]
    return msgspec.defstruct(
        f"Plain_{kind}", fields, forbid_unknown_fields=True, frozen=True, gc=False
    )


_TYPES = {kind: _type_of(kind) for kind in kinds.FIELDS}


def read(kind: str, value: Mapping[str, Any]) -> Sequence[Entry] | None:
    """Return the views of a plain value's entries; None if the exact checks have to be asked."""
    wanted = _TYPES.get(kind)
    raw = value.get("entries")
    if wanted is None or type(raw) is not list:
        return None
    try:
        steps: Sequence[Any] = msgspec.convert(value, wanted).entries
    except msgspec.ValidationError:
        return None
    # msgspec takes other forms of instants as well.
    for one in raw:
        if not entry.is_instant_text(one["written_at"]):
            return None
    return steps
