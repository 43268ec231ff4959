"""The programs of the demonstration as child processes: started, watched, ended, always collected.

Each writes its words into a log file. ``Programs`` is a context that ends every one of them on
leaving, however it is left.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import requests

_LAST_LINES = 25
_POLL_SECONDS = 0.05
Answer = TypeVar("Answer")


class ProgramFailed(Exception):
    """A program ended by itself or did not do what was waited for; the text says what was seen."""


@dataclass
class Program:
    """A running program."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    url: str

    def kill(self) -> None:
        """End it as a power cut would, without a chance to tidy up; return when it is gone."""
        self.process.kill()
        self.process.wait()

    def last_words(self) -> str:
        """Return the end of its log."""
        lines = self.log.read_text("utf-8", errors="replace").splitlines()
        return "\n".join(f"    {line}" for line in lines[-_LAST_LINES:])


@dataclass
class Programs:
    """Every program started here and not yet ended."""

    root: Path
    logs: Path
    environment: Mapping[str, str]
    running: list[Program] = field(default_factory=list)

    def start(self, name: str, module: str, arguments: Sequence[str], url: str) -> Program:
        """Start ``python -m module arguments`` and return at once; its words go to a log file."""
        self.logs.mkdir(parents=True, exist_ok=True)
        log = self.logs / f"{name}.log"
        with log.open("ab") as stream:
            process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=self.root,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
            )
        program = Program(name, process, log, url)
        self.running.append(program)
        return program

    def run(self, name: str, module: str, arguments: Sequence[str]) -> str:
        """Run a command to its end and return what it printed.

        Raises:
            ProgramFailed: its exit code is not 0.
        """
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=self.root,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        self.logs.mkdir(parents=True, exist_ok=True)
        with (self.logs / f"{name}.log").open("a", encoding="utf-8") as stream:
            stream.write(done.stderr)
        if done.returncode != 0:
            said = (done.stderr.strip() or done.stdout.strip()).splitlines()[-_LAST_LINES:]
            words = "\n".join(f"    {line}" for line in said)
            raise ProgramFailed(f"{module} {arguments[0]}: exit code {done.returncode}\n{words}")
        return done.stdout

    def wait_for_page(self, program: Program, path: str, seconds: float) -> None:
        """Wait until a page of the program answers.

        Raises:
            ProgramFailed: the program ended, or did not answer in time.
        """

        def answers() -> bool:
            if program.process.poll() is not None:
                code = program.process.returncode
                raise ProgramFailed(f"{program.name}: ended ({code})\n{program.last_words()}")
            return _answers(program.url + path)

        try:
            wait_for(answers, seconds)
        except TimeoutError as error:
            raise ProgramFailed(
                f"{program.name}: no answer in {seconds:.0f} s\n{program.last_words()}"
            ) from error

    def forget(self, program: Program) -> None:
        """Leave a program that has ended out of what is ended later."""
        self.running.remove(program)

    def end_all(self, patience_seconds: float = 15) -> None:
        """Ask every program to end and wait; one that does not is killed.

        On Windows there is no asking from outside: there a Ctrl-C in the console has reached the
        programs as well, and they are given a moment for it.
        """
        if sys.platform == "win32":
            _wait_for_ends([one.process for one in self.running], 5)
        for one in self.running:
            if one.process.poll() is None:
                one.process.terminate()
        left = _wait_for_ends([one.process for one in self.running], patience_seconds)
        for process in left:
            process.kill()
            process.wait()
        self.running.clear()


@contextmanager
def programs(root: Path, logs: Path, environment: Mapping[str, str]) -> Iterator[Programs]:
    """Give an empty list of programs; end all of them on leaving."""
    started = Programs(root, logs, environment)
    try:
        yield started
    finally:
        started.end_all()


def wait_for(ask: Callable[[], Answer | None], seconds: float) -> Answer:
    """Return the first answer that is true; ask again and again until then.

    Raises:
        TimeoutError: there was none in time.
    """
    deadline = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(_POLL_SECONDS)


def _answers(url: str) -> bool:
    try:
        with requests.Session() as session:
            session.trust_env = False
            return session.get(url, timeout=5).status_code < 500
    except requests.RequestException:
        return False


def _wait_for_ends(
    processes: Sequence[subprocess.Popen[bytes]], seconds: float
) -> list[subprocess.Popen[bytes]]:
    """Wait until all have ended; return those that have not in time."""
    deadline = time.monotonic() + seconds
    for process in processes:
        try:
            process.wait(timeout=max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            continue
    return [process for process in processes if process.poll() is None]
