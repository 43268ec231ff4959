"""The model of the fault tests with CouchDB as central's store: nothing is lost there either.

See ``tests/faults/model.py``. What is added: faults between central and CouchDB at any request,
and a data folder whose file is gone.
"""

import secrets
import shutil
from dataclasses import replace
from pathlib import Path

import hypothesis
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from central.couch import choice
from central.couch.moving import Move
from central.couch.server import Address, Couch
from central.storage import Storage, StoreWish
from tests.faults import model
from tests.support import star
from tests.support.couch_site import QUICK, new_address
from tests.support.fault_proxy import FaultProxy

TROUBLE = [None, None, None, "cut_request", "cut_answer", "twice", "busy", "html"]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data folders of central and three nodes that have synced once."""
    folder = tmp_path_factory.mktemp("star")
    star.make_template(folder)
    return folder


def move_into_couchdb(folder: Path, address: Address) -> None:
    """Move the school of a data folder, as ``migrate-store`` does."""
    chosen = choice.made(folder, address.server + address.school, None, secrets.token_bytes)
    holder = choice.holder_of(chosen, secrets.token_bytes)
    with Storage.open(folder, wish=StoreWish(file_only=True)) as opened:
        couch = Couch(address, QUICK)
        Move(opened.store, couch, opened.keys, holder, lambda *step: None).run()
    choice.remember(folder, chosen)


class StarOnCouchDB(model.StarMachine):
    """The same school; central's file is only what its pages read."""

    server: str
    network: FaultProxy  # the way there

    @initialize()
    def begin(self) -> None:
        moved = self.folder / "template"
        shutil.copytree(self.template, moved)
        address = replace(new_address(self.server), server=self.network.url)
        move_into_couchdb(moved / "central", address)
        self.template = moved
        super().begin()

    @rule(name=model.nodes, trouble=st.lists(st.sampled_from(TROUBLE), max_size=40))
    def sync_while_couchdb_fails(self, name: str, trouble: list[str | None]) -> None:
        self.network.plan(*trouble)
        self.node(name).sync()
        self.network._plan.clear()

    @rule()
    def lose_the_file(self) -> None:
        """The disk of central is replaced; CouchDB and the keys are there."""
        self.central.close()
        for file in (self.folder / "central").glob("journal.sqlite*"):
            file.unlink()
        self.central._begin()


def run(template: Path, server: str, network: FaultProxy, examples: int, steps: int) -> None:
    facts = {"template": template, "server": server, "network": network}
    machine = type("Machine", (StarOnCouchDB,), facts)
    run_state_machine_as_test(
        machine,
        settings=hypothesis.settings(
            max_examples=examples,
            stateful_step_count=steps,
            phases=set(hypothesis.Phase) - {hypothesis.Phase.explain},
            suppress_health_check=list(hypothesis.HealthCheck),
        ),
    )


def test_nothing_is_lost_with_couchdb_as_the_store(
    template: Path, couch_server: str, network: FaultProxy
) -> None:
    run(template, couch_server, network, examples=8, steps=15)


@pytest.mark.soak
def test_nothing_is_lost_with_couchdb_for_a_long_time(
    template: Path, couch_server: str, network: FaultProxy
) -> None:
    run(template, couch_server, network, examples=500, steps=60)
