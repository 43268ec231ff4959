"""A lock that is given to whoever has waited longest.

Python's own lock goes to whoever asks at the right moment: a thread that writes batch after batch
would take it again before one that waits to save a mark has woken up.
"""

import threading
from collections import deque


class QueueLock:
    """Held by one thread at a time, in the order of asking; not reentrant."""

    def __init__(self) -> None:
        """Nobody holds it."""
        self._turn = threading.Lock()
        self._is_held = False
        self._waiting: deque[threading.Lock] = deque()

    @property
    def is_awaited(self) -> bool:
        """Tell whether somebody waits for it."""
        return bool(self._waiting)

    def acquire(self, timeout: float = -1) -> bool:
        """Wait for one's turn, at most ``timeout`` seconds (-1: for ever); tell whether it came."""
        with self._turn:
            if not self._is_held:
                self._is_held = True
                return True
            ticket = threading.Lock()
            ticket.acquire()
            self._waiting.append(ticket)
        if ticket.acquire(timeout=timeout):
            return True
        with self._turn:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
                return False
        return True  # the turn came in the last moment

    def release(self) -> None:
        """Hand it to the next; RuntimeError if nobody holds it."""
        with self._turn:
            if not self._is_held:
                raise RuntimeError("nobody holds this lock")
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_held = False
