"""A school moves from its file into CouchDB, through kills, and is compared at the end."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from central import cli, storage
from central.couch import choice
from central.couch.server import Address, Couch
from central.storage import Storage, StoreWish
from sync import errors
from tests.central.couch.test_storage import copied
from tests.contracts.feed_contract import path
from tests.support.couch_site import QUICK, new_address
from tests.support.pairs import everything

_PROGRAM = """
import sys
from central import progress
from central.cli import main

shown = 0
show = progress.Bar.show

def die_at_a_page(bar, label, done, total):
    global shown
    shown += 1
    if shown == int(sys.argv[1]):
        import os, signal
        os.kill(os.getpid(), signal.SIGKILL)

progress.Bar.show = die_at_a_page
main(["migrate-store", "--to", "couchdb", "--couchdb-url", sys.argv[2], "--data", sys.argv[3]])
"""


@pytest.fixture
def address(couch_server: str) -> Address:
    return new_address(couch_server)


@pytest.fixture
def url(address: Address) -> str:
    return address.server + address.school


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A school in its file, with conflicts, tombstones, long histories and records."""
    storage.initialise(tmp_path / "central")
    with Storage.open(tmp_path / "central") as opened, opened.store.transaction() as tx:
        for number in range(1200):
            rev = tx.put(f"d{number}", {"n": number, "topic": "Дроби"}, parent=None)
            if number % 10 == 0:
                tx.put(f"d{number}", {"n": -number}, parent=rev, deleted=number % 20 == 0)
        tx.insert([path("many", f"2-{letter}", "1-a", by=letter) for letter in "bcdefgh"])
        tx.meta_set("journal.head", {"seq": 7, "digest": "x"})
        for number in range(700):
            tx.records.put("accounts", f"a{number}/ё", {"login": f"ёжик{number}"}, None)
    return tmp_path / "central"


def migrate(folder: Path, *options: str) -> Result:
    arguments = ["--lang", "en", "migrate-store", "--data", str(folder), *options]
    return CliRunner().invoke(cli.main, arguments)


def state(opened: Storage) -> tuple[object, object]:
    rows = opened.store.database.read().execute(
        "SELECT collection, key, json FROM record"
        " UNION ALL SELECT '', key, json FROM meta WHERE key LIKE 'central.%' OR key LIKE 'j%'"
    )
    return everything(opened.store), sorted(rows.fetchall())


def test_school_moves_and_is_the_same_for_a_central_with_a_new_file(folder: Path, url: str) -> None:
    with Storage.open(folder) as opened:
        before, uuid = state(opened), opened.store.uuid

    done = migrate(folder, "--to", "couchdb", "--couchdb-url", url)

    assert done.exit_code == 0, done.output
    assert "1201 documents, 702 records" in done.output
    for file in folder.glob("journal.sqlite*"):
        file.unlink()
    with Storage.open(folder) as again:
        assert state(again) == before
        assert again.store.uuid == uuid


@pytest.mark.parametrize("page", [2, 3, 5, 7])
def test_move_that_was_killed_goes_on(folder: Path, url: str, address: Address, page: int) -> None:
    with Storage.open(folder) as opened:
        before = state(opened)
    killed = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(page), url, str(folder)], check=False, timeout=60
    )
    assert killed.returncode == -9
    assert choice.remembered(folder) is None
    already = sum(Couch(address, QUICK).counts())
    with pytest.raises(errors.StoreUnavailable) as refused:
        Storage.open(folder, wish=StoreWish(url))
    assert refused.value.code == "couch_not_ready"

    done = migrate(folder, "--to", "couchdb", "--couchdb-url", url)

    assert done.exit_code == 0, done.output
    sent = int(done.output.rpartition("; ")[2].split()[0])
    assert sent <= 1207 + 702 - already + 80  # of many and deleted ones several revisions travel
    with Storage.open(folder) as opened:
        assert state(opened) == before
        assert not opened.is_diary


def test_what_arrived_otherwise_is_noticed(folder: Path, url: str, address: Address) -> None:
    couch = Couch(address, QUICK)
    couch.create()
    couch.documents.upload([path("d1", "1-forged", n=99), path("stranger", "1-a", n=1)])

    done = migrate(folder, "--to", "couchdb", "--couchdb-url", url)

    assert done.exit_code == 1
    assert choice.remembered(folder) is None
    with Storage.open(folder) as opened:
        assert opened.store.get("stranger") is None


def test_couchdb_that_was_set_back_becomes_what_the_file_is(
    folder: Path, url: str, address: Address
) -> None:
    assert migrate(folder, "--to", "couchdb", "--couchdb-url", url).exit_code == 0
    with Storage.open(folder) as opened:
        opened.store.put("new", {"n": 1}, parent=None)
        opened.store.records.overwrite("accounts", "a1/ё", {"login": "other"})
        before = state(opened)
        other = copied(folder, "other")
        Storage.open(other, wish=StoreWish(url, diary=True)).close()
    # Yesterday's CouchDB knows neither; it is made so by hand.
    couch = Couch(address, QUICK)
    lease, record = couch.get("lease"), couch.get("accounts/a1/ё")
    assert lease is not None
    assert record is not None
    couch.put("lease", lease.rev, {**lease.body, "count": 1})
    couch.put(record.id, record.rev, {"value": {"login": "ёжик1"}})
    with pytest.raises(errors.StoreUnavailable) as refused:
        Storage.open(folder)
    assert refused.value.code == "couch_set_back"

    assert migrate(folder, "--to", "couchdb").exit_code == 0

    for one in (folder, other):
        with Storage.open(one) as opened:
            assert state(opened) == before


def test_school_moves_back_into_its_file(folder: Path, url: str) -> None:
    assert migrate(folder, "--to", "couchdb", "--couchdb-url", url).exit_code == 0
    with Storage.open(folder) as opened:
        opened.store.put("new", {"n": 1}, parent=None)
        before = state(opened)

    done = migrate(folder, "--to", "sqlite")

    assert done.exit_code == 0, done.output
    assert choice.remembered(folder) is None
    with Storage.open(folder) as opened:
        assert state(opened) == before
        assert opened.attachment is None
    with pytest.raises(errors.StoreUnavailable) as refused:
        Storage.open(folder, wish=StoreWish(url))
    assert refused.value.code == "couch_not_ready"


def test_move_needs_an_address(folder: Path) -> None:
    done = migrate(folder, "--to", "couchdb")

    assert done.exit_code == 2
    assert "--couchdb-url" in done.output
