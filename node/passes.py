"""What came of each sync, as the pages tell it.

Every pass leaves a record. An idle node that finds nothing to do every half minute would fill the
disk with them, so a pass like the one before it only moves that one's time on, and even that is
written down at most every five minutes; in between it is known to the running program alone.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sync.documents import entry
from sync.errors import Param
from sync.store.document_store import DocumentStore

COMPLETE = "complete"
STOPPED = "stopped"
#: Another central answers than the one this node belongs to: a person there must decide.
CENTRAL_UNKNOWN = "central_unknown"

#: The folder was enrolled on another computer; it is to be enrolled anew on this one.
MACHINE_CHANGED = "machine_changed"

WRITTEN_EVERY = timedelta(minutes=5)
MOST_KEPT = 50

_COLLECTION = "sync_pass"
_CONTACT = "sync.last_contact"


@dataclass(frozen=True)
class PassRecord:
    """One sync. ``ending`` is ``complete`` or the code of what went wrong, with its ``params``.

    ``received`` and ``sent`` count documents; ``confirmed``, ``put_aside`` and ``refused`` count
    what central said of entries and documents of this node.
    """

    started_at: datetime
    ended_at: datetime
    ending: str
    params: Mapping[str, Param] = field(default_factory=dict)
    received: int = 0
    sent: int = 0
    confirmed: int = 0
    put_aside: int = 0
    refused: int = 0

    @property
    def moved(self) -> bool:
        """Tell whether anything travelled or was decided."""
        return any((self.received, self.sent, self.confirmed, self.put_aside, self.refused))

    @property
    def was_contact(self) -> bool:
        """Tell whether the server answered to the end."""
        return self.ending == COMPLETE

    def as_value(self) -> dict[str, Any]:
        """Return the record as a JSON object."""
        instants = {
            "started_at": entry.instant_text(self.started_at),
            "ended_at": entry.instant_text(self.ended_at),
        }
        return asdict(self) | instants


class PassLog:
    """The records of one store, and the last one as the running program knows it."""

    def __init__(self, store: DocumentStore) -> None:
        """Continue the log of ``store``."""
        self._store = store
        kept = self.kept()
        self._last = self._written = kept[0] if kept else None
        self._last_contact = _instant(store.meta_get(_CONTACT))

    @property
    def last(self) -> PassRecord | None:
        """Return the last pass, also one that was not written down."""
        return self._last

    @property
    def last_contact(self) -> datetime | None:
        """Return when a pass last came to its end; None if none ever did."""
        return self._last_contact

    def note(self, record: PassRecord) -> None:
        """Remember a pass without writing it down: the store may be what failed."""
        self._last = record

    def add(self, record: PassRecord) -> None:
        """Remember a pass; write it down unless it only repeats the one before."""
        self._last = record
        if record.was_contact:
            self._last_contact = record.ended_at
        written = self._written
        repeats = (
            written is not None
            and written.ending == record.ending
            and not (written.moved or record.moved)
        )
        if written is None or not repeats:
            self._write(record, over=None)
        elif not timedelta(0) <= record.ended_at - written.ended_at < WRITTEN_EVERY:
            self._write(record, over=written)

    def kept(self) -> list[PassRecord]:
        """Return the records that were written down, newest first."""
        found = [_record(kept.value) for kept in self._store.records.scan(_COLLECTION)]
        return found[::-1]

    def _write(self, record: PassRecord, over: PassRecord | None) -> None:
        with self._store.transaction() as tx:
            keys = [kept.key for kept in tx.records.scan(_COLLECTION)]
            number = int(keys[-1]) + 1 if keys else 1
            if over is not None and keys:
                record = replace(record, started_at=over.started_at)
                tx.records.delete(_COLLECTION, keys.pop())
            tx.records.put(_COLLECTION, f"{number:012}", record.as_value(), None)
            for old in keys[: max(0, len(keys) + 1 - MOST_KEPT)]:
                tx.records.delete(_COLLECTION, old)
            if self._last_contact is not None:
                tx.meta_set(_CONTACT, entry.instant_text(self._last_contact))
        self._written = record


def _record(value: Mapping[str, Any]) -> PassRecord:
    told = dict(value)
    told["started_at"] = entry.instant(told["started_at"])
    told["ended_at"] = entry.instant(told["ended_at"])
    return PassRecord(**told)


def _instant(text: str | None) -> datetime | None:
    return None if text is None else entry.instant(text)
