"""Programs to be killed: small ones over the real store and replicator, and the whole programs.

``python -m tests.faults.kill_child`` imports everything once and then, for each order that it reads
(a line of JSON), forks a child that does the work and is killed by whoever ordered it, or kills
itself at a named point. The child says what was acknowledged, a line each, through the pipe that is
its standard output. Points are set in the child by wrapping functions; the product knows of none.
"""

import contextlib
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

from central import serve as central_program
from central.endpoint import bare
from central.endpoint.bare import BareHost
from central.settings import Settings as CentralSettings
from node import serve as node_program
from node.settings import Settings as NodeSettings
from node.storage import read_tables
from sync.accounts.passwords import Verifiers
from sync.clock import FixedClock
from sync.documents import scope
from sync.entries.door import Maker
from sync.replication.checkpoints import Direction, Replication
from sync.replication.local_peer import LocalPeer
from sync.replication.peer import Peer
from sync.replication.remote_peer import RemotePeer
from sync.replication.replicator import Pace, Replicator
from sync.store import connection, removal
from sync.store.connection import Database
from sync.store.document_store import DocumentStore
from tests.faults.power_teacher import STUDENTS, Teacher
from tests.support import sample_school, served
from tests.support.invariant import names_of
from tests.support.pairs import QUICK
from tests.support.sample_node import QUICK as QUICK_PASSWORDS

NODE = "n1"
KEY = bytes(32)
DATABASE = "school"
NODE_FILE = "node.sqlite"
CENTRAL_FOLDER = "central"
MOST_STEPS = 5000  # a child that was not killed by then ends with an error

# Several batches to a pass, and a checkpoint after each page.
SMALL = Pace(
    page_rows=20,
    batch_documents=6,
    checkpoint_documents=10,
    checkpoint_worth_documents=1,
    push_times=1,
)

#: Where a child may kill itself, and what it is doing then.
POINTS = (
    "before commit",
    "after commit",
    "before answer",
    "before checkpoint",
    "after checkpoint",
    "mid-purge",
)


# ------------------------------------------------------------------------- what both sides use


def open_node(folder: Path, life: str) -> DocumentStore:
    """Open the node's store; new ones get the sample school."""
    store = DocumentStore(
        Database(folder / NODE_FILE),
        epoch=life,
        uuid="node",
        projections=read_tables(NODE),
        scope_keys=scope.keys_of,
        keep_old_bodies=False,
    )
    if store.info().doc_count == 0:
        sample_school.fill(store, for_node=True)
    return store


@contextlib.contextmanager
def open_central(folder: Path) -> Iterator[BareHost]:
    """Open central's bare databases; the school's is made if it is not there."""
    home = folder / CENTRAL_FOLDER
    home.mkdir(exist_ok=True)
    host = BareHost(home)
    try:
        if not (home / DATABASE).exists():
            host.create(DATABASE)
        yield host
    finally:
        host.close()


class Line:
    """Both directions between a node's store and a central one."""

    def __init__(self, store: DocumentStore, central: Peer, central_uuid: str) -> None:
        node = LocalPeer(store)
        self.pull = self._replicator(central, node, central_uuid, Direction.PULL)
        self.push = self._replicator(node, central, central_uuid, Direction.PUSH)

    @staticmethod
    def _replicator(source: Peer, target: Peer, uuid: str, way: Direction) -> Replicator:
        clock = FixedClock(sample_school.NOW)
        return Replicator(
            source, target, Replication(NODE, uuid, way, "v1"), clock=clock, pace=SMALL
        )

    def both(self) -> None:
        """Pull, then push, as a node does."""
        self.pull.run_pass()
        self.push.run_pass()


# ------------------------------------------------------------------------------------- points


def say(**line: Any) -> None:
    """Tell the test something, in one write that a kill cannot halve."""
    os.write(sys.stdout.fileno(), json.dumps(line).encode() + b"\n")


def set_point(name: str, times: int) -> None:
    """Let this process kill itself when it comes to a point for the given time."""
    left = times

    def come() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    place = name.removeprefix("before ").removeprefix("after ")
    _SETTERS[place](come, is_before=name.startswith("before "))


def _wrapped(function: Callable[..., Any], come: Callable[[], None], is_before: bool) -> Any:
    def wrapper(*arguments: Any, **options: Any) -> Any:
        if is_before:
            come()
        result = function(*arguments, **options)
        if not is_before:
            come()
        return result

    return wrapper


def _at_commit(come: Callable[[], None], *, is_before: bool) -> None:
    execute = connection.Connection.execute
    counted = _wrapped(execute, come, is_before)

    def wrapper(self: Any, sql: str, parameters: Any = ()) -> Any:
        return (counted if sql == "COMMIT" else execute)(self, sql, parameters)

    connection.Connection.execute = wrapper  # type: ignore[method-assign]


