"""What central has said about entries made on nodes: accepted, quarantined or rejected.

An entry of a node is named by (node, epoch, seq, digest). One without a row here is pending:
central has not answered for it. The digest is part of the name, because a node that was set back
to an old state gives numbers anew, and a receipt for one entry is none for another of that number.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from sync.store.connection import Connection
from sync.store.transaction import Transaction


class State(StrEnum):
    """What central has decided."""

    ACCEPTED = "accepted"
    QUARANTINED = "quarantined"
    REJECTED = "rejected"


@dataclass(frozen=True)
class EntryKey:
    """The name of an entry."""

    node: str
    epoch: str
    seq: int
    digest: str


@dataclass(frozen=True)
class EntryState:
    """What is known of an entry: ``code`` says why unless it is accepted; ``at`` is an instant."""

    key: EntryKey
    state: State
    code: str | None
    at: str


def set_states(transaction: Transaction, states: Iterable[EntryState]) -> None:
    """Keep the newest word on each entry; an earlier one is replaced."""
    transaction.connection.executemany(
        "INSERT OR REPLACE INTO entry_state (node, epoch, seq, digest, state, code, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (
                state.key.node,
                state.key.epoch,
                state.key.seq,
                state.key.digest,
                state.state.value,
                state.code,
                state.at,
            )
            for state in states
        ],
    )


def forget(transaction: Transaction, keys: Iterable[EntryKey]) -> None:
    """Make entries pending again: central, set back to an old state, no longer knows them."""
    transaction.connection.executemany(
        "DELETE FROM entry_state WHERE node = ? AND epoch = ? AND seq = ? AND digest = ?",
        [(key.node, key.epoch, key.seq, key.digest) for key in keys],
    )


def state_of(connection: Connection, key: EntryKey) -> EntryState | None:
    """Return what is known of one entry; None if it is pending."""
    row = connection.execute(
        "SELECT state, code, at FROM entry_state"
        " WHERE node = ? AND epoch = ? AND seq = ? AND digest = ?",
        (key.node, key.epoch, key.seq, key.digest),
    ).fetchone()
    return None if row is None else EntryState(key, State(row[0]), row[1], row[2])


def states(connection: Connection, node: str, state: State | None = None) -> tuple[EntryState, ...]:
    """Return what is known of the entries of a node, by epoch and number; or only one state."""
    rows = connection.execute(
        "SELECT epoch, seq, digest, state, code, at FROM entry_state"
        " WHERE node = ? AND (? IS NULL OR state = ?) ORDER BY epoch, seq, digest",
        (node, state, state),
    )
    return tuple(
        EntryState(EntryKey(node, row[0], row[1], row[2]), State(row[3]), row[4], row[5])
        for row in rows
    )


def counts(connection: Connection, node: str) -> dict[State, int]:
    """Return how many entries of a node are in each state; all states are named."""
    rows = connection.execute(
        "SELECT state, count(*) FROM entry_state WHERE node = ? GROUP BY state", (node,)
    ).fetchall()
    found = {State(state): int(number) for state, number in rows}
    return {state: found.get(state, 0) for state in State}
