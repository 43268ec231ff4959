"""The node as a program: it starts, says what is wrong, ends cleanly, answers its own commands."""

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from node import serve, settings
from node.settings import Settings
from sync import errors
from sync.accounts.passwords import Verifiers
from sync.clock import SystemClock, write_demonstration_clock
from sync.web import control
from tests.support import sample_node, sample_school, tools
from tests.support.node_process import Browser, NodeProcess


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a command of the program to its end."""
    command = [sys.executable, "-m", "node", *arguments]
    return subprocess.run(
        command, cwd=tools.ROOT, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.fixture
def demonstration(tmp_path: Path) -> Path:
    """A provisioned folder that has the clock of a demonstration."""
    folder = tmp_path / "node"
    sample_node.provision(folder, demonstration_at=sample_school.NOW)
    return folder


@pytest.fixture
def program(demonstration: Path) -> Iterator[NodeProcess]:
    process = NodeProcess(demonstration)
    yield process
    process.kill()


class Served:
    """The program in a thread of this process: as in its own, but for signals."""

    def __init__(self, chosen: Settings) -> None:
        self.stop = threading.Event()
        self.url = ""
        self.error: errors.JournalError | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=[chosen])
        self._thread.start()
        assert self._ready.wait(60)

    def _run(self, chosen: Settings) -> None:
        try:
            serve.serve(chosen, self._announced, self.stop, verifiers=Verifiers(sample_node.QUICK))
        except errors.JournalError as error:
            self.error = error
        finally:
            self._ready.set()

    def _announced(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._ready.set()

    def end(self) -> None:
        self.stop.set()
        self._thread.join(60)
        assert not self._thread.is_alive()


# ----------------------------------------------------------------------------------- its life


def test_teacher_works_after_a_restart_without_any_network(program: NodeProcess) -> None:
    first = program.start().browser()
    assert "Сравнение" not in first.get("/")
    program.kill()

    again = program.start().browser()

    assert "5А" in again.get("/")
    assert "Связи с сервером ещё не было" in again.get("/sync")


def test_session_of_before_the_restart_asks_for_the_password(program: NodeProcess) -> None:
    browser = program.start().browser()
    program.kill()
    program.start()

    answer = browser.session.get(f"{program.url}/", timeout=30, allow_redirects=False)

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/locked")


def test_signal_ends_it_cleanly_and_leaves_nothing_behind(program: NodeProcess) -> None:
    program.start()
    assert (program.folder / "control.json").exists()

    code, wrote = program.end()

    assert code == 0
    assert "Traceback" not in wrote
    assert not (program.folder / "control.json").exists()
    assert not (program.folder / "journal.sqlite-wal").exists()


def test_own_commands_ask_the_running_program(program: NodeProcess) -> None:
    browser = program.start().browser()
    lesson = f"/lesson/{sample_school.MATH_5A}/2026-10-14/1/save"
    wish = {"field": "mark:st1:1", "value": "5", "seen": {}, "token": "token-0001"}
    assert browser.post_json(lesson, wish).ok

    status = run("status", "--demo", "--data", str(program.folder))
    synced = run("sync-now", "--demo", "--data", str(program.folder))

    assert status.returncode == 0
    assert "1 запись" in status.stdout
    assert synced.returncode == 1  # there is no central
    assert "Сервер не отвечает" in synced.stdout


def test_own_commands_open_the_folder_when_the_program_does_not_run(demonstration: Path) -> None:
    (demonstration / "control.json").write_text(
        '{"host": "127.0.0.1", "port": 9, "secret": "x"}', "utf-8"
    )

    status = run("status", "--demo", "--data", str(demonstration))

    assert status.returncode == 0
    assert "Кабинет 12" in status.stdout


# ------------------------------------------------------------------------------ what is refused


def test_folder_of_a_demonstration_is_refused_unless_it_is_one(demonstration: Path) -> None:
    done = run("serve", "--data", str(demonstration), "--port", str(tools.free_port()))

    assert done.returncode == 1
    assert "демонстрации" in done.stderr
    assert "Traceback" not in done.stderr


def test_second_program_on_a_folder_is_refused(program: NodeProcess) -> None:
    program.start()

    done = run("serve", "--demo", "--data", str(program.folder), "--port", str(tools.free_port()))

    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def test_taken_port_is_said_to_be_taken(demonstration: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        done = run("serve", "--demo", "--data", str(demonstration), "--port", port)

    assert done.returncode == 1
    assert port in done.stderr
    assert "Traceback" not in done.stderr


def test_status_of_a_computer_that_is_not_enrolled_says_so(tmp_path: Path) -> None:
    done = run("status", "--data", str(tmp_path))

    assert done.returncode == 1
    assert "journal-node enrol" in done.stderr


def test_help_is_in_the_chosen_language() -> None:
    russian, english = run("--help"), run("--lang", "en", "--help")

    assert "Классный журнал на компьютере" in russian.stdout
    assert "The class journal on a classroom PC" in english.stdout
    assert {"enrol", "serve", "sync-now", "status"} <= set(russian.stdout.split())


# --------------------------------------------------------------- before and after the enrolment


def test_computer_that_is_not_enrolled_says_what_to_do_on_every_address(tmp_path: Path) -> None:
    served = Served(Settings(tmp_path, port=tools.free_port()))
    try:
        answers = [
            requests.get(served.url + path, timeout=30) for path in ("/", "/sign-in", "/x/y")
        ]
    finally:
        served.end()

    assert all(answer.status_code == 200 for answer in answers)
    assert all("journal-node enrol" in answer.text for answer in answers)
    assert "script" not in answers[0].headers["Content-Security-Policy"].split("script-src")[0]


def test_program_goes_on_by_itself_once_the_computer_is_enrolled(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "node", tmp_path / "provisioned"
    folder.mkdir()
    write_demonstration_clock(folder, sample_school.NOW, SystemClock().now())
    served = Served(Settings(folder, port=tools.free_port(), demonstration=True))
    try:
        assert "journal-node enrol" in requests.get(served.url, timeout=30).text
        sample_node.provision(elsewhere)
        (elsewhere / "journal.sqlite").rename(folder / "journal.sqlite")
        settings.write_identity(folder, sample_node.IDENTITY)
        Browser(wait_for_sign_in(served.url)).sign_in("sokolova")
    finally:
        served.end()


def wait_for_sign_in(url: str) -> str:
    waiting = threading.Event()
    for _ in range(300):
        try:
            if "login" in requests.get(f"{url}/sign-in", timeout=30).text:
                return url
        except requests.RequestException:
            pass
        waiting.wait(0.2)
    raise TimeoutError("the sign-in page did not come")


# ---------------------------------------------------------------------------- the control route


@pytest.fixture
def served(folder: Path) -> Iterator[Served]:
    running = Served(Settings(folder, port=tools.free_port()))
    yield running
    running.end()


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer wrong", "Basic wrong"])
@pytest.mark.parametrize(("method", "what"), [("GET", "status"), ("POST", "sync-now")])
def test_control_does_not_exist_for_whoever_lacks_the_secret(
    served: Served, header: str, method: str, what: str
) -> None:
    answer = requests.request(
        method,
        f"{served.url}/control/{what}",
        headers={"Authorization": header},
        timeout=30,
    )

    assert (answer.status_code, answer.content) == (404, b"")


def test_control_answers_to_the_secret_of_the_folder(served: Served, folder: Path) -> None:
    call = control.read(folder / "control.json")
    assert call is not None

    told = control.ask(call, "GET", "status")

    assert told is not None
    assert told["label"] == "Кабинет 12"
    assert json.dumps(told).find(sample_node.IDENTITY.token) == -1


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"host": 1, "port": "x", "secret": 1}', '{"port": 1}']
)
def test_damaged_control_file_is_as_good_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "control.json").write_text(text, "utf-8")

    assert control.read(tmp_path / "control.json") is None


def test_pages_answer_on_this_computer_only(served: Served) -> None:
    answer = requests.get(f"{served.url}/sign-in", headers={"Host": "evil.example"}, timeout=30)

    assert answer.status_code == 400
    assert served.url.startswith("http://127.0.0.1:")
