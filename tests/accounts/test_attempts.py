"""Guessing is slowed down, and nobody is ever locked out for good."""

import itertools
import random
import threading
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync import errors
from sync.accounts.attempts import LONGEST_WAIT, Attempts, wait_after
from sync.clock import FixedClock
from tests.accounts.conftest import MORNING
from tests.support.records import MemoryRecords


@pytest.fixture
def attempts(records: MemoryRecords, clock: FixedClock) -> Attempts:
    return Attempts(records, clock)


def guess(attempts: Attempts, login: str = "sokolova", place: str = "room 12") -> int | None:
    """Return how many seconds a guess has to wait; None if it was let through."""
    try:
        attempts.begin(login, place)
    except errors.TooManyAttempts as error:
        return int(error.params["seconds"])
    return None


def test_waits_are_those_of_the_design() -> None:
    waits = [wait_after(tries).total_seconds() for tries in range(12)]

    assert waits == [0, 0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900]
    assert wait_after(10**6) == LONGEST_WAIT


def test_five_wrong_passwords_are_free_and_the_sixth_waits(attempts: Attempts) -> None:
    assert [guess(attempts) for _ in range(6)] == [None] * 5 + [30]


def test_wait_is_over_to_the_second(attempts: Attempts, clock: FixedClock) -> None:
    for _ in range(5):
        guess(attempts)

    clock.advance(timedelta(seconds=29.5))
    assert guess(attempts) == 1
    clock.advance(timedelta(seconds=0.5))
    assert guess(attempts) is None
    assert guess(attempts) == 60


def test_refused_tries_do_not_make_the_wait_longer(attempts: Attempts, clock: FixedClock) -> None:
    """Pupils who go on typing must not keep the teacher out."""
    for _ in range(5):
        guess(attempts)
    for _ in range(29):
        clock.advance(timedelta(seconds=1))
        assert guess(attempts) is not None

    clock.advance(timedelta(seconds=1))
    assert guess(attempts) is None


def test_right_password_clears_the_count(attempts: Attempts) -> None:
    for _ in range(5):
        guess(attempts)
    attempts.succeeded("sokolova", "room 12")

    assert [guess(attempts) for _ in range(5)] == [None] * 5


def test_other_logins_and_places_are_counted_apart(attempts: Attempts) -> None:
    for _ in range(6):
        guess(attempts)

    assert guess(attempts, login="orlov") is None
    assert guess(attempts, place="room 13") is None


def test_count_is_written_before_the_password_is_checked(
    attempts: Attempts, records: MemoryRecords
) -> None:
    guess(attempts)

    (record,) = records.scan("sign_in_attempts")
    assert record.value["tries"] == 1


def test_count_survives_a_restart(records: MemoryRecords, clock: FixedClock) -> None:
    for _ in range(5):
        guess(Attempts(records, clock))

    assert guess(Attempts(records, clock)) == 30


def test_typed_login_is_not_stored(attempts: Attempts, records: MemoryRecords) -> None:
    """People type their password into the login field now and then."""
    guess(attempts, login="лавина сосед корабль")

    (record,) = records.scan("sign_in_attempts")
    assert "лавина" not in f"{record.key}{record.value}"


def test_clock_turned_back_by_a_year_does_not_lock_out(
    attempts: Attempts, clock: FixedClock
) -> None:
    for _ in range(5):
        guess(attempts)
    clock.advance(timedelta(days=-365))

    assert guess(attempts) == 30
    clock.advance(timedelta(seconds=30))
    assert guess(attempts) is None


def test_clock_turned_forward_gives_one_guess_and_not_five(
    attempts: Attempts, clock: FixedClock
) -> None:
    for _ in range(8):
        guess(attempts)
        clock.advance(timedelta(hours=1))
    clock.advance(timedelta(days=365))

    assert guess(attempts) is None
    assert guess(attempts) is not None


def test_twenty_threads_get_no_more_than_five_guesses(attempts: Attempts) -> None:
    answers: list[int | None] = []
    start = threading.Barrier(20, timeout=10)

    def run() -> None:
        start.wait()
        answers.append(guess(attempts))

    threads = [threading.Thread(target=run) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)

    assert len(answers) == 20
    assert answers.count(None) == 5


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(min_value=0, max_value=7200), max_size=60))
def test_no_day_of_guessing_beats_the_budget(pauses: list[float]) -> None:
    """At most 5 + 96 guesses a day, however they are spread; the owner waits at most 15 minutes."""
    clock = FixedClock(MORNING)
    attempts = Attempts(MemoryRecords(), clock)
    let_through: list[datetime] = []
    for pause in pauses:
        clock.advance(timedelta(seconds=pause))
        waits = guess(attempts)
        if waits is None:
            let_through.append(clock.now())
        else:
            assert waits <= LONGEST_WAIT.total_seconds()

    gaps = [later - earlier for earlier, later in itertools.pairwise(let_through)]
    assert all(gap >= wait_after(number + 1) for number, gap in enumerate(gaps))


def test_counters_of_made_up_logins_do_not_pile_up_for_ever(
    records: MemoryRecords, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.accounts.attempts._MOST_COUNTERS", 20)
    attempts = Attempts(records, clock)
    for number in random.Random(7).sample(range(10_000), 20):
        guess(attempts, login=f"made-up-{number}")
    clock.advance(timedelta(days=2))
    guess(attempts, login="sokolova")

    assert records.count("sign_in_attempts") == 1
