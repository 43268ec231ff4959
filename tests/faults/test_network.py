"""A whole node and central over real HTTP, while the network between them does what it likes."""

import itertools
import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from node import entry_states, passes
from node.sync_pass import Sync
from sync import errors
from sync.documents import identifiers
from sync.projections import entry_index
from sync.replication.outcome import Ending
from sync.replication.replicator import Pace
from sync.store.connection import Database
from sync.store.document_store import DocumentStore
from tests.support import invariant, node_site, pairs, sample_school, served
from tests.support.fault_proxy import FaultProxy
from tests.support.invariant import Acknowledged
from tests.support.node_site import NodeSite
from tests.support.pairs import Link, everything
from tests.support.sample_school import LESSON_1, ROSTER_5A, SOKOLOVA

FAULTS = (
    "cut_request",
    "cut_answer",
    "cut_up:90",
    "twice",
    "html",
    "busy",
    "throttled",
    "failing",
    "proxy_failed",
    "redirect",
    "truncated",
    "late",
    "slow",
)
#: Nothing that a teacher wrote is refused or lost for these; at most the sync ends early.
ENDINGS = {passes.COMPLETE, "peer_unreachable", "peer_page", "peer_busy", "peer_timeout"}
POISON = ("html", "busy", "failing", "truncated", "redirect", "cut_answer", "throttled")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[NodeSite]:
    with node_site.opened(tmp_path) as opened:
        assert opened.sync.run().ending == passes.COMPLETE
        yield opened


class Teacher:
    """Puts marks and remembers which were acknowledged."""

    def __init__(self, site: NodeSite) -> None:
        self.site = site
        self.said = Acknowledged()
        self.values: dict[str, list[int]] = {}
        self._tokens = itertools.count()

    def mark(self, student: str, value: int) -> None:
        doc_id = identifiers.mark_id(LESSON_1, student)
        before = self.values.setdefault(doc_id, [])
        saved = self.site.node.node.journal.record_mark(
            SOKOLOVA,
            LESSON_1,
            student,
            value,
            seen=before[-1] if before else None,
            token=f"t{next(self._tokens)}",
        )
        before.append(value)
        self.said.note(self.site.node.store, self.node, saved)

    @property
    def node(self) -> str:
        return self.site.node.node.identity.node

    def check(self) -> None:
        """All is at central: every step once, in one leaf, in the order of the steps."""
        stores = {self.node: self.site.node.store}
        invariant.check(self.said, self.site.central.store, stores, settled=True)
        for doc_id, values in self.values.items():
            (leaf,) = self.site.central.store.leaves(doc_id)
            (ours,) = self.site.node.store.leaves(doc_id)
            assert leaf.rev == ours.rev
            assert leaf.rev.startswith(f"{len(values)}-")  # no revision that nobody made
            steps = [raw["new"] for raw in leaf.value["entries"] if raw["field"] == "value"]
            assert steps == values


def noise(rng: random.Random, length: int) -> str:
    """Return a text that cannot be made shorter."""
    return "".join(chr(rng.randrange(0x4E00, 0x9F00)) for _ in range(length))


def new_sync(site: NodeSite) -> Sync:
    return site.new_sync()


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_at_any_request_of_a_sync_leaves_what_an_undisturbed_one_leaves(
    site: NodeSite, fault: str
) -> None:
    teacher = Teacher(site)
    for at in range(9):
        teacher.mark(ROSTER_5A[at % 3], 2 + at % 4)
        site.network.plan(*[None] * at, fault)
        first = (site.sync if at % 2 else new_sync(site)).run()
        assert first.ending in ENDINGS
        site.network._plan.clear()

        assert new_sync(site).run(thoroughly=True).ending == passes.COMPLETE
        teacher.check()


def test_network_that_fails_at_random_all_day_loses_and_doubles_nothing(site: NodeSite) -> None:
    seed = 15
    rng = random.Random(seed)
    teacher = Teacher(site)
    site.network.fail_when(lambda line, size: rng.choice(FAULTS) if rng.random() < 0.25 else None)
    for round_ in range(12):
        teacher.mark(rng.choice(ROSTER_5A), 2 + round_ % 4)
        assert new_sync(site).run(thoroughly=True).ending in ENDINGS, f"seed {seed}"
        stores = {teacher.node: site.node.store}
        invariant.check(teacher.said, site.central.store, stores)
    site.network.fail_when(None)

    assert new_sync(site).run(thoroughly=True).ending == passes.COMPLETE
    teacher.check()


