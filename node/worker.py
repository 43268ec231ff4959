"""The thread that keeps this computer and central in step, whatever happens to it.

It never holds up a save: it reads and writes like any other thread, a batch at a time. It lives
through every exception; an unforeseen one is logged, shown on the sync's page, and tried again
later. Writes of this thread itself (what arrived, receipts) do not wake it.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from node import schedule
from node.passes import CENTRAL_UNKNOWN, MACHINE_CHANGED, STOPPED, PassLog, PassRecord
from node.schedule import Schedule
from node.storage import Node
from sync import errors
from sync.replication.outcome import Progress

log = logging.getLogger(__name__)

#: Code of a pass that ended with an exception nobody foresaw.
UNFORESEEN = "sync_failed"

_TOKENS_KEPT_FOR = timedelta(days=30)
_TIDY_EVERY = timedelta(days=1)

#: Runs one pass: ``thoroughly`` or not.
RunPass = Callable[[bool], PassRecord]


class Worker:
    """Syncs until it is stopped."""

    def __init__(
        self,
        node: Node,
        passes: PassLog,
        run_pass: RunPass,
        *,
        steady: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        slice_seconds: float = 5.0,
    ) -> None:
        """Nothing runs yet; see ``start``.

        Args:
            slice_seconds: how long to wait at most before looking whether the machine has slept.
        """
        self._node = node
        self._passes = passes
        self._run_pass = run_pass
        self._steady = steady
        self._wall = wall
        self._slice_seconds = slice_seconds
        self._moved = threading.Condition()
        self._schedule = Schedule(steady())
        self._stopping = False
        self._syncing = False
        self._begun = self._ended = 0
        self._progress: Progress | None = None
        self._tidied_at: datetime | None = None
        self._thread = threading.Thread(target=self._live, name="sync", daemon=True)
        node.store.on_commit(self._written)

    @property
    def is_syncing(self) -> bool:
        """Tell whether a sync is running now."""
        return self._syncing

    @property
    def progress(self) -> Progress | None:
        """Return how far the running sync is with what it fetches; None when none runs."""
        return self._progress if self._syncing else None

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, timeout_seconds: float = 10.0) -> bool:
        """End after the present batch; True if it has ended in time."""
        with self._moved:
            self._stopping = True
            self._moved.notify_all()
        if self._thread.is_alive():
            self._thread.join(timeout_seconds)
        return not self._thread.is_alive()

    def wake(self) -> None:
        """Sync as soon as possible, and thoroughly."""
        with self._moved:
            self._schedule.asked(self._steady())
            self._moved.notify_all()

    def sync_and_wait(self, timeout_seconds: float) -> PassRecord | None:
        """Sync as ``wake`` does, and return what came of it; None when time is up."""
        with self._moved:
            wanted = self._begun + 1
            self._schedule.asked(self._steady())
            self._moved.notify_all()
            over = self._moved.wait_for(
                lambda: self._ended >= wanted or self._stopping, timeout_seconds
            )
        return self._passes.last if over else None

    def should_stop(self) -> bool:
        """Tell a running pass whether it shall end."""
        return self._stopping

    def note_progress(self, progress: Progress) -> None:
        """Remember how far the running pass is."""
        self._progress = progress

    # ------------------------------------------------------------------------------- its life

    def _written(self) -> None:
        if threading.current_thread() is self._thread:
            return
        with self._moved:
            self._schedule.written(self._steady())
            self._moved.notify_all()

    def _live(self) -> None:
        while self._wait_until_due():
            self._syncing = True
            try:
                self.sync_once()
            finally:
                self._syncing, self._progress = False, None

    def sync_once(self) -> PassRecord:
        """Run one pass now, note what came of it, and plan the next."""
        with self._moved:
            thoroughly = self._schedule.begin()
            self._begun += 1
        started_at = self._node.clock.now()
        try:
            record = self._run_pass(thoroughly)
            self._passes.add(record)
            self._tidy(record.ended_at)
        except errors.JournalError as error:
            record = self._failed(started_at, error.code)
        except Exception:
            # The edge of the thread: without it one bug would stop the sync until the next start.
            log.exception("a sync ended unforeseen")
            record = self._failed(started_at, UNFORESEEN)
        self._plan(record)
        return record

    def _failed(self, started_at: datetime, code: str) -> PassRecord:
        """Return the record of a pass that could not even be noted; the log may be full or gone."""
        record = PassRecord(started_at, self._node.clock.now(), code)
        self._passes.note(record)
        return record

    def _plan(self, record: PassRecord) -> None:
        if record.ending not in ("complete", STOPPED):
            log.info("sync: %s", record.ending)
        with self._moved:
            now = self._steady()
            if record.was_contact:
                self._schedule.succeeded(now)
            else:
                asked = record.params.get("retry_after", 0)
                seconds = float(asked) if isinstance(asked, int) else 0.0
                # Nothing but a person mends this; asking every few seconds would not.
                hopeless = record.ending in (
                    CENTRAL_UNKNOWN,
                    MACHINE_CHANGED,
                    errors.CredentialsRefused.code,
                )
                self._schedule.failed(now, max(seconds, 30.0 if hopeless else 0.0))
            self._ended = self._begun
            self._moved.notify_all()

    def _tidy(self, now: datetime) -> None:
        """Forget the tokens of old saves now and then."""
        if self._tidied_at is None or abs(now - self._tidied_at) >= _TIDY_EVERY:
            self._node.journal.forget_saves_before(now - _TOKENS_KEPT_FOR)
            self._tidied_at = now

    def _wait_until_due(self) -> bool:
        """Wait for the next sync; False when it is time to stop."""
        with self._moved:
            while not self._stopping:
                left = self._schedule.due_at - self._steady()
                if left <= 0:
                    return True
                planned = min(left, self._slice_seconds)
                before = (self._steady(), self._wall())
                self._moved.wait(planned)
                if schedule.slept(before, (self._steady(), self._wall()), planned):
                    log.info("the computer has been asleep, or its clock was set")
                    self._schedule.asked(self._steady())
        return False
