"""When a decision has come back to a node: from how far the node says it has pulled."""

from datetime import timedelta
from pathlib import Path

import pytest

from central.desk import returned
from sync.documents import identifiers
from sync.projections import decisions
from tests.central.desk import scenes
from tests.central.desk.scenes import Rooms
from tests.support import node_site, sample_school
from tests.support.central_site import CentralSite
from tests.support.sample_school import BELOVA

NODE = "nd1"
KEYS = frozenset({"school", f"group:{sample_school.MATH_5B}"})
NOW = scenes.NOW


@pytest.fixture
def decision(site: CentralSite, rooms: Rooms) -> str:
    """Return the id of a decision about a mark in 5Б."""
    return scenes.decided(site, scenes.two_marks(site, rooms, BELOVA))


def test_decision_counts_as_returned_when_the_node_has_pulled_it(
    site: CentralSite, decision: str
) -> None:
    returned.note_returned(site.store, NODE, KEYS, site.store.update_seq(), NOW)

    assert returned.nodes_with(site.store.records, decision) == [(NODE, NOW)]


def test_node_that_pulled_only_what_came_before_does_not_have_it(
    site: CentralSite, rooms: Rooms
) -> None:
    before = site.store.update_seq()
    made = scenes.decided(site, scenes.two_marks(site, rooms, BELOVA))

    returned.note_returned(site.store, NODE, KEYS, before, NOW)
    assert returned.nodes_with(site.store.records, made) == []

    later = NOW + timedelta(minutes=5)
    returned.note_returned(site.store, NODE, KEYS, site.store.update_seq(), later)
    assert returned.nodes_with(site.store.records, made) == [(NODE, later)]


def test_the_first_time_stays(site: CentralSite, decision: str) -> None:
    returned.note_returned(site.store, NODE, KEYS, site.store.update_seq(), NOW)
    sample_school.put(site.store, "subject:math", name="Математика", markless_years=[1])
    later = NOW + timedelta(hours=1)

    returned.note_returned(site.store, NODE, KEYS, site.store.update_seq(), later)
    returned.note_returned(site.store, "nd2", KEYS, site.store.update_seq(), later)

    assert returned.nodes_with(site.store.records, decision) == [(NODE, NOW), ("nd2", later)]


def test_node_that_may_not_hold_a_decision_is_not_named(site: CentralSite, decision: str) -> None:
    returned.note_returned(
        site.store, NODE, frozenset({"school", "group:other"}), site.store.update_seq(), NOW
    )

    assert returned.nodes_with(site.store.records, decision) == []


@pytest.mark.parametrize("pulled", ["nonsense", "0", "999999-another0epoch"])
def test_sequence_of_no_or_another_life_says_nothing(
    site: CentralSite, decision: str, pulled: str
) -> None:
    returned.note_returned(site.store, NODE, KEYS, pulled, NOW)

    assert returned.nodes_with(site.store.records, decision) == []


def test_decision_names_the_document_it_is_about(site: CentralSite, decision: str) -> None:
    [row] = decisions.all_decisions(site.store.database.read())

    assert row.doc_id == decision
    assert identifiers.is_reference(decision)


def test_node_tells_by_itself_how_far_it_has_pulled(tmp_path: Path) -> None:
    with node_site.opened(tmp_path, room="22") as both:
        assert both.sync.run().ending == "complete"
        site = both.central
        made = scenes.decided(site, scenes.two_marks(site, scenes.rooms(site), BELOVA))
        assert returned.nodes_with(site.store.records, made) == []

        assert both.sync.run().ending == "complete"

        noted = returned.nodes_with(site.store.records, made)
        assert noted == [(both.node.node.identity.node, NOW)]
