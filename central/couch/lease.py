"""Who may write: one document that the writing central holds, renews, and commits through.

    {"holder", "host", "session", "count", "intent": {"tx", "parts"} | {"tx", "pieces"} | null}

Every write of it names the revision it was made from, so two centrals can never both succeed: the
one that was set aside gets a conflict at its next commit, before anything of that commit is done.
That write is the commit (``intent``), hence no writer without the lease can change documents, not
even one that slept for an hour in the middle of a transaction.

Clocks of two computers are not compared. Who waits for the lease looks at its revision: a lease
that has not moved for ``SECONDS`` by the waiting computer's own monotonic clock is taken over. The
holder renews it four times in that span, and trusts it no longer than that by its own clock.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from central.couch import intent as intents
from central.couch import server
from central.couch.intent import Intent
from central.couch.server import Couch
from sync import errors
from sync.replication import http_answers

SECONDS = 20.0
_LEAP = 1_000_000  # renewals of two months
#: A renewal that fails once or twice does not cost the lease.
RENEW_SECONDS = SECONDS / 4


@dataclass(frozen=True)
class Holder:
    """A central that may hold the lease: its folder, its computer, this run of it."""

    id: str
    host: str
    session: str


@dataclass(frozen=True)
class State:
    """The lease as it is in CouchDB."""

    rev: str
    holder: str | None
    host: str
    session: str
    count: int
    intent: Mapping[str, Any] | None


class Lease:
    """The lease of one school, as one central sees it; safe between threads."""

    def __init__(
        self, couch: Couch, holder: Holder, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Hold nothing yet."""
        self.turn = threading.RLock()
        self._couch = couch
        self._holder = holder
        self._monotonic = monotonic
        self._state: State | None = None
        self._renewed_at = 0.0
        self._watched: tuple[str, float] | None = None
        self._lost = False
        self._uncertain = False
        self._unfinished = True  # whether the intent may wait to be carried out

    @property
    def count(self) -> int:
        """Return how often the lease has been written; a smaller number means an older CouchDB."""
        return 0 if self._state is None else self._state.count

    @property
    def is_lost(self) -> bool:
        """Tell whether another central writes now."""
        return self._lost

    # ----------------------------------------------------------------------------- to have it

    def try_take(self) -> State | None:
        """Take the lease if it is free, ours, or silent; None if taken, else who has it.

        Raises:
            errors.StoreUnavailable: CouchDB does not answer.
        """
        with self.turn:
            found = self._read()
            if found is not None and not self._may_take(found):
                return found
            began = self._monotonic()
            base = found or State("", None, "", "", 0, None)
            if self._written(base, base.intent, found is not None):
                self._renewed_at, self._lost, self._unfinished = began, False, True
                return None
            return self._read() or base

    def _may_take(self, found: State) -> bool:
        if found.holder is None or found.holder == self._holder.id:
            return True
        now = self._monotonic()
        if self._watched is None or self._watched[0] != found.rev:
            self._watched = (found.rev, now)
        return now - self._watched[1] >= SECONDS

    def release(self) -> None:
        """Let another central write at once; a CouchDB that is away is left to notice by itself."""
        with self.turn:
            if self._state is None or self._lost or self._uncertain or self._unfinished:
                return
            body = {**_body(self._state), "holder": None, "intent": None}
            try:
                self._couch.put(intents.LEASE, self._state.rev, body)
            except errors.StoreUnavailable:
                return
            self._lost = True

    # ---------------------------------------------------------------------------- to write by it

    def refuse_lost(self) -> None:
        """Raise errors.StoreUnavailable (``lease_lost``) if another central writes now."""
        if self._lost:
            raise errors.StoreUnavailable(code="lease_lost", hint="see_writing_central")

    def keep(self) -> None:
        """Make sure that the lease is ours, and renew it when it is time.

        Raises:
            errors.StoreUnavailable: it is not, or CouchDB does not answer.
        """
        with self.turn:
            self.refuse_lost()
            if self._uncertain:
                self._look_again()
            if self._monotonic() - self._renewed_at >= RENEW_SECONDS:
                self._commit(self._state.intent if self._state and self._unfinished else None)

    def leap(self, seen: int) -> None:
        """Count on from far above ``seen``: what a restore threw away is not missed any more.

        Called when CouchDB has been made what a file is; other files may have seen a little more.
        """
        with self.turn:
            self.refuse_lost()
            if self._state is not None:
                count = max(seen, self._state.count) + _LEAP
                self._state = replace(self._state, count=count)
            self._commit(None)

    def commit(self, wanted: Intent) -> list[tuple[str, str]]:
        """Decide that ``wanted`` is done; the pieces, if any, that say so, with their revisions.

        Raises:
            errors.StoreUnavailable: it is not, or nobody knows; ``keep`` finds out.
        """
        with self.turn:
            self.refuse_lost()
            parts = wanted.parts()
            pieces = self._write_pieces(wanted.tx, parts)
            named: dict[str, Any] = {"tx": wanted.tx}
            if pieces:
                named["pieces"] = [doc_id for doc_id, _ in pieces]
            else:
                named["parts"] = parts
            self._unfinished = True
            try:
                self._commit(named)
            except errors.StoreUnavailable:
                self._unfinished = self._uncertain
                raise
            return pieces

    def finished(self, pieces: Sequence[tuple[str, str]] = ()) -> None:
        """Note that the intent is carried out; its pieces are rubbish then."""
        with self.turn:
            self._unfinished = False
            if pieces:
                self._couch.write(
                    [{"_id": doc_id, "_rev": rev, "_deleted": True} for doc_id, rev in pieces]
                )

    def unfinished(self) -> Intent | None:
        """Return the intent that may not be carried out yet."""
        with self.turn:
            if not self._unfinished or self._state is None or self._state.intent is None:
                return None
            said = self._state.intent
            parts = list(said.get("parts", ()))
            for doc_id in said.get("pieces", ()):
                piece = self._couch.get(doc_id)
                if piece is None:  # they are removed only after everything was carried out
                    return None
                parts.extend(piece.body["parts"])
            return intents.of_parts(said["tx"], parts)

    def sweep(self) -> None:
        """Remove pieces of intents that were never decided, or are carried out."""
        first = intents.PIECES
        found = self._couch.listed(first, first + "\uffff")
        self._couch.write(
            [{"_id": doc_id, "_rev": rev, "_deleted": True} for doc_id, rev in found.items()]
        )

    # ------------------------------------------------------------------------------------ inside

    def _write_pieces(self, tx: str, parts: list[dict[str, Any]]) -> list[tuple[str, str]]:
        if len(http_answers.encode(parts)) <= server.BATCH_BYTES:
            return []
        documents = [
            {"_id": f"{intents.PIECES}{tx}:{number:06}", "parts": batch}
            for number, batch in enumerate(server.batches(parts))
        ]
        pieces = []
        for row in self._couch.write(documents):
            if row.rev is None:
                raise errors.StoreUnavailable(code="couch_refused", hint="look_into_couchdb_log")
            pieces.append((row.id, row.rev))
        return pieces

    def _commit(self, intent: Mapping[str, Any] | None) -> None:
        if self._state is None:
            raise errors.StoreUnavailable(code="lease_lost", hint="see_writing_central")
        began = self._monotonic()
        try:
            done = self._written(self._state, intent, True)
        except errors.StoreUnavailable:
            self._uncertain = True
            raise
        if not done:
            self._uncertain = True
            self._look_again()
            if (self._state.intent or {}).get("tx") != (intent or {}).get("tx"):
                raise errors.StoreUnavailable(code="couch_unreachable", hint="start_couchdb")
        self._renewed_at = began

    def _written(self, base: State, intent: Mapping[str, Any] | None, is_there: bool) -> bool:
        me = self._holder
        wanted = replace(
            base,
            holder=me.id,
            host=me.host,
            session=me.session,
            count=base.count + 1,
            intent=intent,
        )
        rev = self._couch.put(intents.LEASE, base.rev if is_there else None, _body(wanted))
        if rev is None:
            return False
        self._state = replace(wanted, rev=rev)
        return True

    def _look_again(self) -> None:
        """Find out whether the last write took effect: its answer was lost, or was a conflict.

        A conflict may be with itself, when something on the way sent it twice.
        """
        found = self._read()
        if found is None or found.session != self._holder.session:
            self._lost = True
            self.refuse_lost()
        self._state = found
        self._unfinished = True
        self._uncertain = False

    def _read(self) -> State | None:
        stored = self._couch.get(intents.LEASE)
        if stored is None:
            return None
        said = stored.body
        return State(
            stored.rev,
            said.get("holder"),
            str(said.get("host", "")),
            str(said.get("session", "")),
            int(said.get("count", 0)),
            said.get("intent"),
        )


def _body(state: State) -> dict[str, Any]:
    return {
        "holder": state.holder,
        "host": state.host,
        "session": state.session,
        "count": state.count,
        "intent": state.intent,
    }
