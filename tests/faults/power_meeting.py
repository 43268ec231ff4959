"""Work with a line to another store: saves on both sides, and the replicator between them."""

import itertools
from collections.abc import Sequence
from typing import Any

from sync.entries.door import Maker
from sync.replication import checkpoints
from sync.replication.checkpoints import Direction, Replication
from sync.replication.http_answers import Packed
from sync.replication.local_peer import LocalPeer
from sync.replication.outcome import Verdict
from sync.replication.replicator import Pace, Replicator
from sync.store import bodies
from sync.store.connection import Connection, Database
from sync.store.document_store import DocumentStore
from sync.store.values import RevisionPath
from tests.faults.power_teacher import Teacher, assert_entries_are_whole
from tests.faults.power_work import AS_CENTRAL, AS_NODE, KEY, NODE, Work, revisions
from tests.support import sample_school as school

OTHER = "n2"
# Several batches to a pass, and a checkpoint after each page.
SMALL = Pace(
    page_rows=20,
    batch_documents=6,
    checkpoint_documents=10,
    checkpoint_worth_documents=1,
    push_times=1,
)

_sessions = itertools.count()


class _Answering(LocalPeer):
    """The store on the disk as a peer; remembers which uploads it has answered."""

    def __init__(self, store: DocumentStore, told: set[tuple[str, str]]) -> None:
        super().__init__(store)
        self._told = told

    def upload(
        self, paths: Sequence[RevisionPath], packed: Packed | None = None, *, beside: bool = False
    ) -> list[Verdict]:
        verdicts = super().upload(paths, packed, beside=beside)
        self._told.update((one.id, one.rev) for one in verdicts)
        return verdicts


class Meeting(Work):
    """Saves on both sides of a line, and passes of the replicator between them.

    The store on the disk is the node, or central; the other side has a disk that nothing meets.
    """

    is_central = False

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.told: set[tuple[str, str]] = set()  # uploads to this store that were accepted
        self.here = Teacher(self.chance, self.clock, Maker(NODE, KEY))
        self.there = Teacher(self.chance, self.clock, Maker(OTHER, KEY))
        file = self._file.with_name("other-side.sqlite")
        there = AS_NODE if self.is_central else AS_CENTRAL
        self.other = DocumentStore(Database(file), epoch="x", uuid="other", **there)
        school.fill(self.other, for_node=True)

    def open(self) -> None:
        super().open()
        here, there = _Answering(self.store, self.told), LocalPeer(self.other)
        node, central = (there, here) if self.is_central else (here, there)
        self.pull = self._replicator(central, node, Direction.PULL)
        self.push = self._replicator(node, central, Direction.PUSH)

    def _replicator(self, source: LocalPeer, target: LocalPeer, way: Direction) -> Replicator:
        return Replicator(
            source,
            target,
            self._replication(way),
            clock=self.clock,
            randomness=lambda size: next(_sessions).to_bytes(size, "big"),
            pace=SMALL,
        )

    def _replication(self, way: Direction) -> Replication:
        return Replication(NODE, "u" if self.is_central else "other", way, "v1")

    def step(self) -> None:
        verb = self.chance.choice(["here", "there", "there", "meet"])
        if verb == "meet" or not self.store.info().doc_count:
            self.pull.run_pass()
            self.push.run_pass()
        elif verb == "there":
            self.there.save(self.other)
        else:
            self.here.save(self.store)

    def check(self, reader: Connection) -> None:
        assert_entries_are_whole(reader, self.here.told)
        missing = self.told - revisions(reader)
        assert not missing, f"accepted and not there: {missing}"
        self._check_claim(reader)

    def _check_claim(self, reader: Connection) -> None:
        """All that the checkpoint here says has come is here."""
        arriving = self._replication(Direction.PUSH if self.is_central else Direction.PULL)
        rows = reader.execute("SELECT json FROM local_document WHERE id = ?", (arriving.id,))
        for (text,) in rows.fetchall():
            newest = checkpoints.sessions_of(bodies.decode_object(text))[0]
            claimed = {
                (row.id, rev)
                for row in self.other.changes(0).rows
                if _number(row.seq) <= _number(newest.sequence)
                for rev in row.revs
            }
            ahead = claimed - revisions(reader)
            assert not ahead, f"a checkpoint is ahead of the data: {ahead}"

    def end(self) -> None:
        self.other.close()


class MeetingNodes(Meeting):
    """The disk of central: it is pushed to."""

    options = AS_CENTRAL
    is_central = True


class MeetingCentral(Meeting):
    """The disk of a node: it pulls and pushes."""

    options = AS_NODE


def _number(sequence: str) -> int:
    return int(sequence.partition("-")[0])
