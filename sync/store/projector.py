"""Read tables that follow the documents: applied in the write transaction, rebuilt at any time.

A projection is a function of the documents' present states. The projector calls it once per batch
with the documents that changed, inside the transaction that changed them, so that a reader sees
both or neither. How far each projection has come is kept beside its version: one whose version has
changed, or that has missed a write because some other program ran without it, is rebuilt at start.

A rebuild drops the projection's tables, creates them anew and fills them from the documents, all in
one transaction: readers see the old tables until the new ones are complete, and a crash in between
leaves the old ones.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from sync.store.connection import Connection
from sync.store.values import DocumentChange as DocumentChange

Progress = Callable[[int, int], None]  # documents done, documents in all


class Projection(Protocol):
    """A set of read tables. Its state must depend on the documents alone, not on their order."""

    @property
    def name(self) -> str:
        """Return the name under which its version is kept; it never changes."""

    @property
    def version(self) -> int:
        """Return the version of the tables' shape and rules; another one leads to a rebuild."""

    @property
    def tables(self) -> Sequence[str]:
        """Return the names of all its tables, referenced ones before referring ones."""

    def create(self, connection: Connection) -> None:
        """Create the tables and their indexes; none of them exists."""

    def apply(self, connection: Connection, changes: Sequence[DocumentChange]) -> None:
        """Bring the tables to the present state of the changed documents, each given once."""
