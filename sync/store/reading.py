"""Reading documents on a connection: winners, leaves, paths, what another store lacks.

Functions that run more than one statement want a connection on which nothing changes in between: a
snapshot, or the one that writes.
"""

from collections.abc import Collection, Mapping, Sequence

from sync.store import bodies, revision_tree
from sync.store.connection import Connection
from sync.store.revision_tree import Revision
from sync.store.values import (
    Leaf,
    LeafRevision,
    MissingRevisions,
    RevisionInfo,
    RevisionPath,
    RevisionState,
)

_WINNER = """
    SELECT r.generation, r.digest, r.deleted, b.json
    FROM document d
    JOIN revision r ON r.revision = d.winner
    JOIN body b ON b.revision = r.revision
    WHERE d.id = ?
"""
# A statement is prepared once for its size; what does not fill it is read one by one.
_READ_AT_ONCE = 50
_WINNERS = f"""
    SELECT d.id, r.revision, r.parent, r.generation, r.digest, r.deleted, b.json
    FROM document d
    JOIN revision r ON r.revision = d.winner
    JOIN body b ON b.revision = r.revision
    WHERE d.id IN ({",".join("?" * _READ_AT_ONCE)})
"""  # noqa: S608 - marks only
_KNOWN = (
    "SELECT d.id FROM json_each(?) asked CROSS JOIN document d ON d.id = asked.value"
    " WHERE d.live_leaves >= ?"
)
_SOLE = """
    SELECT d.id, r.generation, r.digest, r.deleted, b.json
    FROM json_each(?) asked CROSS JOIN document d ON d.id = asked.value
    JOIN revision r ON r.revision = d.winner
    JOIN body b ON b.revision = r.revision
    WHERE d.leaves = 1
"""
_NAMED = """
    SELECT r.revision, r.parent, r.leaf, r.deleted, b.json
    FROM document d
    JOIN revision r ON r.document = d.document AND r.generation = ? AND r.digest = ?
    LEFT JOIN body b ON b.revision = r.revision
    WHERE d.id = ?
"""
_LEAVES = """
    SELECT r.generation, r.digest, r.deleted, b.json
    FROM document d
    JOIN revision r ON r.document = d.document AND r.leaf = 1
    JOIN body b ON b.revision = r.revision
    WHERE d.id = ?
    ORDER BY r.deleted, r.generation DESC, r.digest DESC
"""
_BEST_LEAF = """
    SELECT revision FROM revision
    WHERE document = ? AND leaf = 1
    ORDER BY deleted, generation DESC, digest DESC
    LIMIT 1
"""
_LEAF_REVISIONS = """
    SELECT r.generation, r.digest, r.deleted
    FROM revision r
    WHERE r.document = ? AND r.leaf = 1
    ORDER BY r.deleted, r.generation DESC, r.digest DESC
"""
_CHAIN = """
    WITH RECURSIVE chain (revision, generation, digest, deleted, parent) AS (
        SELECT revision, generation, digest, deleted, parent FROM revision WHERE revision = ?
        UNION ALL
        SELECT r.revision, r.generation, r.digest, r.deleted, r.parent
        FROM chain c JOIN revision r ON r.revision = c.parent
    )
    SELECT c.generation, c.digest, c.deleted, b.revision IS NOT NULL
    FROM chain c LEFT JOIN body b ON b.revision = c.revision
    ORDER BY c.generation DESC
"""

_Named = tuple[int, Leaf, bool]  # row, revision with body, whether its parent is known


def name_of(generation: int, digest: str) -> str:
    """Return the text of a revision from its columns."""
    return f"{generation}-{digest}"


def document_row(connection: Connection, doc_id: str) -> int | None:
    """Return the row number of a document, or None if it is unknown."""
    row = connection.execute("SELECT document FROM document WHERE id = ?", (doc_id,)).fetchone()
    return None if row is None else int(row[0])


def known_ids(connection: Connection, doc_ids: Collection[str], least: int) -> set[str]:
    """Return those of the documents that are here with at least so many living leaves."""
    rows = connection.execute(_KNOWN, (bodies.encode(list(doc_ids)), least))
    return {row[0] for row in rows.fetchall()}


