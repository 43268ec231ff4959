"""One write transaction: documents, sequences, read tables, local documents, records together."""

from collections.abc import Mapping, Sequence
from typing import Any

from sync.store.connection import Connection
from sync.store.record_store import RecordStore
from sync.store.values import InsertReport, Leaf, RevisionPath


class Transaction:
    """What may be done while the writer is held; sees its own writes. See DocumentStore for reads.

    Made by ``DocumentStore.transaction()`` only; not to be used after its block.
    """

    connection: Connection
    records: RecordStore

    def get(self, doc_id: str, rev: str | None = None) -> Leaf | None:
        """Return the winner or the named revision; see ``DocumentStore.get``."""
        raise NotImplementedError

    def leaves(self, doc_id: str) -> tuple[Leaf, ...]:
        """Return all leaves, the winner first; see ``DocumentStore.leaves``."""
        raise NotImplementedError

    def path(self, doc_id: str, rev: str) -> tuple[str, ...]:
        """Return the revision and its known ancestors; see ``DocumentStore.path``."""
        raise NotImplementedError

    def revs_diff(self, offered: Mapping[str, Sequence[str]]) -> Mapping[str, object]:
        """Return what is missing; see ``DocumentStore.revs_diff``."""
        raise NotImplementedError

    def put(
        self,
        doc_id: str,
        value: Mapping[str, Any],
        *,
        parent: str | None,
        deleted: bool = False,
    ) -> str:
        """Store a new edit of the leaf ``parent`` and return its revision.

        With ``parent=None`` the document must be new or deleted everywhere; a deleted one goes on
        from its winning tombstone, so that its generation continues. A tombstone may be named as
        parent unless the new edit is one as well.

        Raises:
            errors.RevisionConflict: ``parent`` is not a leaf, or None and the document lives.
        """
        raise NotImplementedError

    def insert(self, paths: Sequence[RevisionPath]) -> InsertReport:
        """Store revisions made elsewhere, as they are (CouchDB's ``new_edits=false``).

        The same path again changes nothing and moves no sequence; the order of arrival does not
        matter. Each document gets one new sequence, however many of its leaves are given.

        Raises:
            errors.ProtocolViolation: a path that is empty, has gaps or is no list of revisions.
        """
        raise NotImplementedError

    def get_local(self, local_id: str) -> tuple[str, dict[str, Any]] | None:
        """Return (revision, value) of a local document, or None."""
        raise NotImplementedError

    def put_local(
        self, local_id: str, value: Mapping[str, Any], *, parent: str | None = None
    ) -> str:
        """Write a local document; see ``DocumentStore.put_local``."""
        raise NotImplementedError

    def delete_local(self, local_id: str, *, parent: str | None = None) -> bool:
        """Remove a local document; see ``DocumentStore.delete_local``."""
        raise NotImplementedError

    def meta_get(self, key: str) -> Any:
        """Return the JSON value kept under ``key``, or None."""
        raise NotImplementedError

    def meta_set(self, key: str, value: Any) -> None:
        """Keep a JSON value under ``key``; keys of the store itself begin with ``store.``."""
        raise NotImplementedError
