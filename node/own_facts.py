"""What this computer wrote, counted as people count: a mark is one thing, not three entries.

A mark's entries are its value, its weight and its kind of work; a lateness is presence and minutes.
For the server each entry is answered for by itself. A teacher is told of *facts*: one per document
and meaning, however often and in however many steps it was written.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from node import refusals
from node.refusals import TAKEN_BACK, Refusal
from sync.documents import identifiers
from sync.projections.entry_index import Own, makers
from sync.store.connection import Connection
from sync.store.entry_states import State
from sync.store.record_store import RecordStore

#: The one fact of a further column: that it is there.
WORK = "work"

# Fields that only go along with another one of the same kind of document.
_LEADING_FIELD: Mapping[tuple[str, str], str] = {
    ("mark", "weight"): "value",
    ("mark", "work_kind"): "value",
    ("absence", "minutes"): "presence",
    ("lesson", "plan_topic"): "topic",
}
# The difference of two ordered sets: ten thousands of settled entries are passed in milliseconds,
# which looking each of them up would not be.
_PENDING = (
    "WITH own AS (SELECT value AS node FROM json_each(?)),"
    " open AS (SELECT node, epoch, seq, digest FROM entry_row WHERE node IN own"
    " EXCEPT SELECT node, epoch, seq, digest FROM entry_state WHERE node IN own)"
    " SELECT e.doc_id, e.field, e.author, e.written_at, NULL, NULL FROM open JOIN entry_row e"
    " ON e.node = open.node AND e.epoch = open.epoch AND e.seq = open.seq"
    " AND e.digest = open.digest"
    " WHERE (e.doc_id IN (SELECT value FROM json_each(?))) = ?"
    " ORDER BY e.written_at, e.epoch, e.seq"
)
_NOT_ACCEPTED = (
    "SELECT e.doc_id, e.field, e.author, e.written_at, s.state, s.code, s.digest"
    " FROM entry_state s JOIN entry_row e ON e.node = s.node AND e.epoch = s.epoch"
    " AND e.seq = s.seq AND e.digest = s.digest"
    " WHERE s.node IN (SELECT value FROM json_each(?)) AND s.state IN ('quarantined', 'rejected')"
    " ORDER BY e.written_at, e.epoch, e.seq"
)


@dataclass(frozen=True)
class OwnFact:
    """Something written here: ``fact`` is the leading field's name, or ``work`` for a column.

    ``state`` is None while no receipt covers it, else ``quarantined`` or ``rejected``. Of several
    entries the last one speaks; the first of them was made at ``first_written_at``. ``refusal`` is
    what is known of a rejection: what was written stands there no more.
    """

    doc_id: str
    fact: str
    author: str
    written_at: str
    state: str | None
    code: str | None
    first_written_at: str
    refusal: Refusal | None = None


def pending(connection: Connection, node: Own, refused: Sequence[str]) -> list[OwnFact]:
    """Return what no receipt covers, the oldest first; without documents in ``refused``."""
    parameters = (makers(node), json.dumps(list(refused)), 0)
    return _facts(connection, _PENDING, parameters)


def refused(connection: Connection, node: Own, documents: Sequence[str]) -> list[OwnFact]:
    """Return what waits in documents that the server does not take at all, the newest first."""
    parameters = (makers(node), json.dumps(list(documents)), 1)
    return _facts(connection, _PENDING, parameters)[::-1]


def not_accepted(connection: Connection, node: Own) -> list[OwnFact]:
    """Return what the server put aside, or rejected without having said why yet, newest first.

    What its author has taken back is not among it, nor what was written anew and waits for an
    answer.
    """
    rows = connection.execute(_NOT_ACCEPTED, (makers(node),)).fetchall()
    explained: set[str] = set()
    if any(row[4] == State.REJECTED for row in rows):
        explained = refusals.digests(connection)
    every = _collected(row[:6] for row in rows if row[6] not in explained)
    told = [one for one in every if one.code != TAKEN_BACK]
    if not told:
        return []
    anew = {(one.doc_id, one.fact) for one in pending(connection, node, ())}
    return [one for one in reversed(told) if (one.doc_id, one.fact) not in anew]


def rejected(connection: Connection, records: RecordStore) -> list[OwnFact]:
    """Return what people did not accept and its authors have not understood yet, newest first.

    Also what its author wrote on another computer.
    """
    return [
        fact
        for refusal in refusals.open_refusals(connection, records)
        for fact in _facts_of(refusal)
    ]


def _facts_of(refusal: Refusal) -> Iterator[OwnFact]:
    kind = identifiers.kind_of(refusal.document)
    told: dict[str, OwnFact] = {}
    for step in refusal.steps:
        fact = _fact_of(kind, step["field"])
        first = told[fact].first_written_at if fact in told else step["written_at"]
        told[fact] = OwnFact(
            refusal.document,
            fact,
            step["author"],
            step["written_at"],
            State.REJECTED,
            refusal.rejection.code,
            first,
            refusal,
        )
    yield from told.values()


@dataclass(frozen=True)
class Counts:
    """How many facts wait for the server, and how many it has not accepted.

    ``oldest_pending`` is the text of the instant of the oldest entry that waits.
    """

    pending: int
    not_accepted: int
    oldest_pending: str | None


def counts(
    connection: Connection, records: RecordStore, node: Own, refused_documents: Sequence[str]
) -> Counts:
    """Return the counts of a node."""
    waiting = pending(connection, node, refused_documents)
    aside = not_accepted(connection, node)
    aside += [
        one
        for one in rejected(connection, records)
        if one.refusal is not None and one.refusal.was_written_on(node)
    ]
    if refused_documents:
        aside += refused(connection, node, refused_documents)
    oldest = min((one.first_written_at for one in waiting), default=None)
    return Counts(len(waiting), len(aside), oldest)


def _facts(connection: Connection, sql: str, parameters: Sequence[str | int]) -> list[OwnFact]:
    """Return the facts of the entries found, by when they were written last."""
    return _collected(connection.execute(sql, tuple(parameters)).fetchall())


def _collected(rows: Iterable[Sequence[Any]]) -> list[OwnFact]:
    found: dict[tuple[str, str], OwnFact] = {}
    for row in rows:
        doc_id, field, author, written_at, state, code = row
        fact = _fact_of(identifiers.kind_of(doc_id), field)
        earlier = found.pop((doc_id, fact), None)
        first = written_at if earlier is None else earlier.first_written_at
        found[doc_id, fact] = OwnFact(doc_id, fact, author, written_at, state, code, first)
    return list(found.values())


def _fact_of(kind: str, field: str) -> str:
    return WORK if kind == "work" else _LEADING_FIELD.get((kind, field), field)
