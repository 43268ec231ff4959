"""Commands while central serves: run by the running program, with its own opened store."""

import json
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from click.testing import CliRunner, Result
from flask.testing import FlaskClient

from central import cli, serve, settings, storage
from central import control as control_routes
from central.commands import accounts, nodes
from central.settings import Settings
from central.storage import Storage
from node import enrolment as node_enrolment
from sync import clock as clocks
from sync.accounts.passwords import Effort, Verifiers
from sync.web import control, serving
from sync.web.control import Call
from tests.support import central_site, served, tools, workbooks
from tests.support.node_process import Browser
from tests.support.workbooks import Book

DOING = "The running program is doing it…"
CALL = Call("127.0.0.1", 8800, "secret")
LESSON = ("--class", "5Б", "--subject", "мат", "--date", "14.10.2026", "--lesson", "2")


class Served:
    """Central in a thread of this process: as in its own, but for signals."""

    def __init__(self, folder: Path) -> None:
        """Serve until ``end``."""
        self.folder = folder
        self.url = ""
        self._stop, self._ready = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(60)

    def _run(self) -> None:
        serve.serve(Settings(self.folder, port=0), self._announced, self._stop)

    def _announced(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._ready.set()

    def end(self) -> None:
        """Stop and wait for the end."""
        self._stop.set()
        self._thread.join(60)
        assert not self._thread.is_alive()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder that was set up."""
    storage.initialise(tmp_path / "central")
    return tmp_path / "central"


@pytest.fixture
def central(folder: Path) -> Iterator[Served]:
    """Central without a school."""
    running = Served(folder)
    yield running
    running.end()


@pytest.fixture
def school(central: Served) -> Served:
    """Central, to which the small school came while it served."""
    done = run("import-school", Book().save(central.folder.parent / "book.xlsx"), on=central.folder)
    assert done.exit_code == 0, done.stderr
    return central


def run(*arguments: object, on: Path, lang: str = "en") -> Result:
    """Run a command on a data folder."""
    words = ["--lang", lang, *map(str, arguments), "--data", str(on)]
    return CliRunner().invoke(cli.main, words, catch_exceptions=False)


# ----------------------------------------------------------------------------- what the commands do


def test_code_made_while_central_serves_enrols_a_node(school: Served, tmp_path: Path) -> None:
    done = run("enrol-node", "--room", 104, "--homeroom", "5а", on=school.folder)

    assert done.exit_code == 0
    assert done.stderr.splitlines()[0] == DOING
    identity = node_enrolment.enrol(tmp_path / "node", school.url, done.stdout.strip())
    assert identity.label == "104"


def test_substitution_entered_while_central_serves_goes_to_the_node_of_the_room(
    school: Served, tmp_path: Path
) -> None:
    code = run("enrol-node", "--room", 40, on=school.folder).stdout.strip()
    me = node_enrolment.enrol(tmp_path / "node", school.url, code)

    done = run("substitute", *LESSON, "--room", 40, on=school.folder)

    answer = requests.get(
        f"{school.url}/replication/journal/{done.stdout.strip()}",
        auth=(me.node, me.token),
        timeout=30,
    )
    assert (answer.status_code, answer.json()["room"]) == (200, "40")


def test_slips_lie_where_the_caller_stands_and_open_the_pages(
    school: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "Verifiers", lambda: Verifiers(Effort(8, 1)))
    (tmp_path / "desk").mkdir()
    monkeypatch.chdir(tmp_path / "desk")

    done = run("accounts", "--staff", "--out", "slips.txt", on=school.folder)

    assert (done.exit_code, done.stdout) == (0, "")
    slip = (tmp_path / "desk" / "slips.txt").read_text("utf-8").partition("- - ")[0]
    facts = dict(line.split(": ") for line in slip.splitlines() if ": " in line)
    Browser(school.url).sign_in(facts["Login"], facts["One-time password"])


def test_second_import_says_what_the_first_one_left(school: Served) -> None:
    again = run("import-school", school.folder.parent / "book.xlsx", on=school.folder)

    assert "0 changes" in again.stdout
    assert again.stderr.splitlines() == [DOING]


def test_questions_are_listed_and_answered_by_a_file(
    school: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Also where the program itself runs on a terminal, nobody there is asked.
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    near = Book().set("Сотрудники", 5, "Имя", "Ирена").save(tmp_path / "near.xlsx")

    asked = run("import-school", near, on=school.folder)
    code = asked.stdout.splitlines()[-1].strip()
    (tmp_path / "answers.txt").write_text(f"{code} да\n", "utf-8")
    answers = ("--answers", tmp_path / "answers.txt", "--from", "09.11.2026")
    answered = run("import-school", near, *answers, on=school.folder)

    assert asked.exit_code == 1
    assert answered.exit_code == 0, answered.stderr
    assert "1 change" in answered.stdout


@pytest.mark.parametrize(
    ("lang", "words"), [("en", "There is no class “7Я”."), ("ru", "Нет класса «7Я».")]
)
def test_refusal_is_said_in_the_language_of_the_caller(
    central: Served, lang: str, words: str
) -> None:
    done = run("enrol-node", "--room", 1, "--homeroom", "7Я", on=central.folder, lang=lang)

    assert (done.exit_code, done.stdout) == (1, "")
    assert words in done.stderr


def test_folder_of_a_demonstration_is_refused_without_saying_so(central: Served) -> None:
    now = datetime(2026, 10, 14, 7, 0, tzinfo=UTC)
    clocks.write_demonstration_clock(central.folder, now, now)

    done = run("enrol-node", "--room", 1, on=central.folder)

    assert done.exit_code == 1
    assert "demonstration" in done.stderr
    assert run("enrol-node", "--room", 1, "--demo", on=central.folder).exit_code == 0


def test_two_commands_at_once_run_one_after_the_other(
    central: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = threading.Barrier(2)
    met = []

    def invite(*arguments: Any) -> Any:
        try:
            together.wait(timeout=1)
            met.append(True)
        except threading.BrokenBarrierError:
            together.reset()
        return original(*arguments)

    original = nodes.enrolment.invite
    monkeypatch.setattr(nodes.enrolment, "invite", invite)
    call = control.read(settings.control_file(central.folder))
    assert call is not None
    answers: list[dict[str, Any] | None] = []
    values = {"room": "1", "label": None, "homeroom": []}
    body = {"command": "enrol-node", "values": values, "language": "ru"}
    threads = [
        threading.Thread(target=lambda: answers.append(control.ask(call, "POST", "run", body)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert met == []
    codes = {answer["said"][0][1] for answer in answers if answer and answer["exit_code"] == 0}
    assert len(codes) == 2


# --------------------------------------------------------------------------- finding the program


@pytest.mark.skipif(sys.platform == "win32", reason="Windows protects files by their folder")
def test_secret_is_for_the_owner_of_the_folder_only(central: Served) -> None:
    assert settings.control_file(central.folder).stat().st_mode & 0o077 == 0


def test_program_that_listens_everywhere_is_reached_from_inside() -> None:
    with serving.listening("0.0.0.0", 0) as listener:
        call = control.new_call(listener)

        assert (call.host, call.port) == ("127.0.0.1", listener.getsockname()[1])
        assert call.secret not in repr(call)
        assert call.secret != control.new_call(listener).secret


def test_command_opens_the_folder_itself_when_the_program_has_ended(folder: Path) -> None:
    Served(folder).end()

    done = run("enrol-node", "--room", 1, on=folder)

    assert not settings.control_file(folder).exists()
    assert (done.exit_code, DOING in done.stderr) == (0, False)


def test_command_opens_the_folder_itself_when_the_program_was_killed(folder: Path) -> None:
    command = [sys.executable, "-m", "central", "serve", "--port", "0", "--data", str(folder)]
    with subprocess.Popen(command, cwd=tools.ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "http" in process.stdout.readline()
        process.kill()
    assert settings.control_file(folder).exists()

    done = run("enrol-node", "--room", 1, on=folder)

    assert (done.exit_code, DOING in done.stderr) == (0, False)


def test_another_program_on_the_port_of_a_crashed_one_is_not_taken_for_it(
    central: Served, tmp_path: Path
) -> None:
    storage.initialise(tmp_path / "other")
    port = urlsplit(central.url).port
    stale = {"host": "127.0.0.1", "port": port, "secret": "of a crash"}
    settings.control_file(tmp_path / "other").write_text(json.dumps(stale), "utf-8")

    done = run("enrol-node", "--room", 1, on=tmp_path / "other")

    assert (done.exit_code, DOING in done.stderr) == (0, False)


def test_command_that_the_program_did_not_finish_is_said_and_not_repeated(folder: Path) -> None:
    def breaks_down(environ: dict[str, Any], begin: Callable[..., Any]) -> list[bytes]:
        greets = environ["PATH_INFO"] == "/control/commands"
        begin("200 OK" if greets else "500 Oh", [("Content-Type", "application/json")])
        return [b'{"commands": ["enrol-node"]}' if greets else b""]

    with served.serve(breaks_down) as port:
        call = {"host": "127.0.0.1", "port": port, "secret": "any"}
        settings.control_file(folder).write_text(json.dumps(call), "utf-8")
        done = run("enrol-node", "--room", 1, on=folder)

    assert done.exit_code == 1
    assert "has not finished the command" in done.stderr
    with Storage.open(folder) as opened:
        assert list(opened.store.records.scan("node")) == []


# ---------------------------------------------------------------------------------- who is let in


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer wrong", "Basic wrong"])
@pytest.mark.parametrize(("method", "what"), [("GET", "commands"), ("POST", "run")])
def test_control_does_not_exist_for_whoever_lacks_the_secret(
    tmp_path: Path, header: str, method: str, what: str
) -> None:
    pages = []
    with site(tmp_path) as client:
        for path in (f"/control/{what}", "/control/none"):
            answer = client.open(path, method=method, headers={"Authorization": header})
            page = re.sub(r'csrf.token"( type="hidden")? (content|value)="[^"]+', "", answer.text)
            pages.append((answer.status, page.replace(path, "")))

    assert pages[0] == pages[1]
    assert pages[0][0] == "404 NOT FOUND"


@pytest.mark.parametrize(
    ("address", "status"),
    [("127.0.0.1", 200), ("::1", 200), ("10.0.0.7", 200), ("10.0.0.8", 404), ("", 404)],
)
def test_only_this_computer_is_let_in(tmp_path: Path, address: str, status: int) -> None:
    with site(tmp_path, Call("10.0.0.7", 8800, "secret")) as client:
        answer = client.get(
            "/control/commands",
            headers={"Authorization": "Bearer secret"},
            environ_base={"REMOTE_ADDR": address},
        )

    assert answer.status_code == status


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"command": "serve", "values": {}, "language": "ru"},
        {"command": "init", "values": {}, "language": "ru"},
        {"command": "enrol-node", "values": {}, "language": "ru"},
        {
            "command": "enrol-node",
            "values": {"room": None, "label": None, "homeroom": []},
            "language": "ru",
        },
        {
            "command": "enrol-node",
            "values": {"room": "1", "label": None, "homeroom": []},
            "language": "xx",
        },
    ],
)
def test_what_is_no_command_is_refused(tmp_path: Path, body: object) -> None:
    with site(tmp_path) as client:
        headers = {"Authorization": "Bearer secret"}
        answer = client.post("/control/run", json=body, headers=headers)

    assert answer.status_code == 400


def test_command_ends_and_leaves_nothing_when_the_program_is_told_to_stop(tmp_path: Path) -> None:
    steps = iter([False] * 40)
    values = {
        "file": str(Book().save(tmp_path / "book.xlsx")),
        "effective": None,
        "skip_bad_rows": False,
        "answers": None,
    }
    asked = {"command": "import-school", "values": values, "language": "en"}
    with central_site.opened(tmp_path / "central", school=False) as made:
        blueprint = control_routes.create_blueprint(made.storage, CALL, lambda: next(steps, True))
        made.app.register_blueprint(blueprint)
        answer = made.client().post(
            "/control/run", json=asked, headers={"Authorization": "Bearer secret"}
        )

        assert answer.json is not None
        assert answer.json["exit_code"] == 1
        assert "The program is stopping; nothing was saved." in answer.json["said"][-1][1]
        assert workbooks.values_of(made.storage, "student") == []


@contextmanager
def site(folder: Path, call: Call = CALL) -> Iterator[FlaskClient]:
    """Give a client of central's pages and of control."""
    with central_site.opened(folder / "central", school=False) as made:
        made.app.register_blueprint(control_routes.create_blueprint(made.storage, call))
        yield made.client()
