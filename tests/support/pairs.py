"""A node's store and a central one with replicators between them, for tests of replication."""

import itertools
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from sync.clock import FixedClock
from sync.replication.checkpoints import Direction, Replication
from sync.replication.http_answers import Patience
from sync.replication.local_peer import LocalPeer
from sync.replication.outcome import PassOutcome
from sync.replication.peer import Peer
from sync.replication.remote_peer import RemotePeer
from sync.replication.replicator import Pace, Replicator, Watch
from sync.store.document_store import DocumentStore
from sync.store.values import RevisionPath

QUICK = Patience(connect_seconds=2, silence_seconds=2, answer_seconds=10)
NOON = datetime(2026, 10, 14, 9, 0, tzinfo=UTC)

Tree = dict[str, set[tuple[tuple[str, ...], bool, str]]]


def everything(store: DocumentStore) -> Tree:
    """Return all documents with all leaves, their histories and bodies."""
    tree: Tree = {}
    for row in store.changes(0).rows:
        tree[row.id] = {
            (store.path(row.id, leaf.rev), leaf.deleted, repr(leaf.value))
            for leaf in store.leaves(row.id)
        }
    return tree


def fill(store: DocumentStore, numbers: Iterable[int], prefix: str = "d") -> None:
    """Put one small document for each number, in one commit."""
    with store.transaction() as transaction:
        for number in numbers:
            transaction.put(f"{prefix}{number}", {"n": number}, parent=None)


def disputed(store: DocumentStore, doc_id: str, leaves: int = 2, size: int = 0) -> None:
    """Insert a document with several living leaves."""
    store.insert(
        [
            RevisionPath(doc_id, (f"2-{letter}", "1-a"), False, {"by": letter, "x": "я" * size})
            for letter in "bcdefghijkl"[:leaves]
        ]
    )


def remote_peer(url: str, name: str, **options: Any) -> RemotePeer:
    """Return the peer of a database behind ``url`` that does not wait for long."""
    return RemotePeer(url, name, **{"patience": QUICK, **options})


class Link:
    """Both directions between a node's store and central."""

    def __init__(
        self,
        local: DocumentStore,
        central: Peer,
        central_uuid: str,
        *,
        node: str = "node1",
        pace: Pace | None = None,
        watch: Watch | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.local = LocalPeer(local)
        self.central = central
        randomness = _counting_bytes()
        common = {
            "clock": FixedClock(NOON),
            "randomness": randomness,
            "monotonic": monotonic,
            "pace": pace,
            "watch": watch,
        }
        self.push = Replicator(
            self.local,
            central,
            Replication(node, central_uuid, Direction.PUSH, "v1"),
            **common,
        )
        self.pull = Replicator(
            central,
            self.local,
            Replication(node, central_uuid, Direction.PULL, "v1"),
            **common,
        )

    def both(self) -> tuple[PassOutcome, PassOutcome]:
        """Pull, then push, as a node does."""
        return self.pull.run_pass(), self.push.run_pass()


_SESSIONS = itertools.count()


def _counting_bytes() -> Any:
    """Return a source of "random" bytes that never gives the same twice in this process."""
    return lambda size: next(_SESSIONS).to_bytes(size, "big")
