"""Stores on real files for tests, and the naive view of revision trees they are compared with."""

import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sync.store.connection import Connection, Database
from sync.store.document_store import DocumentStore
from sync.store.revision_tree import Revision
from sync.store.values import RevisionPath


def open_store(file: Path, **options: Any) -> DocumentStore:
    """Open or create a store as a program does at its start, with an epoch of its own."""
    options.setdefault("epoch", secrets.token_hex(6))
    return DocumentStore(Database(file), uuid=secrets.token_hex(16), **options)


class Oracle:
    """A tree as the union of paths, kept without any cleverness."""

    def __init__(self) -> None:
        self.parents: dict[Revision, set[Revision]] = {}
        self.bodies: dict[Revision, tuple[bool, Mapping[str, Any]]] = {}

    def add(self, path: RevisionPath) -> None:
        nodes = [_revision(text) for text in path.revisions]
        self.bodies[nodes[0]] = (path.deleted, path.value)
        for place, node in enumerate(nodes):
            self.parents.setdefault(node, set())
            if place + 1 < len(nodes):
                self.parents[node].add(nodes[place + 1])

    def leaves(self) -> set[Revision]:
        inner = {parent for parents in self.parents.values() for parent in parents}
        return set(self.parents) - inner

    def winner(self) -> Revision:
        """CouchDB's rule, told step by step."""
        leaves = self.leaves()
        living = {leaf for leaf in leaves if not self.bodies[leaf][0]} or leaves
        newest = max(leaf.generation for leaf in living)
        rivals = [leaf.digest.encode() for leaf in living if leaf.generation == newest]
        return Revision(newest, max(rivals).decode())

    def rows(self) -> list[tuple[Any, ...]]:
        """All revisions: generation, digest, parent's digest, whether a leaf, body."""
        leaves = self.leaves()
        rows = []
        for node, parents in self.parents.items():
            parent = next(iter(parents)).digest if parents else None
            deleted, body = self.bodies.get(node, (False, None))
            rows.append((*node, parent, node in leaves, deleted, body))
        return sorted(rows, key=repr)


def stored_rows(store: DocumentStore, doc_id: str) -> list[tuple[Any, ...]]:
    """The same of a stored document."""
    rows = store.database.read().execute(
        "SELECT r.generation, r.digest, p.digest, r.leaf, r.deleted FROM revision r"
        " JOIN document d ON d.document = r.document"
        " LEFT JOIN revision p ON p.revision = r.parent WHERE d.id = ?",
        (doc_id,),
    )
    found = []
    for generation, digest, parent, leaf, deleted in rows.fetchall():
        body = store.get(doc_id, f"{generation}-{digest}")
        value = None if body is None else body.value
        found.append((generation, digest, parent, bool(leaf), bool(deleted), value))
    return sorted(found, key=repr)


def assert_figures_are_true(store: DocumentStore, *, purged: bool = False) -> None:
    """What documents' rows and the tally remember is what counting finds.

    ``purged``: whole documents were taken out, and the last sequences may have been theirs.
    """
    read = store.database.read()
    wrong = read.execute(
        """
        SELECT d.id FROM document d WHERE d.leaves != (
            SELECT count(*) FROM revision WHERE document = d.document AND leaf = 1
        ) OR d.live_leaves != (
            SELECT count(*) FROM revision WHERE document = d.document AND leaf = 1 AND deleted = 0
        ) OR d.open_roots != (
            SELECT count(*) FROM revision
            WHERE document = d.document AND parent IS NULL AND generation > 1
        ) OR d.winner != (
            SELECT revision FROM revision WHERE document = d.document AND leaf = 1
            ORDER BY deleted, generation DESC, digest DESC LIMIT 1
        )
        """
    ).fetchall()
    assert wrong == []
    counted = read.execute(
        "SELECT max(seq), count(*) FILTER (WHERE live_leaves > 0),"
        " count(*) FILTER (WHERE live_leaves = 0) FROM document"
    ).fetchall()[0]
    kept = read.execute("SELECT seq, documents, deleted_documents FROM tally").fetchall()[0]
    assert kept[1:] == counted[1:]
    last = counted[0] or 0
    assert kept[0] == last or (purged and kept[0] > last)
    assert read.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def statements(connection: Connection) -> list[str]:
    """Collect from now on what a connection runs."""
    seen: list[str] = []
    connection.set_trace_callback(seen.append)
    return seen


def names(revisions: Iterable[Revision]) -> tuple[str, ...]:
    """Revisions as texts."""
    return tuple(str(revision) for revision in revisions)


def _revision(text: str) -> Revision:
    number, _, digest = text.partition("-")
    return Revision(int(number), digest)
