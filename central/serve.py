"""Serves central until it is told to stop: the lock of the folder, the threads, the clean end.

    journal-central serve ─► serve(settings, announce) ─► Storage.open ─► create_app ─► waitress

However it ends, what is being answered is answered, then the store is closed and the folder let go.
A kill -9 loses nothing that was acknowledged either; it only leaves no goodbye in the log.
"""

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from flask import Flask

from central import app as program
from central import checkpoint_tidying, merging
from central import control as control_routes
from central import settings as folders
from central.backup_keeper import BackupKeeper
from central.couch import attaching
from central.couch.attaching import Wait
from central.couch.lease import State
from central.settings import Settings
from central.storage import Storage, StoreWish
from sync import errors
from sync.web import control, serving

#: Half of them may be held by polls of foreign peers; own nodes ask and go. waitress's own 4 would
#: let four slow phones stop the school.
THREADS = 32

LIMITS = serving.ServerLimits(
    threads=THREADS,
    # Telephones keep connections open; beyond waitress's own 100 nobody new would get an answer.
    connections=1000,
    # Above what any route takes, so that routes refuse in their own words; not waitress's 1 GiB.
    body_bytes=32 * 1024 * 1024,
    silence_seconds=60,
)

_ANYWHERE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - recognised here, not bound to

log = logging.getLogger(__name__)


def serve(
    settings: Settings,
    announce: Callable[[str], None] = lambda url: None,
    stop: threading.Event | None = None,
    waits: Callable[[str], None] = lambda host: None,
) -> None:
    """Serve until a signal comes, or until another thread sets ``stop``.

    Args:
        announce: called with the address of the pages as soon as they answer.
        waits: called with the name of the computer where another central writes, which is waited
            for; only with CouchDB as the store.
    Raises:
        errors.StoreUnavailable: the folder or the address cannot be had; see ``Storage.open``. With
            CouchDB also ``lease_lost``: another central has taken over.
    """
    told = stop or threading.Event()
    wish = StoreWish(
        settings.couchdb_url,
        settings.couchdb_credentials,
        settings.diary,
        wait=_waiting(waits, told),
    )
    with (
        Storage.open(
            settings.data_directory, demonstration=settings.demonstration, wish=wish
        ) as storage,
        serving.listening(settings.host, settings.port) as listener,
    ):
        if not storage.is_diary:
            # What an older version, or a restore, has left in several leaves.
            merging.settle_all(storage.store, storage.maker.key, storage.clock.now())
            checkpoint_tidying.tidy(storage.store, storage.clock.now())
        app = program.create_app(storage, hosts=_hosts(settings), threads=THREADS)
        with _beside_the_pages(settings, storage, app, listener, told):
            announce(serving.address_of(listener))
            serving.serve(app, listener, LIMITS, told)
        if storage.attachment is not None and storage.attachment.is_lost:
            raise errors.StoreUnavailable(code="lease_lost", hint="see_writing_central")
    log.info("central has stopped")


def _waiting(waits: Callable[[str], None], told: threading.Event) -> Wait:
    """Return what waits for the lease until somebody tells us to stop."""
    seen: set[str] = set()

    def wait(state: State) -> bool:
        if state.host not in seen:
            seen.add(state.host)
            waits(state.host)
        return not told.wait(attaching.FOLLOW_SECONDS)

    return wait


@contextmanager
def _beside_the_pages(
    settings: Settings,
    storage: Storage,
    app: Flask,
    listener: socket.socket,
    told: threading.Event,
) -> Iterator[None]:
    """Run what runs beside the pages; a central that only shows the diary has no more than them."""
    with ExitStack() as running:
        if storage.attachment is not None:
            storage.attachment.start(told.set)
        if not storage.is_diary:
            call = control.new_call(listener)
            app.register_blueprint(control_routes.create_blueprint(storage, call, told.is_set))
            running.enter_context(_backups_kept(settings, storage))
            file = folders.control_file(settings.data_directory)
            running.enter_context(control.announced(file, call))
        yield


@contextmanager
def _backups_kept(settings: Settings, storage: Storage) -> Iterator[None]:
    keeper = BackupKeeper(storage, settings.backup_directory)
    keeper.start()
    try:
        yield
    finally:
        keeper.stop()


def _hosts(settings: Settings) -> tuple[str, ...]:
    """Return under which names browsers may come; an address listened on is one of them."""
    own = () if settings.host in _ANYWHERE else (settings.host,)
    return tuple(dict.fromkeys((*settings.public_names, *own)))
