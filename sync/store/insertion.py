"""Insertion of revision paths: many documents read with point lookups, written with few statements.

A batch reads no more of a document than its own row, its winner and the revisions that a path
names, plans with ``revision_tree.plan_insertion``, keeps what is to change in memory and writes it
all at the end. The cost of a path depends on what it adds, not on how many leaves or revisions are
there. Nearly every path is the first revision of a new document, or the next one of its only leaf;
for those there is nothing to look up and nothing to plan (``_is_plain``).
"""

from collections.abc import Collection, Iterable, Sequence

import msgspec

from sync.store import bodies, reading, revision_tree, tally
from sync.store.connection import Connection, Parameters, Row
from sync.store.revision_tree import Insertion, Known, Revision
from sync.store.values import Leaf, RevisionPath

# A statement is prepared once for each size; a batch is read in as many of the largest as fit.
_READ_SIZES = (100, 10, 1)
_DOCUMENTS = {
    size: (
        "SELECT d.document, d.id, d.seq, d.winner, d.leaves, d.live_leaves, d.open_roots,"  # noqa: S608 - marks
        " w.generation, w.digest, w.parent, w.deleted"
        " FROM document d JOIN revision w ON w.revision = d.winner"
        f" WHERE d.id IN ({','.join('?' * size)})"
    )
    for size in _READ_SIZES
}


class Changed(msgspec.Struct, frozen=True):
    """A document whose leaves have changed.

    ``leaves`` are all of them, deleted ones too, the winner first; None: they are to be read.
    ``fresh``: the document was not there before.
    """

    document: int
    id: str
    seq: int
    fresh: bool
    leaves: tuple[Leaf, ...] | None


class _Node(msgspec.Struct):
    """A revision as it will be; ``stored`` if the file has a row of it already."""

    row: int
    parent: int | None = None
    leaf: bool = False
    deleted: bool = False
    stored: bool = False


class _Tree(msgspec.Struct):
    """What is known of a document during a batch.

    ``only`` is the name of its only leaf, None if it has several, or if nobody looked: all other
    revisions are ancestors of that leaf. ``top``: the file has no higher generation; None: unknown.
    """

    document: int
    id: str
    fresh: bool
    seq: int = 0
    winner: int = 0
    leaves: int = 0
    live_leaves: int = 0
    open_roots: int = 0
    lived_before: bool = False
    changed: bool = False  # its leaves; this moves the sequence
    written: bool = False  # anything of it
    only: Revision | None = None
    top: int | None = None
    newest: tuple[_Node, Leaf] | None = None
    nodes: dict[Revision, _Node] = {}  # a new one for each


