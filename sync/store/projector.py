"""Read tables that follow the documents: applied in the write transaction, rebuilt at any time.

A projection is a function of the documents' present states. The projector calls it once per batch
with the documents that changed, inside the transaction that changed them, so that a reader sees
both or neither. How far each projection has come is kept beside its version: one whose version has
changed, or that has missed a write because some other program ran without it, is rebuilt at start.

A rebuild drops the projection's tables, creates them anew and fills them from the documents, all in
one transaction: readers see the old tables until the new ones are complete, and a crash in between
leaves the old ones. The index of scope keys (``scope_index``) is kept in the same way.
"""

import json
from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from sync.documents import identifiers
from sync.store import reading, scope_index, tally
from sync.store.connection import Connection
from sync.store.insertion import Changed
from sync.store.scope_index import Present, ScopeKeys
from sync.store.values import DocumentChange as DocumentChange

Progress = Callable[[int, int], None]  # documents done, documents in all

_DOCUMENTS_PER_BATCH = 500
_SCOPE_INDEX = "store.scope_index"
_SCOPE_INDEX_VERSION = 1


class Projection(Protocol):
    """A set of read tables. Its state must depend on the documents alone, not on their order."""

    @property
    def name(self) -> str:
        """Return the name under which its version is kept; it never changes."""

    @property
    def version(self) -> int:
        """Return the version of the tables' shape and rules; another one leads to a rebuild."""

    @property
    def tables(self) -> Sequence[str]:
        """Return the names of all its tables, referenced ones before referring ones."""

    @property
    def kinds(self) -> Collection[str] | None:
        """Return the kinds of documents that it is told about; None: all."""

    def create(self, connection: Connection) -> None:
        """Create the tables and their indexes; none of them exists."""

    def apply(self, connection: Connection, changes: Sequence[DocumentChange]) -> None:
        """Bring the tables to the present state of the changed documents, each given once.

        It is called only if there is at least one of its kinds, and told of no other.
        """


class Projector:
    """The projections of one store, and its index of scope keys."""

    def __init__(self, projections: Sequence[Projection], scope_keys: ScopeKeys | None) -> None:
        """Keep these; without ``scope_keys`` no scope index is kept.

        Raises:
            ValueError: two projections share a name or a table.
        """
        names = [projection.name for projection in projections] + [_SCOPE_INDEX]
        tables = [table for projection in projections for table in projection.tables]
        if len(set(names)) < len(names) or len(set(tables)) < len(tables):
            raise ValueError("projections must not share a name or a table")
        self._projections = tuple(projections)
        self._scope_keys = scope_keys

    def catch_up(self, connection: Connection) -> None:
        """Rebuild what is new, of another version, or has missed a write; at start."""
        rows = connection.execute("SELECT name, version, applied_seq FROM projection").fetchall()
        kept = {name: (version, seq) for name, version, seq in rows}
        seq = tally.read(connection).seq
        stale = [
            projection
            for projection in self._projections
            if kept.get(projection.name) != (projection.version, seq)
        ]
        scope_is_stale = kept.get(_SCOPE_INDEX) != (_SCOPE_INDEX_VERSION, seq)
        self._rebuild(connection, stale, scope_is_stale, None)

    def rebuild(self, connection: Connection, progress: Progress | None) -> None:
        """Rebuild everything; in a write transaction."""
        self._rebuild(connection, self._projections, True, progress)

    def apply(self, connection: Connection, changed: Sequence[Changed]) -> None:
        """Follow a batch that has been written; in its transaction."""
        if not changed or not (self._projections or self._scope_keys):
            return
        presents = [_present(connection, document) for document in changed]
        if self._scope_keys is not None:
            scope_index.apply(connection, self._scope_keys, presents)
        _tell(connection, self._projections, [present.change() for present in presents])
        self._note_progress(connection, changed[-1].seq)

    def forget(self, connection: Connection, doc_ids: Sequence[str], seq: int) -> None:
        """Follow a removal of whole documents, whose rows are gone; in its transaction."""
        if not doc_ids or not (self._projections or self._scope_keys):
            return
        changes = [DocumentChange(doc_id, None, ()) for doc_id in doc_ids]
        _tell(connection, self._projections, changes)
        self._note_progress(connection, seq)

    def _note_progress(self, connection: Connection, seq: int) -> None:
        names = [projection.name for projection in self._projections]
        if self._scope_keys is not None:
            names.append(_SCOPE_INDEX)
        marks = ",".join("?" * len(names))
        connection.execute(
            f"UPDATE projection SET applied_seq = ? WHERE name IN ({marks})",  # noqa: S608
            (seq, *names),
        )

    def _rebuild(
        self,
        connection: Connection,
        projections: Sequence[Projection],
        scope: bool,
        progress: Progress | None,
    ) -> None:
        scope_keys = self._scope_keys if scope else None
        if not projections and scope_keys is None:
            return
        for projection in projections:
            _create_anew(connection, projection)
        figures = tally.read(connection)
        total = figures.documents + figures.deleted_documents
        done, after = 0, 0
        while presents := _presents_after(connection, after):
            if scope_keys is not None:
                scope_index.apply(connection, scope_keys, presents)
            _tell(connection, projections, [present.change() for present in presents])
            done, after = done + len(presents), presents[-1].seq
            if progress is not None:
                progress(done, total)
        self._note_rebuilt(connection, projections, scope_keys is not None, figures.seq)

    def _note_rebuilt(
        self, connection: Connection, projections: Sequence[Projection], scope: bool, seq: int
    ) -> None:
        rows = [
            (projection.name, projection.version, seq, json.dumps(list(projection.tables)))
            for projection in projections
        ]
        if scope:
            rows.append((_SCOPE_INDEX, _SCOPE_INDEX_VERSION, seq, "[]"))
        connection.executemany("INSERT OR REPLACE INTO projection VALUES (?, ?, ?, ?)", rows)


def _tell(
    connection: Connection, projections: Sequence[Projection], changes: Sequence[DocumentChange]
) -> None:
    """Tell each projection of the documents of its kinds, in their order."""
    kinds = [identifiers.kind_of(change.id) for change in changes]
    present = frozenset(kinds)
    for projection in projections:
        wanted = projection.kinds
        if wanted is None or present.issubset(wanted):
            projection.apply(connection, changes)
        elif not present.isdisjoint(wanted):
            pairs = zip(changes, kinds, strict=True)
            projection.apply(connection, [change for change, kind in pairs if kind in wanted])


def _create_anew(connection: Connection, projection: Projection) -> None:
    """Drop the tables of the projection's last version and of this one, and create this one's."""
    row = connection.execute(
        "SELECT tables FROM projection WHERE name = ?", (projection.name,)
    ).fetchone()
    old: list[str] = [] if row is None else json.loads(row[0])
    for table in reversed(dict.fromkeys([*old, *projection.tables])):
        connection.execute(f'DROP TABLE IF EXISTS "{table}"')
    projection.create(connection)


def _present(connection: Connection, changed: Changed) -> Present:
    leaves = changed.leaves
    if leaves is None:
        leaves = reading.leaves(connection, changed.id)
    return Present(changed.document, changed.id, changed.seq, changed.fresh, leaves)


def _presents_after(connection: Connection, after: int) -> list[Present]:
    rows = connection.execute(
        "SELECT document, id, seq FROM document WHERE seq > ? ORDER BY seq LIMIT ?",
        (after, _DOCUMENTS_PER_BATCH),
    ).fetchall()
    return [
        Present(document, doc_id, seq, False, reading.leaves(connection, doc_id))
        for document, doc_id, seq in rows
    ]
