"""One write transaction: documents, sequences, read tables, local documents, records together."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from sync import errors
from sync.documents import canonical
from sync.store import bodies, local_documents, reading, removal, revision_tree
from sync.store.authority import Outgoing
from sync.store.connection import Connection
from sync.store.insertion import Batch
from sync.store.projector import Projector
from sync.store.record_store import RecordStore
from sync.store.values import InsertReport, Leaf, MissingRevisions, RevisionPath


@dataclass(frozen=True)
class Rules:
    """How a store keeps revisions, and what follows its documents."""

    revs_limit: int
    keep_old_bodies: bool
    projector: Projector


class Transaction:
    """What may be done while the writer is held; sees its own writes.

    Made by ``DocumentStore.transaction()`` only; not to be used after its block. Each ``put`` and
    each ``insert`` brings the read tables up to date before it returns.
    """

    def __init__(
        self, connection: Connection, rules: Rules, outgoing: Outgoing | None = None
    ) -> None:
        """Work on a connection that holds a write transaction; ``outgoing`` notes what is done."""
        self.connection = connection
        self.records = RecordStore(
            lambda: connection,
            lambda: nullcontext(connection),
            None if outgoing is None else outgoing.note_record,
        )
        self.outgoing = outgoing  # None unless an authority has to be told
        self.last_seq: int | None = None  # the N of its last change of documents
        self._rules = rules
        self._half_written = False

    # ------------------------------------------------------------------------------- reads

    def get(self, doc_id: str, rev: str | None = None) -> Leaf | None:
        """Return the winner or the named revision; see ``DocumentStore.get``."""
        return reading.get(self.connection, doc_id, rev)

    def leaves(self, doc_id: str) -> tuple[Leaf, ...]:
        """Return all leaves, the winner first; see ``DocumentStore.leaves``."""
        return reading.leaves(self.connection, doc_id)

    def with_live_leaves(self, least: int) -> tuple[str, ...]:
        """Return the ids of the documents with at least so many living leaves, in order."""
        return reading.with_live_leaves(self.connection, least)

    def path(self, doc_id: str, rev: str) -> tuple[str, ...]:
        """Return the revision and its known ancestors; see ``DocumentStore.path``."""
        return reading.path(self.connection, doc_id, rev)

    def revs_diff(self, offered: Mapping[str, Sequence[str]]) -> dict[str, MissingRevisions]:
        """Return what is missing; see ``DocumentStore.revs_diff``."""
        return reading.revs_diff(self.connection, offered)

    def known_ids(self, doc_ids: Collection[str], least: int = 0) -> set[str]:
        """Return those of the documents that are here with at least so many living leaves.

        With 0 those that are deleted everywhere are among them.
        """
        return reading.known_ids(self.connection, doc_ids, least)

    def sole_leaves(self, doc_ids: Collection[str]) -> dict[str, Leaf]:
        """Return the leaves of those documents that have just one, deleted or not."""
        return reading.sole_leaves(self.connection, doc_ids)

    def fetch(self, wanted: Sequence[tuple[str, str]]) -> list[RevisionPath | None]:
        """Return revisions with bodies and paths; see ``DocumentStore.fetch``."""
        return reading.fetch(self.connection, wanted)

    # ------------------------------------------------------------------------------ writes

    def put(
        self,
        doc_id: str,
        value: Mapping[str, Any],
        *,
        parent: str | None,
        deleted: bool = False,
    ) -> str:
        """Store a new edit of the leaf ``parent`` and return its revision.

        With ``parent=None`` the document must be new or deleted everywhere; a deleted one goes on
        from its winning tombstone, so that its generation continues. A tombstone may be named as
        parent unless the new edit is one as well.

        Raises:
            errors.RevisionConflict: ``parent`` is not a leaf, or None and the document lives.
            errors.ProtocolViolation: code ``bad_revision``; ``parent`` is no revision.
            ValueError: the value is no JSON (NaN, infinity, lone surrogates).
        """
        base = self._base(doc_id, parent, deleted)
        rev = canonical.revision_of(base, deleted, value)
        revisions = (rev,) if base is None else (rev, base)
        self.insert([RevisionPath(doc_id, revisions, deleted, dict(value))])
        return rev

    def insert(self, paths: Sequence[RevisionPath], plain: Collection[str] = ()) -> InsertReport:
        """Store revisions made elsewhere, as they are (CouchDB's ``new_edits=false``).

        The same path again changes nothing and moves no sequence; the order of arrival does not
        matter. Each document gets one new sequence, however many of its leaves are given.

        Args:
            plain: ids of documents whose given values hold no float, if somebody has looked.
        Raises:
            errors.ProtocolViolation: code ``bad_revision``; a path is empty, has gaps or is no
                list of revisions.
        """
        rules = self._rules
        batch = Batch(
            self.connection,
            (path.id for path in paths),
            revs_limit=rules.revs_limit,
            keep_old_bodies=rules.keep_old_bodies,
            plain=plain,
        )
        inserted: list[tuple[str, str]] = []
        known: list[tuple[str, str]] = []
        for path in paths:
            is_new = batch.add(path)
            (inserted if is_new else known).append((path.id, path.rev))
        if self.outgoing is not None:
            self.outgoing.note_revisions(path for path in paths if batch.adds_to(path.id))
        self._half_written = True
        changed = batch.finish()
        if changed:
            self.last_seq = changed[-1].seq
            rules.projector.apply(self.connection, changed)
        self._half_written = False
        return InsertReport(tuple(inserted), tuple(known))

    def remove_leaf(
        self,
        doc_id: str,
        rev: str,
        *,
        keep: str | None = None,
        kept_value: Mapping[str, Any] | None = None,
    ) -> RevisionPath | None:
        """Take a leaf and the ancestors that only it has out of the tree, without a tombstone.

        Args:
            keep: an ancestor that stays and is the leaf then; None: all that no other leaf has
                goes, and a document without another leaf goes altogether.
            kept_value: the value of ``keep``, needed where old bodies are not kept.
        Returns:
            What was removed, with its history; None, nothing changed, if it is no leaf here.
        Raises:
            ValueError: ``keep`` is no ancestor of the leaf, or its value is needed.
        """
        self._refuse_removal()
        self._half_written = True
        done = removal.remove_leaf(self.connection, doc_id, rev, keep, kept_value)
        if done is not None:
            self.last_seq = done.seq
            if done.changed is None:
                self._rules.projector.forget(self.connection, [doc_id], done.seq)
            else:
                self._rules.projector.apply(self.connection, [done.changed])
        self._half_written = False
        return None if done is None else done.path

    def purge(self, doc_ids: Collection[str]) -> int:
        """Take whole documents out of this store alone; return how many were here.

        No tombstone and no change row says so: every other store keeps them. Their bytes may stay
        in the file until ``Database.forget_deleted_bytes``.
        """
        self._refuse_removal()
        self._half_written = True
        gone, seq = removal.purge(self.connection, dict.fromkeys(doc_ids))
        if gone:
            self.last_seq = seq
            self._rules.projector.forget(self.connection, gone, seq)
        self._half_written = False
        return len(gone)

    def _refuse_removal(self) -> None:
        if self.outgoing is not None:
            raise RuntimeError("what an authority keeps would come back")

    def refuse_half_written(self) -> None:
        """Raise RuntimeError if a change failed half-way and its error was caught inside.

        The documents would be there without their read tables; such a transaction must not end
        with a commit.
        """
        if self._half_written:
            raise RuntimeError("a change failed half-way; its transaction cannot be committed")

    def _base(self, doc_id: str, parent: str | None, deleted: bool) -> str | None:
        """Return the revision that a new edit builds on; None for a first one."""
        if parent is None:
            winner = self.connection.execute(
                "SELECT r.generation, r.digest, r.deleted FROM document d"
                " JOIN revision r ON r.revision = d.winner WHERE d.id = ?",
                (doc_id,),
            ).fetchone()
            if winner is None:
                return None
            generation, digest, base_is_deleted = winner
            if not base_is_deleted:
                raise errors.RevisionConflict(id=doc_id)
            parent = reading.name_of(generation, digest)
        else:
            row = self.connection.execute(
                "SELECT r.leaf, r.deleted FROM document d JOIN revision r"
                " ON r.document = d.document AND r.generation = ? AND r.digest = ?"
                " WHERE d.id = ?",
                (*revision_tree.parse(parent), doc_id),
            ).fetchone()
            if row is None or not row[0]:
                raise errors.RevisionConflict(id=doc_id)
            base_is_deleted = row[1]
        if base_is_deleted and deleted:
            raise errors.RevisionConflict(id=doc_id)
        return parent

    # --------------------------------------------------------------------- local documents

    def get_local(self, local_id: str) -> tuple[str, dict[str, Any]] | None:
        """Return (revision, value) of a local document, or None."""
        return local_documents.get(self.connection, local_id)

    def put_local(
        self, local_id: str, value: Mapping[str, Any], *, parent: str | None = None
    ) -> str:
        """Write a local document; see ``DocumentStore.put_local``."""
        return local_documents.put(self.connection, local_id, value, parent)

    def delete_local(self, local_id: str, *, parent: str | None = None) -> bool:
        """Remove a local document; see ``DocumentStore.delete_local``."""
        return local_documents.delete(self.connection, local_id, parent)

    # -------------------------------------------------------------------------------- meta

    def meta_get(self, key: str) -> Any:
        """Return the JSON value kept under ``key``, or None."""
        return meta_get(self.connection, key)

    def meta_set(self, key: str, value: Any) -> None:
        """Keep a JSON value under ``key``; keys of the store itself begin with ``store.``."""
        self.connection.execute(
            "INSERT OR REPLACE INTO meta (key, json) VALUES (?, ?)", (key, bodies.encode(value))
        )
        if self.outgoing is not None:
            self.outgoing.note_meta(key, value)


def meta_get(connection: Connection, key: str) -> Any:
    """Return the JSON value kept under ``key``, or None."""
    row = connection.execute("SELECT json FROM meta WHERE key = ?", (key,)).fetchone()
    return None if row is None else bodies.decode(row[0])