def test_captive_portal_is_offline_and_moves_no_checkpoint(site: NodeSite) -> None:
    teacher = Teacher(site)
    teacher.mark(ROSTER_5A[0], 5)
    kept = site.node.store.database.read().execute("SELECT * FROM local_document").fetchall()
    site.network.fail_when(lambda line, size: "html")

    for _ in range(3):
        assert new_sync(site).run(thoroughly=True).ending == "peer_page"

    now = site.node.store.database.read().execute("SELECT * FROM local_document").fetchall()
    assert now == kept
    assert entry_index.tally(site.node.store.database.read(), teacher.node).pending == 1
    assert not entry_states.refused_documents(site.node.store.records)


def test_server_that_is_poisoned_for_ten_minutes_is_synced_with_as_soon_as_it_is_good(
    site: NodeSite,
) -> None:
    """That the next pass comes within a minute is asked in ``tests/node/test_schedule``."""
    teacher = Teacher(site)
    teacher.mark(ROSTER_5A[0], 5)
    poison = itertools.cycle(POISON)
    site.network.fail_when(lambda line, size: next(poison))
    for _ in range(20):
        assert site.sync.run().ending in ENDINGS - {passes.COMPLETE}
        site.node.clock.advance(timedelta(seconds=30))
    site.network.fail_when(None)

    assert site.sync.run().ending == passes.COMPLETE
    teacher.check()


def test_cuts_at_random_bytes_cost_little(tmp_path: Path) -> None:
    """A line that breaks again and again: what arrived before a cut is not sent again."""
    rng = random.Random(15)
    pace = Pace(page_rows=100, batch_documents=20, checkpoint_documents=100, push_times=1)

    def push(name: str, cuts: bool) -> int:
        store = DocumentStore(Database(tmp_path / f"{name}.sqlite"), epoch="e1", uuid=name)
        with store.transaction() as tx:
            for number in range(600):
                tx.put(f"d{number}", {"x": noise(random.Random(number), 200)}, parent=None)
        with (
            served.databases(tmp_path / f"{name}-central") as databases,
            FaultProxy("127.0.0.1", databases.port) as network,
        ):
            central = databases.create("journal")
            ahead = itertools.count(1)
            network.fail_when(
                lambda line, size: (
                    f"cut_up:{rng.randrange(size)}" if cuts and next(ahead) % 13 == 0 else None
                )
            )
            failures = 0
            while True:
                peer = pairs.remote_peer(network.url, "journal")
                try:
                    done = Link(store, peer, central.uuid, pace=pace).push.run_pass()
                except errors.PeerUnreachable:
                    failures += 1
                    continue
                assert done.ended_because == Ending.COMPLETE
                assert (failures > 2) == cuts
                assert everything(store) == everything(central)
                store.close()
                return network.traffic.bytes_up

    clean = push("clean", cuts=False)

    assert push("cut", cuts=True) <= 1.2 * clean


def test_limit_of_64_kilobytes_at_a_proxy_lets_a_whole_lesson_through(site: NodeSite) -> None:
    teacher = Teacher(site)
    for number, student in enumerate(ROSTER_5A):
        teacher.mark(student, 2 + number % 4)
    for number in range(1, 15):
        day = sample_school.DAY + timedelta(days=number % 7)
        lesson = identifiers.LessonKey(sample_school.MATH_5A, day, 1 + number // 7)
        saved = site.node.node.journal.describe_lesson(
            SOKOLOVA,
            lesson,
            {"homework": noise(random.Random(number), 4_000)},
            seen={"homework": None},
            token=f"homework{number}",
        )
        teacher.said.note(site.node.store, teacher.node, saved)
    largest = 64 * 1024
    too_large: list[int] = []

    def limit(line: str, size: int) -> str | None:
        if size <= largest:
            return None
        too_large.append(size)
        return "too_large"

    site.network.fail_when(limit)

    assert new_sync(site).run(thoroughly=True).ending == passes.COMPLETE
    assert too_large  # the limit was met, and what came after it was smaller
    teacher.check()
