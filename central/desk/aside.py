"""What was put aside (the quarantine) and what was rejected, read in the school's words.

An item is a revision as it was pushed. What it wanted to change are its entries that no live leaf
of the document holds; what stands in the journal meanwhile is the accepted value.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from central import quarantine
from central.desk import causes, matters, returned
from central.desk.filters import Filters
from central.desk.matters import Computer, Matter
from central.desk.office import Reading
from sync import errors
from sync.documents import canonical, entry, identifiers, kinds, leaves
from sync.documents.entry import Entry
from sync.projections import decisions
from sync.projections.decisions import RejectionRow
from sync.store import reading

#: Code of an item whose author took everything back before anybody decided.
WITHDRAWN = "withdrawn"
#: How many items a page of the list shows; that many can be settled at once.
ON_PAGE = 100


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
class AsideLine:
    """What a list is narrowed to, sorted and bundled by; the item is read when it is shown."""

    about: Matter
    code: str
    maker: str
    received_at: datetime
    authors: frozenset[str]
    raw: Mapping[str, Any]

    @property
    def cause(self) -> tuple[str, str]:
        """Return what items are settled together by: the computer and the reason."""
        return (self.maker, self.code)


@dataclass(frozen=True)
class Part:
    """The items with one cause that stand on a page; ``count``: how many there are on all pages."""

    items: Sequence[AsideItem]
    count: int

    @property
    def is_whole(self) -> bool:
        """Tell whether all of them stand here."""
        return len(self.items) == self.count


@dataclass(frozen=True)
class Page:
    """A page of the list; ``number`` counts from 1, ``count`` is that of all items."""

    parts: Sequence[Part]
    number: int
    pages: int
    count: int


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


def waiting(now: Reading, filters: Filters) -> list[AsideLine]:
    """Return what waits for a decision, the longest waiting first."""
    every = list(quarantine.items(now.store.records))
    stored = reading.known_ids(now.connection, [raw["id"] for raw in every], least=1)
    found = [line for raw in every if (line := _line(now, raw, raw["id"] in stored))]
    admitted = [
        line
        for line in found
        if filters.admits(line.about, line.authors, line.received_at, now.now)
    ]
    by_time = sorted(admitted, key=lambda line: (line.received_at, line.about.doc_id))
    return filters.ordered(by_time, lambda line: line.about)


def on_page(now: Reading, lines: Sequence[AsideLine], wished: int) -> Page:
    """Return one page of the list, those with one cause together; what was taken back stands last.

    Args:
        wished: its number; the nearest there is if there is no such page.
    """
    bundles = causes.bundled(lines, lambda line: line.cause)
    # What its author took back needs no thought: it goes with one click.
    bundles.sort(key=lambda bundle: bundle.items[0].code == WITHDRAWN)
    counts = {bundle.cause: len(bundle.items) for bundle in bundles}
    in_order = [line for bundle in bundles for line in bundle.items]
    pages = max(1, -(-len(in_order) // ON_PAGE))
    number = min(max(1, wished), pages)
    shown = in_order[(number - 1) * ON_PAGE : number * ON_PAGE]
    items: dict[object, list[AsideItem]] = {line.cause: [] for line in shown}
    for line in shown:
        item = _item(now, line.raw)
        if item is not None:
            items[line.cause].append(item)
    parts = [Part(some, counts[cause]) for cause, some in items.items() if some]
    return Page(parts, number, pages, len(in_order))


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


def _line(now: Reading, raw: Mapping[str, Any], is_stored: bool) -> AsideLine | None:
    try:
        about = now.book.outline(raw["id"])
    except errors.BadDocumentId:
        return None
    entries = entry.entries_of(raw["value"])
    fresh = _fresh(entries, _live(now, about.doc_id)) if is_stored else entries
    return AsideLine(
        about=about,
        code=raw["code"],
        maker=fresh[-1]["node"] if fresh else raw["carrier"],
        received_at=entry.instant(raw["received_at"]),
        authors=frozenset(one["author"] for one in fresh),
        raw=raw,
    )


def _live(now: Reading, doc_id: str) -> list[dict[str, Any]]:
    return [leaf.value for leaf in now.store.leaves(doc_id) if not leaf.deleted]


def _fresh(entries: Sequence[Any], live: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Return the entries that no live leaf of the document holds."""
    held = {canonical.encode(one) for value in live for one in entry.entries_of(value)}
    return [one for one in entries if canonical.encode(one) not in held]


def _item(now: Reading, raw: Mapping[str, Any]) -> AsideItem | None:
    try:
        about = now.book.matter(raw["id"])
    except errors.BadDocumentId:
        return None
    live = _live(now, about.doc_id)
    fresh = [entry.parse(one) for one in _fresh(entry.entries_of(raw["value"]), live)]
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
