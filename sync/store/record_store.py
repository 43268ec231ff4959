"""Records: what is not a replicated document (accounts, sessions, attempts, quarantine, outbox).

Works like a small CouchDB database so that it can live in one: a record is a JSON object under
(collection, key) with a revision number, a write names the revision it was made from, and the loser
of a race is told. Revisions are opaque growing numbers; one is never given twice, not even after a
record was deleted and made anew.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Record:
    """One stored record."""

    key: str
    value: dict[str, Any]
    revision: int


class RecordStore(Protocol):
    """Records of one store; writes are durable when they return, or with their transaction."""

    def get(self, collection: str, key: str) -> Record | None:
        """Return the record, or None."""

    def put(
        self, collection: str, key: str, value: Mapping[str, Any], revision: int | None
    ) -> int:
        """Write over ``revision`` and return the new one; None: the record must not exist.

        Raises:
            errors.RecordConflict: the record has moved on, or is (not) there.
        """

    def overwrite(self, collection: str, key: str, value: Mapping[str, Any]) -> int:
        """Write whatever was there before; return the new revision."""

    def delete(self, collection: str, key: str, revision: int | None = None) -> None:
        """Remove the record if it is there; errors.RecordConflict if not at a named revision."""

    def scan(self, collection: str, prefix: str = "") -> Iterator[Record]:
        """Yield the records whose keys begin with ``prefix`` in order of the keys' code points.

        Read page by page; records written meanwhile may or may not be seen.
        """

    def count(self, collection: str, prefix: str = "") -> int:
        """Return how many records have keys that begin with ``prefix``."""