def sole_leaves(connection: Connection, doc_ids: Collection[str]) -> dict[str, Leaf]:
    """Return the leaves of those documents that have just one, deleted or not."""
    rows = connection.execute(_SOLE, (bodies.encode(list(doc_ids)),)).fetchall()
    return {row[0]: _leaf(row[0], row[1:]) for row in rows}


def get(connection: Connection, doc_id: str, rev: str | None) -> Leaf | None:
    """Return the winner (also if deleted) or the named revision; None if not here."""
    if rev is not None:
        found = _named(connection, doc_id, rev)
        return None if found is None else found[1]
    row = connection.execute(_WINNER, (doc_id,)).fetchone()
    return None if row is None else _leaf(doc_id, row)


def leaves(connection: Connection, doc_id: str) -> tuple[Leaf, ...]:
    """Return all leaves with bodies, the winner first."""
    return tuple(_leaf(doc_id, row) for row in connection.execute(_LEAVES, (doc_id,)))


def best_leaf(connection: Connection, document: int) -> int:
    """Return the row of a document's winner; it must have a leaf."""
    rows = connection.execute(_BEST_LEAF, (document,)).fetchall()
    return int(rows[0][0])


def leaf_revisions(connection: Connection, document: int) -> tuple[LeafRevision, ...]:
    """Return all leaves of a document's row without bodies, the winner first."""
    rows = connection.execute(_LEAF_REVISIONS, (document,))
    return tuple(LeafRevision(name_of(row[0], row[1]), bool(row[2])) for row in rows)


def with_live_leaves(connection: Connection, least: int) -> tuple[str, ...]:
    """Return the ids of the documents with at least so many living leaves, in order."""
    rows = connection.execute(
        "SELECT id FROM document WHERE live_leaves >= ? ORDER BY id", (least,)
    ).fetchall()
    return tuple(str(row[0]) for row in rows)


def path(connection: Connection, doc_id: str, rev: str) -> tuple[str, ...]:
    """Return the revision and its known ancestors, newest first; () if it is unknown."""
    return tuple(info.rev for info in revisions_info(connection, doc_id, rev))


def revisions_info(connection: Connection, doc_id: str, rev: str) -> tuple[RevisionInfo, ...]:
    """Return the revision and its known ancestors with what can be read of each."""
    revision = revision_tree.parse(rev)
    row = connection.execute(_NAMED, (*revision, doc_id)).fetchone()
    if row is None:
        return ()
    return tuple(
        RevisionInfo(name_of(generation, digest), _state(deleted, has_body))
        for generation, digest, deleted, has_body in connection.execute(_CHAIN, (row[0],))
    )


def latest(connection: Connection, doc_id: str, rev: str) -> tuple[Leaf, ...]:
    """Return the leaves that ``rev`` is or leads to, best first; () if it is unknown."""
    revision = revision_tree.parse(rev)
    row = connection.execute(_NAMED, (*revision, doc_id)).fetchone()
    if row is None:
        return ()
    _, _, is_leaf, deleted, text = row
    if is_leaf:
        return (Leaf(doc_id, rev, bool(deleted), bodies.decode_object(text)),)
    document = document_row(connection, doc_id)
    parents, ends = tree(connection, document or 0)
    below = {str(leaf) for leaf in revision_tree.leaves_below(parents, ends, revision)}
    return tuple(leaf for leaf in leaves(connection, doc_id) if leaf.rev in below)


def tree(
    connection: Connection, document: int
) -> tuple[dict[Revision, Revision | None], set[Revision]]:
    """Return a document's whole tree: each revision with its parent; and its leaves."""
    rows = connection.execute(
        "SELECT revision, generation, digest, parent, leaf FROM revision WHERE document = ?",
        (document,),
    ).fetchall()
    named = {row[0]: Revision(row[1], row[2]) for row in rows}
    parents = {named[row[0]]: None if row[3] is None else named[row[3]] for row in rows}
    return parents, {named[row[0]] for row in rows if row[4]}


