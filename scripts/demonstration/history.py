"""Writes the weeks before the demonstration through the product's own doors, at their own times.

    save at its minute ─► Journal.save on an enrolled node ─► each evening one sync ─► central

The node and central run in this process with a clock that is set to the moment of each save and of
each sync. Everything else is as in a school: entries sealed under the node's key, pushed over HTTP,
judged by the gateway, covered by receipts.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, time
from itertools import groupby
from pathlib import Path

from central.app import create_app
from central.storage import Storage
from demonstration.weeks import Save
from node import passes, sync_pass
from node import storage as node_storage
from node.passes import PassLog
from node.settings import Identity, Settings
from node.storage import Node
from node.sync_pass import Sync
from sync.documents import identifiers
from sync.school.attendance import Presence
from sync.web import serving
from sync.web.serving import ServerLimits

_HOST = "127.0.0.1"
LIMITS = ServerLimits(threads=8, connections=100, body_bytes=32 * 1024**2, silence_seconds=60)
#: In UTC; at school it is evening, and everybody has saved.
_EVENING = time(18, 0)


class StoryClock:
    """A clock that stands where the story is."""

    def __init__(self, at: datetime) -> None:
        """Begin at ``at`` (aware)."""
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        """Return where the story is."""
        return self._at

    def go_to(self, at: datetime) -> None:
        """Move on; the story never goes back."""
        self._at = max(self._at, at.astimezone(UTC))


@contextmanager
def served(storage: Storage) -> Iterator[str]:
    """Serve central's pages and its way in for nodes from this process; give the address."""
    app = create_app(storage, threads=LIMITS.threads)
    told = threading.Event()
    with serving.listening(_HOST, 0) as listener:
        arguments = (app, listener, LIMITS, told)
        thread = threading.Thread(target=serving.serve, args=arguments, name="central")
        thread.start()
        try:
            yield serving.address_of(listener).rstrip("/")
        finally:
            told.set()
            thread.join()


@contextmanager
def opened_node(folder: Path, identity: Identity, clock: StoryClock) -> Iterator[Node]:
    """Open the data folder of a node that lives by the story's clock."""
    settings = Settings(folder, demonstration=True)
    with node_storage.opened(settings, identity, clock=clock) as node:
        yield node


class SyncFailed(Exception):
    """A sync of the story did not come to its end; the text is its code."""


class Exchange:
    """Syncs a node of the story with central."""

    def __init__(self, node: Node) -> None:
        """Nothing is asked yet."""
        self._sync = Sync(node, sync_pass.peer_of(node))
        self._log = PassLog(node.store)

    def run(self) -> int:
        """Bring both into step; return how many documents the node received.

        Raises:
            SyncFailed: central did not answer to the end.
        """
        record = self._sync.run(thoroughly=True)
        self._log.add(record)
        if record.ending != passes.COMPLETE:
            raise SyncFailed(record.ending)
        return record.received


def write(
    node: Node, clock: StoryClock, saves: Sequence[Save], progress: Callable[[int], None]
) -> Counter[str]:
    """Write the saves at their times, syncing each evening and at the end.

    Args:
        progress: told how many saves are written.
    Returns:
        how many ``lessons``, ``marks``, ``absences`` and ``entries`` there are now.
    Raises:
        SyncFailed: central did not take them.
    """
    exchange = Exchange(node)
    written: Counter[str] = Counter()
    for on, of_day in groupby(saves, key=lambda save: save.at.date()):
        for save in of_day:
            clock.go_to(save.at)
            token = f"story-{written['saves']}"
            saved = node.journal.save(save.author, save.steps, token)
            written += _counted(save)
            written["entries"] += saved.entries
            progress(written["saves"])
        if save is not saves[-1]:
            clock.go_to(datetime.combine(on, _EVENING, tzinfo=UTC))
        exchange.run()
    return written


def _counted(save: Save) -> Counter[str]:
    found = Counter({"saves": 1, "lessons": int(save.lesson is not None)})
    for step in save.steps:
        kind = identifiers.kind_of(step.doc_id)
        found["marks"] += kind == "mark"
        found["absences"] += step.fields.get("presence") == Presence.ABSENT
    return found