def _at_answer(come: Callable[[], None], *, is_before: bool) -> None:
    """Between the work of an upload and the word that it is done."""
    DocumentStore.insert = _wrapped(  # type: ignore[method-assign]
        DocumentStore.insert, come, is_before=False
    )


def _at_checkpoint(come: Callable[[], None], *, is_before: bool) -> None:
    for kind in (LocalPeer, RemotePeer):
        kind.put_checkpoint = _wrapped(  # type: ignore[method-assign]
            kind.put_checkpoint, come, is_before
        )
    DocumentStore.put_local = _wrapped(  # type: ignore[method-assign]
        DocumentStore.put_local, come, is_before
    )


def _at_purge(come: Callable[[], None], *, is_before: bool) -> None:
    removal.purge = _wrapped(removal.purge, come, is_before=False)


_SETTERS: dict[str, Callable[..., None]] = {
    "commit": _at_commit,
    "answer": _at_answer,
    "checkpoint": _at_checkpoint,
    "mid-purge": _at_purge,
}


# -------------------------------------------------------------------------------------- roles


def be_node(order: dict[str, Any]) -> None:
    """Save, pull and push against a central that lives elsewhere, over HTTP."""
    store = open_node(Path(order["folder"]), order["life"])
    central = RemotePeer(order["url"], DATABASE, patience=QUICK)
    _work(order, store, Line(store, central, order["uuid"]))


def be_both(order: dict[str, Any]) -> None:
    """Save, pull and push between two stores of this process."""
    folder = Path(order["folder"])
    store = open_node(folder, order["life"])
    with open_central(folder) as host:
        central = host.store(DATABASE)
        _work(order, store, Line(store, LocalPeer(central), central.uuid))


def be_central(order: dict[str, Any]) -> None:
    """Answer a node that lives elsewhere, over HTTP."""
    with open_central(Path(order["folder"])) as host:
        _set_point_of(order)
        with served.serve(bare.create_app(host, threads=4), threads=4) as port:
            say(port=port, uuid=host.store(DATABASE).uuid)
            signal.pause()


def serve_node(order: dict[str, Any]) -> None:
    """Be ``journal-node serve`` on a demonstration's folder."""
    chosen = NodeSettings(Path(order["folder"]), port=order["port"], demonstration=True)
    node_program.serve(chosen, lambda url: say(url=url), verifiers=Verifiers(QUICK_PASSWORDS))


def serve_central(order: dict[str, Any]) -> None:
    """Be ``journal-central serve`` on a demonstration's folder."""
    chosen = CentralSettings(Path(order["folder"]), port=order["port"], demonstration=True)
    central_program.serve(chosen, lambda url: say(url=url))


def _set_point_of(order: dict[str, Any]) -> None:
    if order.get("point"):
        set_point(order["point"], order["times"])


def _work(order: dict[str, Any], store: DocumentStore, line: Line) -> None:
    chance = Random(order["seed"])
    clock = FixedClock(sample_school.NOW)
    teacher = Teacher(chance, clock, Maker(NODE, KEY), order["life"])
    _set_point_of(order)
    say(ready=True)
    for _ in range(MOST_STEPS):
        verb = chance.choice(order["verbs"])
        if verb == "save":
            saved = teacher.save(store)
            for doc_id, rev in saved.revisions.items() if saved else ():
                leaf = store.get(doc_id, rev)
                if leaf is not None:
                    names = [one for one in names_of(doc_id, leaf.value) if one[0] == NODE]
                    say(document=doc_id, saved=names)
        elif verb == "meet":
            line.both()
        else:
            _purge(store, line, chance.choice(STUDENTS))


def _purge(store: DocumentStore, line: Line, student: str) -> None:
    """Take a student's documents out, once all of them are at central."""
    line.both()
    parts = [(one.id, one.id.split(":")) for one in store.all_docs().rows]
    going = [one for one, names in parts if names[0] in ("mark", "absence") and student in names]
    with store.transaction() as tx:
        tx.purge(going)


ROLES = {
    "node": be_node,
    "both": be_both,
    "central": be_central,
    "whole node": serve_node,
    "whole central": serve_central,
}


def main() -> None:
    """Fork a child for each order; tell its number, and later how it ended."""
    for text in sys.stdin:
        order = json.loads(text)
        child = os.fork()
        if child == 0:
            try:
                ROLES[order["role"]](order)
            finally:
                if sys.exc_info()[0] is not None:
                    traceback.print_exc()
                os._exit(1)  # a child that is not killed has gone wrong
        say(child=child)
        _, status = os.waitpid(child, 0)
        say(ended=os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