class Batch:
    """Paths to insert in one write transaction: ``add`` each, then ``finish`` once."""

    def __init__(
        self,
        connection: Connection,
        doc_ids: Iterable[str],
        *,
        revs_limit: int,
        keep_old_bodies: bool,
        plain: Collection[str] = (),
    ) -> None:
        """Begin; the connection must hold a write transaction.

        ``doc_ids`` are the documents whose paths are to come, which get their sequences in this
        order. What is to come of those in ``plain`` holds no float.
        """
        self._connection = connection
        self._revs_limit = revs_limit
        self._keep_old_bodies = keep_old_bodies
        self._plain = plain
        self._trees: dict[str, _Tree] = {}
        self._next_document = self._first_free("document")
        self._next_revision = self._first_free("revision")
        self._demoted: list[_Node] = []
        self._attached: list[_Node] = []
        self._bodies: dict[int, str] = {}
        self._newly_deleted: list[_Node] = []
        self._too_long: dict[str, _Tree] = {}
        self._read_documents(list(dict.fromkeys(doc_ids)))

    def add(self, given: RevisionPath) -> bool:
        """Plan one path of an expected document; return whether its newest revision is new.

        Raises:
            errors.ProtocolViolation: it is no path of revisions.
        """
        path = revision_tree.parse_path(given.revisions)
        tree = self._trees[given.id]
        if _is_plain(tree, path):
            self._add_plain(tree, path[0], given)
            return True
        plan = self._plan(tree, path)
        self._add_nodes(tree, plan)
        self._demote_parents(tree, plan)
        tree.open_roots += plan.open_roots
        tree.written = tree.written or bool(plan.added or plan.attached)
        if plan.leaf:
            self._add_leaf(tree, path[0], given)
        elif self._keep_old_bodies and not tree.nodes[path[0]].leaf:
            self._add_late_body(tree.nodes[path[0]], given)
        return plan.leaf

    def adds_to(self, doc_id: str) -> bool:
        """Tell whether the planned paths add anything to the tree of an expected document."""
        return self._trees[doc_id].written

    def finish(self) -> list[Changed]:
        """Write everything; return the documents whose leaves changed, in their new order."""
        self._write_revisions()
        self._write_bodies()
        for tree in self._too_long.values():
            self._stem(tree)
        figures = tally.read(self._connection)
        seq, living, deleted = figures.seq, figures.documents, figures.deleted_documents
        changed = [tree for tree in self._trees.values() if tree.changed]
        for tree in changed:
            seq += 1
            tree.seq = seq
            tree.winner = self._winner(tree)
            living += (tree.live_leaves > 0) - tree.lived_before
            was_deleted = not tree.fresh and not tree.lived_before
            deleted += (tree.live_leaves == 0) - was_deleted
        if changed:
            tally.write(self._connection, tally.Tally(seq, living, deleted))
        self._write_documents()
        return [_changed(tree) for tree in changed]

    # ------------------------------------------------------------------------------ reading

    def _first_free(self, table: str) -> int:
        rows = self._connection.execute(f"SELECT max({table}) FROM {table}").fetchall()  # noqa: S608
        return (rows[0][0] or 0) + 1

    def _read_documents(self, doc_ids: Sequence[str]) -> None:
        start = 0
        while start < len(doc_ids):
            size = next(size for size in _READ_SIZES if size <= len(doc_ids) - start)
            some = doc_ids[start : start + size]
            rows = self._connection.execute(_DOCUMENTS[size], some).fetchall()
            known = {row[1]: row for row in rows}
            for doc_id in some:
                self._trees[doc_id] = self._tree(doc_id, known.get(doc_id))
            start += size

    def _tree(self, doc_id: str, row: Row | None) -> _Tree:
        if row is None:
            self._next_document += 1
            return _Tree(self._next_document - 1, doc_id, fresh=True)
        document, _, seq, winner, leaves, live_leaves, open_roots, *of_winner = row
        generation, digest, parent, deleted = of_winner
        tree = _Tree(document, doc_id, False, seq, winner, leaves, live_leaves, open_roots)
        tree.lived_before = live_leaves > 0
        best = Revision(generation, digest)
        tree.nodes[best] = _Node(winner, parent, True, bool(deleted), stored=True)
        if leaves == 1:
            tree.only, tree.top = best, generation
        return tree

    def _known(self, tree: _Tree, revision: Revision) -> Known | None:
        node = tree.nodes.get(revision)
        if node is None and not tree.fresh:
            node = self._stored_node(tree, revision)
        return None if node is None else Known(node.parent is not None)

    def _stored_node(self, tree: _Tree, revision: Revision) -> _Node | None:
        if tree.top is not None and revision.generation > tree.top:
            return None
        row = self._connection.execute(
            "SELECT revision, parent, leaf, deleted FROM revision"
            " WHERE document = ? AND generation = ? AND digest = ?",
            (tree.document, *revision),
        ).fetchone()
        if row is None:
            return None
        node = _Node(row[0], row[1], bool(row[2]), bool(row[3]), stored=True)
        tree.nodes[revision] = node
        return node

    def _open_roots(self, tree: _Tree) -> set[Revision]:
        rows = self._connection.execute(
            "SELECT generation, digest FROM revision"
            " WHERE document = ? AND parent IS NULL AND generation > 1",
            (tree.document,),
        )
        roots = {Revision(*row) for row in rows}
        # A root of this batch, or one that this batch has attached, is not yet in the file so.
        roots.update(
            revision
            for revision, node in tree.nodes.items()
            if node.parent is None and revision.generation > 1
        )
        return {root for root in roots if root not in tree.nodes or tree.nodes[root].parent is None}

    def _winner(self, tree: _Tree) -> int:
        if tree.leaves == 1 and tree.newest is not None and tree.newest[0].leaf:
            return tree.newest[0].row
        return reading.best_leaf(self._connection, tree.document)

    # ----------------------------------------------------------------------------- planning

    def _plan(self, tree: _Tree, path: Sequence[Revision]) -> Insertion:
        if tree.fresh and not tree.nodes:
            return revision_tree.plan_first(path)
        roots = self._open_roots(tree) if tree.open_roots else ()
        return revision_tree.plan_insertion(
            lambda revision: self._known(tree, revision), path, roots
        )

    def _add_plain(self, tree: _Tree, revision: Revision, given: RevisionPath) -> None:
        """Add the first revision of a document, or the next one of its only leaf."""
        node = tree.nodes[revision] = _Node(self._next_revision)
        self._next_revision += 1
        if tree.only is not None:
            parent = tree.nodes[tree.only]
            node.parent = parent.row
            self._demote(tree, parent)
        tree.written = True
        self._add_leaf(tree, revision, given)

    def _add_nodes(self, tree: _Tree, plan: Insertion) -> None:
        for revision in plan.added:
            tree.nodes[revision] = _Node(self._next_revision)
            self._next_revision += 1
        for revision, parent in (*plan.added.items(), *plan.attached.items()):
            if parent is not None:
                tree.nodes[revision].parent = tree.nodes[parent].row
        self._attached.extend(tree.nodes[revision] for revision in plan.attached)

    def _demote_parents(self, tree: _Tree, plan: Insertion) -> None:
        for parent in plan.parents:
            node = tree.nodes[parent]
            if node.leaf:
                self._demote(tree, node)

    def _demote(self, tree: _Tree, node: _Node) -> None:
        node.leaf = False
        tree.leaves -= 1
        tree.live_leaves -= not node.deleted
        tree.changed = True
        tree.only = None
        self._demoted.append(node)

    def _add_leaf(self, tree: _Tree, revision: Revision, given: RevisionPath) -> None:
        node = tree.nodes[revision]
        node.leaf, node.deleted = True, given.deleted
        tree.leaves += 1
        tree.live_leaves += not given.deleted
        tree.changed = True
        tree.only = revision if tree.leaves == 1 else None
        value = given.value
        is_plain = given.id in self._plain or bodies.is_plain(value)
        tree.newest = (node, Leaf(given.id, given.revisions[0], given.deleted, value, is_plain))
        encode = bodies.encode_plain if is_plain else bodies.encode_object
        self._bodies[node.row] = encode(value)
        if revision.generation > self._revs_limit:
            self._too_long[tree.id] = tree

    def _add_late_body(self, node: _Node, given: RevisionPath) -> None:
        """Keep the body of a revision that was known by name only, as somebody's ancestor."""
        has_body = (
            node.stored
            and self._connection.execute(
                "SELECT 1 FROM body WHERE revision = ?", (node.row,)
            ).fetchone()
        )
        if has_body or node.row in self._bodies:
            return
        self._bodies[node.row] = bodies.encode_object(given.value)
        if given.deleted:
            node.deleted = True
            self._newly_deleted.append(node)

    # ------------------------------------------------------------------------------ writing

    def _write_revisions(self) -> None:
        added = [
            (node.row, tree.document, *revision, node.parent, node.leaf, node.deleted)
            for tree in self._trees.values()
            for revision, node in tree.nodes.items()
            if not node.stored
        ]
        self._run("INSERT INTO revision VALUES (?, ?, ?, ?, ?, ?, ?)", added)
        self._run(
            "UPDATE revision SET leaf = 0 WHERE revision = ?",
            [(node.row,) for node in self._demoted if node.stored],
        )
        self._run(
            "UPDATE revision SET parent = ? WHERE revision = ?",
            [(node.parent, node.row) for node in self._attached if node.stored],
        )
        self._run(
            "UPDATE revision SET deleted = 1 WHERE revision = ?",
            [(node.row,) for node in self._newly_deleted if node.stored],
        )

    def _write_bodies(self) -> None:
        self._run("INSERT INTO body VALUES (?, ?)", list(self._bodies.items()))
        if not self._keep_old_bodies:
            self._run(
                "DELETE FROM body WHERE revision = ?", [(node.row,) for node in self._demoted]
            )

    def _write_documents(self) -> None:
        fresh, known = [], []
        for tree in self._trees.values():
            if not tree.written:
                continue
            figures = (tree.seq, tree.winner, tree.leaves, tree.live_leaves, tree.open_roots)
            if tree.fresh:
                fresh.append((tree.document, tree.id, *figures))
            else:
                known.append((*figures, tree.document))
        self._run("INSERT INTO document VALUES (?, ?, ?, ?, ?, ?, ?)", fresh)
        self._run(
            "UPDATE document SET seq = ?, winner = ?, leaves = ?, live_leaves = ?, open_roots = ?"
            " WHERE document = ?",
            known,
        )

    def _stem(self, tree: _Tree) -> None:
        """Forget the ancestors beyond the limit; see ``revision_tree.beyond_limit``."""
        parents, leaves = reading.tree(self._connection, tree.document)
        cut = revision_tree.beyond_limit(parents, leaves, self._revs_limit)
        if not cut:
            return
        named = [(tree.document, *revision) for revision in cut]
        where = "WHERE document = ? AND generation = ? AND digest = ?"
        self._run(
            f"DELETE FROM body WHERE revision = (SELECT revision FROM revision {where})",  # noqa: S608
            named,
        )
        self._run(f"DELETE FROM revision {where}", named)  # noqa: S608
        orphans = [
            (tree.document, *node)
            for node, parent in parents.items()
            if parent in cut and node not in cut
        ]
        self._run(f"UPDATE revision SET parent = NULL {where}", orphans)  # noqa: S608
        kept = {node: parent for node, parent in parents.items() if node not in cut}
        tree.open_roots = sum(
            1
            for node, parent in kept.items()
            if node.generation > 1 and (parent is None or parent in cut)
        )

    def _run(self, statement: str, rows: Sequence[Parameters]) -> None:
        if rows:
            self._connection.executemany(statement, rows)


def _is_plain(tree: _Tree, path: Sequence[Revision]) -> bool:
    """Tell whether a path adds its newest revision and nothing else, without looking anything up.

    It begins a document, or goes on from the only leaf. Whatever else is known are ancestors of
    that leaf, so a higher generation is not among them.
    """
    if tree.fresh and not tree.nodes:
        return len(path) == 1 and path[0].generation == 1
    return not tree.open_roots and len(path) > 1 and path[1] == tree.only


def _changed(tree: _Tree) -> Changed:
    leaves = None
    if tree.leaves == 1 and tree.newest is not None and tree.newest[0].leaf:
        leaves = (tree.newest[1],)
    return Changed(tree.document, tree.id, tree.seq, tree.fresh, leaves)
