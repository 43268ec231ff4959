"""Serves central until it is told to stop: the lock of the folder, the threads, the clean end.

    journal-central serve ─► serve(settings, announce) ─► Storage.open ─► create_app ─► waitress

However it ends, what is being answered is answered, then the store is closed and the folder let go.
A kill -9 loses nothing that was acknowledged either; it only leaves no goodbye in the log.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from central import app as program
from central import control as control_routes
from central import settings as folders
from central.backup_keeper import BackupKeeper
from central.settings import Settings
from central.storage import Storage
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
) -> None:
    """Serve until a signal comes, or until another thread sets ``stop``.

    Args:
        announce: called with the address of the pages as soon as they answer.
    Raises:
        errors.StoreUnavailable: the folder or the address cannot be had; see ``Storage.open``.
    """
    with (
        Storage.open(settings.data_directory, demonstration=settings.demonstration) as storage,
        serving.listening(settings.host, settings.port) as listener,
    ):
        app = program.create_app(storage, hosts=_hosts(settings), threads=THREADS)
        call, told = control.new_call(listener), stop or threading.Event()
        app.register_blueprint(control_routes.create_blueprint(storage, call, told.is_set))
        with (
            _backups_kept(settings, storage),
            control.announced(folders.control_file(settings.data_directory), call),
        ):
            announce(serving.address_of(listener))
            serving.serve(app, listener, LIMITS, told)
    log.info("central has stopped")


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
