"""What was put aside (the quarantine) and what was rejected, read in the school's words.

An item is a revision as it was pushed. What it wanted to change are its entries that no live leaf
of the document holds; what stands in the journal meanwhile is the accepted value.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from central import quarantine
from central.desk import matters, returned
from central.desk.filters import Filters
from central.desk.matters import Computer, Matter
from central.desk.office import Reading
from sync import errors
from sync.documents import canonical, entry, identifiers, kinds, leaves
from sync.documents.entry import Entry
from sync.projections import decisions
from sync.projections.decisions import RejectionRow

#: Code of an item whose author took everything back before anybody decided.
WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class AsideItem:
    """A revision that waits: what it wanted, whose it is, on which computer, and why it waits.

    Attributes:
        steps: the entries that are not in the journal, in their order.
        accepted: the value that stands in the journal meanwhile.
        carrier: the computer that brought it; the one that made it is ``maker``.
    """

    about: Matter
    rev: str
    code: str
    carrier: Computer
    maker: Computer
    received_at: datetime
    steps: Sequence[Entry]
    accepted: Mapping[str, Any]

    @property
    def authors(self) -> frozenset[str]:
        """Return who wrote what is in it."""
        return frozenset(step.author for step in self.steps)

    @property
    def changes(self) -> dict[str, tuple[Any, Any]]:
        """Return, by field, what stands in the journal and what was wished in the end."""
        wished = {step.field: step.new for step in self.steps}
        changed = {
            name: (self.accepted.get(name), new)
            for name, new in wished.items()
            if self.accepted.get(name) != new
        }
        return {name: changed[name] for name in matters.telling(self.about.kind, changed)}

    @property
    def told_steps(self) -> list[Entry]:
        """Return the entries that say something."""
        told = matters.telling(self.about.kind, [step.field for step in self.steps])
        return [step for step in self.steps if step.field in told]

    @property
    def key(self) -> str:
        """Return what names the item in a form."""
        return f"{self.about.doc_id}/{self.rev}"

    @property
    def cause(self) -> tuple[str, str]:
        """Return what items are settled together by: the computer and the reason."""
        return (self.maker.id, self.code)


@dataclass(frozen=True)
class Rejected:
    """An item that a person refused: what was wished, who decided, why (``row``).

    ``returned`` says when the rejection had come back to each node, the first one first.
    """

    id: str
    about: Matter
    carrier: Computer
    row: RejectionRow
    returned: Sequence[tuple[Computer, datetime]]

    @property
    def authors(self) -> frozenset[str]:
        """Return who wrote what was refused."""
        return frozenset(str(step["author"]) for step in self.row.steps)

    @property
    def told_steps(self) -> list[Mapping[str, Any]]:
        """Return the steps that say something."""
        told = matters.telling(self.about.kind, [step["field"] for step in self.row.steps])
        return [step for step in self.row.steps if step["field"] in told]


def waiting(now: Reading, filters: Filters) -> list[AsideItem]:
    """Return what waits for a decision, the longest waiting first."""
    found = [item for raw in quarantine.items(now.store.records) if (item := _item(now, raw))]
    admitted = [
        item
        for item in found
        if filters.admits(item.about, item.authors, item.received_at, now.now)
    ]
    by_time = sorted(admitted, key=lambda item: (item.received_at, item.about.doc_id))
    return filters.ordered(by_time, lambda item: item.about)


def waiting_item(now: Reading, doc_id: str, rev: str) -> AsideItem | None:
    """Return one item; None if it was settled meanwhile, or never was."""
    found = quarantine.item(now.store.records, doc_id, rev)
    return None if found is None else _item(now, found)


def rejected(now: Reading, filters: Filters) -> list[Rejected]:
    """Return what was rejected, the latest first."""
    found = [_rejected(now, row) for row in decisions.all_rejections(now.connection)]
    admitted = [
        one for one in found if filters.admits(one.about, one.authors, one.row.rejected_at, now.now)
    ]
    return filters.ordered(admitted, lambda one: one.about)


def _item(now: Reading, raw: Mapping[str, Any]) -> AsideItem | None:
    try:
        about = now.book.matter(raw["id"])
    except errors.BadDocumentId:
        return None
    live = [leaf.value for leaf in now.store.leaves(about.doc_id) if not leaf.deleted]
    held = {canonical.encode(one) for value in live for one in entry.entries_of(value)}
    fresh = [
        entry.parse(one)
        for one in entry.entries_of(raw["value"])
        if canonical.encode(one) not in held
    ]
    accepted = leaves.undisputed(about.kind, live) if live else kinds.empty(about.kind)
    maker = fresh[-1].node if fresh else raw["carrier"]
    return AsideItem(
        about=about,
        rev=raw["revisions"][0],
        code=raw["code"],
        carrier=now.book.computer(raw["carrier"]),
        maker=now.book.computer(maker),
        received_at=entry.instant(raw["received_at"]),
        steps=fresh,
        accepted=accepted,
    )


def _rejected(now: Reading, row: RejectionRow) -> Rejected:
    noted = returned.nodes_with(now.store.records, row.doc_id)
    return Rejected(
        identifiers.opaque_of(row.doc_id),
        now.book.matter(row.document),
        now.book.computer(row.carrier),
        row,
        [(now.book.computer(node), at) for node, at in noted],
    )
