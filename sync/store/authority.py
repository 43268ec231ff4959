"""A store whose last word is somewhere else: what the file asks, and what it tells, its authority.

By itself a store is its file. With an authority (at central: Apache CouchDB) the file is what pages
read, and a copy that may be lost. The authority is asked to bring the file up to date before each
write, and is told what a write transaction did, before the file's own commit: when it says no, the
file rolls back as well, and whoever wrote sees that nothing was done.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sync.store.connection import Connection
from sync.store.values import RevisionPath

#: Meta values travel as records of this collection: {"value": …}. Those of the file itself do not.
META = "store_meta"
_OF_THE_FILE = ("store.", "couch.")


@dataclass(frozen=True)
class RecordWrite:
    """What a transaction leaves of one record: its value, or None if it is removed."""

    collection: str
    key: str
    value: Mapping[str, Any] | None


class Outgoing:
    """What one write transaction has done so far; the last write of a record stands."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._revisions: dict[tuple[str, str], None] = {}
        self._records: dict[tuple[str, str], Mapping[str, Any] | None] = {}

    @property
    def revisions(self) -> tuple[tuple[str, str], ...]:
        """Return what was inserted as (document id, revision), in order; also what is no leaf."""
        return tuple(self._revisions)

    @property
    def records(self) -> tuple[RecordWrite, ...]:
        """Return what became of each record, in the order of the first writes."""
        return tuple(RecordWrite(*name, value) for name, value in self._records.items())

    def note_revisions(self, paths: Iterable[RevisionPath]) -> None:
        """Note revisions that were stored."""
        self._revisions.update(dict.fromkeys((path.id, path.rev) for path in paths))

    def note_record(self, collection: str, key: str, value: Mapping[str, Any] | None) -> None:
        """Note that a record was written, or removed."""
        self._records[collection, key] = value

    def note_meta(self, key: str, value: Any) -> None:
        """Note that a meta value was set.

        The number of the last entry is one: if the answer to a commit is lost, the entry comes
        back, and its number must come back with it.
        """
        if not key.startswith(_OF_THE_FILE):
            self._records[META, key] = {"value": value}


class Authority(Protocol):
    """Who has the last word on documents and records."""

    def catch_up(self) -> None:
        """Bring the store to the authority's present state; outside of any transaction.

        Raises:
            errors.StoreUnavailable: it does not answer, or nothing may be written here now.
        """

    def commit(self, connection: Connection, outgoing: Outgoing) -> None:
        """Make what a transaction did durable and known; called in it, before its own commit.

        Raises:
            errors.StoreUnavailable: it is not done, or that is not known; if it was done it comes
                back with ``catch_up``.
            errors.RecordConflict: somebody else has written one of the records meanwhile.
        """
