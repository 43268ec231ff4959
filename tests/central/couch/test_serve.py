"""Centrals on one CouchDB as processes: the lease moves in time, and whoever lost it stops."""

import os
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from central import cli, enrolment, serve, storage
from central.couch import attaching, choice
from central.couch.server import Couch
from central.settings import Settings
from central.storage import Storage, StoreWish
from sync import errors
from tests.central.couch.test_storage import copied
from tests.support.couch_site import QUICK, new_address

_PROGRAM = """
import sys
from pathlib import Path
from central import serve
from central.settings import Settings
settings = Settings(Path(sys.argv[1]), port=0, couchdb_url=sys.argv[2], diary=len(sys.argv) > 3)
say = lambda word: lambda text: print(word, text, flush=True)
serve.serve(settings, say("serves"), waits=say("waits"))
"""

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def url(couch_server: str) -> str:
    address = new_address(couch_server)
    return address.server + address.school


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    storage.initialise(tmp_path / "central")
    return tmp_path / "central"


@pytest.fixture
def start(url: str) -> Iterator[Start]:
    """Return a function that starts a central on a folder, in a process of its own."""
    running: list[subprocess.Popen[str]] = []

    def begin(folder: Path, *options: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, str(folder), url, *options],
            stdout=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    yield begin
    for process in running:
        process.kill()
        process.communicate()


def said(process: "subprocess.Popen[str]") -> tuple[str, str]:
    assert process.stdout is not None
    word, _, text = process.stdout.readline().strip().partition(" ")
    return word, text


def answers(address: str) -> bool:
    with urllib.request.urlopen(f"{address}sign-in", timeout=20) as answer:
        return bool(answer.status == 200)


# Half a minute of real time: what every other test of the lease tells a clock, this one lives.
def test_another_central_takes_over_within_30_s_of_a_kill(
    folder: Path, url: str, start: Start
) -> None:
    with Storage.open(folder, wish=StoreWish(url)) as opened:
        opened.store.put("d1", {"topic": "Дроби"}, parent=None)
    first = start(folder)
    assert answers(said(first)[1])
    other = copied(folder, "other")
    second = start(other)
    assert said(second)[0] == "waits"
    diary = start(copied(folder, "diary"), "diary")
    pages = said(diary)[1]

    first.kill()
    killed = time.monotonic()
    word, address = said(second)
    waited = time.monotonic() - killed

    assert word == "serves"
    assert waited < 30
    assert answers(address)
    assert answers(pages)
    with pytest.raises(errors.StoreUnavailable) as refused:
        Storage.open(folder)
    assert refused.value.code == "lease_held"
    second.terminate()
    assert second.wait(timeout=30) == 0
    with Storage.open(folder) as again:  # given back, so at once
        assert again.store.get("d1") is not None


def test_central_that_lost_the_lease_ends_and_says_so(
    folder: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attaching, "FOLLOW_SECONDS", 0.05)
    serving, ended = threading.Event(), []
    settings = Settings(folder, port=0, couchdb_url=url)

    def run() -> None:
        with pytest.raises(errors.StoreUnavailable) as refused:
            serve.serve(settings, lambda address: serving.set(), threading.Event())
        ended.append(refused.value.code)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert serving.wait(30)
    made = choice.remembered(folder)
    assert made is not None
    couch = Couch(choice.address_of(made, os.environ), QUICK)
    while True:  # it renews the lease at the same time
        lease = couch.get("lease")
        assert lease is not None
        taken = {**lease.body, "holder": "another", "session": "another"}
        if couch.put("lease", lease.rev, taken) is not None:
            break

    # Its next renewal finds out; with an unmoved clock that is RENEW_SECONDS later at most.
    thread.join(30)

    assert ended == ["lease_lost"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--store", "couchdb"], "--couchdb-url"),
        (["--couchdb-url", "http://127.0.0.1:1/s"], "--store couchdb"),
        (["--store", "couchdb", "--couchdb-url", "http://127.0.0.1:1/s"], "does not answer"),
        (["--store", "couchdb", "--couchdb-url", "http://a:b@127.0.0.1:1/s"], "password"),
        (["--role", "diary"], "needs CouchDB"),
    ],
)
def test_options_that_do_not_fit_are_refused_in_words(
    folder: Path, options: list[str], words: str
) -> None:
    arguments = ["--lang", "en", "serve", "--data", str(folder), *options]
    done = CliRunner().invoke(cli.main, arguments)

    assert done.exit_code in (1, 2)
    assert words in done.output


def test_sqlite_is_not_served_in_the_place_of_couchdb(folder: Path, url: str) -> None:
    with Storage.open(folder, wish=StoreWish(url)):
        pass

    arguments = ["--lang", "en", "serve", "--data", str(folder), "--store", "sqlite"]
    done = CliRunner().invoke(cli.main, arguments)

    assert done.exit_code == 1
    assert "The store of this data folder is CouchDB" in done.output


def test_other_commands_use_the_store_that_is_remembered(folder: Path, url: str) -> None:
    with Storage.open(folder, wish=StoreWish(url)):
        pass

    arguments = ["--lang", "en", "enrol-node", "--data", str(folder), "--room", "104"]
    done = CliRunner().invoke(cli.main, arguments)

    assert done.exit_code == 0, done.output
    for file in folder.glob("journal.sqlite*"):
        file.unlink()
    with Storage.open(folder) as opened:
        rooms = [node.room for node in enrolment.all_nodes(opened.store.records)]
    assert rooms == ["104"]
