"""Documents as they travel: CouchDB's JSON form of a revision with its history.

    {"_id": "a", "_rev": "3-c", "_revisions": {"start": 3, "ids": ["c", "b", "a"]},
     "_deleted": true, "field": ...}

Both ends of the wire read and write it here. What a document is about is not looked at.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sync import errors
from sync.documents import canonical, compact_json
from sync.store.values import RevisionPath

#: Fields beginning with ``_`` that CouchDB knows. Of these ``_attachments`` is not kept, and the
#: last four are said of a document in answers and mean nothing in a request.
KNOWN_FIELDS = frozenset(
    {
        "_id",
        "_rev",
        "_revisions",
        "_deleted",
        "_attachments",
        "_conflicts",
        "_deleted_conflicts",
        "_revs_info",
        "_local_seq",
    }
)
MAX_DIGEST_LENGTH = 256  # CouchDB and PouchDB make 32; some tests of others are longer
# A generation from 1 up of at most 15 digits, a dash, any digest of a bounded length.
_REVISION = re.compile(f"[1-9][0-9]{{0,14}}-.{{1,{MAX_DIGEST_LENGTH}}}", re.DOTALL)


class MalformedDocument(errors.ProtocolViolation):
    """A document that CouchDB would not take either. Params: ``problem``, CouchDB's words."""

    code = "malformed_document"


def path_of(document: Any, hashed_bytes: int | None = None) -> RevisionPath:
    """Return the revision that a travelling document stands for.

    ``hashed_bytes`` is given where its ``_rev`` was made here, from its content.

    A document with attachments keeps ``_attachments`` in its value, which no store takes; see
    ``has_attachments``.

    Raises:
        MalformedDocument: no object; a bad ``_id`` or ``_rev``; a history that does not fit the
            revision; an unknown ``_`` field.
    """
    fields = checked_fields(document)
    rev = document.get("_rev")
    if not is_revision(rev):
        raise MalformedDocument(problem="Invalid rev format")
    return RevisionPath(
        checked_id(document.get("_id")),
        _revisions(rev, document.get("_revisions")),
        document.get("_deleted") is True,
        fields,
        hashed_bytes,
    )


def checked_fields(document: Any) -> dict[str, Any]:
    """Return the value of a document: its fields without ``_``, and attachments if it has some.

    Raises:
        MalformedDocument: no object, an unknown ``_`` field, or ``_deleted`` is no truth value.
    """
    if not isinstance(document, dict):
        raise MalformedDocument(problem="Document must be a JSON object")
    value = {name: part for name, part in document.items() if name[:1] != "_"}
    special = document.keys() - value.keys()
    if not special <= KNOWN_FIELDS:
        name = min(special - KNOWN_FIELDS)
        raise MalformedDocument(problem=f"Bad special document member: {name[:80]}")
    if document.get("_attachments"):
        value["_attachments"] = document["_attachments"]
    if not isinstance(document.get("_deleted", False), bool):
        raise MalformedDocument(problem="_deleted must be true or false")
    return value


def has_attachments(value: Mapping[str, Any]) -> bool:
    """Tell whether the value came with attachments, which the journal's stores do not keep."""
    return "_attachments" in value


def checked_id(doc_id: Any) -> str:
    """Return a document id that CouchDB would take.

    Raises:
        MalformedDocument: no text, empty, or reserved (``_design/…`` is allowed, and opaque).
    """
    if not isinstance(doc_id, str):
        raise MalformedDocument(problem="Document id must be a string")
    if not doc_id:
        raise MalformedDocument(problem="Document id must not be empty")
    if doc_id.startswith("_") and not (doc_id.startswith("_design/") and len(doc_id) > 8):
        raise MalformedDocument(problem="Only reserved document ids may start with underscore.")
    return doc_id


def is_revision(text: Any) -> bool:
    """Tell whether ``text`` is a revision id: a generation from 1 up, a dash, any short digest."""
    return isinstance(text, str) and _REVISION.fullmatch(text) is not None


def _revisions(rev: str, history: Any) -> tuple[str, ...]:
    """Return the revision and its ancestors, newest first."""
    if history is None:
        return (rev,)
    start = history.get("start") if isinstance(history, dict) else None
    digests = history.get("ids") if isinstance(history, dict) else None
    if not isinstance(start, int) or isinstance(start, bool) or not isinstance(digests, list):
        raise MalformedDocument(problem="_revisions must have start and ids")
    if not digests or len(digests) > start or not all(map(_is_digest, digests)):
        raise MalformedDocument(problem="_revisions ids do not fit their start")
    revisions = tuple([f"{start - age}-{digest}" for age, digest in enumerate(digests)])
    if revisions[0] != rev:
        raise MalformedDocument(problem="_revisions do not lead to _rev")
    return revisions


def _is_digest(text: Any) -> bool:
    return isinstance(text, str) and 0 < len(text) <= MAX_DIGEST_LENGTH


def document_of(path: RevisionPath) -> dict[str, Any]:
    """Return the travelling form of a revision, its whole history included."""
    document: dict[str, Any] = {
        "_id": path.id,
        "_rev": path.rev,
        "_revisions": revisions_field(path.revisions),
    }
    if path.deleted:
        document["_deleted"] = True
    document.update(path.value)
    return document


def written(path: RevisionPath) -> bytes:
    """Return the travelling form of a revision as JSON."""
    return compact_json.encode(document_of(path))


def bulk_of(documents: Iterable[bytes]) -> bytes:
    """Return the body of ``_bulk_docs`` that hands over revisions, each ``written`` before."""
    return b'{"new_edits":false,"docs":[' + b",".join(documents) + b"]}"


def revisions_field(revisions: Sequence[str]) -> dict[str, Any]:
    """Return ``_revisions`` for a path, newest first."""
    return {
        "start": canonical.generation_of(revisions[0]),
        "ids": [revision.partition("-")[2] for revision in revisions],
    }
