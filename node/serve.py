"""Serves the node until it is told to stop: the pages, the worker, the lock of the folder.

    journal-node serve ─► not enrolled yet: a page that says so, until there is an identity
                       ─► storage.opened ─► create_app ─► worker ─► waitress on 127.0.0.1

However it ends, what is being answered is answered, the worker ends its batch, the store is closed
and the folder let go. A kill -9 loses nothing that was acknowledged.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from node import app, enrolment, refusals, settings, storage, sync_pass
from node import control as control_routes
from node.not_enrolled import create_waiting_app
from node.passes import PassLog
from node.program import Program
from node.settings import Identity, Settings
from node.storage import Node
from node.sync_pass import Sync, Told
from node.sync_status import summary
from node.worker import Worker
from sync import clock as clocks
from sync.accounts.passwords import Verifiers
from sync.web import control, serving

LIMITS = serving.ServerLimits(
    # One person works here; eight leave room for the pages that ask by themselves.
    threads=8,
    connections=100,
    body_bytes=2 * 1024 * 1024,
    silence_seconds=120,
)

_LOOK_FOR_IDENTITY_SECONDS = 1.0
_SYNC_NOW_SECONDS = 600.0

log = logging.getLogger(__name__)


def serve(
    chosen: Settings,
    announce: Callable[[str], None] = lambda url: None,
    stop: threading.Event | None = None,
    *,
    verifiers: Verifiers | None = None,
) -> None:
    """Serve until a signal comes, or until another thread sets ``stop``.

    Args:
        announce: called with the address of the pages as soon as they answer.
        verifiers: what checks passwords; tests give quick ones.
    Raises:
        errors.StoreUnavailable: the folder or the port cannot be had; see ``storage.opened``.
    """
    told = stop or threading.Event()
    clocks.clock_of_folder(chosen.data_directory, demonstration=chosen.demonstration)
    identity = settings.read_identity(chosen.data_directory)
    if identity is None:
        identity = _wait_for_identity(chosen, announce, told)
    if identity is not None:
        _serve_node(chosen, identity, announce, told, verifiers)
    log.info("the node has stopped")


def _serve_node(
    chosen: Settings,
    identity: Identity,
    announce: Callable[[str], None],
    told: threading.Event,
    verifiers: Verifiers | None,
) -> None:
    with (
        storage.opened(chosen, identity) as node,
        serving.listening(settings.HOST, chosen.port) as listener,
        working(node) as (worker, passes),
    ):
        enrolment.note_machine(chosen.data_directory, identity)
        running = Program(
            node, passes, worker.wake, lambda: worker.is_syncing, lambda: worker.progress
        )
        made = app.create_app(running, verifiers=verifiers)
        call = control.new_call(listener)
        made.register_blueprint(
            control_routes.create_blueprint(
                call.secret,
                sync_now=lambda: _sync_now(node, passes, worker),
                status=lambda: told_status(node, passes),
            )
        )
        with control.announced(chosen.control_file, call):
            announce(serving.address_of(listener))
            serving.serve(made, listener, LIMITS, told)


@contextmanager
def working(node: Node) -> Iterator[tuple[Worker, PassLog]]:
    """Run a worker for an opened node; it has ended, or is past a request, when this returns."""
    passes = PassLog(node.store)
    worker = Worker(node, passes, lambda thoroughly: sync.run(thoroughly=thoroughly))
    sync = Sync(node, sync_pass.peer_of(node), Told(worker.note_progress, worker.should_stop))
    # Rejections that came just before the program ended; the rest of them waits for central.
    refusals.apply_all(node)
    worker.start()
    try:
        yield worker, passes
    finally:
        if not worker.stop():
            log.info("a sync is broken off")


def told_status(node: Node, passes: PassLog) -> Mapping[str, Any]:
    """Return how the sync stands, for the command line."""
    found = summary.summary(node.store, node.identity.makers, passes, node.clock.now())
    return {
        "label": node.identity.label,
        "central": node.identity.central_url,
        "journal": node.identity.central_uuid,
        "pending": found.pending,
        "not_accepted": found.not_accepted,
        "last_contact": found.last_contact.isoformat() if found.last_contact else None,
        "last_try": found.last_try.isoformat() if found.last_try else None,
        "problem": found.problem,
        "params": dict(found.params),
    }


def _sync_now(node: Node, passes: PassLog, worker: Worker) -> Mapping[str, Any]:
    worker.sync_and_wait(_SYNC_NOW_SECONDS)
    return told_status(node, passes)


def _wait_for_identity(
    chosen: Settings, announce: Callable[[str], None], told: threading.Event
) -> Identity | None:
    """Say on every page that this computer is not enrolled, until it is; None if told to stop."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(_LOOK_FOR_IDENTITY_SECONDS):
            if told.is_set() or settings.read_identity(chosen.data_directory) is not None:
                over.set()

    with serving.listening(settings.HOST, chosen.port) as listener:
        watcher = threading.Thread(target=look, name="identity", daemon=True)
        watcher.start()
        announce(serving.address_of(listener))
        serving.serve(create_waiting_app(), listener, LIMITS, over)
    watcher.join()
    return None if told.is_set() else settings.read_identity(chosen.data_directory)
