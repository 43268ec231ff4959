"""Central and classroom computers of the sample school without a network: paths go by hand.

A room keeps lessons through the product's own door; ``push`` takes all its journal leaves through
central's intake, ``pull`` brings everything of central to the room, refused leaves included, as the
programs do. Time stands still unless a test turns the clock.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from central import storage as central_storage
from central.desk.desk import Desk
from central.endpoint import receipts
from central.endpoint.intake import Carrier, Intake, Keys
from node import storage as node_storage
from sync.clock import FixedClock
from sync.documents import entry, identifiers, scope
from sync.entries.door import Maker
from sync.entries.journal import Journal
from sync.projections import entry_index, marks
from sync.projections.facts import SchoolFacts
from sync.projections.marks import KeptMark
from sync.replication.outcome import Verdict
from sync.store.connection import Database
from sync.store.document_store import DocumentStore
from sync.store.values import Leaf, RevisionPath
from tests.support import sample_school
from tests.support.sample_school import ABRAMOV, DAY, LESSON_1

MARK = identifiers.mark_id(LESSON_1, ABRAMOV)
_MOST = 1_000


@dataclass
class Room:
    """A classroom computer with its own store."""

    node: str
    store: DocumentStore
    journal: Journal
    tokens: int = 0

    def token(self) -> str:
        """Return a token that no page has had."""
        self.tokens += 1
        return f"{self.node}-{self.tokens}"

    def mark(self, author: str, value: int | None, **more: Any) -> None:
        """Let somebody mark Абрамов in the first lesson, over what is shown here."""
        shown = self.shown()
        seen = None if shown is None else shown.value
        self.journal.record_mark(
            author, LESSON_1, ABRAMOV, value, seen=seen, token=self.token(), **more
        )

    def shown(self) -> KeptMark | None:
        """Return the mark as the sheet shows it."""
        return _mark(self.store)

    def live(self, doc_id: str = MARK) -> list[Leaf]:
        """Return the living leaves of a document here."""
        return _live(self.store, doc_id)

    def own(self) -> list[entry_index.OwnEntry]:
        """Return every entry that this room's documents hold of its own, in their order."""
        read = self.store.database.read()
        heard = entry_index.not_accepted(read, self.node)
        known = [*entry_index.pending(read, self.node, _MOST), *heard]
        return sorted(known, key=lambda one: (one.epoch, one.seq))


