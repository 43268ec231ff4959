"""Serves central until it is told to stop: the lock of the folder, the threads, the clean end.

    journal-central serve ─► serve(settings, announce) ─► Storage.open ─► create_app ─► waitress

Ctrl-C, a SIGTERM of a service manager and (on Windows) Ctrl-Break end it in the same way: what is
being answered is answered, then the store is closed and the folder let go. A kill -9 loses nothing
that was acknowledged either; it only leaves no goodbye in the log.
"""

import logging
import select
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from waitress import wasyncore
from waitress.server import create_server

from central import app as program
from central.settings import Settings
from central.storage import Storage
from sync import errors

#: Half of them may be held by polls of foreign peers; own nodes ask and go. waitress's own 4 would
#: let four slow phones stop the school.
THREADS = 32
#: Telephones keep connections open; beyond waitress's own 100 nobody new would get an answer.
CONNECTIONS = 1000
#: Above what any route takes, so that routes refuse in their own words; not waitress's 1 GiB.
BODY_BYTES = 32 * 1024 * 1024
#: A connection that says nothing for so long is given up.
SILENCE_SECONDS = 60
#: What is not answered this long after the signal is cut; a held poll, which its peer repeats.
GOODBYE_SECONDS = 3.0

_ANYWHERE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - recognised here, not bound to
_SIGNALS = ("SIGINT", "SIGTERM", "SIGBREAK")

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
        _listener(settings) as listener,
    ):
        app = program.create_app(storage, hosts=_hosts(settings), threads=THREADS)
        sockets: dict[int, Any] = {}
        server: Any = create_server(
            app,
            map=sockets,
            sockets=[listener],
            threads=THREADS,
            connection_limit=CONNECTIONS,
            max_request_body_size=BODY_BYTES,
            channel_timeout=SILENCE_SECONDS,
            clear_untrusted_proxy_headers=True,
            ident=None,
        )
        announce(_address_of(listener))
        told = stop or threading.Event()
        with _set_by_signals(told, server.trigger.pull_trigger):
            while not told.is_set():
                _turn(sockets, seconds=1.0)
        _say_goodbye(server.task_dispatcher, sockets)
        wasyncore.close_all(sockets)
    log.info("central has stopped")


@contextmanager
def _listener(settings: Settings) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        listener = socket.create_server((settings.host, settings.port), family=family)
    except OSError as error:
        raise errors.AddressInUse(host=settings.host, port=settings.port) from error
    with listener:
        yield listener


def _hosts(settings: Settings) -> tuple[str, ...]:
    """Return under which names browsers may come; an address listened on is one of them."""
    own = () if settings.host in _ANYWHERE else (settings.host,)
    return tuple(dict.fromkeys((*settings.public_names, *own)))


def _address_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    log.info("central serves on %s, port %s", shown, port)
    return f"http://{shown}:{port}/"


def _turn(sockets: dict[int, Any], *, seconds: float) -> None:
    """Handle what the sockets have to say, once; wait for it at most so long."""
    wasyncore.loop(timeout=seconds, use_poll=hasattr(select, "poll"), map=sockets, count=1)


@contextmanager
def _set_by_signals(told: threading.Event, wake: Callable[[], None]) -> Iterator[None]:
    """Set ``told`` at a signal to stop; only the main thread may listen to signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        told.set()
        wake()

    known = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
    before = {number: signal.signal(number, stop) for number in known}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _say_goodbye(dispatcher: Any, sockets: dict[int, Any]) -> None:
    """Finish the answers that are being made, for a few seconds; begin no new ones."""
    deadline = time.monotonic() + GOODBYE_SECONDS
    while dispatcher.active_count and time.monotonic() < deadline:
        _turn(sockets, seconds=0.1)
    _turn(sockets, seconds=0.1)  # the last answers are on their way only now
    dispatcher.shutdown(timeout=1)
