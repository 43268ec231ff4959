"""The door: one answer for every wrong pair, and nothing before the password is checked."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sync import errors
from sync.accounts.accounts import Account, AccountBook
from sync.accounts.attempts import Attempts
from sync.accounts.entrance import Entrance
from sync.accounts.passwords import Verifiers
from sync.accounts.sessions import Limits, Sessions
from sync.clock import FixedClock
from tests.support.records import MemoryRecords

PASSWORD = "лавина сосед корабль"
NEW = "чугун вторник парашют"


@pytest.fixture
def book(records: MemoryRecords, clock: FixedClock, verifiers: Verifiers) -> AccountBook:
    book = AccountBook(records, clock)
    verifier = verifiers.make(PASSWORD)
    book.create(Account("a-1", "sokolova", "staff-1", frozenset({"teacher"}), verifier))
    return book


@pytest.fixture
def entrance(
    book: AccountBook, records: MemoryRecords, clock: FixedClock, verifiers: Verifiers
) -> Entrance:
    limits = Limits(idle=timedelta(minutes=5))
    return Entrance(book, Attempts(records, clock), Sessions(records, clock, limits), verifiers)


def test_right_pair_opens_a_session(entrance: Entrance) -> None:
    account, session = entrance.sign_in("Sokolova", PASSWORD, "room 12")

    assert session.account_id == account.id == "a-1"
    assert entrance.sessions.find(session.token) == session


@pytest.mark.parametrize(
    ("login", "password"), [("sokolova", "не тот"), ("nobody", PASSWORD), ("", ""), ("nobody", "")]
)
def test_wrong_pairs_have_one_answer(entrance: Entrance, login: str, password: str) -> None:
    with pytest.raises(errors.SignInRefused) as refused:
        entrance.sign_in(login, password, "room 12")

    assert (refused.value.code, refused.value.params) == ("sign_in_refused", {})


def test_unknown_logins_are_slowed_down_like_known_ones(entrance: Entrance) -> None:
    waits = []
    for login in ("sokolova", "nobody"):
        for _ in range(5):
            with pytest.raises(errors.SignInRefused):
                entrance.sign_in(login, "не тот", "room 12")
        with pytest.raises(errors.TooManyAttempts) as refused:
            entrance.sign_in(login, PASSWORD, "room 12")
        waits.append(refused.value.params)

    assert waits == [{"seconds": 30}, {"seconds": 30}]


def test_right_password_counts_again_after_the_wait(entrance: Entrance, clock: FixedClock) -> None:
    for _ in range(5):
        with pytest.raises(errors.SignInRefused):
            entrance.sign_in("sokolova", "не тот", "room 12")
    clock.advance(timedelta(seconds=30))

    entrance.sign_in("sokolova", PASSWORD, "room 12")


def test_closed_account_is_told_to_its_owner_only(entrance: Entrance, book: AccountBook) -> None:
    book.block("a-1")

    with pytest.raises(errors.SignInRefused):
        entrance.sign_in("sokolova", "не тот", "room 12")
    with pytest.raises(errors.AccountBlocked):
        entrance.sign_in("sokolova", PASSWORD, "room 12")


def test_closing_an_account_ends_its_session_with_the_next_request(
    entrance: Entrance, book: AccountBook
) -> None:
    _, session = entrance.sign_in("sokolova", PASSWORD, "room 12")
    assert entrance.holder(session) is not None
    book.block("a-1")

    assert entrance.holder(session) is None
    assert entrance.sessions.find(session.token) is None


def test_locked_session_opens_with_its_own_password_only(
    entrance: Entrance, book: AccountBook, verifiers: Verifiers
) -> None:
    other = Account("a-2", "orlov", "staff-2", frozenset({"teacher"}), verifiers.make(NEW))
    book.create(other)
    _, session = entrance.sign_in("sokolova", PASSWORD, "room 12")
    locked = entrance.sessions.lock(session)

    with pytest.raises(errors.SignInRefused):
        entrance.unlock(locked, NEW, "room 12")
    assert not entrance.unlock(locked, PASSWORD, "room 12").locked


def test_guessing_at_the_lock_screen_is_counted_with_sign_in(entrance: Entrance) -> None:
    _, session = entrance.sign_in("sokolova", PASSWORD, "room 12")
    for _ in range(5):
        with pytest.raises(errors.SignInRefused):
            entrance.unlock(session, "не тот", "room 12")

    with pytest.raises(errors.TooManyAttempts):
        entrance.sign_in("sokolova", PASSWORD, "room 12")


def test_new_password_replaces_the_old_and_ends_other_sessions(entrance: Entrance) -> None:
    _, elsewhere = entrance.sign_in("sokolova", PASSWORD, "room 12")
    _, here = entrance.sign_in("sokolova", PASSWORD, "room 12")
    entrance.change_password(here, PASSWORD, NEW, "room 12")

    assert entrance.sessions.find(here.token) is not None
    assert entrance.sessions.find(elsewhere.token) is None
    entrance.sign_in("sokolova", NEW, "room 12")
    with pytest.raises(errors.SignInRefused):
        entrance.sign_in("sokolova", PASSWORD, "room 12")


@pytest.mark.parametrize(
    ("old", "new", "kind", "code"),
    [
        ("не тот", NEW, errors.SignInRefused, "sign_in_refused"),
        (PASSWORD, PASSWORD, errors.WeakPassword, "password_unchanged"),
        (PASSWORD, f" {PASSWORD} ", errors.WeakPassword, "password_unchanged"),
        (PASSWORD, "мало", errors.WeakPassword, "password_too_short"),
        (PASSWORD, "sokolova85", errors.WeakPassword, "weak_password"),
        (PASSWORD, "СредняяШкола14", errors.WeakPassword, "weak_password"),
    ],
)
def test_change_that_cannot_stand_changes_nothing(
    entrance: Entrance, old: str, new: str, kind: type[errors.EntryRefused], code: str
) -> None:
    _, session = entrance.sign_in("sokolova", PASSWORD, "room 12")

    with pytest.raises(kind) as refused:
        entrance.change_password(session, old, new, "room 12", ["Средняя Школа"])
    assert refused.value.code == code
    entrance.sign_in("sokolova", PASSWORD, "room 12")


def test_password_is_asked_once_more_before_a_weighty_step(entrance: Entrance) -> None:
    _, session = entrance.sign_in("sokolova", PASSWORD, "room 12")
    entrance.confirm(session, PASSWORD, "room 12")

    with pytest.raises(errors.SignInRefused):
        entrance.confirm(session, "не тот", "room 12")


def test_account_that_vanished_cannot_be_unlocked(
    entrance: Entrance, records: MemoryRecords
) -> None:
    _, session = entrance.sign_in("sokolova", PASSWORD, "room 12")
    records.delete("accounts", "a-1")

    with pytest.raises(errors.SignInRefused):
        entrance.unlock(replace(session, locked=True), PASSWORD, "room 12")
    assert entrance.holder(session) is None
