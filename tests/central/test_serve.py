"""Central as a process: it serves, ends cleanly, owns its folder, and refuses in words."""

import contextlib
import http.client
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask

from central import serve, storage
from central.settings import Settings
from sync import clock as clocks
from sync import errors
from sync.documents import canonical, entry, kinds
from sync.documents.entry import Entry
from sync.store.values import RevisionPath

_PROGRAM = """
import sys
from pathlib import Path
from central import serve
from central.settings import Settings
serve.serve(Settings(Path(sys.argv[1]), port=0), lambda url: print(url, flush=True))
print("ended", flush=True)
"""

Start = Callable[[], "subprocess.Popen[str]"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder that was set up."""
    storage.initialise(tmp_path / "central")
    return tmp_path / "central"


@pytest.fixture
def start(folder: Path) -> Iterator[Start]:
    """Return a function that starts the program on the folder, in a process of its own."""
    running: list[subprocess.Popen[str]] = []

    def begin() -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, str(folder)], stdout=subprocess.PIPE, text=True
        )
        running.append(process)
        return process

    yield begin
    for process in running:
        process.kill()
        process.communicate()


def _address(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return urlsplit(process.stdout.readline().strip()).netloc


def _status(address: str, path: str = "/sign-in", **headers: str) -> int:
    with contextlib.closing(http.client.HTTPConnection(address, timeout=20)) as connection:
        connection.request("GET", path, headers=headers)
        return connection.getresponse().status


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_the_program_and_frees_the_folder(
    start: Start, folder: Path, number: signal.Signals
) -> None:
    process = start()
    assert _status(_address(process)) == 200

    process.send_signal(number)
    rest, _ = process.communicate(timeout=30)

    assert (rest, process.returncode) == ("ended\n", 0)
    with storage.Storage.open(folder):
        pass


def test_leaves_that_an_older_version_left_are_settled_at_start(start: Start, folder: Path) -> None:
    doc_id = "lesson:gm5a:2026-10-14:1"
    with storage.Storage.open(folder) as opened:
        for field, node in (("topic", "n1"), ("homework", "n2")):
            at = datetime(2026, 10, 14, 7, 0, tzinfo=UTC)
            made = Entry(field, None, "Дроби", "tsk", node, "e1", 1, at)
            value = entry.fold(kinds.empty("lesson"), [made])
            value["entries"] = [entry.seal(doc_id, made, bytes(32)).as_json()]
            rev = canonical.revision_of(None, False, value)
            opened.store.insert([RevisionPath(doc_id, (rev,), False, value)])
        assert len(opened.store.leaves(doc_id)) == 2

    process = start()
    assert _status(_address(process)) == 200
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)

    with storage.Storage.open(folder) as opened:
        (leaf,) = [one for one in opened.store.leaves(doc_id) if not one.deleted]
    assert (leaf.value["topic"], leaf.value["homework"]) == ("Дроби", "Дроби")


def test_program_that_was_killed_starts_again(start: Start) -> None:
    first = start()
    assert _status(_address(first)) == 200
    first.kill()
    first.wait(timeout=30)

    assert _status(_address(start())) == 200


def test_answer_that_is_being_made_is_given_before_the_end(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, stop = threading.Event(), threading.Event()

    def app(environ, begin):  # type: ignore[no-untyped-def]
        asked.set()
        stop.wait(20)
        begin("200 OK", [("Content-Length", "5")])
        return [b"whole"]

    slow = Flask("slow", static_folder=None)
    slow.wsgi_app = app  # type: ignore[method-assign]
    monkeypatch.setattr(serve.program, "create_app", lambda *a, **b: slow)
    ready: list[str] = []
    told = threading.Event()

    def announce(url: str) -> None:
        ready.append(url)
        told.set()

    server = threading.Thread(
        target=serve.serve, args=(Settings(folder, port=0), announce, stop), daemon=True
    )
    server.start()
    assert told.wait(20)
    address = urlsplit(ready[0]).netloc
    with contextlib.closing(http.client.HTTPConnection(address, timeout=20)) as connection:
        connection.request("GET", "/")
        assert asked.wait(20)
        stop.set()
        assert connection.getresponse().read() == b"whole"
    server.join(timeout=20)
    assert not server.is_alive()


def test_foreign_host_name_is_refused(start: Start) -> None:
    address = _address(start())

    assert _status(address, Host="evil.example") == 400


def test_folder_has_one_owner(folder: Path) -> None:
    with storage.Storage.open(folder), pytest.raises(errors.DataFolderBusy):
        serve.serve(Settings(folder, port=0))


def test_port_in_use_is_said_and_the_folder_is_free_again(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(errors.AddressInUse) as caught:
            serve.serve(Settings(folder, port=port))

    assert caught.value.params == {"host": "127.0.0.1", "port": port}
    with storage.Storage.open(folder):
        pass


def test_folder_of_a_demonstration_is_refused_without_saying_so(folder: Path) -> None:
    now = datetime(2026, 10, 14, 7, 0, tzinfo=UTC)
    clocks.write_demonstration_clock(folder, now, now)

    with pytest.raises(errors.DemonstrationFolder):
        serve.serve(Settings(folder, port=0))

    stop = threading.Event()
    stop.set()
    serve.serve(Settings(folder, port=0, demonstration=True), stop=stop)


def test_folder_that_was_never_set_up_is_refused(tmp_path: Path) -> None:
    with pytest.raises(errors.StoreUnavailable) as caught:
        serve.serve(Settings(tmp_path, port=0))

    assert caught.value.code == "not_initialised"


def test_program_listens_on_this_computer_only_unless_told() -> None:
    assert Settings(Path()).host == "127.0.0.1"
    assert "10.0.0.7" in serve._hosts(Settings(Path(), host="10.0.0.7"))
    assert "0.0.0.0" not in serve._hosts(Settings(Path(), host="0.0.0.0"))
