"""Taking revisions and whole documents out of a store: not deleted, but no longer here.

A tombstone says to everybody that a document is gone. What is done here says nothing to anybody: a
leaf that central refused leaves this file, documents that left a node's scope leave its disk, and
every other store keeps what it has. So no revision is written, nothing appears in the changes
feed, and the same revision may be inserted again as if it had never been here.

A removal takes a sequence of its own all the same (for purged documents a gap in the feed), so that
read tables that were not told of it are rebuilt at the next start.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sync.store import bodies, reading, revision_tree, tally
from sync.store.connection import Connection
from sync.store.insertion import Changed
from sync.store.revision_tree import Revision
from sync.store.tally import Tally
from sync.store.values import RevisionPath

_ALL_ROWS_OF_A_DOCUMENT = (
    "DELETE FROM body WHERE revision IN (SELECT revision FROM revision WHERE document = ?)",
    "DELETE FROM revision WHERE document = ?",
    "DELETE FROM document_scope WHERE document = ?",
    "DELETE FROM document WHERE document = ?",
)


@dataclass(frozen=True)
class Removal:
    """What was done: the leaf with its history as it was, and what the projector is to be told.

    ``changed`` is None when the document has no leaf left and its rows are gone.
    """

    path: RevisionPath
    seq: int
    changed: Changed | None


@dataclass(frozen=True)
class _Row:
    """A revision on the way down from the leaf: its row, and how many children it has."""

    row: int
    name: Revision
    has_parent: bool
    deleted: bool


def remove_leaf(
    connection: Connection,
    doc_id: str,
    rev: str,
    keep: str | None,
    kept_value: Mapping[str, Any] | None,
) -> Removal | None:
    """Take a leaf and the ancestors that only it has out of the tree; None if it is no leaf here.

    See ``Transaction.remove_leaf``.
    """
    found = reading.fetch(connection, [(doc_id, rev)])[0]
    document = reading.document_row(connection, doc_id)
    if found is None or document is None or not _is_leaf(connection, document, rev):
        return None
    if keep is not None and keep not in found.revisions[1:]:
        raise ValueError("what is to be kept is no ancestor of the leaf")
    gone, stays = _own_part(connection, document, found, keep)
    _delete_revisions(connection, gone)
    if stays is not None:
        _make_leaf(connection, stays, kept_value)
    open_roots = sum(1 for one in gone if not one.has_parent and one.name.generation > 1)
    changed, seq = _refigured(connection, document, doc_id, open_roots)
    return Removal(found, seq, changed)


def purge(connection: Connection, doc_ids: Iterable[str]) -> tuple[list[str], int]:
    """Take whole documents out; return the ids that were here, and the sequence it took."""
    known: dict[str, int] = {}
    for doc_id in doc_ids:
        document = reading.document_row(connection, doc_id)
        if document is not None:
            known[doc_id] = document
    figures = tally.read(connection)
    if not known:
        return [], figures.seq
    living = sum(_lives(connection, document) for document in known.values())
    for statement in _ALL_ROWS_OF_A_DOCUMENT:
        connection.executemany(statement, [(document,) for document in known.values()])
    seq = figures.seq + 1
    deleted = figures.deleted_documents - (len(known) - living)
    tally.write(connection, Tally(seq, figures.documents - living, deleted))
    return list(known), seq


def _is_leaf(connection: Connection, document: int, rev: str) -> bool:
    row = connection.execute(
        "SELECT leaf FROM revision WHERE document = ? AND generation = ? AND digest = ?",
        (document, *revision_tree.parse(rev)),
    ).fetchone()
    return row is not None and bool(row[0])


def _own_part(
    connection: Connection, document: int, path: RevisionPath, keep: str | None
) -> tuple[list[_Row], _Row | None]:
    """Return the revisions to delete, and the one that has no child any more but is to stay."""
    gone: list[_Row] = []
    for name in path.revisions:
        one = _row(connection, document, revision_tree.parse(name))
        if gone and _children(connection, document, one.row) > 1:
            return gone, None
        if name == keep:
            return gone, one
        gone.append(one)
    return gone, None


def _row(connection: Connection, document: int, name: Revision) -> _Row:
    rows = connection.execute(
        "SELECT revision, parent, deleted FROM revision"
        " WHERE document = ? AND generation = ? AND digest = ?",
        (document, *name),
    ).fetchall()
    row, parent, deleted = rows[0]
    return _Row(row, name, parent is not None, bool(deleted))


def _children(connection: Connection, document: int, row: int) -> int:
    rows = connection.execute(
        "SELECT count(*) FROM revision WHERE document = ? AND parent = ?", (document, row)
    ).fetchall()
    return int(rows[0][0])


def _delete_revisions(connection: Connection, gone: list[_Row]) -> None:
    rows = [(one.row,) for one in gone]
    connection.executemany("DELETE FROM body WHERE revision = ?", rows)
    connection.executemany("DELETE FROM revision WHERE revision = ?", rows)


def _make_leaf(connection: Connection, one: _Row, value: Mapping[str, Any] | None) -> None:
    body = connection.execute("SELECT 1 FROM body WHERE revision = ?", (one.row,)).fetchone()
    if body is None:
        if value is None:
            raise ValueError("the revision to be kept has no body here, so its value is needed")
        connection.execute("INSERT INTO body VALUES (?, ?)", (one.row, bodies.encode_object(value)))
    connection.execute("UPDATE revision SET leaf = 1 WHERE revision = ?", (one.row,))


def _lives(connection: Connection, document: int) -> bool:
    rows = connection.execute(
        "SELECT live_leaves FROM document WHERE document = ?", (document,)
    ).fetchall()
    return bool(rows[0][0])


def _refigured(
    connection: Connection, document: int, doc_id: str, fewer_open_roots: int
) -> tuple[Changed | None, int]:
    """Bring the document's row and the tally to what its revisions are now."""
    lived = _lives(connection, document)
    leaves = reading.leaf_revisions(connection, document)
    living = sum(not leaf.deleted for leaf in leaves)
    figures = tally.read(connection)
    seq = figures.seq + 1
    documents = figures.documents + (living > 0) - lived
    deleted = figures.deleted_documents + (bool(leaves) and not living) - (not lived)
    tally.write(connection, Tally(seq, documents, deleted))
    if not leaves:
        for statement in _ALL_ROWS_OF_A_DOCUMENT:
            connection.execute(statement, (document,))
        return None, seq
    connection.execute(
        "UPDATE document SET seq = ?, winner = ?, leaves = ?, live_leaves = ?,"
        " open_roots = open_roots - ? WHERE document = ?",
        (
            seq,
            reading.best_leaf(connection, document),
            len(leaves),
            living,
            fewer_open_roots,
            document,
        ),
    )
    return Changed(document, doc_id, seq, fresh=False, leaves=None), seq
