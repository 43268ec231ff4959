"""The thread of ``serve`` that makes a backup every hour in which something changed.

It holds nobody up: the copy is read beside the saves. It lives through every failure; one that it
could not make good raises the alarm, and the next try comes with the next look.
"""

import logging
import threading
from pathlib import Path

from central import alarms, backup
from central.backup import Backup
from central.storage import Storage
from sync import errors

log = logging.getLogger(__name__)

_LOOK_EVERY_SECONDS = 60.0
#: The sign by which a change is noticed: of documents, and of records.
_Mark = tuple[int, int]


class BackupKeeper:
    """Makes backups of one storage into one folder until it is stopped."""

    def __init__(
        self, storage: Storage, folder: Path, *, look_every_seconds: float = _LOOK_EVERY_SECONDS
    ) -> None:
        """Nothing runs yet; see ``start``."""
        self._storage = storage
        self._folder = folder
        self._look_every_seconds = look_every_seconds
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._live, name="backup", daemon=True)
        self._seen: _Mark | None = None

    def start(self) -> None:
        """Begin; the first backup is made at once, unless there is one of this hour."""
        self._thread.start()

    def stop(self) -> None:
        """End after the present copy."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join()

    def make_if_due(self) -> Backup | None:
        """Make a backup if the last is an hour old and something changed since; tell failures."""
        storage = self._storage
        last, now = backup.verified_at(storage.store.records), storage.clock.now()
        is_recent = last is not None and abs(now - last) < backup.EVERY
        if is_recent or (last is not None and self._mark() == self._seen):
            return None
        try:
            made = backup.make(storage, self._folder)
            backup.thin_out(self._folder)
        except errors.JournalError as error:
            log.warning("no backup could be made: %s", error.code)
            alarms.raise_alarm(
                storage.store.records, alarms.BACKUP_FAILED, alarms.JOURNAL, now, code=error.code
            )
            return None
        self._seen = self._mark()
        return made

    def _live(self) -> None:
        while True:
            try:
                self.make_if_due()
            except Exception:
                # The edge of the thread: without it one bug would end the backups unnoticed.
                log.exception("a backup ended unforeseen")
            if self._ending.wait(self._look_every_seconds):
                return

    def _mark(self) -> _Mark:
        rows = self._storage.store.database.read().execute("SELECT seq, record_revision FROM tally")
        seq, record_revision = rows.fetchall()[0]
        return seq, record_revision
