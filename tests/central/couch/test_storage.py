"""A school's folder with CouchDB as its store: set up, lost, moved, refused in words."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from central import restoring, storage
from central.couch import attaching, choice, lease
from central.couch.server import Address, Couch
from central.storage import Storage, StoreWish
from sync import errors
from sync.clock import FixedClock
from tests.contracts.feed_contract import path
from tests.support.answering import Answer, answering
from tests.support.couch_site import new_address
from tests.support.pairs import everything


@pytest.fixture
def url(couch_server: str) -> str:
    address = new_address(couch_server)
    return address.server + address.school


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    storage.initialise(tmp_path / "central")
    return tmp_path / "central"


def copied(folder: Path, name: str) -> Path:
    """Another computer's folder: copies of the keys, nothing else."""
    other = folder.with_name(name)
    other.mkdir()
    for file in ("entry-keys.json", "account-keys.json"):
        (other / file).write_bytes((folder / file).read_bytes())
    return other


def fill(opened: Storage) -> None:
    with opened.store.transaction() as tx:
        for number in range(30):
            tx.put(f"d{number}", {"n": number}, parent=None)
        tx.insert([path("two", "2-b", "1-a", n=1), path("two", "2-c", "1-a", n=2)])
        tx.insert([path("gone", "2-b", "1-a", deleted=True, why="left")])
        for number in range(20):
            tx.records.put("accounts", f"a{number}", {"login": f"ёжик{number}"}, None)


def state(opened: Storage) -> tuple[object, object]:
    rows = opened.store.database.read().execute("SELECT collection, key, json FROM record")
    return everything(opened.store), {row[:2]: json.loads(row[2]) for row in rows.fetchall()}


def test_choice_is_remembered_and_lost_file_is_filled_again(folder: Path, url: str) -> None:
    with Storage.open(folder, wish=StoreWish(url)) as opened:
        fill(opened)
        before, uuid, cookie = state(opened), opened.store.uuid, opened.cookie_key
    assert choice.remembered(folder) is not None
    for file in folder.glob("journal.sqlite*"):
        file.unlink()

    with Storage.open(folder) as again:
        assert state(again) == before
        assert (again.store.uuid, again.cookie_key) == (uuid, cookie)


def test_second_central_reads_everything_and_shares_sign_ins(folder: Path, url: str) -> None:
    other = copied(folder, "other")
    with Storage.open(folder, wish=StoreWish(url)) as opened:
        fill(opened)
        with Storage.open(other, wish=StoreWish(url, diary=True)) as diary:
            assert diary.is_diary
            assert not opened.is_diary
            assert state(diary) == state(opened)
            assert (diary.store.uuid, diary.cookie_key) == (opened.store.uuid, opened.cookie_key)


def test_second_writing_central_is_refused_and_named_the_first(folder: Path, url: str) -> None:
    other = copied(folder, "other")
    asked: list[str] = []
    with Storage.open(folder, wish=StoreWish(url)):
        with pytest.raises(errors.StoreUnavailable) as refused:
            Storage.open(other, wish=StoreWish(url))
        assert refused.value.code == "lease_held"
        assert refused.value.params["host"]

        wish = StoreWish(url, wait=lambda found: asked.append(found.host) or len(asked) < 3)
        with pytest.raises(errors.StoreUnavailable):
            Storage.open(other, wish=wish)
        assert len(asked) == 3

    with Storage.open(other, wish=StoreWish(url)):
        pass


def test_key_of_a_node_reaches_the_central_that_takes_over(folder: Path, url: str) -> None:
    other = copied(folder, "other")
    with Storage.open(folder, wish=StoreWish(url)) as opened:
        opened.keys.add_node("n1", bytes(range(32)))
        with opened.store.transaction() as tx:
            opened.share_node_key(tx.records, "n1", bytes(range(32)))

    with Storage.open(other, wish=StoreWish(url)) as taken_over:
        assert taken_over.keys.entry_keys().nodes == {"n1": bytes(range(32))}


def test_central_with_other_keys_does_not_write(folder: Path, url: str, tmp_path: Path) -> None:
    storage.initialise(tmp_path / "stranger")
    with Storage.open(folder, wish=StoreWish(url)) as opened:
        fill(opened)

    with pytest.raises(errors.StoreUnavailable) as refused:
        Storage.open(tmp_path / "stranger", wish=StoreWish(url))

    assert refused.value.code == "other_keys"
    assert choice.remembered(tmp_path / "stranger") is None


def test_school_in_a_file_is_not_mixed_with_another_in_couchdb(
    folder: Path, url: str, tmp_path: Path
) -> None:
    with Storage.open(folder, wish=StoreWish(url)) as opened:
        fill(opened)
    storage.initialise(tmp_path / "another")
    with Storage.open(tmp_path / "another") as another:
        fill(another)

    with pytest.raises(errors.StoreUnavailable) as refused:
        Storage.open(tmp_path / "another", wish=StoreWish(url))
    assert refused.value.code == "another_school"

    with pytest.raises(errors.StoreUnavailable) as refused:
        Storage.open(tmp_path / "another", wish=StoreWish(url + "2"))
    assert refused.value.code == "migrate_first"
    with Storage.open(tmp_path / "another") as still:
        assert still.store.get("d1") is not None


def test_database_that_is_gone_is_not_replaced_by_an_empty_one(folder: Path, url: str) -> None:
    with Storage.open(folder, wish=StoreWish(url)) as opened:
        fill(opened)
    choice.remember(folder, choice.made(folder, url + "3", None, lambda size: bytes(size)))

    with pytest.raises(errors.StoreUnavailable) as refused:
        Storage.open(folder)

    assert refused.value.code == "couch_database_missing"


