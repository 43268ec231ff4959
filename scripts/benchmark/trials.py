"""Two trials of the protocol's endpoint: a document with a thousand leaves, and a hundred polls.

The leaves go in one after the other, as nodes that never met would bring them; what counts is that
the thousandth costs what the first did, and that reading the winner does not go through all of
them. The polls are those of stock peers that hang on ``_changes`` for ever, far more of them than
the server has threads; what counts is that somebody who saves does not notice.
"""

import contextlib
import http.client
import json
import statistics
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmark import processes, replication
from benchmark.measuring import Figure, Line, Target, percentile
from benchmark.pushing import DATABASE
from benchmark.sizes import Sizes

_THREADS = 16
_SAMPLES = 60
_SAVE_TARGET = Target(most=250)
_LEAVES_TARGET = Target(most=3)


class AnswerRefused(Exception):
    """The server did not answer as it must for a time to mean anything."""


class _Client:
    """One connection that is kept."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def ask(self, method: str, path: str, body: Any = None, expected: int = 200) -> float:
        """Ask and return the seconds until the whole answer was there."""
        sent = None if body is None else json.dumps(body)
        began = time.perf_counter()
        self._connection.request(
            method, f"/{DATABASE}{path}", sent, {"Content-Type": "application/json"}
        )
        response = self._connection.getresponse()
        said = response.read()
        seconds = time.perf_counter() - began
        if response.status != expected:
            raise AnswerRefused(f"{method} {path}: {response.status} {said[:200]!r}")
        return seconds


def lines(folder: Path, sizes: Sizes) -> Iterator[Line]:
    """Measure both; ``folder`` does not exist yet."""
    with processes.bare_endpoint(folder / "databases", folder, _THREADS) as (port, _):
        replication.create_database(f"http://127.0.0.1:{port}")
        with contextlib.closing(_Client(port)) as client:
            yield from _lines_of_leaves(client, sizes.leaves)
        yield from _lines_of_polls(port, sizes)


def _lines_of_leaves(client: _Client, leaves: int) -> Iterator[Line]:
    for start in range(1, leaves, 500):
        some = range(start, min(start + 500, leaves))
        _write(client, "many", [f"{place:032x}" for place in some])
    writes: dict[str, list[float]] = {"many": [], "one": []}
    reads: dict[str, list[float]] = {"many": [], "one": []}
    for place in range(_SAMPLES):  # in turns
        writes["many"].append(_write(client, "many", [f"f{place:031x}"]))
        writes["one"].append(_write(client, f"one-{place}", [f"f{place:031x}"]))
        reads["many"].append(client.ask("GET", "/many"))
        reads["one"].append(client.ask("GET", f"/one-{place}"))
    for shown, samples in (("write", writes), ("read", reads)):
        many = _median(f"a {shown} with {leaves:,} leaves there", samples["many"])
        yield Line(many, _median("with one leaf", samples["one"]), _LEAVES_TARGET)


def _write(client: _Client, doc_id: str, digests: list[str]) -> float:
    docs = [{"_id": doc_id, "_rev": f"1-{digest}", "by": digest} for digest in digests]
    return client.ask("POST", "/_bulk_docs", {"new_edits": False, "docs": docs}, expected=201)


def _median(name: str, samples: list[float]) -> Figure:
    return Figure(name, "ms", (statistics.median(samples) * 1000,))


def _lines_of_polls(port: int, sizes: Sizes) -> Iterator[Line]:
    ended = threading.Event()
    polls = [
        threading.Thread(target=_poll, args=(port, ended), daemon=True) for _ in range(sizes.polls)
    ]
    for poll in polls:
        poll.start()
    time.sleep(1)  # until all of them hang
    saves = []
    with contextlib.closing(_Client(port)) as client:
        for place in range(sizes.poll_saves):
            saves.append(client.ask("PUT", f"/saved-{place}", {"place": place}, expected=201))
            time.sleep(0.01)
        ended.set()
        client.ask("PUT", "/last", {}, expected=201)  # wakes those who still hang
    for poll in polls:
        poll.join()
    name = f"a save with {sizes.polls} polls at {_THREADS} threads, p99"
    yield Line(Figure(name, "ms", (percentile(saves, 0.99) * 1000,)), target=_SAVE_TARGET)


def _poll(port: int, ended: threading.Event) -> None:
    """Hang on the feed as PouchDB does: ask again as soon as there is an answer."""
    asked = "/_changes?feed=longpoll&since=now&timeout=10000"
    with contextlib.closing(_Client(port)) as client:
        while not ended.is_set():
            with contextlib.suppress(OSError, http.client.HTTPException):
                client.ask("GET", asked)
