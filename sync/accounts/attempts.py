"""Slows down guessing of passwords without ever locking anybody out for good.

Wrong tries are counted per (login, place); a place is this node, or at central the address the
request came from. Five are free; after the fifth the next may come in 30 seconds, then 60, and so
on up to 15 minutes. The count is written *before* the password is checked, so killing the program
between check and count gains nothing, and it is kept in the store, so a restart gains nothing.
A right password clears it.

A clock that jumps forward ends one wait, a clock that jumps back can stretch a wait to at most its
own length: however the clock is turned, the right password counts again within 15 minutes.
"""

import hashlib
import math
from datetime import datetime, timedelta

from sync import errors
from sync.accounts.records import Records, retried
from sync.clock import Clock
from sync.store.record_store import Record

FREE_TRIES = 5
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)

_COLLECTION = "sign_in_attempts"
# Logins that do not exist are counted too, so a stranger could fill the store with counters.
_MOST_COUNTERS = 5_000
_FORGOTTEN_AFTER = timedelta(days=1)


class Attempts:
    """The counters, kept in a store of records."""

    def __init__(self, records: Records, clock: Clock) -> None:
        """Count in ``records``; waits are measured by ``clock``."""
        self._records = records
        self._clock = clock

    def begin(self, login: str, place: str) -> None:
        """Count a try that is about to be checked.

        Raises:
            errors.TooManyAttempts: it must not be checked; params: ``seconds`` to wait, at least 1.
        """
        self._forget_old_ones()
        key = _key(login, place)
        retried(lambda: self._count(key))

    def succeeded(self, login: str, place: str) -> None:
        """Forget the wrong tries: the password was right."""
        self._records.delete(_COLLECTION, _key(login, place))

    def _count(self, key: str) -> None:
        record = self._records.get(_COLLECTION, key)
        now = self._clock.now()
        if record is None:
            self._write(key, 1, now, None)
            return
        tries, last_at = int(record.value["tries"]), _instant(record)
        # A clock that was turned back must not make the wait last for years: it begins anew.
        remaining: timedelta = min(last_at, now) + wait_after(tries) - now
        if remaining > timedelta(0):
            if last_at > now:
                self._write(key, tries, now, record.revision)
            raise errors.TooManyAttempts(seconds=math.ceil(remaining.total_seconds()))
        self._write(key, tries + 1, now, record.revision)

    def _write(self, key: str, tries: int, at: datetime, revision: int | None) -> None:
        value = {"tries": tries, "last_at": at.isoformat()}
        self._records.put(_COLLECTION, key, value, revision)

    def _forget_old_ones(self) -> None:
        if self._records.count(_COLLECTION) < _MOST_COUNTERS:
            return
        oldest_kept = self._clock.now() - _FORGOTTEN_AFTER
        for record in list(self._records.scan(_COLLECTION)):
            if _instant(record) < oldest_kept:
                self._records.delete(_COLLECTION, record.key)


def wait_after(tries: int) -> timedelta:
    """Return how long the next try has to wait after ``tries`` wrong ones in a row."""
    if tries < FREE_TRIES:
        return timedelta(0)
    # Five doublings reach the longest wait; more would only make large numbers.
    doublings = min(tries - FREE_TRIES, 10)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


def _instant(record: Record) -> datetime:
    return datetime.fromisoformat(record.value["last_at"])


def _key(login: str, place: str) -> str:
    """Return the counter's key; a digest, because people type passwords into the login field."""
    return hashlib.sha256(f"{place}\n{login}".encode()).hexdigest()[:32]
