"""What accounts ask of a store of records, and how the loser of a race tries again.

``sync.store.record_store`` is one such store; another may lie in a database across the network.
Nothing is locked: a write names the revision it was made from and is refused when another was
faster. What reads, decides and writes runs in ``retried``, which does it anew from the reading.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol, TypeVar

from sync import errors
from sync.store.record_store import Record

Answer = TypeVar("Answer")

# Two writers of one record meet rarely; more rounds than threads of a program cannot be needed.
_ROUNDS = 64


class Records(Protocol):
    """A store of JSON objects under (collection, key), each with a revision number."""

    def get(self, collection: str, key: str) -> Record | None:
        """Return the record, or None."""

    def put(self, collection: str, key: str, value: Mapping[str, Any], revision: int | None) -> int:
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
