"""Somebody who sends everything there is, then what was edited, then has nothing to send.

A node with its sealed documents, or a bare store with plain ones (``facts``). Runs in a process of
its own, so that its memory is that of a node and its work does not stand in the way of anything
else that is measured.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmark import facts, folders, school, usage
from benchmark.counting import Counter
from node import storage
from node.receipts import ReceiptDesk
from node.server_calls import ServerCalls
from node.settings import Settings
from node.storage import Node
from sync.clock import Clock, FixedClock
from sync.documents import identifiers
from sync.entries.door import Maker, Step
from sync.replication import http_answers
from sync.replication.checkpoints import Direction, Replication
from sync.replication.local_peer import LocalPeer
from sync.replication.outcome import Ending, PassOutcome
from sync.replication.remote_peer import RemotePeer
from sync.replication.replicator import Replicator
from sync.store.document_store import DocumentStore
from sync.store.values import RevisionPath
from sync.web import serving

#: What central's gateway, and the bare endpoint here, call the database.
DATABASE = "journal"
_STEPS_IN_SAVE = 30


class NotEverythingArrived(Exception):
    """A pass ended otherwise than it must for its time to mean anything."""


@dataclass(frozen=True)
class Errand:
    """What is to be sent, and whither.

    Attributes:
        folder: the data folder of a node, or the one in which ``facts.keep`` made a store.
        url: where the databases are.
        server: the process that answers there, whose memory and work are watched as well.
        edits, checks: how many marks to edit after the first pass; how often to ask in vain.
        counted: count the bytes; that takes time, so the times mean nothing then.
        receipts: fetch a receipt for every entry between the first pass and the edits.
        plain: the folder is not a node's.
    """

    folder: Path
    url: str
    server: int
    edits: int
    checks: int
    counted: bool = False
    receipts: bool = False
    plain: bool = False


def run(errand: Errand) -> dict[str, Any]:
    """Send everything, then the edits, then nothing, and return what each took.

    Returns:
        ``first``, ``edited``, ``receipts`` and ``check`` (the last one of ``checks``): each
        {"count", "seconds", "work", "server_work"} and, if counted, {"up", "down", "requests"};
        works are seconds of the processor, None if unknown. ``checks``: seconds of each.
        ``memory``, ``server_memory``: by how many bytes the processes grew at most in the first
        pass, None if unknown. ``edited_bytes``: of the edited documents as JSON.
    """
    serving.calm_collector()  # as in the program, in whose process this runs
    with ExitStack() as stack:
        sender = _sender(errand, stack)
        passes = _Passes(sender, errand, stack)
        grown, server_grown = usage.Growth(os.getpid()), usage.Growth(errand.server)
        said: dict[str, Any] = {"first": passes.push()}
        said |= {"memory": grown.most_bytes(), "server_memory": server_grown.most_bytes()}
        if errand.receipts:
            said["receipts"] = passes.fetch_receipts()
        edited = sender.edit(errand.edits)
        said["edited"] = passes.push()
        said["edited_bytes"] = sum(_size(sender.store, doc_id) for doc_id in edited)
        checked = [passes.check() for _ in range(errand.checks)]
        said |= {"check": checked[-1], "checks": [one["seconds"] for one in checked]}
    return said


@dataclass(frozen=True)
class _Sender:
    """Whose store is sent; ``node`` is None for a plain one."""

    store: DocumentStore
    clock: Clock
    node: Node | None
    edit: Callable[[int], list[str]]

    @property
    def name(self) -> str:
        return "bench" if self.node is None else self.node.identity.node

    @property
    def credentials(self) -> tuple[str, str] | None:
        return None if self.node is None else (self.name, self.node.identity.token)


def _sender(errand: Errand, stack: ExitStack) -> _Sender:
    if errand.plain:
        store = facts.opened(errand.folder)
        stack.callback(store.close)
        clock = FixedClock(school.NOW)
        return _Sender(store, clock, None, lambda edits: facts.edit(store, edits))
    chosen = Settings(errand.folder, demonstration=True)
    node = stack.enter_context(storage.opened(chosen, folders.identity_of(errand.folder)))
    return _Sender(node.store, node.clock, node, lambda edits: _edit(node, edits))


class _Passes:
    """The pull and the push of somebody who stays alive."""

    def __init__(self, sender: _Sender, errand: Errand, stack: ExitStack) -> None:
        self._node, self._server = sender.node, errand.server
        self._counter: Counter | None = None
        address = errand.url
        if errand.counted:
            port = urlsplit(address).port or 80
            self._counter = stack.enter_context(Counter(port))
            address = address.replace(f":{port}", f":{self._counter.port}", 1)
        self._remote = RemotePeer(address, DATABASE, credentials=sender.credentials)
        local = LocalPeer(sender.store)
        central = self._remote.info().uuid
        pull = Replication(sender.name, central, Direction.PULL, "")
        push = Replication(sender.name, central, Direction.PUSH, "")
        self._pull = Replicator(self._remote, local, pull, clock=sender.clock)
        self._push = Replicator(local, self._remote, push, clock=sender.clock)

    def push(self) -> dict[str, Any]:
        """Send what central lacks."""
        said = self._measured(lambda: _written(self._push.run_pass()))
        # A pull looks at it once and finds nothing; afterwards both directions know where they are.
        self._pull.run_pass()
        return said

    def check(self) -> dict[str, Any]:
        """Ask central once whether there is anything to do, in either direction."""
        return self._measured(self._ask)

    def fetch_receipts(self) -> dict[str, Any]:
        """Ask what became of every entry, and keep the answers."""
        if self._node is None:
            raise LookupError("receipts are for a node")
        desk = ReceiptDesk(self._node, self._remote, ServerCalls(self._remote))

        def fetch() -> int:
            desk.fetch_receipts()
            return desk.counts.confirmed

        return self._measured(fetch)

    def _ask(self) -> int:
        central = self._remote.info()
        return _written(self._pull.run_pass(central)) + _written(self._push.run_pass(central))

    def _measured(self, run: Callable[[], int]) -> dict[str, Any]:
        counts, server = self._counts(), usage.Work(self._server)
        started, work = time.perf_counter(), time.process_time()
        count = run()
        seconds, work = time.perf_counter() - started, time.process_time() - work
        return {
            "count": count,
            "seconds": seconds,
            "work": work,
            "server_work": server.seconds(),
            **{name: now - counts[name] for name, now in self._counts().items()},
        }

    def _counts(self) -> dict[str, int]:
        found = self._counter
        if found is None:
            return {}
        return {"up": found.up, "down": found.down, "requests": found.requests}


def _written(outcome: PassOutcome) -> int:
    """Return how many documents the other side took; a pass must have brought everything over."""
    if outcome.ended_because is not Ending.COMPLETE or outcome.written != outcome.sent:
        raise NotEverythingArrived(str(outcome)[:500])
    return outcome.written


def _edit(node: Node, edits: int) -> list[str]:
    """Change so many marks, as if each had been put wrongly; return their documents."""
    maker = Maker(node.identity.node, node.identity.entry_key)
    steps = list(islice(_changes_of_marks(node.store), edits))
    if len(steps) < edits:
        raise LookupError("there are fewer marks than edits")
    for start in range(0, len(steps), _STEPS_IN_SAVE):
        school.write(node.store, maker, node.clock.now(), steps[start : start + _STEPS_IN_SAVE])
    return [step.doc_id for step in steps]


def _changes_of_marks(store: DocumentStore) -> Iterator[Step]:
    for row in store.changes(0).rows:
        if identifiers.kind_of(row.id) == "mark":
            leaf = store.get(row.id)
            if leaf is not None:
                value = leaf.value["value"]
                yield Step(row.id, {"value": school.edited(value)}, {"value": value})


def _size(store: DocumentStore, doc_id: str) -> int:
    leaf = store.get(doc_id)
    return 0 if leaf is None else len(json_of({"_id": doc_id, **leaf.value}))


def json_of(document: Mapping[str, Any]) -> bytes:
    """Return a document as JSON, without spaces."""
    return http_answers.encode(document)


def paths_of(store: DocumentStore) -> Sequence[RevisionPath]:
    """Return every journal document of a store as a path to insert, in the order of its feed."""
    wanted = [
        (row.id, row.revs[0])
        for row in store.changes(0).rows
        if identifiers.kind_of(row.id) in identifiers.JOURNAL_KINDS
    ]
    return [path for path in store.fetch(wanted) if path is not None]