@dataclass
class School:
    """Central and its rooms."""

    folder: Path
    clock: FixedClock
    central: DocumentStore
    rooms: dict[str, Room] = field(default_factory=dict)
    opened: list[DocumentStore] = field(default_factory=list)
    lives: int = 1

    @property
    def desk(self) -> Desk:
        """Return central's desk."""
        maker = Maker("central", sample_school.CENTRAL_KEY)
        counted = iter(range(1, 1_000))
        return Desk(
            self.central, self.clock, lambda: maker, lambda size: bytes([next(counted)] * size)
        )

    def room(self, node: str) -> Room:
        """Return a classroom computer, set up at the first call."""
        if node not in self.rooms:
            store = self._open(node, node_storage.read_tables(node))
            sample_school.fill(store, for_node=True)
            maker = Maker(node, _key(node))
            self.rooms[node] = Room(node, store, Journal(store, maker, self.clock))
        return self.rooms[node]

    def keys(self) -> Keys:
        """Return the keys of central and of every computer."""
        names = {*self.rooms, "n1", "n2", "n3"}
        return Keys("central", sample_school.CENTRAL_KEY, {one: _key(one) for one in names})

    def push(self, room: Room, *doc_ids: str) -> list[str]:
        """Send leaves of a room (of all its journal documents) to central; return the verdicts."""
        return [
            verdict.code or verdict.outcome.value
            for verdict in self.take(paths(room.store, doc_ids), room.node)
        ]

    def take(self, sent: Sequence[RevisionPath], carrier: str = "n1") -> list[Verdict]:
        """Let central judge what a computer sends."""
        with self.central.transaction() as tx:
            records = tx.records
            facts = SchoolFacts(
                tx.connection, lambda node, at: receipts.had_contact_since(records, node, at)
            )
            return Intake(tx, self.keys(), facts, Carrier(carrier, self.clock.now())).take(sent)

    def pull(self, room: Room) -> None:
        """Bring all leaves that central holds and a computer may hold into a room."""
        held = [
            path
            for path in paths(self.central, (), reference=True)
            if scope.CENTRAL not in scope.keys_of(path.id, path.value)
        ]
        room.store.insert(held)

    def meet(self, *rooms: Room) -> None:
        """Let rooms push and pull, twice, so that all have heard of all."""
        for _ in range(2):
            for room in rooms:
                self.push(room)
                self.pull(room)

    def receipts(self, room: Room) -> list[str]:
        """Return what central says of each entry that the room made, in order."""
        asked = [receipts.Asked(one.epoch, one.seq, one.digest) for one in room.own()]
        read = self.central.database.read()
        answered, _ = receipts.answer(read, self.central.records, room.node, asked)
        return [receipt.state for receipt in answered]

    def shown(self) -> KeptMark | None:
        """Return the mark as central, and so the diary, shows it."""
        return _mark(self.central)

    def live(self, doc_id: str = MARK) -> list[Leaf]:
        """Return the living leaves of a document at central."""
        return _live(self.central, doc_id)

    def shown_revs(self, doc_id: str = MARK) -> list[str]:
        """Return what a page of the desk names as shown."""
        return [leaf.rev for leaf in self.live(doc_id)]

    def restore(self) -> None:
        """Put central back to the state before everything: the imported school alone."""
        self.lives += 1
        self.central = self._open(f"central{self.lives}", central_storage.read_tables())
        sample_school.fill(self.central)

    def later(self, **time: float) -> datetime:
        """Let time pass; return the new time."""
        self.clock.advance(timedelta(**time))
        return self.clock.now()

    def _open(self, name: str, tables: Any) -> DocumentStore:
        store = DocumentStore(
            Database(self.folder / f"{name}.sqlite"),
            epoch=f"e{name}",
            uuid=name,
            projections=tables,
            scope_keys=scope.keys_of,
        )
        self.opened.append(store)
        return store


@contextmanager
def opened(folder: Path) -> Iterator[School]:
    """Give a school whose central holds the sample school and nothing else."""
    school = School(folder, FixedClock(sample_school.NOW), central=None)  # type: ignore[arg-type]
    school.central = school._open("central", central_storage.read_tables())
    sample_school.fill(school.central)
    try:
        yield school
    finally:
        for store in school.opened:
            store.close()


def paths(
    store: DocumentStore, doc_ids: Sequence[str] = (), *, reference: bool = False
) -> list[RevisionPath]:
    """Return all leaves of documents with their paths; of all journal documents if none is named.

    Args:
        reference: those that central alone writes, too.
    """
    kinds = identifiers.JOURNAL_KINDS | {"decision", "rejection"}
    if reference:
        kinds = kinds | identifiers.REFERENCE_KINDS
    named = doc_ids or [
        row.id for row in store.changes(0).rows if identifiers.kind_of(row.id) in kinds
    ]
    wanted = [(doc_id, leaf.rev) for doc_id in named for leaf in store.leaves(doc_id)]
    return [path for path in store.fetch(wanted) if path is not None]


def wrote(raw: Any) -> tuple[str, Any, str]:
    """Return field, new value and author of a raw entry."""
    view = entry.parse(raw)
    return view.field, view.new, view.author


def _key(node: str) -> bytes:
    return node.encode().ljust(32, b"k")


def _mark(store: DocumentStore) -> KeptMark | None:
    found = marks.marks_of_student(store.database.read(), ABRAMOV, DAY, DAY)
    own = [one for one in found if one.id == MARK]
    return own[0] if own else None


def _live(store: DocumentStore, doc_id: str) -> list[Leaf]:
    return [leaf for leaf in store.leaves(doc_id) if not leaf.deleted]
