"""Third-party peers for the replication protocol, from npm: PouchDB and express-pouchdb.

They are second opinions made by others, so they are used as they come; ``tests/peers`` holds the
two small programs that start them and the lock that says which versions.
"""

import contextlib
import hashlib
import json
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import tools

HOME = tools.ROOT / "tests" / "peers"
INSTALL_NODE = "apt-get install nodejs npm, or nodejs.org on Windows"
ANSWER_SECONDS = 60


class PouchError(Exception):
    """PouchDB answered with an error; ``status`` is the HTTP-like number, if it has one."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error.get("message") or error.get("name"))
        self.status = error.get("status")
        self.name = error.get("name")


class PouchDB:
    """A stock PouchDB in a process of its own.

    A database is named by an address or, kept in that process's memory, by any other word.
    """

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def call(self, database: str, method: str, *arguments: object) -> Any:
        """Call a method of a database and return what its promise brings, as JSON.

        Raises:
            PouchError: the promise was rejected.
        """
        return self._ask({"database": database, "call": method, "arguments": arguments})

    def replicate(self, source: str, target: str, **options: object) -> dict[str, Any]:
        """Replicate once; the result has ``docs_written``, ``doc_write_failures``, ``denied``."""
        return dict(self._ask({"call": "replicate", "arguments": [source, target, options]}))

    def sync(self, one: str, other: str, **options: object) -> dict[str, Any]:
        """Replicate both ways; the result has ``push`` and ``pull``."""
        return dict(self._ask({"call": "sync", "arguments": [one, other, options]}))

    def _ask(self, command: dict[str, Any]) -> Any:
        pipe_in, pipe_out = self._process.stdin, self._process.stdout
        if pipe_in is None or pipe_out is None:
            raise RuntimeError("PouchDB was started without pipes")
        pipe_in.write(json.dumps(command) + "\n")
        pipe_in.flush()
        watch = threading.Timer(ANSWER_SECONDS, self._process.kill)
        watch.start()
        try:
            line = pipe_out.readline()
        finally:
            watch.cancel()
        if not line:
            raise TimeoutError(f"PouchDB ended or was silent for {ANSWER_SECONDS} s: {command}")
        answer = json.loads(line)
        if "error" in answer:
            raise PouchError(answer["error"])
        return answer.get("result")


@contextlib.contextmanager
def _running(program: str, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """Run a program of tests/peers; it ends with its standard input."""
    process = subprocess.Popen(
        [tools.require_tool(["node"], INSTALL_NODE), str(HOME / program), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    with process:
        try:
            yield process
            process.communicate(timeout=10)  # closes its standard input, which ends it
        finally:
            process.kill()


@pytest.fixture(scope="session")
def npm_peers() -> Path:
    """The folder of the npm peers, installed from their lock if they are not yet."""
    npm = tools.require_tool(["npm"], INSTALL_NODE)
    wanted = hashlib.sha256((HOME / "package-lock.json").read_bytes()).hexdigest()
    stamp = HOME / "node_modules" / ".installed-from"
    environment = tools.load_script("environment")
    with environment.only_one_at_a_time(HOME / ".install.lock"):
        if not stamp.exists() or stamp.read_text("utf-8") != wanted:
            command = [npm, "ci", "--ignore-scripts", "--no-progress", "--loglevel=error"]
            done = subprocess.run(command, cwd=HOME, capture_output=True, text=True, check=False)
            if done.returncode:
                pytest.skip(f"npm ci in tests/peers failed: {done.stderr.strip()[-400:]}")
            stamp.write_text(wanted, "utf-8")
    return HOME


@pytest.fixture
def pouchdb(npm_peers: Path) -> Iterator[PouchDB]:
    """A stock PouchDB with an empty memory."""
    with _running("pouch.js") as process:
        yield PouchDB(process)


@pytest.fixture(scope="module")
def express_pouchdb(npm_peers: Path) -> Iterator[str]:
    """The address of a running express-pouchdb, shared by the tests of a module."""
    with _running("server.js") as process:
        if process.stdout is None:
            raise RuntimeError("express-pouchdb was started without pipes")
        line = process.stdout.readline()
        yield f"http://127.0.0.1:{json.loads(line)['port']}/"
