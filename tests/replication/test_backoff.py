from hypothesis import given
from hypothesis import strategies as st

from sync.replication.backoff import CEILING_SECONDS, Backoff


def test_the_longest_wait_doubles_up_to_the_ceiling():
    backoff = Backoff(lambda: 1.0)

    waits = [backoff.next_delay() for _ in range(12)]

    assert waits[:5] == [2, 4, 8, 16, 32]
    assert waits[-1] == CEILING_SECONDS


@given(st.floats(0, 1, exclude_max=True), st.integers(1, 10_000))
def test_a_wait_is_never_above_the_ceiling_however_long_it_goes_on(draw, failures):
    backoff = Backoff(lambda: draw)

    for _ in range(min(failures, 40)):
        delay = backoff.next_delay()

    assert 0 <= delay <= CEILING_SECONDS


def test_the_wait_is_drawn_from_the_whole_span():
    assert Backoff(lambda: 0.0).next_delay() == 0
    assert Backoff(lambda: 0.5).next_delay() == 1


def test_a_reset_begins_again_with_short_waits():
    backoff = Backoff(lambda: 1.0)
    for _ in range(10):
        backoff.next_delay()

    backoff.reset()

    assert backoff.failures == 0
    assert backoff.next_delay() == 2


def test_what_the_server_asked_for_is_waited_for_at_least():
    for draw in (0.0, 0.3, 0.99):
        assert 120 <= Backoff(lambda draw=draw: draw).next_delay(120) <= 180


def test_the_first_contacts_are_spread():
    assert [Backoff(lambda draw=draw: draw).first_delay(30) for draw in (0, 0.5)] == [0, 15]
