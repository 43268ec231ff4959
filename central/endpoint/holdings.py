"""What central has already of a batch's documents, found with few statements for all of them.

Nearly everything that is pushed is new, and of a new document there is nothing to look up: no
revision, nothing put aside. So a batch asks once which of its documents are known at all. Most of
those have one leaf, and what comes is the next edit of it: those leaves are read together, too, and
only the rest is looked at one by one.
"""

from collections.abc import Sequence

from central import quarantine
from central.quarantine import EntryState
from sync.store.transaction import Transaction
from sync.store.values import Leaf, RevisionPath


class Holdings:
    """The documents of one batch, as far as they are known; valid inside its transaction."""

    def __init__(self, tx: Transaction, paths: Sequence[RevisionPath]) -> None:
        """Look once for all documents of ``paths``; what is stored later is to be noted."""
        ids = {path.id for path in paths}
        self._tx = tx
        self._stored = tx.known_ids(ids)
        self._sole = tx.sole_leaves(self._stored)
        self._aside = quarantine.documents_among(tx.records, ids)

    def unknown(self, path: RevisionPath) -> frozenset[str]:
        """Return the revisions of a path that are not stored."""
        if path.id not in self._stored:
            return frozenset(path.revisions)
        sole = self._sole.get(path.id)
        if sole is not None and path.revisions[1:] == (sole.rev,):
            # All that is known are the leaf and its ancestors, so no later generation is.
            return frozenset(path.revisions[:1])
        missing = self._tx.revs_diff({path.id: path.revisions}).get(path.id)
        return frozenset() if missing is None else frozenset(missing.missing)

    def get(self, doc_id: str, rev: str) -> Leaf | None:
        """Return a stored revision, None if it has no body any more."""
        sole = self._sole.get(doc_id)
        return sole if sole is not None and sole.rev == rev else self._tx.get(doc_id, rev)

    def held(self, path: RevisionPath) -> EntryState | None:
        """Return why the path's revision is in the quarantine; None if it is not."""
        if path.id not in self._aside:
            return None
        return quarantine.held(self._tx.records, path.id, path.rev)

    def release(self, path: RevisionPath) -> None:
        """Take the path's revisions out of the quarantine, since it is accepted."""
        if path.id in self._aside:
            quarantine.release(self._tx.records, path.id, path.revisions)

    def note_stored(self, doc_id: str) -> None:
        """Remember that a document was stored meanwhile."""
        self._stored.add(doc_id)
        self._sole.pop(doc_id, None)

    def note_aside(self, doc_id: str) -> None:
        """Remember that a revision of a document was put aside meanwhile."""
        self._aside.add(doc_id)
