"""Receipts: what became of each entry a node asks about.

They are read from the stored documents, the quarantine and the documents of rejections, never from
a highest number: an entry that is in none of them is ``unknown``, and the node offers it again
whatever its checkpoint says.
A number that is held with another content is a fork (a cloned disk, a copied folder): both entries
stand on their merits, and the administrators are told.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from central import quarantine
from sync import errors
from sync.documents import entry
from sync.documents.judgement import Outcome
from sync.projections import decisions, entry_index
from sync.store.connection import Connection
from sync.store.record_store import RecordStore

MOST_ASKED_AT_ONCE = 1_000
UNKNOWN = "unknown"
_ROWS = ([str, int, str], [str, int, str, str])
_CONTACTS = "node_contact"


@dataclass(frozen=True)
class Asked:
    """An entry a node asks about; ``former`` is its maker if the node was another one then."""

    epoch: str
    seq: int
    digest: str
    former: str | None = None


@dataclass(frozen=True)
class Receipt:
    """The answer for one entry: an ``Outcome``'s value, or ``unknown``; code of a reason or ""."""

    asked: Asked
    state: str
    code: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the answer as it travels."""
        asked = {"epoch": self.asked.epoch, "seq": self.asked.seq, "digest": self.asked.digest}
        return asked | {"state": self.state, "code": self.code or None}


def read_asked(body: Any) -> list[Asked]:
    """Return the entries of a request body ``{"entries": [[epoch, seq, digest], …]}``.

    A fourth part names a former identity of the node.

    Raises:
        errors.MalformedJson: another shape, or more than ``MOST_ASKED_AT_ONCE``.
    """
    rows = body.get("entries") if isinstance(body, Mapping) else None
    if not isinstance(rows, list) or len(rows) > MOST_ASKED_AT_ONCE:
        raise errors.MalformedJson(problem="shape")
    asked = []
    for row in rows:
        if not isinstance(row, list) or [type(part) for part in row] not in _ROWS:
            raise errors.MalformedJson(problem="shape")
        asked.append(Asked(*row))
    return asked


def answer(
    connection: Connection,
    records: RecordStore,
    node: str,
    asked: Sequence[Asked],
    former: Collection[str] = (),
) -> tuple[list[Receipt], bool]:
    """Return a receipt for each entry of ``node`` in order, and whether any number is forked.

    Args:
        former: identities that the node had before; of others it is told nothing.
    """
    receipts: list[Receipt] = []
    forked = False
    for one in asked:
        maker = one.former or node
        if maker != node and maker not in former:
            receipts.append(Receipt(one, UNKNOWN))
            continue
        held = entry_index.digests_held(connection, maker, one.epoch, one.seq)
        forked = forked or any(digest != one.digest for digest in held)
        receipts.append(_receipt(connection, records, maker, one, held))
    return receipts, forked


def _receipt(
    connection: Connection, records: RecordStore, node: str, asked: Asked, held: Sequence[str]
) -> Receipt:
    if asked.digest in held:
        return Receipt(asked, Outcome.ACCEPTED.value)
    aside = quarantine.state_of(records, node, asked.epoch, asked.seq, asked.digest)
    if aside is not None:
        return Receipt(asked, aside.state.value, aside.code)
    rejected = decisions.rejected_entry(connection, node, asked.epoch, asked.seq, asked.digest)
    if rejected is not None:
        return Receipt(asked, Outcome.REJECTED.value, rejected[1])
    return Receipt(asked, UNKNOWN)


def note_contact(records: RecordStore, node: str, at: datetime) -> None:
    """Remember that a node got a receipt at ``at``; locks ask for it."""
    _note(records, node, {"last_receipt_at": entry.instant_text(at)})


def note_pulse(records: RecordStore, node: str, at: datetime, told: Mapping[str, Any]) -> None:
    """Remember that a node was heard at ``at``, and what it told about itself."""
    _note(records, node, {**told, "last_heard_at": entry.instant_text(at)})


def _note(records: RecordStore, node: str, fields: Mapping[str, Any]) -> None:
    found = records.get(_CONTACTS, node)
    records.overwrite(_CONTACTS, node, {**({} if found is None else found.value), **fields})


def contact_of(records: RecordStore, node: str) -> Mapping[str, Any] | None:
    """Return what is remembered of a node's last contact; None if there never was one."""
    found = records.get(_CONTACTS, node)
    return None if found is None else found.value


def had_contact_since(records: RecordStore, node: str, at: datetime) -> bool:
    """Tell whether a node got a receipt at or after ``at``."""
    found = contact_of(records, node)
    last = None if found is None else found.get("last_receipt_at")
    return last is not None and entry.instant(last) >= at
