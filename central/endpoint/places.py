"""How many requests may keep a thread of the server for long, so that a save is never kept waiting.

A held poll takes a whole thread of a thread server, so polls are bounded: half of the threads may
hold one for up to 25 s, a quarter for one second, and all others are answered at once. An own node
does not hold polls; this is for stock PouchDB and CouchDB peers, which ask again at once.

When the network comes back, all nodes of a school push at the same moment. Few pushes run at once,
some wait, and the rest are asked to come back: their batches are on their disks. A node sends two
at once, so that one is read while the other is stored: the second takes a free place, but waits for
none. A small push, such as one save, waits for no place: it is done before a large one would have
been read.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from central.endpoint import refusals

HOLD_SECONDS = 25.0
_SHORT_HOLD_SECONDS = 1.0
_QUEUE_SECONDS = 5.0
_COME_BACK_SECONDS = 3
#: A push of fewer bytes, as it is sent, is a small one.
SMALL_PUSH_BYTES = 8 * 1024


class PollPlaces:
    """How many polls may be held at once on a server of so many threads."""

    def __init__(self, threads: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Give half of the threads to long holds and a quarter to short ones."""
        self._long = threading.BoundedSemaphore(max(1, threads // 2))
        self._short = threading.BoundedSemaphore(max(1, threads // 4))
        self.monotonic = monotonic

    def hold(self, wait: Callable[[float], None], wanted_seconds: float) -> None:
        """Call ``wait`` with the seconds there is a place for; not at all if there is none."""
        for places, most in ((self._long, HOLD_SECONDS), (self._short, _SHORT_HOLD_SECONDS)):
            if places.acquire(blocking=False):
                try:
                    wait(min(wanted_seconds, most))
                finally:
                    places.release()
                return


class PushPlaces:
    """How many large pushes run at once; four times as many more may wait for a while."""

    def __init__(self, at_once: int, queue_seconds: float = _QUEUE_SECONDS) -> None:
        """Let ``at_once`` run; waiting threads are threads, too, so few may wait."""
        self._running = threading.BoundedSemaphore(at_once)
        self._inside = threading.BoundedSemaphore(5 * at_once)
        self._queue_seconds = queue_seconds

    @contextmanager
    def place(self, *, beside: bool = False) -> Iterator[None]:
        """Hold a place for one push.

        Args:
            beside: its node has another one here: it takes a free place and waits for none.
        Raises:
            Refusal: 503, come back in some seconds; ``beside``: 429, send it after the other one.
        """
        if beside:
            with self._free_place():
                yield
            return
        if not self._inside.acquire(blocking=False):
            raise refusals.busy(_COME_BACK_SECONDS)
        try:
            if not self._running.acquire(timeout=self._queue_seconds):
                raise refusals.busy(_COME_BACK_SECONDS)
            try:
                yield
            finally:
                self._running.release()
        finally:
            self._inside.release()

    @contextmanager
    def _free_place(self) -> Iterator[None]:
        if not self._running.acquire(blocking=False):
            raise refusals.one_at_a_time()
        try:
            yield
        finally:
            self._running.release()
