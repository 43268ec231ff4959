"""The network comes back: forty nodes push at the same moment, and somebody saves meanwhile.

Each node has its own documents, identity, keys and store, and goes on as a node does: a pass, and
after a refusal or a "come back later" another one, with jitter. All of them live in one process
here; that makes them slower, not central. The save is the smallest thing that can come in through
the gateway, a push of one new mark, one after the other on one connection.
"""

import base64
import http.client
import itertools
import json
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark import facts, folders, processes, pushing
from benchmark import school as schools
from benchmark.measuring import Figure, Line, Target, percentile
from benchmark.sizes import Sizes
from central import storage as central_storage
from node.settings import Identity
from sync import errors
from sync.clock import FixedClock
from sync.documents import scope
from sync.entries.door import Maker
from sync.replication import backoff, http_answers, wire
from sync.replication.checkpoints import Direction, Replication
from sync.replication.local_peer import LocalPeer
from sync.replication.outcome import Ending
from sync.replication.remote_peer import RemotePeer
from sync.replication.replicator import Replicator
from sync.store.connection import Database
from sync.store.document_store import DocumentStore
from sync.store.values import RevisionPath

_SAVES = 3_000  # more than can be made in the time
_PAUSE_SECONDS = 0.005
_SAVE_TARGET = Target(most=250)


@dataclass(frozen=True)
class _Pusher:
    """A node with what it has to push."""

    identity: Identity
    paths: Sequence[RevisionPath]


def lines(folder: Path, sizes: Sizes) -> Iterator[Line]:
    """Measure once; ``folder`` does not exist yet."""
    each, count = sizes.storm_documents, sizes.storm_nodes
    school = facts.school_for((count + 1) * each + _SAVES)
    made = folders.make(folder, school, lambda store, maker: None)
    identities = folders.more_nodes(made.central, count + 1)
    wanted = facts.wished(school)
    written = _written(made.central, folder / "scratch.sqlite", identities, wanted, each)
    *pushers, saver = written
    with processes.central(made.central, folder) as (port, _):
        quiet = _saves(port, saver, itertools.islice(saver.paths, 50), lambda: False)
        seconds, saves = _storm(folder, port, pushers, saver)
    documents = sum(len(one.paths) for one in pushers)
    beside = _milliseconds("the same with nobody else there, p99", quiet, 0.99)
    yield Line(_milliseconds(f"a save while {count} nodes push, p50", saves, 0.5))
    yield Line(_milliseconds("a save while they push, p99", saves, 0.99), target=_SAVE_TARGET)
    yield Line(beside)
    yield Line(Figure(f"{count} nodes × {each} at once", "docs/s", (documents / seconds,)))


def _milliseconds(name: str, samples: Sequence[float], part: float) -> Figure:
    return Figure(name, "ms", (percentile(samples, part) * 1000,))


def _written(
    central: Path,
    scratch: Path,
    identities: Sequence[Identity],
    wanted: Iterator[facts.Wished],
    each: int,
) -> list[_Pusher]:
    """Return the nodes, each with facts of its own; the last one has some more, to save."""
    scratch.write_bytes((central / "journal.sqlite").read_bytes())
    tables = central_storage.read_tables()
    store = DocumentStore(
        Database(scratch), epoch="storm", uuid="storm", projections=tables, scope_keys=scope.keys_of
    )
    pushers = []
    try:
        for identity in identities:
            before = store.update_seq()
            most = _SAVES if identity is identities[-1] else each
            facts.sealed(store, Maker(identity.node, identity.entry_key), wanted, most)
            wished = [(row.id, row.revs[0]) for row in store.changes(before).rows]
            paths = [path for path in store.fetch(wished) if path is not None]
            pushers.append(_Pusher(identity, paths))
    finally:
        store.close()
    return pushers


def _storm(
    folder: Path, port: int, pushers: Sequence[_Pusher], saver: _Pusher
) -> tuple[float, list[float]]:
    """Let all push at once; return how long it took, and the time of each save meanwhile."""
    stores = [_store(folder / f"node-{place}.sqlite", one) for place, one in enumerate(pushers)]
    start = threading.Barrier(len(pushers) + 1)
    failed: list[BaseException] = []

    def run(one: _Pusher, store: DocumentStore) -> None:
        try:
            start.wait()
            _push(port, one, store)
        except BaseException as error:  # noqa: BLE001 - told to the main thread
            failed.append(error)

    threads = [
        threading.Thread(target=run, args=(one, store))
        for one, store in zip(pushers, stores, strict=True)
    ]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.perf_counter()
    left = itertools.islice(saver.paths, 50, None)
    saves = _saves(port, saver, left, lambda: any(one.is_alive() for one in threads))
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    for store in stores:
        store.close()
    if failed:
        raise failed[0]
    return seconds, saves


def _store(file: Path, pusher: _Pusher) -> DocumentStore:
    store = DocumentStore(Database(file), epoch=pusher.identity.node, uuid=pusher.identity.node)
    store.insert(pusher.paths)
    return store


def _push(port: int, pusher: _Pusher, store: DocumentStore) -> None:
    """Push until everything is there, waiting as a node does."""
    identity = pusher.identity
    credentials = (identity.node, identity.token)
    url = f"http://127.0.0.1:{port}/replication"
    remote = RemotePeer(url, pushing.DATABASE, credentials=credentials)
    replication = Replication(identity.node, identity.central_uuid, Direction.PUSH, "")
    replicator = Replicator(LocalPeer(store), remote, replication, clock=FixedClock(schools.NOW))
    waits = backoff.Backoff(random.Random(identity.node).random)  # noqa: S311 - no secret
    while True:
        try:
            outcome = replicator.run_pass()
        except errors.PeerUnreachable as error:
            time.sleep(waits.next_delay(float(str(error.params.get("retry_after") or 0))))
            continue
        if outcome.ended_because is not Ending.COMPLETE or outcome.quarantined or outcome.refused:
            raise pushing.NotEverythingArrived(str(outcome)[:500])
        return


def _saves(
    port: int, saver: _Pusher, paths: Iterator[RevisionPath], is_wanted: Callable[[], bool]
) -> list[float]:
    """Save one mark after the other while it is wanted, at least those of a quiet time."""
    node, token = saver.identity.node, saver.identity.token
    basic = base64.b64encode(f"{node}:{token}".encode()).decode("ascii")
    headers = {"Content-Type": "application/json", "Authorization": f"Basic {basic}"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    seconds = []
    for place, path in enumerate(paths):
        if place >= 50 and not is_wanted():
            break
        body = http_answers.encode({"new_edits": False, "docs": [wire.document_of(path)]})
        began = time.perf_counter()
        connection.request("POST", "/replication/journal/_bulk_docs", body, headers)
        response = connection.getresponse()
        said = response.read()
        seconds.append(time.perf_counter() - began)
        if response.status != 201 or json.loads(said):
            raise pushing.NotEverythingArrived(f"{response.status} {said[:300]!r}")
        time.sleep(_PAUSE_SECONDS)
    connection.close()
    return seconds
