"""How far two databases came, written down on both sides, so that neither can be wrong alone.

After a durable commit the replicator writes the same small record to the target and then to the
source. Before the next pass it reads both and starts from the newest point that *both* remember:

    source:  s9 at 900   s8 at 800   s7 at 700 ...
    target:              s8 at 800   s7 at 700 ...      -> go on from 800

Each checkpoint is a session of its own, with a fresh random id. Stock CouchDB and PouchDB keep one
id for as long as the program runs: restore the target from a backup taken during such a run, and
both sides still show the same id, the source's at a later sequence, and what lies between is never
sent again. With an id for each checkpoint the restored side simply does not know the later ones.
Where one id does stand on both sides with two sequences, the smaller counts.

A side appends to its own history and never copies the other's. So "this id is in my history" says:
my data held everything up to that sequence when it was written; and this holds after any restore,
and for a copied disk, whose original and copy keep forking histories under one replication id.

A checkpoint that cannot be read is treated as none: looking at everything again is only slow.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sync.documents import canonical
from sync.replication.peer import FROM_THE_START

#: As many as CouchDB keeps. A restored backup older than these leads to a look at everything.
HISTORY_LENGTH = 50
_ID_DIGITS = 32
_VERSION = 1  # of the replication id and of the record


class Direction(StrEnum):
    """Which way documents go, seen from the node."""

    PULL = "pull"
    PUSH = "push"


@dataclass(frozen=True)
class Replication:
    """Which replication this is.

    ``central`` is the uuid of central's database; ``scope_version`` changes when the node is to
    hold other documents than before, which makes it look at everything again.
    """

    node: str
    central: str
    direction: Direction
    scope_version: str

    @property
    def id(self) -> str:
        """Return the name of the checkpoints.

        There is no address, port, password or program version in it: central may move to another
        machine without starting the sync anew.
        """
        facts = [_VERSION, self.node, self.central, str(self.direction), self.scope_version]
        return hashlib.sha256(canonical.encode(facts)).hexdigest()[:_ID_DIGITS]


@dataclass(frozen=True)
class Session:
    """One checkpoint: up to ``sequence`` of the source everything was at the target."""

    id: str
    sequence: str


def sessions_of(checkpoint: Mapping[str, Any] | None) -> tuple[Session, ...]:
    """Return the sessions a checkpoint remembers, newest first; () if there are none to trust."""
    if checkpoint is None or not isinstance(checkpoint.get("history"), list):
        return ()
    sessions = []
    for entry in checkpoint["history"][:HISTORY_LENGTH]:
        session = _session_of(entry)
        if session is None:
            return ()  # damaged, or of a program that means something else by it
        sessions.append(session)
    return tuple(sessions)


def _session_of(entry: Any) -> Session | None:
    if not isinstance(entry, dict):
        return None
    session_id, sequence = entry.get("session_id"), entry.get("recorded_seq")
    if not isinstance(session_id, str) or not session_id or not isinstance(sequence, str):
        return None
    return Session(session_id, sequence)


def common_ancestry(
    source: Mapping[str, Any] | None, target: Mapping[str, Any] | None
) -> Session | None:
    """Return the newest session that both sides remember, or None: start from the beginning."""
    known = {session.id: session for session in reversed(sessions_of(target))}
    for session in sessions_of(source):
        if session.id in known:
            return Session(session.id, _smaller(session.sequence, known[session.id].sequence))
    return None


def _smaller(one: str, other: str) -> str:
    if one == other:
        return one
    number, epoch = _parts(one)
    other_number, other_epoch = _parts(other)
    if number is None or other_number is None or epoch != other_epoch:
        return FROM_THE_START  # numbers of two epochs cannot be compared
    return one if number < other_number else other


def _parts(sequence: str) -> tuple[int | None, str]:
    number, _, epoch = sequence.partition("-")
    return (int(number) if number.isascii() and number.isdigit() else None), epoch


def extended(
    earlier: Mapping[str, Any] | None,
    session: Session,
    *,
    replication: Replication,
    recorded_at: datetime,
    read: int,
    written: int,
) -> dict[str, Any]:
    """Return a side's next checkpoint: its ``earlier`` one with ``session`` on top.

    The field names are those of CouchDB's checkpoints; ``node`` and ``recorded_at`` say whose it
    is, so that those of nodes long gone can be found. ``recorded_at`` orders nothing.
    """
    at = recorded_at.isoformat(timespec="seconds")
    entry = {
        "session_id": session.id,
        "recorded_seq": session.sequence,
        "end_time": at,
        "docs_read": read,
        "docs_written": written,
    }
    trusted = earlier["history"] if earlier is not None and sessions_of(earlier) else []
    return {
        "session_id": session.id,
        "source_last_seq": session.sequence,
        "replicator": "school-journal",
        "version": _VERSION,
        "node": replication.node,
        "direction": str(replication.direction),
        "recorded_at": at,
        "history": [entry, *trusted][:HISTORY_LENGTH],
    }
