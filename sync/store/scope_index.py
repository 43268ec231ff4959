"""The index behind a feed filtered by scope keys: (key, seq) -> document.

A document is under the keys of all its living leaves. A document that is deleted everywhere stays
under those it had, together with those of its tombstone, so that everybody who holds it learns that
it is gone.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import msgspec

from sync.store.connection import Connection
from sync.store.values import DocumentChange, Leaf

ScopeKeys = Callable[[str, Mapping[str, Any]], Collection[str]]


class Present(msgspec.Struct, frozen=True):
    """A document's row with all its leaves, deleted ones too, the winner first.

    ``fresh``: it was not there before.
    """

    document: int
    id: str
    seq: int
    fresh: bool
    leaves: tuple[Leaf, ...]

    def living(self) -> tuple[Leaf, ...]:
        """Return the leaves that are not deleted."""
        if len(self.leaves) == 1 and not self.leaves[0].deleted:
            return self.leaves
        return tuple(leaf for leaf in self.leaves if not leaf.deleted)

    def change(self) -> DocumentChange:
        """Return what projections are told."""
        living = self.living()
        return DocumentChange(self.id, living[0] if living else None, living, self.fresh)


def apply(connection: Connection, scope_keys: ScopeKeys, presents: Sequence[Present]) -> None:
    """Bring the index to the documents' present states; in their write transaction."""
    rows: list[tuple[str, int, int]] = []
    for present in presents:
        leaves = present.leaves
        if len(leaves) == 1 and (present.fresh or not leaves[0].deleted):
            keys = frozenset(scope_keys(present.id, leaves[0].value))
        else:
            keys = _keys(connection, scope_keys, present)
        for key in keys:
            rows.append((key, present.seq, present.document))
    stale = [(present.document,) for present in presents if not present.fresh]
    if stale:
        connection.executemany("DELETE FROM document_scope WHERE document = ?", stale)
    # In the order of the table, so that neighbours are written one after another.
    rows.sort()
    connection.executemany("INSERT INTO document_scope VALUES (?, ?, ?)", rows)


def _keys(connection: Connection, scope_keys: ScopeKeys, present: Present) -> frozenset[str]:
    living = present.living()
    keys: set[str] = set()
    for leaf in living or present.leaves:
        keys.update(scope_keys(present.id, leaf.value))
    if not living and not present.fresh:
        rows = connection.execute(
            "SELECT scope FROM document_scope WHERE document = ?", (present.document,)
        )
        keys.update(row[0] for row in rows)
    return frozenset(keys)
