"""The values that go into and come out of a document store.

A revision id is the text ``generation-digest``, such as ``3-9f…``; received ones are opaque. A
value is the JSON object of a document without its ``_`` fields. Values that are handed out are
fresh copies; values that are handed in are not changed and must not be changed during the call.

What is made for each document of a batch is a msgspec struct: a fraction of a dataclass's time.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import msgspec


class Leaf(msgspec.Struct, frozen=True):
    """One revision of a document with its body; most often one that nothing descends from.

    ``is_plain``: somebody has looked, and the value holds no float.
    """

    id: str
    rev: str
    deleted: bool
    value: dict[str, Any]
    is_plain: bool = False


@dataclass(frozen=True)
class RevisionPath:
    """A revision with its body and its known ancestors: what replication carries.

    ``revisions`` is newest first and without gaps, such as ``("3-c", "2-b", "1-a")``; it may be
    cut short. ``deleted`` and ``value`` belong to the first of them.

    ``hashed_bytes``: the first id was made here, from the value as it would be written if it holds
    no float; so long was what was hashed. None: it came from somebody else.
    """

    id: str
    revisions: tuple[str, ...]
    deleted: bool
    value: dict[str, Any]
    hashed_bytes: int | None = field(default=None, compare=False)

    @property
    def rev(self) -> str:
        """Return the revision that the body belongs to."""
        return self.revisions[0]


class RevisionState(StrEnum):
    """What the store still has of a revision, in CouchDB's words."""

    AVAILABLE = "available"
    DELETED = "deleted"
    MISSING = "missing"


@dataclass(frozen=True)
class RevisionInfo:
    """A revision and whether its body can be read."""

    rev: str
    state: RevisionState


@dataclass(frozen=True)
class LeafRevision:
    """A leaf without its body."""

    rev: str
    deleted: bool


@dataclass(frozen=True)
class ChangeRow:
    """The last change of one document. ``revs``: the winner, then, if asked, all other leaves."""

    seq: str
    id: str
    deleted: bool
    revs: tuple[str, ...]


@dataclass(frozen=True)
class ChangesPage:
    """A page of the changes feed.

    ``last_seq`` is where to go on from; ``pending`` counts the changes after this page.
    """

    rows: tuple[ChangeRow, ...]
    last_seq: str
    pending: int


@dataclass(frozen=True)
class MissingRevisions:
    """Which offered revisions of a document are unknown, and which leaves may precede them."""

    missing: tuple[str, ...]
    possible_ancestors: tuple[str, ...]


@dataclass(frozen=True)
class InsertReport:
    """What an insertion of existing revisions did, as (document id, revision), in their order."""

    inserted: tuple[tuple[str, str], ...]
    known: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class StoreInfo:
    """The figures of a database. Deleted documents are counted apart; sizes are in bytes."""

    uuid: str
    epoch: str
    instance_start_time: str
    update_seq: str
    doc_count: int
    doc_del_count: int
    file_bytes: int


@dataclass(frozen=True)
class AllDocsRow:
    """A row of all documents. ``rev`` is None where a wanted key is unknown.

    ``value`` is None unless bodies were asked for; a deleted document (seen only when its key was
    named) has none either.
    """

    id: str
    rev: str | None
    deleted: bool = False
    value: dict[str, Any] | None = None


@dataclass(frozen=True)
class AllDocsPage:
    """A page of all documents in order of their ids as bytes (with keys: in order of the keys).

    ``offset`` is the number of living documents before the first row; 0 with keys.
    """

    total: int
    offset: int
    rows: tuple[AllDocsRow, ...]


class DocumentChange(msgspec.Struct, frozen=True):
    """A document as it is after a batch, for the read tables.

    ``winner`` is None when the document is deleted everywhere; ``leaves`` are the living leaves,
    the winner first. Projections must not change the values. ``fresh``: it was not there before,
    so no table has rows of it.
    """

    id: str
    winner: Leaf | None
    leaves: tuple[Leaf, ...]
    fresh: bool = False
