"""Serves a web application with waitress until it is told to stop: listening, signals, a clean end.

Ctrl-C, a SIGTERM of a service manager and (on Windows) Ctrl-Break end it in the same way: what is
being answered is answered, for a few seconds, and then the caller closes its store. A port that is
taken is said to be taken; nothing falls back to another one.
"""

import ctypes
import gc
import logging
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType
from typing import Any

from flask import Flask
from waitress import wasyncore
from waitress.server import create_server

from sync import errors

#: What is not answered this long after the signal is cut; a held poll, which its peer repeats.
GOODBYE_SECONDS = 3.0

# A batch of documents is tens of thousands of objects and no garbage, and two or three are here at
# once. Looking for cycles after every 700 of them, as Python does by itself, was a third of the
# work of taking it in; after every 50,000 still a tenth.
_OBJECTS_PER_LOOK, _LOOKS_PER_LONGER_LOOK = 200_000, 5

# glibc gives each thread memory of its own and keeps what the largest batch there once took: with
# 32 threads more than all the rest of the program.
_GLIBC_ARENA_MAX, _ARENAS = -8, 2

_SIGNALS = ("SIGINT", "SIGTERM", "SIGBREAK")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ServerLimits:
    """How much a server takes at once; a connection silent for ``silence_seconds`` is given up."""

    threads: int
    connections: int
    body_bytes: int
    silence_seconds: int


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """Listen; port 0 is any free one.

    Raises:
        errors.AddressInUse: the port is taken, or the address is not one of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
    except OSError as error:
        raise errors.AddressInUse(host=host, port=port) from error
    with listener:
        yield listener


def address_of(listener: socket.socket) -> str:
    """Return the address of the first page."""
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}/"


def serve(app: Flask, listener: socket.socket, limits: ServerLimits, told: threading.Event) -> None:
    """Serve until a signal comes, or until somebody sets ``told``."""
    calm_collector()
    _share_memory_between_threads()
    sockets: dict[int, Any] = {}
    server: Any = create_server(
        app,
        map=sockets,
        sockets=[listener],
        threads=limits.threads,
        connection_limit=limits.connections,
        max_request_body_size=limits.body_bytes,
        channel_timeout=limits.silence_seconds,
        clear_untrusted_proxy_headers=True,
        ident=None,
    )
    log.info("serving on %s", address_of(listener))
    with _set_by_signals(told, server.trigger.pull_trigger):
        while not told.is_set():
            _turn(sockets, seconds=1.0)
    _say_goodbye(server.task_dispatcher, sockets)
    wasyncore.close_all(sockets)


def calm_collector() -> None:
    """Let the search for cyclic garbage pass over what was loaded at start, and come less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS_PER_LOOK, _LOOKS_PER_LONGER_LOOK, _LOOKS_PER_LONGER_LOOK)


def _share_memory_between_threads() -> None:
    """Let all threads take memory from few places, where the system's library can be told so."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).mallopt(_GLIBC_ARENA_MAX, _ARENAS)


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
