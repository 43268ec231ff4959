"""Programs as child processes: started, waited for until they say that they are ready, ended."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import environment
from benchmark.pushing import Errand

_SCRIPTS = environment.ROOT / "scripts"
_PATIENCE_SECONDS = 15
_URL = re.compile(r"http://127\.0\.0\.1:(\d+)")


class ProgramFailed(Exception):
    """A program ended before it said what was waited for; the text is the end of its log."""


@contextmanager
def node(folder: Path, logs: Path, wrapper: Sequence[str] = ()) -> Iterator[tuple[int, int]]:
    """Serve a node's folder; give port and process. ``wrapper`` is a command that runs it."""
    command = [*wrapper, sys.executable, "-m", "benchmark.children", "node", str(folder)]
    with _running(command, logs / "node.log") as process:
        said = json.loads(_first_line(process, logs / "node.log"))
        try:
            yield int(said["port"]), process.pid
        finally:
            # Behind a wrapper the program is a grandchild, and would outlive the wrapper's end.
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(said["process"]), signal.SIGTERM)


@contextmanager
def central(folder: Path, logs: Path) -> Iterator[tuple[int, int]]:
    """Serve central's folder with the real program; give port and process."""
    options = ["serve", "--data", str(folder), "--demo", "--port", "0"]
    with _served([sys.executable, "-m", "central", *options], logs / "central.log") as found:
        yield found


@contextmanager
def bare_endpoint(folder: Path, logs: Path, threads: int = 32) -> Iterator[tuple[int, int]]:
    """Serve a folder of databases without school rules; give port and process."""
    options = ["--data", str(folder), "--port", "0", "--threads", str(threads)]
    script = str(_SCRIPTS / "protocol_server.py")
    with _served([sys.executable, script, *options], logs / "bare.log") as found:
        yield found


def push(errand: Errand, logs: Path) -> dict[str, Any]:
    """Let a node push in a process of its own; return what it says. See ``pushing.run``."""
    told = asdict(errand)
    folder = str(told.pop("folder"))
    arguments = ["push", folder, "--errand", json.dumps(told)]
    command = [sys.executable, "-m", "benchmark.children", *arguments]
    with _running(command, logs / "push.log") as process:
        said: dict[str, Any] = json.loads(_first_line(process, logs / "push.log"))
        process.wait(_PATIENCE_SECONDS)
    return said


@contextmanager
def _served(command: Sequence[str], log: Path) -> Iterator[tuple[int, int]]:
    with _running(command, log) as process:
        said = _URL.search(_first_line(process, log))
        if said is None:
            raise ProgramFailed(f"{log.stem} did not say where it serves")
        yield int(said.group(1)), process.pid


@contextmanager
def _running(command: Sequence[str], log: Path) -> Iterator[subprocess.Popen[str]]:
    log.parent.mkdir(parents=True, exist_ok=True)
    places = [str(environment.ROOT), str(_SCRIPTS), os.environ.get("PYTHONPATH", "")]
    with log.open("a", encoding="utf-8") as words:
        process = subprocess.Popen(
            list(command),
            cwd=environment.ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, places))},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=words,
            encoding="utf-8",
        )
        with process:
            try:
                yield process
            finally:
                _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _first_line(process: subprocess.Popen[str], log: Path) -> str:
    line = process.stdout.readline() if process.stdout is not None else ""
    if not line:
        words = log.read_text("utf-8", "replace").splitlines()[-20:]
        raise ProgramFailed("\n".join([f"{log.stem} has ended:", *words]))
    return line
