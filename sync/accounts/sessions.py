"""Sign-ins that live on the server: a row each, which can be locked and ended.

The browser holds a random token; the row is found by the token's digest, so a copied database file
signs nobody in. A session is *open*, *locked* (the same person's password opens it again), or gone.

    sign-in ──► open ──idle too long, or the lock button──► locked ──password──► open, new token
                 └────────────── sign-out, 8 hours, account blocked ──────────────► gone

Activity is noted in memory only: writing it down would cost a commit to disk with each page. So
after a restart of the program every session is locked, which is what a classroom PC needs; where
that would only annoy (guardians at central), ``written_every`` notes it in the row now and then.
A clock that jumps back by more than a minute locks, too: how long nobody was there is not known.
"""

import hashlib
import secrets
import threading
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sync.accounts.passwords import Randomness
from sync.accounts.records import Records, retried
from sync.clock import Clock
from sync.store.record_store import Record

_COLLECTION = "sessions"
_TOKEN_BYTES = 32
_JITTER_OF_CLOCK = timedelta(minutes=1)


@dataclass(frozen=True)
class Limits:
    """How long a session lasts.

    Attributes:
        idle: without activity, until it locks.
        absolute: from the sign-in, until it ends whatever happens.
        written_every: how often activity is written to the row; None is never.
        one_at_a_time: a sign-in ends every other session (one keyboard, one person).
    """

    idle: timedelta
    absolute: timedelta = timedelta(hours=8)
    written_every: timedelta | None = None
    one_at_a_time: bool = False


NODE_LIMITS = Limits(idle=timedelta(minutes=5), one_at_a_time=True)
CENTRAL_LIMITS = Limits(idle=timedelta(minutes=15), written_every=timedelta(minutes=3))


@dataclass(frozen=True)
class Session:
    """One sign-in, as seen by a request. ``token`` is the secret that the browser holds."""

    token: str
    account_id: str
    started_at: datetime
    locked: bool


class Sessions:
    """The rows, kept in a store of records."""

    def __init__(
        self,
        records: Records,
        clock: Clock,
        limits: Limits,
        randomness: Randomness = secrets.token_bytes,
    ) -> None:
        """Keep rows in ``records``, and note activity for as long as this object lives."""
        self.limits = limits
        self._records = records
        self._clock = clock
        self._randomness = randomness
        self._seen: dict[str, datetime] = {}
        self._guard = threading.Lock()

    def open(self, account_id: str) -> Session:
        """Start a session of this account, with a token nobody has seen before."""
        if self.limits.one_at_a_time:
            for record in list(self._records.scan(_COLLECTION)):
                self._forget(record.key)
        self._remove_ended()
        return self._start(account_id, self._clock.now())

    def find(self, token: str) -> Session | None:
        """Return the session of ``token``; one that has been idle too long is returned locked.

        None: there is none, or its hours are over (then its row is removed).
        """
        key = _key(token)
        record = self._records.get(_COLLECTION, key)
        if record is None:
            return None
        session = _session_of(token, record)
        now = self._clock.now()
        if _is_over(session.started_at, now, self.limits):
            self._forget(key)
            return None
        if not session.locked and self._is_idle(key, record, now):
            return self.lock(session)
        return session

    def touch(self, session: Session) -> None:
        """Note that the person is at work."""
        key, now = _key(session.token), self._clock.now()
        with self._guard:
            self._seen[key] = now
        if self.limits.written_every is None:
            return
        record = self._records.get(_COLLECTION, key)
        if record and now - _instant(record.value["seen_at"]) >= self.limits.written_every:
            self._rewrite(record, seen_at=now.isoformat())

    def lock(self, session: Session) -> Session:
        """Lock the session; only the same account's password opens it again."""
        record = self._records.get(_COLLECTION, _key(session.token))
        if record is not None:
            self._rewrite(record, locked=True)
        return replace(session, locked=True)

    def unlock(self, session: Session) -> Session:
        """Return the session open again under a new token; its hours run on."""
        self.close(session)
        return self._start(session.account_id, min(session.started_at, self._clock.now()))

    def close(self, session: Session) -> None:
        """End the session."""
        self._forget(_key(session.token))

    def close_all(self, account_id: str, but: Session | None = None) -> None:
        """End every session of the account, on a changed password ``but`` the one at work."""
        kept = _key(but.token) if but else None
        for record in list(self._records.scan(_COLLECTION)):
            if record.value["account"] == account_id and record.key != kept:
                self._forget(record.key)

    def _start(self, account_id: str, started_at: datetime) -> Session:
        token = self._randomness(_TOKEN_BYTES).hex()
        now = self._clock.now()
        value = {
            "account": account_id,
            "started_at": started_at.isoformat(),
            "seen_at": now.isoformat(),
            "locked": False,
        }
        self._records.put(_COLLECTION, _key(token), value, None)
        with self._guard:
            self._seen[_key(token)] = now
        return Session(token, account_id, started_at, locked=False)

    def _is_idle(self, key: str, record: Record, now: datetime) -> bool:
        with self._guard:
            seen_at = self._seen.get(key)
        if seen_at is None:
            if self.limits.written_every is None:
                return True
            seen_at = _instant(record.value["seen_at"])
        return not -_JITTER_OF_CLOCK <= now - seen_at < self.limits.idle

    def _remove_ended(self) -> None:
        now = self._clock.now()
        for record in list(self._records.scan(_COLLECTION)):
            if _is_over(_instant(record.value["started_at"]), now, self.limits):
                self._forget(record.key)

    def _rewrite(self, record: Record, **changes: Any) -> None:
        def step() -> None:
            # Read anew: a note of activity must not undo a lock, nor revive a session that ended.
            current = self._records.get(_COLLECTION, record.key)
            if current is not None:
                value = current.value | changes
                self._records.put(_COLLECTION, record.key, value, current.revision)

        retried(step)

    def _forget(self, key: str) -> None:
        with self._guard:
            self._seen.pop(key, None)
        self._records.delete(_COLLECTION, key)


def _is_over(started_at: datetime, now: datetime, limits: Limits) -> bool:
    return now - started_at >= limits.absolute


def _session_of(token: str, record: Record) -> Session:
    value = record.value
    return Session(token, value["account"], _instant(value["started_at"]), value["locked"])


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _key(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
