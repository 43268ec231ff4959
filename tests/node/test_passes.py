"""The log of syncs: every pass leaves a record, an idle node does not fill the disk with them."""

from datetime import UTC, datetime, timedelta

import pytest

from node import passes
from node.passes import PassLog, PassRecord
from tests.support.sample_node import SampleNode

NOON = datetime(2026, 10, 14, 9, 0, tzinfo=UTC)


def record(
    after: timedelta = timedelta(0), ending: str = passes.COMPLETE, **counts: int
) -> PassRecord:
    at = NOON + after
    return PassRecord(at, at, ending, **counts)  # type: ignore[arg-type]


@pytest.fixture
def log(node: SampleNode) -> PassLog:
    return PassLog(node.store)


def test_new_log_knows_of_no_contact(log: PassLog) -> None:
    assert (log.last, log.last_contact, log.kept()) == (None, None, [])


def test_passes_that_moved_something_are_each_kept_newest_first(log: PassLog) -> None:
    log.add(record(sent=3))
    log.add(record(timedelta(minutes=1), sent=2))

    assert [one.sent for one in log.kept()] == [2, 3]


def test_idle_passes_are_one_record_whose_time_moves_on(log: PassLog) -> None:
    log.add(record(sent=3))
    for minutes in range(1, 40):
        log.add(record(timedelta(minutes=minutes)))

    kept = log.kept()
    assert [one.sent for one in kept] == [0, 3]
    assert kept[0].started_at == NOON + timedelta(minutes=1)
    assert kept[0].ended_at == NOON + timedelta(minutes=36)


def test_idle_passes_between_are_known_though_not_written(log: PassLog) -> None:
    log.add(record())
    log.add(record(timedelta(minutes=2)))

    assert log.last_contact == NOON + timedelta(minutes=2)
    assert log.last is not None
    assert log.last.ended_at == NOON + timedelta(minutes=2)
    assert log.kept()[0].ended_at == NOON


def test_change_of_ending_is_written_at_once(log: PassLog) -> None:
    log.add(record())
    log.add(record(timedelta(seconds=20), "peer_unreachable"))
    log.add(record(timedelta(seconds=40)))

    endings = [one.ending for one in log.kept()]
    assert endings == ["complete", "peer_unreachable", "complete"]


def test_failed_pass_is_no_contact(log: PassLog) -> None:
    log.add(record())
    log.add(record(timedelta(hours=1), "peer_unreachable"))

    assert log.last_contact == NOON


def test_log_goes_on_after_a_restart(log: PassLog, node: SampleNode) -> None:
    log.add(record(sent=1))
    log.add(record(timedelta(minutes=1), "peer_unreachable"))

    again = PassLog(node.store)

    assert again.last_contact == NOON
    assert again.last is not None
    assert again.last.ending == "peer_unreachable"


def test_only_the_newest_records_are_kept(log: PassLog) -> None:
    for minutes in range(passes.MOST_KEPT + 20):
        log.add(record(timedelta(minutes=minutes), sent=minutes + 1))

    kept = log.kept()
    assert len(kept) == passes.MOST_KEPT
    assert kept[0].sent == passes.MOST_KEPT + 20


def test_facts_of_a_failure_are_kept(log: PassLog) -> None:
    at = NOON
    log.add(PassRecord(at, at, "peer_busy", params={"status": 503, "retry_after": 30}))

    assert log.kept()[0].params == {"status": 503, "retry_after": 30}
