"""What accounts need of a store of records; ``sync.store.record_store`` is one.

A record is a JSON object under (collection, key) with a revision number. A write names the
revision it was made from, and the loser of a race is told; that is all the locking there is, so
the same code works on a database that is reached over a network.
"""

from collections.abc import Callable, Iterator
from typing import Any, Protocol, TypeVar

from sync import errors

Answer = TypeVar("Answer")

# Two writers of one record meet rarely; more rounds than threads of a program cannot be needed.
_ROUNDS = 64


class Record(Protocol):
    """One stored record."""

    @property
    def key(self) -> str:
        """Return its key within the collection."""

    @property
    def value(self) -> dict[str, Any]:
        """Return the JSON object."""

    @property
    def revision(self) -> int:
        """Return the number of this version."""


class Records(Protocol):
    """The store."""

    def get(self, collection: str, key: str) -> Record | None:
        """Return the record, or None."""

    def put(self, collection: str, key: str, value: dict[str, Any], revision: int | None) -> int:
        """Write over ``revision`` (None: must be new); errors.RecordConflict if it moved on."""

    def delete(self, collection: str, key: str, revision: int | None = None) -> None:
        """Remove the record if it is there (and, when named, still at ``revision``)."""

    def scan(self, collection: str, prefix: str = "") -> Iterator[Record]:
        """Yield the records whose keys begin with ``prefix``, by key."""

    def count(self, collection: str, prefix: str = "") -> int:
        """Return how many those are."""


def retried(step: Callable[[], Answer]) -> Answer:
    """Run ``step``, which reads and then writes, until no other writer was in between.

    Raises:
        errors.RecordConflict: it never came through, which means that ``step`` does not read anew.
    """
    for _ in range(_ROUNDS - 1):
        try:
            return step()
        except errors.RecordConflict:
            continue
    return step()
