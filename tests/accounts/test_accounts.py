"""Central's book of accounts."""

from dataclasses import replace
from typing import Any

import pytest

from sync import errors
from sync.accounts.accounts import Account, AccountBook, account_of
from sync.clock import FixedClock
from tests.support.records import MemoryRecords

SOKOLOVA = Account("a-1", "sokolova", "staff-1", frozenset({"teacher"}), "verifier 1")


@pytest.fixture
def book(records: MemoryRecords, clock: FixedClock) -> AccountBook:
    return AccountBook(records, clock)


def test_account_is_found_by_login_in_any_case_and_by_id(book: AccountBook) -> None:
    book.create(replace(SOKOLOVA, login="Sokolova"))

    assert book.by_login(" SOKOLOVA ") == SOKOLOVA
    assert book.by_id("a-1") == SOKOLOVA
    assert book.by_login("sokolov") is None
    assert book.by_id("a-2") is None


def test_account_survives_its_json_form() -> None:
    account = replace(SOKOLOVA, must_change=True, status="blocked", roles=frozenset("ba"))

    assert account_of(account.as_value()) == account
    assert account.as_value()["roles"] == ["a", "b"]


@pytest.mark.parametrize("login", ["", "a", "two words", "кот/пёс", "x" * 65, "a\nb"])
def test_text_that_cannot_be_a_login_is_refused(book: AccountBook, login: str) -> None:
    with pytest.raises(errors.LoginRefused) as refused:
        book.create(replace(SOKOLOVA, login=login))

    assert refused.value.code == "login_not_understood"
    assert list(book.all()) == []


@pytest.mark.parametrize("login", ["соколова.а", "ёлкин-2", "a.m+home@school", "i9"])
def test_usual_logins_are_taken(book: AccountBook, login: str) -> None:
    assert book.create(replace(SOKOLOVA, login=login)).login == login


def test_login_of_somebody_else_is_refused(book: AccountBook) -> None:
    book.create(SOKOLOVA)

    with pytest.raises(errors.LoginRefused) as refused:
        book.create(replace(SOKOLOVA, id="a-2", login="SOKOLOVA"))
    assert refused.value.code == "login_taken"
    assert book.by_login("sokolova") == SOKOLOVA


def test_login_left_by_a_crash_between_two_writes_can_be_used(
    book: AccountBook, records: MemoryRecords, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = records.put

    def breaking(collection: str, key: str, value: Any, revision: int | None) -> int:
        if collection == "accounts":
            raise errors.StoreUnavailable
        return put(collection, key, value, revision)

    monkeypatch.setattr(records, "put", breaking)
    with pytest.raises(errors.StoreUnavailable):
        book.create(SOKOLOVA)
    monkeypatch.undo()

    book.create(replace(SOKOLOVA, id="a-2"))
    found = book.by_login("sokolova")
    assert found is not None
    assert found.id == "a-2"


def test_account_is_not_made_twice(book: AccountBook) -> None:
    book.create(SOKOLOVA)

    with pytest.raises(errors.RecordConflict):
        book.create(replace(SOKOLOVA, login="sokolova2"))


def test_own_password_ends_the_handed_out_one(book: AccountBook) -> None:
    book.create(replace(SOKOLOVA, must_change=True))
    changed = book.change_password(SOKOLOVA, "old", "verifier 2")

    assert changed.verifier == "verifier 2"
    assert not changed.must_change
    assert book.by_id("a-1") == changed


def test_first_of_two_changes_wins(book: AccountBook) -> None:
    book.create(SOKOLOVA)
    book.change_password(SOKOLOVA, "old", "verifier 2")

    with pytest.raises(errors.EntryRefused) as refused:
        book.change_password(SOKOLOVA, "old", "verifier 3")
    assert refused.value.code == "password_changed_elsewhere"
    found = book.by_id("a-1")
    assert found is not None
    assert found.verifier == "verifier 2"


def test_same_change_sent_twice_is_one(book: AccountBook, records: MemoryRecords) -> None:
    book.create(SOKOLOVA)
    book.change_password(SOKOLOVA, "old", "verifier 2")
    before = records.writes
    book.change_password(SOKOLOVA, "old", "verifier 2")

    assert records.writes == before


def test_handed_out_password_must_be_changed(book: AccountBook) -> None:
    book.create(SOKOLOVA)

    assert book.hand_out_password("a-1", "verifier 9").must_change


def test_blocking_is_kept_and_undone(book: AccountBook) -> None:
    book.create(SOKOLOVA)

    assert book.block("a-1").status == "blocked"
    assert book.unblock("a-1") == SOKOLOVA


def test_roles_are_replaced_as_a_whole(book: AccountBook) -> None:
    book.create(SOKOLOVA)

    assert book.set_roles("a-1", ["deputy_head"]).roles == {"deputy_head"}


def test_change_of_an_account_that_is_not_there_is_an_error(book: AccountBook) -> None:
    with pytest.raises(errors.AccountUnknown):
        book.block("a-9")


def test_change_overtaken_by_another_writer_is_made_on_the_newer_state(
    book: AccountBook, records: MemoryRecords, monkeypatch: pytest.MonkeyPatch
) -> None:
    book.create(SOKOLOVA)
    get, overtaken = records.get, iter([True])

    def overtaking(collection: str, key: str) -> Any:
        record = get(collection, key)
        if next(overtaken, False) and record is not None:
            records.overwrite(collection, key, record.value | {"status": "blocked"})
        return record

    monkeypatch.setattr(records, "get", overtaking)
    changed = book.set_roles("a-1", ["director"])

    assert (changed.status, changed.roles) == ("blocked", {"director"})
