"""Both commands of the demonstration, as somebody would type them."""

import os
import re
import signal
import socket
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.support import tools

pages = tools.load_script("demonstration.pages")
programs = tools.load_script("demonstration.programs")
visits = tools.load_script("demonstration.visits")
folder = tools.load_script("demonstration.folder")

DEMO = [sys.executable, str(tools.ROOT / "scripts" / "demo.py")]
STEPS_OF_THE_CHECK = 22


def test_mark_typed_offline_reaches_the_parent() -> None:
    """The whole story, on real programs; see ``scripts/demonstration/check.py``."""
    done = subprocess.run(
        [*DEMO, "--check", "--language", "en"],
        capture_output=True,
        encoding="utf-8",
        timeout=600,
        check=False,
    )

    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert len(re.findall(r"^ +ok +[0-9.]+ s  ", done.stdout, re.MULTILINE)) == STEPS_OF_THE_CHECK


def three_free_ports() -> int:
    """Return the first of three ports in a row that nobody listens on."""
    for base in range(20_000, 60_000, 37):
        try:
            for port in range(base, base + 3):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return base
    raise AssertionError("no ports are left")


class Demonstration:
    """``demo.py`` in a process of its own."""

    def __init__(self, data: Path, port_base: int, *more: str) -> None:
        options = ["--no-browser", "--language", "en", "--weeks", "0", *more]
        where = ["--data", str(data), "--port-base", str(port_base)]
        self.said = data.with_name(f"said-{port_base}.txt")
        # A first start that meets a proxy of the environment must not ask it.
        with self.said.open("wb") as stream:
            self.process = subprocess.Popen(
                [*DEMO, *options, *where],
                stdout=stream,
                stderr=subprocess.STDOUT,
                env=os.environ | {"HTTP_PROXY": "http://127.0.0.1:1"},
            )

    def text(self) -> str:
        return self.said.read_text("utf-8")

    def wait_until_it_says(self, words: str, seconds: float) -> None:
        def said() -> bool:
            assert self.process.poll() is None or words in self.text(), self.text()
            return words in self.text()

        programs.wait_for(said, seconds)

    def stop(self, number: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(timeout=60)


@pytest.fixture
def start(tmp_path):
    """Start a demonstration; whatever the test does, it has ended afterwards."""
    started = []

    def begin(port_base: int, *more: str) -> Demonstration:
        started.append(Demonstration(tmp_path / "demo", port_base, *more))
        return started[-1]

    yield begin
    for one in started:
        try:
            one.stop()
        except subprocess.TimeoutExpired:
            one.process.kill()
            one.process.wait()


def sign_in_of(text: str, place: str) -> tuple[str, str]:
    """Return login and password of the first person in a part of the table."""
    part = text.split(place)[1].splitlines()
    cells = re.split(r" {3,}", part[2].strip())
    return cells[1], cells[2]


@pytest.mark.skipif(sys.platform == "win32", reason="a console's Ctrl-C cannot be sent there")
def test_demonstration_is_kept_from_start_to_start(start, tmp_path) -> None:
    base = three_free_ports()
    first = start(base)
    first.wait_until_it_says("Ctrl-C stops all three", 300)
    central, node = f"http://127.0.0.1:{base}", f"http://127.0.0.1:{base + 1}"

    browser = pages.Browser(node)
    today = visits.sign_in(browser, *sign_in_of(first.text(), node))
    links = [one for one in today.root.find_all("a") if "/lesson/" in one.attributes["href"]]
    lesson = visits.LessonVisit(browser, links[0].attributes["href"])
    lesson.save("homework", "§ 7", "demo-0001")
    browser.close()
    assert visits.sign_in(pages.Browser(central), *sign_in_of(first.text(), central)).status == 200

    # Another one finds the folder taken, and changes nothing in it.
    other = start(three_free_ports())
    assert other.process.wait(timeout=60) == 1
    assert "already" in other.text()

    assert first.stop(signal.SIGINT) == 0, first.text()
    kept = folder.DemoFolder(tmp_path / "demo").read()

    # Started again, at other ports even: the same people, the lesson, and a time that went on.
    moved = three_free_ports()
    second = start(moved)
    second.wait_until_it_says("Ctrl-C stops all three", 60)
    again = pages.Browser(f"http://127.0.0.1:{moved + 1}")
    visits.sign_in(again, *sign_in_of(first.text(), node))
    found = visits.LessonVisit(again, links[0].attributes["href"]).fields()
    again.close()
    assert found["homework"].text == "§ 7"
    assert clock_of(second.text()) >= kept.shown - timedelta(minutes=1)  # told without seconds
    assert second.stop() == 0, second.text()


def clock_of(text: str) -> datetime:
    """Return the time that a start has told."""
    told = re.search(r"It is ([0-9., :]+) at school", text)
    return datetime.strptime(f"{told.group(1)} +0300", "%d.%m.%Y, %H:%M %z")


def test_folder_of_something_else_is_refused(tmp_path) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "thesis.txt").touch()
    shown = Demonstration(tmp_path / "demo", three_free_ports())

    assert shown.process.wait(timeout=60) == 1
    assert "holds something else" in shown.text()


def test_taken_port_is_named(tmp_path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken = listener.getsockname()[1]
        shown = Demonstration(tmp_path / "demo", taken - 1)

        assert shown.process.wait(timeout=60) == 1
        assert f"Port {taken}" in shown.text() or f"Port {taken - 1}" in shown.text()
