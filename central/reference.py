"""The only way in which central writes the documents of the school itself: sealed, entry by entry.

Such a document carries one entry per edit with the field ``*`` and the digests of the value before
and after, sealed under central's key. Numbers go on from the last entry that central made.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from sync import errors
from sync.documents import canonical, entry, kinds
from sync.documents.entry import Entry
from sync.entries.door import HEAD, Maker
from sync.store.transaction import Transaction


class ReferenceWriter:
    """Writes reference documents in one transaction; ``with ReferenceWriter(...) as writer``."""

    def __init__(
        self,
        tx: Transaction,
        maker: Maker,
        epoch: str,
        now: datetime,
        *,
        author: str = entry.CENTRAL_AUTHOR,
        reason: str | None = None,
    ) -> None:
        """Write in ``tx``, as ``maker`` in its ``epoch``, at ``now``, for ``author``."""
        self._tx = tx
        self._maker = maker
        head = tx.meta_get(HEAD) or {"seq": 0, "digest": entry.NO_PREVIOUS}
        self._seq: int = head["seq"]
        self._previous: str = head["digest"]
        self._template = Entry(
            field=entry.WHOLE,
            old=None,
            new=None,
            author=author,
            node=maker.node,
            epoch=epoch,
            seq=0,
            written_at=now.replace(microsecond=0),
            reason=reason,
        )

    def __enter__(self) -> Self:
        """Return self."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Keep the number of the last entry, so that the next writer goes on from it."""
        if kind is None:
            self._tx.meta_set(HEAD, {"seq": self._seq, "digest": self._previous})

    def put(
        self,
        doc_id: str,
        fields: Mapping[str, Any],
        *,
        parent: str | None,
        most_bytes: int = kinds.MAX_DOCUMENT_BYTES,
    ) -> str:
        """Write a document's fields (``kind`` and ``schema`` among them) and return the revision.

        Args:
            parent: the revision they were compared with; None for a new document.
            most_bytes: how large the document may be.
        Raises:
            errors.RevisionConflict: the document has moved on meanwhile.
            errors.EntryRefused: the document would be too large, code ``too_large``.
        """
        stored = None if parent is None else self._tx.get(doc_id, parent)
        before = None if stored is None else stored.value
        entries = [] if before is None else entry.entries_of(before)
        bare = {name: part for name, part in fields.items() if name != "entries"}
        value = bare | {"entries": [*entries, self._sealed(doc_id, before, bare)]}
        if len(canonical.encode(value)) > most_bytes:
            raise errors.EntryRefused(code="too_large", id=doc_id)
        return self._tx.put(doc_id, value, parent=parent)

    def _sealed(
        self, doc_id: str, before: Mapping[str, Any] | None, after: Mapping[str, Any]
    ) -> dict[str, Any]:
        self._seq += 1
        made = replace(
            self._template,
            old=None if before is None else _digest(before),
            new=_digest(after),
            seq=self._seq,
            previous=self._previous,
        )
        raw = entry.seal(doc_id, made, self._maker.key).as_json()
        self._previous = entry.digest_of(doc_id, raw)
        return raw


def _digest(value: Mapping[str, Any]) -> str:
    bare = {name: part for name, part in value.items() if name != "entries"}
    return canonical.digest16(canonical.encode(bare))