@pytest.mark.parametrize("by", ["central", "other"])
def test_couchdb_that_was_set_back_is_noticed(folder: Path, url: str, by: str) -> None:
    with Storage.open(folder, wish=StoreWish(url)) as opened:
        fill(opened)
        with Storage.open(copied(folder, "other"), wish=StoreWish(url, diary=True)):
            pass  # has only looked on
        assert opened.attachment is not None
        couch = opened.attachment.couch
    held = couch.get("lease")
    assert held is not None
    couch.put("lease", held.rev, {**held.body, "count": 1})  # as yesterday's backup has it

    with pytest.raises(errors.StoreUnavailable) as refused:
        Storage.open(folder.with_name(by))

    assert refused.value.code == "couch_set_back"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://user:pa55word@127.0.0.1:5984/school", "couch_address_secret"),
        ("http://127.0.0.1:5984/", "couch_address"),
        ("http://127.0.0.1:5984/School", "couch_address"),
        ("ftp://127.0.0.1/school", "couch_address"),
        ("http://127.0.0.1:1/school", "couch_unreachable"),
    ],
)
def test_address_that_cannot_be_used_is_refused_in_words(folder: Path, url: str, code: str) -> None:
    with pytest.raises(errors.StoreUnavailable) as refused:
        Storage.open(folder, wish=StoreWish(url))

    assert refused.value.code == code
    assert "pa55word" not in repr(refused.value)
    assert choice.remembered(folder) is None
    Storage.open(folder).close()


@pytest.mark.parametrize("text", ["", "user", ":x", "user:a\nb:c"])
def test_file_without_credentials_is_refused(folder: Path, tmp_path: Path, text: str) -> None:
    file = tmp_path / "couch.txt"
    file.write_text(text)

    with pytest.raises(errors.StoreUnavailable) as refused:
        Storage.open(folder, wish=StoreWish("http://127.0.0.1:1/school", file))

    assert refused.value.code == "couch_credentials_file"


def test_credentials_come_from_the_file_or_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "couch.txt"
    file.write_text("school:a:b\n")
    named = choice.made(tmp_path, "http://h:1/s", file, lambda size: bytes(size))
    unnamed = choice.made(tmp_path, "http://h:1/s", None, lambda size: bytes(size))
    there = {"COUCHDB_USER": "u", "COUCHDB_PASSWORD": "p"}

    assert choice.address_of(named, {}).credentials == ("school", "a:b")
    assert choice.address_of(unnamed, there).credentials == ("u", "p")
    assert choice.address_of(unnamed, {}).credentials is None
    assert "a:b" not in repr(choice.address_of(named, {}))
    choice.remember(tmp_path, named)
    assert "a:b" not in (tmp_path / "store.json").read_text()


# ------------------------------------------------------------- what else answers at an address


JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ((200, JSON, b'{"hello": "world"}'), "not_couchdb"),
        ((200, JSON, b'{"couchdb": "Welcome", "version": "1.7.2"}'), "couch_too_old"),
        ((401, JSON, b'{"error": "unauthorized"}'), "couch_credentials"),
        ((200, {"Content-Type": "text/html"}, b"<html>"), "not_couchdb"),
        ((500, JSON, b'{"error": "unknown_error"}'), "couch_unreachable"),
    ],
)
def test_what_answers_is_looked_at(answer: Answer, code: str) -> None:
    with answering() as said:
        said.answer = lambda method, path: answer
        with pytest.raises(errors.StoreUnavailable) as refused:
            Couch(Address.of(f"{said.url}school", None)).check()

    assert refused.value.code == code


def test_server_that_welcomes_everybody_and_lets_nobody_in_is_refused() -> None:
    welcome = (200, JSON, b'{"couchdb": "Welcome", "version": "3.5.0"}')
    no: Answer = (401, JSON, b'{"error": "unauthorized"}')
    with answering() as said:
        said.answer = lambda method, path: welcome if path == "/" else no
        with pytest.raises(errors.StoreUnavailable) as refused:
            Couch(Address.of(f"{said.url}school", ("u", "p"))).check()

    assert refused.value.code == "couch_credentials"


def test_backup_of_the_copy_is_not_restored_over_it(folder: Path, url: str, tmp_path: Path) -> None:
    with Storage.open(folder, wish=StoreWish(url)) as opened:
        fill(opened)
        opened.store.database.backup(tmp_path / "copy.sqlite")
        before = state(opened)

    with pytest.raises(errors.StoreUnavailable) as refused:
        restoring.restore(folder, tmp_path / "copy.sqlite", FixedClock(datetime.now(UTC)))

    assert refused.value.code == "store_is_couchdb"
    with Storage.open(folder) as again:
        assert state(again) == before


def test_lease_is_kept_while_the_file_is_busy_for_long(
    folder: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attaching, "FOLLOW_SECONDS", 0.02)
    monkeypatch.setattr(lease, "RENEW_SECONDS", 0.02)
    with Storage.open(folder, wish=StoreWish(url)) as opened:
        assert opened.attachment is not None
        opened.attachment.start(lambda: None)
        seen = set()
        with opened.store.transaction() as tx:  # an import that takes its time
            tx.put("d1", {"n": 1}, parent=None)
            while len(seen) < 4:
                found = opened.attachment.couch.get("lease")
                assert found is not None
                seen.add(found.rev)
        assert opened.store.get("d1") is not None


def test_diary_needs_couchdb(folder: Path) -> None:
    with pytest.raises(errors.StoreUnavailable) as refused:
        Storage.open(folder, wish=StoreWish(diary=True))

    assert refused.value.code == "diary_needs_couchdb"
