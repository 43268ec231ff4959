"""What this computer wrote, counted as people count: a mark is one thing, not three entries.

A mark's entries are its value, its weight and its kind of work; a lateness is presence and minutes.
For the server each entry is answered for by itself. A teacher is told of *facts*: one per document
and meaning, however often and in however many steps it was written.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sync.projections import entry_index
from sync.store.connection import Connection

# Fields that only go along with another one of the same document.
_FACT = (
    "CASE WHEN e.doc_id LIKE 'mark:%' AND e.field IN ('weight', 'work_kind') THEN 'value'"
    " WHEN e.doc_id LIKE 'absence:%' AND e.field = 'minutes' THEN 'presence'"
    " WHEN e.doc_id LIKE 'lesson:%' AND e.field = 'plan_topic' THEN 'topic'"
    " WHEN e.doc_id LIKE 'work:%' THEN 'work' ELSE e.field END"
)
_FROM = (
    " FROM entry_row e LEFT JOIN entry_state s ON s.node = e.node AND s.epoch = e.epoch"
    " AND s.seq = e.seq AND s.digest = e.digest WHERE e.node = ?"
)
_IN_THESE = "e.doc_id IN (SELECT value FROM json_each(?))"


@dataclass(frozen=True)
class OwnFact:
    """Something written here: ``fact`` is the leading field's name, or ``work`` for a column.

    ``state`` is None while no receipt covers it, else ``quarantined`` or ``rejected``.
    """

    doc_id: str
    fact: str
    author: str
    written_at: str
    state: str | None
    code: str | None


def pending(connection: Connection, node: str, refused: Sequence[str]) -> list[OwnFact]:
    """Return what no receipt covers, the oldest first; without documents in ``refused``."""
    return _facts(
        connection,
        f" AND s.state IS NULL AND NOT {_IN_THESE}",
        "ORDER BY 4, 1, 2",
        (node, json.dumps(list(refused))),
    )


def not_accepted(connection: Connection, node: str) -> list[OwnFact]:
    """Return what the server put aside or a person rejected, the newest first."""
    return _facts(
        connection,
        " AND s.state IN ('quarantined', 'rejected')",
        "ORDER BY 4 DESC, 1, 2",
        (node,),
    )


def refused(connection: Connection, node: str, documents: Sequence[str]) -> list[OwnFact]:
    """Return what waits in documents that the server does not take at all, the newest first."""
    return _facts(
        connection,
        f" AND s.state IS NULL AND {_IN_THESE}",
        "ORDER BY 4 DESC, 1, 2",
        (node, json.dumps(list(documents))),
    )


@dataclass(frozen=True)
class Counts:
    """How many facts wait for the server, and how many it has not accepted.

    ``oldest_pending`` is the text of the instant of the oldest entry without a receipt.
    """

    pending: int
    not_accepted: int
    oldest_pending: str | None


def counts(connection: Connection, node: str, refused_documents: Sequence[str]) -> Counts:
    """Return the counts of a node."""
    waiting = pending(connection, node, refused_documents)
    aside = not_accepted(connection, node) + refused(connection, node, refused_documents)
    oldest = entry_index.tally(connection, node).oldest_pending
    return Counts(len(waiting), len(aside), oldest)


def _facts(
    connection: Connection, condition: str, order: str, parameters: tuple[str, ...]
) -> list[OwnFact]:
    rows = connection.execute(
        # max(): the other columns are those of the newest entry of the fact.
        f"SELECT e.doc_id, {_FACT} AS fact, e.author, max(e.written_at), s.state, s.code"
        f"{_FROM}{condition} GROUP BY e.doc_id, fact {order}",
        parameters,
    ).fetchall()
    return [OwnFact(*row) for row in rows]
