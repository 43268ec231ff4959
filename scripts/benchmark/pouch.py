"""Stock PouchDB as a peer to be measured beside: LevelDB on both sides, everything as it comes.

The same programs as in ``tests/peers``: one PouchDB at the end of a pipe, one express-pouchdb. They
are installed from their lock when they are not there; without Node.js there is nothing to compare
with, and the benchmark says so.
"""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import environment
from benchmark import usage
from benchmark.counting import Counter

HOME = environment.ROOT / "tests" / "peers"
DATABASE = "journal"
#: The largest batch that PouchDB's documentation speaks of, and the fastest it was measured with.
BATCH = 500

Document = Mapping[str, Any]


class PouchMissing(Exception):
    """There is no PouchDB to compare with; the text says what to install."""


class Pouch:
    """A PouchDB on LevelDB in a process of its own."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        """Speak through the pipes of ``process``."""
        self._process = process

    def ask(self, call: str, *arguments: object, database: str = DATABASE) -> Any:
        """Call a method and return what its promise brings."""
        command = {"database": database, "call": call, "arguments": arguments}
        pipe_in, pipe_out = self._process.stdin, self._process.stdout
        if pipe_in is None or pipe_out is None:
            raise PouchMissing("PouchDB was started without pipes")
        pipe_in.write(json.dumps(command) + "\n")
        pipe_in.flush()
        answer = json.loads(pipe_out.readline() or '{"error": "it has ended"}')
        if "error" in answer:
            raise PouchMissing(f"PouchDB could not {call}: {answer['error']}")
        return answer.get("result")

    def keep(self, documents: Sequence[Document]) -> None:
        """Put documents, new or edited, into the local database."""
        for start in range(0, len(documents), BATCH):
            self.ask("bulkDocs", list(documents[start : start + BATCH]))


def push(
    folder: Path, documents: Sequence[Document], edited: Sequence[Document], *, counted: bool
) -> dict[str, Any]:
    """Let PouchDB push to express-pouchdb: everything, then what was edited, then nothing.

    Args:
        folder: empty; both sides keep their databases in it.
        edited: documents of the same ids with other values.
        counted: count the bytes; that takes time, so the times mean nothing then.
    Returns:
        The same keys as ``pushing.run`` where they have a meaning here.
    """
    here, there = folder / "here", folder / "there"
    here.mkdir(parents=True)
    there.mkdir()
    with express_pouchdb(there) as (port, server), _pouch(here) as pouch:
        pouch.keep(documents)
        if not counted:
            return _passes(pouch, port, server, edited, None)
        with Counter(port) as counter:
            return _passes(pouch, counter.port, server, edited, counter)


def _passes(
    pouch: Pouch, port: int, server: int, edited: Sequence[Document], counter: Counter | None
) -> dict[str, Any]:
    url = f"http://127.0.0.1:{port}/{DATABASE}"
    grown = usage.Growth(server)
    said = {"first": _replicated(pouch, url, counter), "server_memory": grown.most_bytes()}
    rows = pouch.ask("allDocs", {"keys": [one["_id"] for one in edited]})["rows"]
    revs = {row["id"]: row["value"]["rev"] for row in rows}
    pouch.keep([{**one, "_rev": revs[one["_id"]]} for one in edited])
    said["edited"] = _replicated(pouch, url, counter)
    said["check"] = _replicated(pouch, url, counter)
    return said


def _replicated(pouch: Pouch, url: str, counter: Counter | None) -> dict[str, Any]:
    before = _counts(counter)
    started = time.perf_counter()
    told = pouch.ask("replicate", DATABASE, url, {"batch_size": BATCH})
    seconds = time.perf_counter() - started
    if told["doc_write_failures"]:
        raise PouchMissing(f"PouchDB did not push everything: {told}")
    counts = {name: now - before[name] for name, now in _counts(counter).items()}
    return {"count": told["docs_written"], "seconds": seconds, **counts}


def _counts(counter: Counter | None) -> dict[str, int]:
    if counter is None:
        return {}
    return {"up": counter.up, "down": counter.down, "requests": counter.requests}


@contextmanager
def express_pouchdb(folder: Path) -> Iterator[tuple[int, int]]:
    """Serve LevelDB databases of a folder; give port and process."""
    with _running("server.js", "0", str(folder)) as process:
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            raise PouchMissing("express-pouchdb did not start")
        yield int(json.loads(line)["port"]), process.pid


@contextmanager
def _pouch(folder: Path) -> Iterator[Pouch]:
    with _running("pouch.js", str(folder)) as process:
        yield Pouch(process)


@contextmanager
def _running(program: str, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """Run a program of tests/peers; it ends with its standard input."""
    node = shutil.which("node")
    if node is None:
        raise PouchMissing("Node.js is not installed: apt-get install nodejs npm, or nodejs.org")
    _install()
    with subprocess.Popen(
        [node, str(HOME / program), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _install() -> None:
    if (HOME / "node_modules" / "pouchdb").is_dir():
        return
    npm = shutil.which("npm")
    if npm is None:
        raise PouchMissing("npm is not installed: apt-get install npm, or nodejs.org")
    subprocess.run([npm, "ci", "--ignore-scripts", "--no-progress"], cwd=HOME, check=True)
