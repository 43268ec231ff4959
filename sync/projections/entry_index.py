"""Every entry that the stored documents hold, so that receipts can be answered and asked for.

Central answers from it which entries it has; a node finds in it which of its own no receipt covers
yet. Two different entries under one number are a fork (a cloned disk): both have a row.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from sync.documents import entry, identifiers
from sync.projections.tables import Row, RowsOfDocuments, write
from sync.store.connection import Connection
from sync.store.projector import DocumentChange


class EntryIndex(RowsOfDocuments):
    """Table ``entry_row``; on a node only of its own entries (``only_of``)."""

    name = "entry_index"
    kinds = identifiers.JOURNAL_KINDS
    schema: ClassVar[Mapping[str, str]] = {
        "entry_row": "doc_id TEXT NOT NULL, node TEXT NOT NULL, epoch TEXT NOT NULL,"
        " seq INTEGER NOT NULL, digest TEXT NOT NULL, field TEXT NOT NULL, author TEXT NOT NULL,"
        " written_at TEXT NOT NULL, PRIMARY KEY (node, epoch, seq, digest)"
    }

    def __init__(self, only_of: Collection[str] | None = None) -> None:
        """Index the entries of some makers (a node's identities), or of all."""
        self._only_of = None if only_of is None else frozenset(only_of)

    def rows_of(self, change: DocumentChange) -> Iterable[tuple[str, Row]]:
        """Yield a row per different entry in any live leaf."""
        for row in self.rows([change])["entry_row"]:
            yield "entry_row", row

    def rows(self, changes: Iterable[DocumentChange]) -> Mapping[str, Sequence[Row]]:
        """Return a row per different entry in any live leaf of the documents."""
        # A digest covers the document's id, so no two documents share a key.
        found: dict[tuple[str, str, int, str], Row] = {}
        only_of = self._only_of
        for change in changes:
            doc_id = change.id
            for leaf in change.leaves:
                for raw in entry.entries_of(leaf.value):
                    if only_of is not None and raw.get("node") not in only_of:
                        continue
                    digest = entry.digest_of(doc_id, raw, is_plain=leaf.is_plain)
                    key = (raw["node"], raw["epoch"], raw["seq"], digest)
                    found[key] = (doc_id, *key, raw["field"], raw["author"], raw["written_at"])
        return {"entry_row": list(found.values())}

    def replace(
        self, connection: Connection, table: str, stale: Sequence[str], rows: Sequence[Row]
    ) -> None:
        """Write what is not there yet: a document that has changed still holds its old entries."""
        if stale:
            there = set(connection.execute(_KEYS_OF, (json.dumps(stale),)).fetchall())
            wanted = {row[1:5]: row for row in rows}
            gone = there.difference(wanted)
            if gone:
                connection.executemany(_DELETE, gone)
            rows = [row for key, row in wanted.items() if key not in there]
        write(connection, table, rows)


# All else that a row says is covered by the digest.
_KEYS_OF = (
    "SELECT node, epoch, seq, digest FROM entry_row"
    " WHERE doc_id IN (SELECT value FROM json_each(?))"
)
_DELETE = "DELETE FROM entry_row WHERE node = ? AND epoch = ? AND seq = ? AND digest = ?"
#: Whose entries are meant: a node's identity, or all that it ever had.
Own = str | Collection[str]


def makers(own: Own) -> str:
    """Return the makers as the questions of this module take them."""
    return json.dumps([own] if isinstance(own, str) else list(own))


@dataclass(frozen=True)
class OwnEntry:
    """An entry of this node with what became of it; ``state`` None: no receipt covers it yet."""

    doc_id: str
    epoch: str
    seq: int
    digest: str
    field: str
    author: str
    written_at: str
    state: str | None
    code: str | None
    node: str = ""


_OWN = (
    "SELECT e.doc_id, e.epoch, e.seq, e.digest, e.field, e.author, e.written_at, s.state, s.code,"
    " e.node"
    " FROM entry_row e LEFT JOIN entry_state s ON s.node = e.node AND s.epoch = e.epoch"
    " AND s.seq = e.seq AND s.digest = e.digest WHERE e.node IN (SELECT value FROM json_each(?))"
)
# By document: CROSS JOIN and the plus keep SQLite from going through all entries of the node.
_OWN_OF_DOCUMENTS = (
    "SELECT e.doc_id, s.state FROM json_each(?) wanted"
    " CROSS JOIN entry_row e ON e.doc_id = wanted.value"
    " LEFT JOIN entry_state s ON s.node = e.node AND s.epoch = e.epoch"
    " AND s.seq = e.seq AND s.digest = e.digest"
    " WHERE +e.node IN (SELECT value FROM json_each(?)) ORDER BY e.seq"
)
# The difference of two ordered sets passes over settled entries without looking each of them up.
_PENDING = (
    "WITH own AS (SELECT value AS node FROM json_each(?)),"
    " open AS (SELECT node, epoch, seq, digest FROM entry_row WHERE node IN own"
    " EXCEPT SELECT node, epoch, seq, digest FROM entry_state WHERE node IN own)"
    " SELECT e.doc_id, e.epoch, e.seq, e.digest, e.field, e.author, e.written_at, NULL, NULL,"
    " e.node"
    " FROM open JOIN entry_row e ON e.node = open.node AND e.epoch = open.epoch"
    " AND e.seq = open.seq AND e.digest = open.digest ORDER BY e.written_at, e.seq LIMIT ?"
)


def pending(connection: Connection, own: Own, limit: int) -> list[OwnEntry]:
    """Return the node's oldest entries that no receipt covers, at most ``limit``."""
    rows = connection.execute(_PENDING, (makers(own), limit)).fetchall()
    return [OwnEntry(*row) for row in rows]


def not_accepted(connection: Connection, own: Own, author: str | None = None) -> list[OwnEntry]:
    """Return the node's entries that central put aside or a person rejected, newest first."""
    rows = connection.execute(
        _OWN + " AND s.state IN ('quarantined', 'rejected') AND (? IS NULL OR e.author = ?)"
        " ORDER BY e.written_at DESC, e.seq DESC",
        (makers(own), author, author),
    ).fetchall()
    return [OwnEntry(*row) for row in rows]


def states_of(connection: Connection, own: Own, doc_ids: Sequence[str]) -> dict[str, str]:
    """Return per document what became of this node's last entry in it.

    ``pending``, ``accepted``, ``quarantined`` or ``rejected``; documents without an entry of this
    node are on the server already and have no item.
    """
    rows = connection.execute(
        _OWN_OF_DOCUMENTS, (json.dumps(list(doc_ids)), makers(own))
    ).fetchall()
    return {row[0]: row[1] or "pending" for row in rows}


@dataclass(frozen=True)
class Tally:
    """How many of a node's entries are in each state; ``oldest_pending`` is an instant's text."""

    pending: int
    accepted: int
    quarantined: int
    rejected: int
    oldest_pending: str | None


def tally(connection: Connection, own: Own) -> Tally:
    """Return the node's counts: pending + accepted + quarantined + rejected are all its entries."""
    rows: Sequence[Any] = connection.execute(
        "SELECT coalesce(s.state, 'pending'), count(*), min(e.written_at) FROM entry_row e"
        " LEFT JOIN entry_state s ON s.node = e.node AND s.epoch = e.epoch"
        " AND s.seq = e.seq AND s.digest = e.digest"
        " WHERE e.node IN (SELECT value FROM json_each(?)) GROUP BY 1",
        (makers(own),),
    ).fetchall()
    counts = {row[0]: row[1] for row in rows}
    oldest = {row[0]: row[2] for row in rows}.get("pending")
    return Tally(
        counts.get("pending", 0),
        counts.get("accepted", 0),
        counts.get("quarantined", 0),
        counts.get("rejected", 0),
        oldest,
    )


def digests_held(connection: Connection, node: str, epoch: str, seq: int) -> list[str]:
    """Return the digests of the entries held under one number; two or more are a fork."""
    rows = connection.execute(
        "SELECT digest FROM entry_row WHERE node = ? AND epoch = ? AND seq = ?",
        (node, epoch, seq),
    ).fetchall()
    return [row[0] for row in rows]


def highest_seq(connection: Connection, node: str, epoch: str) -> int:
    """Return the highest number held of one epoch of a node; 0 if none is."""
    row = connection.execute(
        "SELECT max(seq) FROM entry_row WHERE node = ? AND epoch = ?", (node, epoch)
    ).fetchone()
    return int(row[0] or 0) if row else 0
