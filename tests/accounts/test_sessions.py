"""Sessions are rows: they lock, end, and cannot be made from a copy of the file."""

from datetime import timedelta

import pytest

from sync.accounts import sessions
from sync.accounts.sessions import Limits, Session, Sessions
from sync.clock import FixedClock
from tests.support.records import MemoryRecords

FIVE_MINUTES = Limits(idle=timedelta(minutes=5))


@pytest.fixture
def rows(records: MemoryRecords, clock: FixedClock) -> Sessions:
    return Sessions(records, clock, FIVE_MINUTES)


def found(rows: Sessions, session: Session) -> Session:
    again = rows.find(session.token)
    assert again is not None
    return again


def test_limits_are_those_of_the_design() -> None:
    node, central = sessions.NODE_LIMITS, sessions.CENTRAL_LIMITS

    assert (node.idle, node.absolute) == (timedelta(minutes=5), timedelta(hours=8))
    assert (central.idle, central.absolute) == (timedelta(minutes=15), timedelta(hours=8))
    assert node.one_at_a_time
    assert not central.one_at_a_time


def test_session_is_found_by_its_token_only(rows: Sessions) -> None:
    session = rows.open("account-1")

    assert found(rows, session) == session
    assert rows.find(session.token[:-1] + "x") is None
    assert rows.find("") is None


def test_token_is_not_in_the_store(rows: Sessions, records: MemoryRecords) -> None:
    session = rows.open("account-1")

    (row,) = records.scan("sessions")
    assert session.token not in f"{row.key}{row.value}"


def test_every_sign_in_has_a_new_token(rows: Sessions) -> None:
    tokens = {rows.open("account-1").token for _ in range(10)}

    assert len(tokens) == 10
    assert all(len(token) == 64 for token in tokens)


def test_session_locks_after_the_idle_time_to_the_second(rows: Sessions, clock: FixedClock) -> None:
    session = rows.open("account-1")
    clock.advance(timedelta(seconds=299))
    assert not found(rows, session).locked

    clock.advance(timedelta(seconds=1))
    assert found(rows, session).locked


def test_activity_puts_the_lock_off(rows: Sessions, clock: FixedClock) -> None:
    session = rows.open("account-1")
    for _ in range(10):
        clock.advance(timedelta(minutes=4))
        rows.touch(session)

    assert not found(rows, session).locked


def test_locked_session_stays_locked_whatever_comes(rows: Sessions, clock: FixedClock) -> None:
    session = rows.open("account-1")
    rows.lock(session)
    rows.touch(session)

    assert found(rows, session).locked


def test_unlocking_gives_a_new_token_and_ends_the_old(rows: Sessions) -> None:
    session = rows.lock(rows.open("account-1"))
    opened = rows.unlock(session)

    assert rows.find(session.token) is None
    assert not found(rows, opened).locked
    assert opened.token != session.token


def test_eight_hours_are_the_end_however_busy_and_unlocked(
    rows: Sessions, clock: FixedClock
) -> None:
    session = rows.open("account-1")
    for _ in range(7):
        clock.advance(timedelta(hours=1))
        session = rows.unlock(session)
    clock.advance(timedelta(minutes=59, seconds=59))
    assert rows.find(session.token) is not None

    clock.advance(timedelta(seconds=1))
    assert rows.find(session.token) is None


def test_closed_session_is_gone(rows: Sessions, records: MemoryRecords) -> None:
    session = rows.open("account-1")
    rows.close(session)
    rows.touch(session)
    rows.lock(session)

    assert rows.find(session.token) is None
    assert records.count("sessions") == 0


def test_restart_locks_a_node(rows: Sessions, records: MemoryRecords, clock: FixedClock) -> None:
    session = rows.open("account-1")
    after_restart = Sessions(records, clock, FIVE_MINUTES)

    assert found(after_restart, session).locked


def test_activity_on_a_node_writes_nothing(rows: Sessions, records: MemoryRecords) -> None:
    """A save is one commit to disk; the note that somebody is there must not be another."""
    session = rows.open("account-1")
    before = records.writes
    for _ in range(5):
        rows.touch(session)
        rows.find(session.token)

    assert records.writes == before


def test_central_writes_activity_now_and_then_and_survives_a_restart(
    records: MemoryRecords, clock: FixedClock
) -> None:
    limits = sessions.CENTRAL_LIMITS
    rows = Sessions(records, clock, limits)
    session = rows.open("account-1")
    before = records.writes
    for _ in range(20):
        clock.advance(timedelta(minutes=1))
        rows.touch(session)

    assert records.writes == before + 6
    assert not found(Sessions(records, clock, limits), session).locked


def test_clock_jumping_back_locks(rows: Sessions, clock: FixedClock) -> None:
    session = rows.open("account-1")
    clock.advance(timedelta(seconds=-30))
    assert not found(rows, session).locked

    clock.advance(timedelta(hours=-1))
    assert found(rows, session).locked


def test_turning_the_clock_back_does_not_stretch_the_eight_hours(
    rows: Sessions, clock: FixedClock
) -> None:
    session = rows.open("account-1")
    clock.advance(timedelta(days=-1))
    session = rows.unlock(found(rows, session))
    clock.advance(timedelta(hours=8))

    assert rows.find(session.token) is None


def test_one_keyboard_has_one_session(records: MemoryRecords, clock: FixedClock) -> None:
    rows = Sessions(records, clock, sessions.NODE_LIMITS)
    first = rows.open("account-1")
    second = rows.open("account-2")

    assert rows.find(first.token) is None
    assert rows.find(second.token) is not None


def test_guardians_sign_in_beside_each_other(records: MemoryRecords, clock: FixedClock) -> None:
    rows = Sessions(records, clock, sessions.CENTRAL_LIMITS)
    first, second = rows.open("account-1"), rows.open("account-1")

    assert rows.find(first.token) is not None
    assert rows.find(second.token) is not None


def test_ending_all_sessions_of_an_account_spares_others_and_the_one_named(
    rows: Sessions,
) -> None:
    mine, elsewhere, other = rows.open("a-1"), rows.open("a-1"), rows.open("a-2")
    rows.close_all("a-1", but=mine)

    assert rows.find(mine.token) is not None
    assert rows.find(elsewhere.token) is None
    assert rows.find(other.token) is not None


def test_rows_of_days_before_are_swept_at_the_next_sign_in(
    rows: Sessions, records: MemoryRecords, clock: FixedClock
) -> None:
    for _ in range(3):
        rows.open("account-1")
    clock.advance(timedelta(days=1))
    rows.open("account-1")

    assert records.count("sessions") == 1
