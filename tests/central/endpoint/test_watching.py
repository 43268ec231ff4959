"""The gateway notices restores, copied folders and overfull quarantines, and raises alarms."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from central import alarms, quarantine
from tests.support import node_site, sample_school
from tests.support.node_site import NodeSite
from tests.support.sample_school import ABRAMOV, LESSON_1, SOKOLOVA


@pytest.fixture
def site(tmp_path: Path) -> Iterator[NodeSite]:
    with node_site.opened(tmp_path) as opened:
        yield opened


def ask(site: NodeSite, method: str, path: str, **more: Any) -> requests.Response:
    identity = site.node.node.identity
    return requests.request(
        method,
        f"{site.network.url}replication{path}",
        auth=(identity.node, identity.token),
        timeout=10,
        **more,
    )


def beat(site: NodeSite, **told: Any) -> Any:
    answer = ask(site, "POST", "/_heartbeat", json=told)
    assert answer.status_code == 200, answer.text
    return answer.json()


def codes(site: NodeSite) -> list[str]:
    return [alarm.code for alarm in alarms.open_alarms(site.central.store.records)]


def test_node_that_knows_a_sequence_not_reached_yet_raises_the_alarm(site: NodeSite) -> None:
    number, _, epoch = site.central.store.update_seq().partition("-")

    assert beat(site, known=f"{number}-{epoch}")["set_back"] is False
    assert codes(site) == []
    assert beat(site, known=f"{int(number) + 1}-{epoch}")["set_back"] is True

    (alarm,) = alarms.open_alarms(site.central.store.records)
    assert (alarm.code, alarm.params["node"]) == ("set_back", site.node.node.identity.node)


def test_node_that_knows_an_epoch_which_never_was_raises_the_alarm(site: NodeSite) -> None:
    assert beat(site, known="5-0therepoch")["set_back"] is True
    assert codes(site) == ["set_back"]


def test_feed_asked_from_beyond_its_end_raises_the_alarm_and_rewinds(site: NodeSite) -> None:
    number, _, epoch = site.central.store.update_seq().partition("-")
    since = f"{int(number) + 7}-{epoch}"

    answer = ask(site, "GET", "/journal/_changes", params={"since": since})
    assert answer.status_code == 200, answer.text
    page = answer.json()

    assert page["results"] != []
    assert codes(site) == ["set_back"]


def test_sequence_that_is_none_is_refused(site: NodeSite) -> None:
    assert ask(site, "POST", "/_heartbeat", json={"known": "yesterday"}).status_code == 400
    assert codes(site) == []


def test_earlier_epoch_of_a_node_that_speaks_again_is_a_second_computer(site: NodeSite) -> None:
    for epoch in ("e1", "e1", "e2", "e2"):
        beat(site, epoch=epoch)
    assert codes(site) == []

    beat(site, epoch="e1")

    (alarm,) = alarms.open_alarms(site.central.store.records)
    assert (alarm.code, alarm.key) == ("two_computers", site.node.node.identity.node)


def test_alarm_of_a_second_computer_ends_when_the_other_is_gone(site: NodeSite) -> None:
    for epoch in ("e1", "e2", "e1"):
        beat(site, epoch=epoch)
    records = site.central.store.records
    alarms.settle_alarm(records, alarms.open_alarms(records)[0].id, "d", site.central.clock.now())

    for epoch in ("e1", "e3", "e4"):
        beat(site, epoch=epoch)

    assert codes(site) == []


def test_full_quarantine_raises_the_alarm(site: NodeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine, "MOST_ENTRIES_OF_A_NODE", 0)
    site.sync.run()
    site.node.node.journal.record_mark(SOKOLOVA, LESSON_1, ABRAMOV, 5, seen=None, token="t")
    # Central knows by now that somebody else teaches the group.
    assignment = f"assignment:{sample_school.MATH_5A}"
    sample_school.put(site.central.store, assignment, teacher=sample_school.YOLKIN)
    site.sync.run()

    assert codes(site) == ["quarantine_full"]


def test_central_that_takes_its_turn_over_one_couchdb_was_not_set_back(
    site: NodeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(site.central.store), "is_a_copy", property(lambda store: True))
    number, _, epoch = site.central.store.update_seq().partition("-")

    assert beat(site, known="5-0therepoch")["set_back"] is False
    assert codes(site) == []
    assert beat(site, known=f"{int(number) + 1}-{epoch}")["set_back"] is True