def fetch(connection: Connection, wanted: Sequence[tuple[str, str]]) -> list[RevisionPath | None]:
    """Return the wanted (id, revision) with body and full path, in order; None if not here."""
    winners = _winners(connection, wanted)
    found: list[RevisionPath | None] = []
    for doc_id, rev in wanted:
        named = winners.get((doc_id, rev)) or _named(connection, doc_id, rev)
        if named is None:
            found.append(None)
            continue
        row, leaf, has_parent = named
        revisions = _chain(connection, row) if has_parent else (rev,)
        found.append(RevisionPath(doc_id, revisions, leaf.deleted, leaf.value))
    return found


def revs_diff(
    connection: Connection, offered: Mapping[str, Sequence[str]]
) -> dict[str, MissingRevisions]:
    """Return, for each document some of whose offered revisions are unknown, which ones."""
    answer: dict[str, MissingRevisions] = {}
    for doc_id, revs in offered.items():
        document = document_row(connection, doc_id)
        missing = [rev for rev in revs if not _is_known(connection, document, rev)]
        if missing:
            ancestors = _possible_ancestors(connection, document, missing)
            answer[doc_id] = MissingRevisions(tuple(missing), ancestors)
    return answer


def _is_known(connection: Connection, document: int | None, rev: str) -> bool:
    revision = revision_tree.parse(rev)
    if document is None:
        return False
    row = connection.execute(
        "SELECT 1 FROM revision WHERE document = ? AND generation = ? AND digest = ?",
        (document, *revision),
    ).fetchone()
    return row is not None


def _possible_ancestors(
    connection: Connection, document: int | None, missing: Sequence[str]
) -> tuple[str, ...]:
    """Return the leaves of a smaller generation than some missing revision."""
    if document is None:
        return ()
    newest = max(revision_tree.parse(rev).generation for rev in missing)
    return tuple(
        leaf.rev
        for leaf in leaf_revisions(connection, document)
        if revision_tree.parse(leaf.rev).generation < newest
    )


def _named(connection: Connection, doc_id: str, rev: str) -> _Named | None:
    """Return (row, revision with body, whether its parent is known) of a readable revision."""
    row = connection.execute(_NAMED, (*revision_tree.parse(rev), doc_id)).fetchone()
    if row is None or row[4] is None:
        return None
    leaf = Leaf(doc_id, rev, bool(row[3]), bodies.decode_object(row[4]))
    return row[0], leaf, row[1] is not None


def _winners(
    connection: Connection, wanted: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], _Named]:
    """Return ``_named`` of those wanted revisions that are the winners of their documents.

    Most are, and many are read with one statement; the others are left to ``_named``.
    """
    found: dict[tuple[str, str], _Named] = {}
    for start in range(0, len(wanted) - len(wanted) % _READ_AT_ONCE, _READ_AT_ONCE):
        some = wanted[start : start + _READ_AT_ONCE]
        asked = dict(some)
        rows = connection.execute(_WINNERS, [doc_id for doc_id, _ in some]).fetchall()
        for doc_id, row, parent, generation, digest, deleted, text in rows:
            rev = name_of(generation, digest)
            # Two leaves of one document may be wanted; then only one of them is looked at here.
            if asked[doc_id] == rev:
                leaf = Leaf(doc_id, rev, bool(deleted), bodies.decode_object(text))
                found[doc_id, rev] = (row, leaf, parent is not None)
    return found


def _chain(connection: Connection, row: int) -> tuple[str, ...]:
    rows = connection.execute(_CHAIN, (row,))
    return tuple(name_of(generation, digest) for generation, digest, _, _ in rows)


def _leaf(doc_id: str, row: Sequence[object]) -> Leaf:
    generation, digest, deleted, text = row
    return Leaf(doc_id, f"{generation}-{digest}", bool(deleted), bodies.decode_object(str(text)))


def _state(deleted: int, has_body: int) -> RevisionState:
    if not has_body:
        return RevisionState.MISSING
    return RevisionState.DELETED if deleted else RevisionState.AVAILABLE
