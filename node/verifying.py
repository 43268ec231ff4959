"""Is everything that central once confirmed still there? Asked anew now and then.

A receipt is true when it is given. Central may be restored from a backup, or its machine set back
to a snapshot, and know less afterwards than it has confirmed. So all entries that were ever
answered for are asked about again when central has begun another epoch (it was restarted, or put
back), when it says itself that it was set back, and once a day. What it does not know any more
waits again, and is offered again like anything else.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from node.receipts import asked_about
from node.server_calls import MOST_ASKED, Receipt, ServerCalls
from node.storage import Node
from sync.documents import entry
from sync.store.entry_states import EntryKey, State, forget, states

_VERIFIED = "sync.verified"  # {"epoch", "at"}
_EVERY = timedelta(days=1)
_CENTRAL_STATES = frozenset(State)


class Verifier:
    """Asks about what is settled; used by the one thread that syncs."""

    def __init__(self, node: Node, calls: ServerCalls) -> None:
        """Ask ``calls``."""
        self._node = node
        self._calls = calls

    def demand(self) -> None:
        """Have everything asked at the next sync, also if this program ends before."""
        with self._node.store.transaction() as tx:
            tx.meta_set(_VERIFIED, None)

    def verify_if_due(self, epoch: str | None) -> bool:
        """Ask, if it is time to; True if central has forgotten something, which now waits again.

        Args:
            epoch: central's present one.
        """
        if not self._is_due(epoch):
            return False
        with self._node.store.database.snapshot() as connection:
            settled = [
                one.key for maker in self._node.identity.makers for one in states(connection, maker)
            ]
        unknown: list[EntryKey] = []
        for start in range(0, len(settled), MOST_ASKED):
            part = settled[start : start + MOST_ASKED]
            asked = [asked_about(self._node, key) for key in part]
            unknown += _unknown(part, self._calls.receipts(asked).receipts)
        verified = {"epoch": epoch, "at": entry.instant_text(self._node.clock.now())}
        with self._node.store.transaction() as tx:
            forget(tx, unknown)
            tx.meta_set(_VERIFIED, verified)
        return bool(unknown)

    def _is_due(self, epoch: str | None) -> bool:
        verified: Mapping[str, Any] | None = self._node.store.meta_get(_VERIFIED)
        if verified is None or verified["epoch"] != epoch:
            return True
        age = self._node.clock.now() - entry.instant(verified["at"])
        return not timedelta(0) <= age < _EVERY


def _unknown(keys: Sequence[EntryKey], receipts: Sequence[Receipt]) -> list[EntryKey]:
    answered = zip(keys, receipts, strict=True)
    return [key for key, receipt in answered if receipt.state not in _CENTRAL_STATES]
