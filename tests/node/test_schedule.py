"""When the next sync is due."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node import schedule
from node.schedule import Schedule


def planned(draw: float = 0.5) -> Schedule:
    return Schedule(0.0, lambda: draw)


def test_first_sync_comes_soon_and_spread_out() -> None:
    assert planned(0.0).due_at == 0.0
    assert planned(0.99).due_at <= schedule.FIRST_SPREAD_SECONDS


def test_first_sync_is_thorough_and_the_next_is_not() -> None:
    plan = planned()

    assert plan.begin()
    plan.succeeded(1.0)
    assert not plan.begin()


@given(st.floats(0, 0.999))
def test_idle_node_asks_every_ten_to_thirty_seconds(draw: float) -> None:
    plan = planned(draw)
    plan.begin()
    plan.succeeded(100.0)

    assert 110.0 <= plan.due_at <= 130.0


def test_write_brings_the_next_sync_forward() -> None:
    plan = planned()
    plan.begin()
    plan.succeeded(100.0)
    plan.written(105.0)
    plan.written(105.5)

    assert plan.due_at == 106.0


def test_write_during_a_sync_leads_to_another_one() -> None:
    plan = planned()
    plan.begin()
    plan.written(100.5)
    plan.succeeded(101.0)

    assert plan.due_at == 101.5


def test_button_during_a_sync_leads_to_another_thorough_one() -> None:
    plan = planned()
    plan.begin()
    plan.asked(100.5)
    plan.succeeded(101.0)

    assert plan.due_at <= 101.0
    assert plan.begin()


@given(st.integers(1, 40), st.floats(0, 0.999))
def test_waits_after_failures_grow_up_to_a_minute(failures: int, draw: float) -> None:
    plan = planned(draw)
    for number in range(failures):
        plan.begin()
        plan.failed(float(number))

    assert failures - 1 <= plan.due_at <= failures - 1 + 60.0


def test_writes_do_not_hammer_a_server_that_is_away() -> None:
    plan = planned(0.999)
    plan.begin()
    for number in range(10):
        plan.failed(100.0 * number)
    plan.written(901.0)

    assert plan.due_at == 910.0


def test_button_does_not_wait_for_a_server_that_is_away() -> None:
    plan = planned(0.999)
    plan.begin()
    for _ in range(10):
        plan.failed(100.0)
    plan.asked(101.0)

    assert plan.due_at == 101.0


def test_server_that_asks_for_patience_gets_it() -> None:
    plan = planned(0.0)
    plan.begin()
    plan.failed(100.0, retry_after_seconds=120.0)

    assert plan.due_at >= 220.0


@pytest.mark.parametrize(
    ("after", "slept"),
    [
        ((5.0, 5.0), False),
        ((12.0, 12.0), False),  # a busy machine
        ((5.0, 3600.0), True),  # the steady clock stood still
        ((3600.0, 3600.0), True),
        ((5.0, -3600.0), False),  # the wall clock was set back
    ],
)
def test_sleep_is_noticed_by_either_clock(after: tuple[float, float], slept: bool) -> None:
    assert schedule.slept((0.0, 0.0), after, 5.0) is slept
