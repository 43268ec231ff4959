"""A batch of documents in fewer bytes, between our own programs only.

Most of what a compressed batch of edits weighs is digests, which cannot be compressed: of the
revisions, and of the entries in the documents. Two things help. The newest revision of a document
is a hash of the rest of it and is left out. All other digests stand together, a column for each
kind, where each character costs what it must; among the documents it would cost a quarter more.

    {"new_edits": false,
     "docs": [{"_id": ..., "_revisions": 2, ..., "entries": [{... without previous and mac}]}],
     "brief": {"ids": "<32 digits for each older revision>", "previous": "<22 characters each>",
               "macs": "<22 characters each>", "sum": "<of all ids and newest revisions>"}}

A document in any other form stands among them as it is. ``sum`` says that both sides mean the same
revisions; where it does not fit, or anything else, the batch is refused as a whole and sent again
as it is. A server says in ``GET /{db}`` that it takes this.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sync import errors
from sync.documents import canonical, compact_json
from sync.replication import wire
from sync.store.values import RevisionPath

#: What a server that takes it lists under ``takes``, and its refusal of a batch that does not fit.
NAME = "brief"
REFUSAL = "brief_form"
_ID, _DIGEST = 32, 22
_IDS = re.compile(f"(?:[0-9a-f]{{{_ID}}})*")
_LEFT_OUT = ["previous", "mac"]
_WORTH_IT = 8


class NotBrief(errors.ProtocolViolation):
    """The parts of a batch do not fit together."""

    code = REFUSAL


class _Columns:
    def __init__(self) -> None:
        self.ids: list[str] = []
        self.previous: list[str] = []
        self.macs: list[str] = []


def is_worth_it(paths: Sequence[RevisionPath]) -> bool:
    """Tell whether a batch is large, and most of it edits: two thirds of those are digests.

    First revisions would save a third, too, but cost the server a hash for each.
    """
    edits = sum([len(path.revisions) > 1 for path in paths])
    return edits >= _WORTH_IT and edits > len(paths) / 2


def bulk_of(paths: Sequence[RevisionPath]) -> bytes:
    """Return the body of ``_bulk_docs`` that hands over these revisions."""
    columns = _Columns()
    documents = [_shortened(path, columns) for path in paths]
    brief = {
        "ids": "".join(columns.ids),
        "previous": "".join(columns.previous),
        "macs": "".join(columns.macs),
        "sum": _sum_of((path.id, path.rev) for path in paths),
    }
    return compact_json.encode({"new_edits": False, "docs": documents, "brief": brief})


def _shortened(path: RevisionPath, columns: _Columns) -> dict[str, Any]:
    generation = canonical.generation_of(path.rev)
    entries = path.value.get("entries")
    older = "".join([rev.partition("-")[2] for rev in path.revisions[1:]])
    if (
        path.deleted
        or len(path.revisions) != generation
        or len(older) != (generation - 1) * _ID
        or not _IDS.fullmatch(older)
        or not isinstance(entries, list)
        or not all(map(_is_usual, entries))
    ):
        return wire.document_of(path)
    columns.ids.append(older)
    shorter = []
    for entry in entries:
        rest = dict(entry)
        columns.macs.append(rest.pop("mac"))
        if rest["previous"]:
            columns.previous.append(rest.pop("previous"))
        shorter.append(rest)
    return {"_id": path.id, "_revisions": generation, **path.value, "entries": shorter}


def _is_usual(entry: Any) -> bool:
    """Tell whether an entry is the same again when its digests are put back at its end."""
    if not isinstance(entry, dict) or [*entry][-2:] != _LEFT_OUT:
        return False
    previous, mac = entry["previous"], entry["mac"]
    return (
        isinstance(mac, str)
        and len(mac) == _DIGEST
        and isinstance(previous, str)
        and len(previous) in (0, _DIGEST)
    )


def completed(body: Mapping[str, Any]) -> tuple[list[Any], list[int | None]]:
    """Return the documents of a batch as they were; those in the brief form are changed in place.

    Returns:
        The documents, and for each of them how long that was of which its revision was made here;
        None for one that was not in the brief form.
    Raises:
        NotBrief: something is missing or left over, or the revisions are not those that were meant.
    """
    documents, brief = body.get("docs"), body.get(NAME)
    if not isinstance(documents, list) or not isinstance(brief, dict):
        raise NotBrief
    ids = _parts(brief.get("ids"), _ID)
    previous, macs = _parts(brief.get("previous"), _DIGEST), _parts(brief.get("macs"), _DIGEST)
    try:
        hashed = [
            _complete(document, ids, previous, macs)
            if isinstance(document, dict) and type(document.get("_revisions")) is int
            else None
            for document in documents
        ]
        meant = _sum_of((one["_id"], one["_rev"]) for one in documents)
    except (StopIteration, KeyError, TypeError, AttributeError, ValueError) as error:
        raise NotBrief from error
    if meant != brief.get("sum") or any(next(column, None) for column in (ids, previous, macs)):
        raise NotBrief
    return documents, hashed


def _complete(
    document: dict[str, Any], ids: Iterator[str], previous: Iterator[str], macs: Iterator[str]
) -> int:
    generation = document.pop("_revisions")
    # Bounded by the column: there is no more to take than was sent.
    older = [next(ids) for _ in range(generation - 1)]
    for entry in document["entries"]:
        if "previous" not in entry:
            entry["previous"] = next(previous)
        entry["mac"] = next(macs)
    value = canonical.without_underscored(document)
    if len(value) != len(document) - 1:  # nothing that the id would not cover
        raise NotBrief
    parent = f"{generation - 1}-{older[0]}" if older else None
    # No float travels in this form. If one does, the sum over the batch is another.
    rev, size = canonical.revision_and_size(parent, False, value, is_plain=True)
    document["_rev"] = rev
    document["_revisions"] = {"start": generation, "ids": [rev.partition("-")[2], *older]}
    return size


def _parts(column: Any, width: int) -> Iterator[str]:
    if not isinstance(column, str) or len(column) % width:
        raise NotBrief
    return iter([column[start : start + width] for start in range(0, len(column), width)])


def _sum_of(named: Iterator[tuple[str, str]]) -> str:
    return hashlib.sha256("\n".join(map(" ".join, named)).encode()).hexdigest()[:_ID]
