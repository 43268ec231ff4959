"""The programs of the demonstration as child processes: started, watched, ended, always collected.

Each writes its words into a log file. ``Programs`` is a context that ends every one of them on
leaving, however it is left.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import requests

_LAST_LINES = 25
_PATIENCE_SECONDS = 15
_HEARD_SECONDS = 5
_GROUP = 0
if sys.platform == "win32":
    # There a program can be asked to end only through a group of its own.
    _GROUP = subprocess.CREATE_NEW_PROCESS_GROUP
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

    def ask_to_end(self) -> None:
        """Ask it to end in good order; return at once."""
        if sys.platform == "win32":
            self.process.send_signal(signal.CTRL_BREAK_EVENT)
        else:
            self.process.terminate()

    def has_ended(self) -> bool:
        """Tell whether it does not run any more."""
        return self.process.poll() is not None

    def check(self) -> None:
        """Make sure that it runs.

        Raises:
            ProgramFailed: it has ended by itself.
        """
        if self.has_ended():
            code = self.process.returncode
            raise ProgramFailed(f"{self.name}: ended ({code})\n{self.last_words()}")

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
                creationflags=_GROUP,
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
            program.check()
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

    def one_has_ended(self) -> bool:
        """Tell whether one does not run any more."""
        return any(one.has_ended() for one in self.running)

    def check(self) -> None:
        """Make sure that all run.

        Raises:
            ProgramFailed: one has ended by itself.
        """
        for one in self.running:
            one.check()

    def wait_for_ends(self, seconds: float) -> list[Program]:
        """Wait until all have ended; return those that have not in time."""
        deadline = time.monotonic() + seconds
        for one in self.running:
            with suppress(subprocess.TimeoutExpired):
                one.process.wait(timeout=max(0.0, deadline - time.monotonic()))
        return [one for one in self.running if not one.has_ended()]

    def heard_the_keyboard(self) -> None:
        """Give the programs time to end after a Ctrl-C, which the console sent to them as well.

        On Windows they do not hear it: there they have a group of their own.
        """
        if sys.platform != "win32":
            self.wait_for_ends(_HEARD_SECONDS)

    def end_all(self) -> None:
        """Ask every program to end and wait; one that does not is killed."""
        for one in self.running:
            if not one.has_ended():
                one.ask_to_end()
        for one in self.wait_for_ends(_PATIENCE_SECONDS):
            one.kill()
        self.running.clear()


@contextmanager
def programs(root: Path, logs: Path, environment: Mapping[str, str]) -> Iterator[Programs]:
    """Give an empty list of programs; end all of them on leaving."""
    started = Programs(root, logs, environment)
    try:
        yield started
    except KeyboardInterrupt:
        started.heard_the_keyboard()
        raise
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
