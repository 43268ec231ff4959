"""How the desk writes: central's entries in a journal document, and the document that tells why.

A step here asks no right: that the person may settle was asked before. What may be *stored* is
asked all the same, so that a decision never holds what no program could show.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from central import merging
from central.desk.desk import Desk
from central.reference import ReferenceWriter
from sync import errors
from sync.documents import canonical, entry, kinds
from sync.documents.entry import Entry
from sync.entries.door import Maker, Numbering
from sync.store.transaction import Transaction
from sync.store.values import Leaf, RevisionPath

#: A field, the value it goes on from, the value it gets.
Step = tuple[str, Any, Any]


class Hand:
    """Writes for one person, with one reason, in one transaction."""

    def __init__(self, tx: Transaction, desk: Desk, by: str, reason: str) -> None:
        """Write in ``tx`` what ``by`` decided.

        Raises:
            errors.EntryRefused: no reason (``reason_needed``), or one that is too long.
        """
        self.tx = tx
        self.desk = desk
        self.by = by
        self.reason = checked_reason(reason)
        self.now = desk.clock.now().replace(microsecond=0)
        self.maker: Maker = desk.maker()

    def settle(
        self,
        doc_id: str,
        value: Mapping[str, Any],
        steps: Iterable[Step],
        onto: Leaf | None,
        others: Iterable[Leaf] = (),
    ) -> str:
        """Write ``value`` with central's entries on a leaf, close the others, return the revision.

        Args:
            value: what the leaves have in common, with the entries of all of them.
            onto: the leaf that is edited; None for a new document.
        Raises:
            errors.EntryRefused: a value that cannot be stored, by the codes of ``kinds.check``.
        """
        written = self._with_entries(doc_id, value, steps)
        for violation in kinds.check(str(value["kind"]), written):
            raise errors.EntryRefused(code=violation.code, field=violation.field)
        if onto is None:
            return self.tx.put(doc_id, written, parent=None)
        rev = canonical.revision_of(onto.rev, False, written)
        paths = [RevisionPath(doc_id, (rev, onto.rev), False, written)]
        # All at once: readers of the journal and of the feed see one change.
        self.tx.insert(paths + merging.paths_of_closing(others, rev, self.maker.key))
        return rev

    def tell(
        self,
        doc_id: str,
        fields: Mapping[str, Any],
        most_bytes: int = kinds.MAX_DOCUMENT_BYTES,
    ) -> None:
        """Write a decision or a rejection; over the one that is there, if there is one."""
        stored = self.tx.get(doc_id)
        parent = None if stored is None or stored.deleted else stored.rev
        with ReferenceWriter(
            self.tx,
            self.maker,
            self.desk.store.epoch,
            self.now,
            author=self.by,
            reason=self.reason,
        ) as writer:
            writer.put(doc_id, fields, parent=parent, most_bytes=most_bytes)

    def _with_entries(
        self, doc_id: str, value: Mapping[str, Any], steps: Iterable[Step]
    ) -> dict[str, Any]:
        numbering = Numbering(self.tx, self.maker)
        made = [self._entry(*step) for step in steps]
        written = entry.fold(value, made)
        sealed = [numbering.seal(doc_id, one) for one in made]
        written["entries"] = [*entry.entries_of(value), *sealed]
        numbering.keep()
        return written

    def _entry(self, field: str, old: Any, new: Any) -> Entry:
        return Entry(
            field=field,
            old=old,
            new=new,
            author=self.by,
            node=self.maker.node,
            epoch=self.desk.store.epoch,
            seq=0,
            written_at=self.now,
            reason=self.reason,
        )


def checked_reason(reason: str) -> str:
    """Return a reason without spaces around it.

    Raises:
        errors.EntryRefused: none (``reason_needed``), or longer than an entry may hold.
    """
    tidy = reason.strip()
    if not tidy:
        raise errors.EntryRefused(code="reason_needed", hint="give_reason")
    if len(tidy) > entry.MAX_REASON:
        raise errors.EntryRefused(code="text_too_long", length=len(tidy), limit=entry.MAX_REASON)
    return tidy
