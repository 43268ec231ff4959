"""kill -9 of the whole programs, node and central, while a teacher saves and the node syncs.

The programs are those that a school starts, forked from a warm process. Whoever was killed is
started again on the same folder. In the end both folders are opened, must agree after at most three
syncs, and must hold every mark that was acknowledged, once.
"""

import contextlib
import os
import secrets
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
import requests

from central import enrolment as invitations
from central import storage as central_storage
from central.app import create_app
from node import enrolment, settings, storage, sync_pass
from node.sync_pass import Sync
from sync import clock as clocks
from sync.clock import FixedClock
from sync.projections import entry_index
from sync.store.document_store import DocumentStore
from tests.faults.kill_nursery import KILLED, Child, Nursery
from tests.faults.power_teacher import assert_entries_are_whole
from tests.node.keeper import address
from tests.node.test_killed import Cell, cells
from tests.store.stores import assert_figures_are_true
from tests.support import central_site, invariant, node_site, sample_school, served, tools
from tests.support.invariant import Acknowledged, names_of
from tests.support.node_process import Browser

if not hasattr(os, "fork"):
    pytest.skip("programs cannot be forked on this system", allow_module_level=True)

KILLS = 20
CELLS = 140  # lessons on the weekdays before the sample day, times the students of 5А
SYNCS = 3
LONGEST_SECONDS = 0.4


class Program:
    """One of the two programs: where it lives, and whether it does."""

    def __init__(self, role: str, folder: Path, nursery: Nursery) -> None:
        self.folder = folder
        self.port = tools.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._role = role
        self._nursery = nursery
        self._child: Child | None = None

    def start(self) -> None:
        """Start it if it does not run."""
        if self._child is None:
            self._child = self._nursery.begin(
                role=self._role, folder=str(self.folder), port=self.port
            )
            assert self._child.told == [{"url": f"{self.url}/"}], self._child.told

    def kill(self) -> None:
        """Kill it."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            assert child.exit_code == KILLED


class School:
    """Both programs, a teacher at the node, and what was acknowledged."""

    def __init__(
        self, folder: Path, nurseries: tuple[Nursery, Nursery], seed: int, kills: int
    ) -> None:
        print(f"seed {seed}")
        self.chance = Random(seed)
        # The school year has only so many lessons behind it, however fast the machine is.
        self._saves_of_a_life = max(1, CELLS // kills)
        self.central = Program("whole central", folder / "central", nurseries[0])
        self.node = Program("whole node", folder / "node", nurseries[1])
        self.acknowledged: list[Cell] = []
        self._cells = cells(self.chance)
        self._next = next(self._cells)
        with central_site.opened(self.central.folder) as site, served.serve(site.app) as port:
            invitation = invitations.invite(site.storage, "12", "К. 12", [sample_school.CLASS_5A])
            enrolment.enrol(self.node.folder, f"http://127.0.0.1:{port}", invitation.code)
            with node_site.opened_node(self.node.folder) as node:
                assert Sync(node.node, node_site.peer_of(node)).run().ending == "complete"
        self.meet_at(self.central.url)
        now = clocks.SystemClock().now()
        for home in (self.central.folder, self.node.folder):
            clocks.write_demonstration_clock(home, sample_school.NOW, now)

    def meet_at(self, url: str) -> None:
        """Let the node look for central at an address."""
        identity = settings.read_identity(self.node.folder)
        assert identity is not None
        settings.write_identity(self.node.folder, replace(identity, central_url=url))

    def work_and_be_killed(self) -> None:
        """Save and sync until a random moment, when one of the programs is killed, or both."""
        self.central.start()
        self.node.start()
        browser = Browser(self.node.url)
        browser.sign_in("sokolova")
        victims = self.chance.choice([[self.node], [self.central], [self.node, self.central]])
        killer = threading.Timer(
            self.chance.uniform(0, LONGEST_SECONDS), lambda: [one.kill() for one in victims]
        )
        killer.start()
        saves = 0
        with contextlib.suppress(requests.RequestException):
            while killer.is_alive():
                if saves < self._saves_of_a_life and self.chance.random() < 0.4:
                    self._save(browser)
                    saves += 1
                if self.chance.random() < 0.3:
                    browser.post_json("/sync/now", {})
        killer.join()

    def _save(self, browser: Browser) -> None:
        answer = browser.post_json(f"{address(self._next.lesson)}/save", self._next.body)
        assert answer.status_code == 200, answer.text
        self.acknowledged.append(self._next)
        self._next = next(self._cells)

    def check(self) -> None:
        """Open both folders in this process and let them meet."""
        self.node.kill()
        self.central.kill()
        clock = FixedClock(sample_school.NOW)
        with (
            central_storage.Storage.open(self.central.folder, clock, demonstration=True) as central,
            served.serve(create_app(central)) as port,
        ):
            self.meet_at(f"http://127.0.0.1:{port}")
            with node_site.opened_node(self.node.folder) as node:
                said = self._said(node.store, node.node.identity.node)
                self._sync(node.node, sync_pass.peer_of(node.node))
                invariant.check(
                    said, central.store, {node.node.identity.node: node.store}, settled=True
                )
                for store in (node.store, central.store):
                    assert_figures_are_true(store)
                    assert_entries_are_whole(store.database.read(), set())
                    self._check_marks(store)

    def _said(self, store: DocumentStore, node: str) -> Acknowledged:
        """Return the entries of all marks that were acknowledged, and those of unanswered saves."""
        said = Acknowledged()
        for doc_id, value in invariant.leaf_values(store):
            said.note_names((doc_id, one) for one in names_of(doc_id, value) if one[0] == node)
        marks, acknowledged = (
            set(said.documents.values()),
            {one.doc_id for one in self.acknowledged},
        )
        # One more may be there: the last one, whose answer was lost and which is not repeated yet.
        assert acknowledged <= marks <= acknowledged | {self._next.doc_id}
        return said

    @staticmethod
    def _sync(node: storage.Node, peer: sync_pass.RemotePeer) -> None:
        for _ in range(SYNCS):
            assert Sync(node, peer).run(thoroughly=True).ending == "complete"
            with node.store.database.snapshot() as connection:
                if entry_index.tally(connection, node.identity.node).pending == 0:
                    return
        raise AssertionError(f"entries are still pending after {SYNCS} syncs")

    def _check_marks(self, store: DocumentStore) -> None:
        for cell in self.acknowledged:
            (leaf,) = store.leaves(cell.doc_id)
            values = [one["new"] for one in leaf.value["entries"] if one["field"] == "value"]
            assert values == [cell.value]


@pytest.fixture
def nurseries() -> Iterator[tuple[Nursery, Nursery]]:
    with Nursery() as one, Nursery() as other:
        yield one, other


def kill(folder: Path, nurseries: tuple[Nursery, Nursery], kills: int) -> None:
    school = School(folder, nurseries, secrets.randbits(32), kills)
    for _ in range(kills):
        school.work_and_be_killed()
    school.check()
    # However slow the machine is, something must have been saved between the kills.
    assert len(school.acknowledged) > kills // 4


def test_whole_programs_killed_twenty_times_lose_and_double_nothing(
    tmp_path: Path, nurseries: tuple[Nursery, Nursery]
) -> None:
    kill(tmp_path, nurseries, KILLS)


@pytest.mark.soak
def test_whole_programs_killed_again_and_again_lose_and_double_nothing(
    tmp_path: Path, nurseries: tuple[Nursery, Nursery]
) -> None:
    kill(tmp_path, nurseries, 100)
