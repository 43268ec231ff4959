"""Whose turn it is: of the long pushes only one is read, judged and written at a time.

    first push     read · judge · write │ commit
    second push                         │ read · judge · write │ commit

Python does one thing at a time, so two that are read at once only stand in each other's way. While
a commit waits for the disk there is nothing else to do, and that is when the next one is read. And
those who wait for the writer beside a long push are people who save.
"""

from sync import errors
from sync.store.queue_lock import QueueLock

_LONGEST_WAIT_SECONDS = 30.0


class Turn:
    """The turn of one long push; used by one thread."""

    def __init__(self, queue: QueueLock) -> None:
        """Stand in ``queue`` when it is taken."""
        self._queue = queue
        self._is_mine = False

    def take(self) -> None:
        """Wait for the turn, unless it is taken already.

        Raises:
            errors.StoreUnavailable: it did not come in time, code ``store_locked``.
        """
        if self._is_mine:
            return
        if not self._queue.acquire(timeout=_LONGEST_WAIT_SECONDS):
            raise errors.StoreUnavailable(code="store_locked", hint="try_again")
        self._is_mine = True

    def give_back(self) -> None:
        """Let the next one begin; again is nothing."""
        if self._is_mine:
            self._is_mine = False
            self._queue.release()
