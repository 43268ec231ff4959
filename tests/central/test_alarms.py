"""An alarm stands until a person has seen it, and comes back if its cause does."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from central import alarms
from sync.store.record_store import RecordStore
from tests.store.stores import open_store

NOON = datetime(2026, 10, 14, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def records(tmp_path: Path) -> Iterator[RecordStore]:
    store = open_store(tmp_path / "journal.db")
    yield store.records
    store.close()


def codes(records: RecordStore) -> list[str]:
    return [alarm.code for alarm in alarms.open_alarms(records)]


def test_alarm_stands_until_it_is_seen(records: RecordStore) -> None:
    alarms.raise_alarm(records, alarms.FORK, "nd1/e1", NOON, label="Кабинет 12")
    (alarm,) = alarms.open_alarms(records)

    assert (alarm.code, alarm.key, alarm.times) == ("fork", "nd1/e1", 1)
    assert alarm.params == {"label": "Кабинет 12"}
    assert alarms.settle_alarm(records, alarm.id, "d1", NOON + HOUR)
    assert codes(records) == []
    assert not alarms.settle_alarm(records, alarm.id, "d1", NOON + HOUR)
    assert not alarms.settle_alarm(records, "fork:unknown", "d1", NOON)


def test_what_is_noticed_again_is_one_alarm_that_counts(records: RecordStore) -> None:
    for hours in range(3):
        alarms.raise_alarm(records, alarms.SET_BACK, "e1", NOON + hours * HOUR, number=hours)
    (alarm,) = alarms.open_alarms(records)

    assert (alarm.times, alarm.params) == (3, {"number": 2})
    assert (alarm.first_at, alarm.last_at) == (NOON, NOON + 2 * HOUR)


def test_what_goes_on_is_not_written_down_at_each_request(records: RecordStore) -> None:
    for seconds in range(30):
        at = NOON + timedelta(seconds=seconds)
        alarms.raise_alarm(records, alarms.SET_BACK, "e1", at)

    assert alarms.open_alarms(records)[0].times == 1


def test_what_was_seen_and_goes_on_stays_quiet_for_a_day(records: RecordStore) -> None:
    alarms.raise_alarm(records, alarms.TWO_COMPUTERS, "nd1", NOON)
    alarms.settle_alarm(records, "two_computers:nd1", "d1", NOON + HOUR)

    alarms.raise_alarm(records, alarms.TWO_COMPUTERS, "nd1", NOON + 2 * HOUR)
    assert codes(records) == []

    later = NOON + 2 * HOUR + DAY
    alarms.raise_alarm(records, alarms.TWO_COMPUTERS, "nd1", later)
    (alarm,) = alarms.open_alarms(records)
    assert (alarm.first_at, alarm.times) == (later, 1)


def test_clock_that_went_back_hides_no_alarm(records: RecordStore) -> None:
    alarms.raise_alarm(records, alarms.FORK, "nd1/e1", NOON)
    alarms.settle_alarm(records, "fork:nd1/e1", "d1", NOON)

    alarms.raise_alarm(records, alarms.FORK, "nd1/e1", NOON - 2 * DAY)

    assert codes(records) == ["fork"]


def test_newest_alarm_stands_first(records: RecordStore) -> None:
    alarms.raise_alarm(records, alarms.FORK, "nd1/e1", NOON)
    alarms.raise_alarm(records, alarms.MANY_LEAVES, "mark:1", NOON + HOUR)
    alarms.raise_alarm(records, alarms.FORK, "nd1/e1", NOON + 2 * HOUR)

    assert codes(records) == ["fork", "many_leaves"]
