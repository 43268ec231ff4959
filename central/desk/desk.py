"""What a decision needs: the store it is written in, the time, central's key, and randomness.

Every operation of the desk is one transaction: the revision that settles, the tombstones of the
leaves it settles and the document that says who decided what and why are stored together or not at
all, and all of it is read and checked inside.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sync.clock import Clock
from sync.documents.identifiers import Randomness
from sync.entries.door import Maker
from sync.store.document_store import DocumentStore


@dataclass(frozen=True)
class Desk:
    """Where decisions are made; ``maker`` gives central's id and key as they are now."""

    store: DocumentStore
    clock: Clock
    maker: Callable[[], Maker]
    randomness: Randomness
