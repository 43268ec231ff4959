"""A school moves from its file into CouchDB: all leaves with their histories, all records.

It may be stopped at any point and begun again: what has arrived is asked for first and not sent a
second time. While it goes on CouchDB says of itself that it is not ready, so that nobody serves
half a school. At the end everything is read back and compared, document by document and record by
record; only then the school is ready and the folder remembers CouchDB.

The same heals a CouchDB that was set back to an older state: it becomes what the file is.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from central.couch import carrying_out, following
from central.couch import intent as intents
from central.couch import school as schools
from central.couch.intent import RecordStep
from central.couch.lease import Holder, Lease
from central.couch.server import Couch, Stored
from central.keys import KeyFiles
from sync import errors
from sync.replication import wire
from sync.replication.peer import FROM_THE_START
from sync.store import bodies
from sync.store.document_store import DocumentStore
from sync.store.values import RevisionPath

#: Called with the step (``documents``, ``records``, ``check``), how much is done, of how many.
Progress = Callable[[str, int, int], None]

_PAGE = 500
_OWN_DOCUMENTS = 2  # the lease and the school, beside the records
# What lies in the records database: the records, and the meta values that are not the file's own.
_KEPT = """
    WITH kept (collection, key, json) AS (
        SELECT collection, key, json FROM record
        UNION ALL
        SELECT 'store_meta', key, '{"value":' || json || '}' FROM meta
        WHERE key NOT GLOB 'store.*' AND key NOT GLOB 'couch.*'
    )
"""
_RECORDS = f"""
    {_KEPT} SELECT collection, key, json FROM kept
    WHERE (collection, key) > (?, ?) ORDER BY collection, key LIMIT ?
"""  # noqa: S608 - constants only
_COUNT = f"{_KEPT} SELECT count(*) FROM kept"  # noqa: S608
_IS_KEPT = f"{_KEPT} SELECT 1 FROM kept WHERE collection = ? AND key = ?"  # noqa: S608


@dataclass(frozen=True)
class Moved:
    """What is in CouchDB, and what of it was sent this time; ``digest`` names all of it."""

    documents: int
    records: int
    sent: int
    digest: str


class Move:
    """One move; ``run`` does it."""

    def __init__(
        self, store: DocumentStore, couch: Couch, keys: KeyFiles, holder: Holder, progress: Progress
    ) -> None:
        """Nothing is asked yet. ``store`` must be open without an authority."""
        self._store = store
        self._couch = couch
        self._keys = keys
        self._lease = Lease(couch, holder)
        self._progress = progress
        self._sent = 0

    def run(self) -> Moved:
        """Move everything, compare it, and let the file go on from there.

        Raises:
            errors.StoreUnavailable: CouchDB cannot be used; it holds another school
                (``another_school``) or more than this file (``couch_holds_more``); a central is
                writing there (``lease_held``); what arrived is not what was sent
                (``move_differs``). The file is as it was and stays the store.
        """
        self._couch.check()
        self._couch.create()
        self._own_it()
        schools.write(self._couch, self._store.uuid, self._keys, ready=False)
        self._send_documents()
        self._send_records()
        moved = self._compared()
        self._hand_over()
        return moved

    def _own_it(self) -> None:
        school = schools.found(self._couch)
        if school is not None:
            if school.uuid != self._store.uuid:
                raise errors.StoreUnavailable(code="another_school", hint="choose_another_database")
            schools.refuse_other_keys(school, self._keys)
        held = self._lease.try_take()
        if held is not None:
            raise errors.StoreUnavailable(
                code="lease_held", hint="see_writing_central", host=held.host[:100]
            )
        left = self._lease.unfinished()
        if left is not None:
            carrying_out.carry_out(self._couch, left, self._lease.keep, again=True)
        self._lease.finished()
        self._lease.sweep()

    # --------------------------------------------------------------------------- documents

    def _send_documents(self) -> None:
        info = self._store.info()
        total, done = info.doc_count + info.doc_del_count, 0
        for leaves in self._pages():
            self._progress("documents", done, total)
            offered: dict[str, list[str]] = {}
            for doc_id, rev in leaves:
                offered.setdefault(doc_id, []).append(rev)
            missing = self._couch.lacking(offered)
            wanted = [(doc_id, rev) for doc_id, revs in missing.items() for rev in revs]
            paths = [path for path in self._store.fetch(wanted) if path is not None]
            carrying_out.insert(self._couch, paths, self._lease.keep)
            self._sent += len(paths)
            done += len(offered)
        self._progress("documents", total, total)

    def _pages(self) -> Iterator[list[tuple[str, str]]]:
        """Yield all leaves as (id, revision), document by document."""
        since: str = FROM_THE_START
        while True:
            self._lease.keep()
            page = self._store.changes(since, limit=_PAGE)
            if not page.rows:
                return
            yield [(row.id, rev) for row in page.rows for rev in row.revs]
            since = page.last_seq

    # ----------------------------------------------------------------------------- records

    def _send_records(self) -> None:
        total, done = self._count_records(), 0
        for rows in self._record_pages():
            self._progress("records", done, total)
            present = self._couch.bodies([doc_id for doc_id, _ in rows])
            steps = [
                RecordStep(doc_id, _revision(present.get(doc_id)), value)
                for doc_id, value in rows
                if not _is_same(present.get(doc_id), value)
            ]
            self._write(steps)
            done += len(rows)
        self._remove_strangers()
        self._progress("records", total, total)

    def _write(self, steps: Sequence[RecordStep]) -> None:
        rows = self._couch.write([step.document(None) for step in steps])
        if any(row.rev is None for row in rows):
            raise errors.StoreUnavailable(code="move_differs", hint="migrate_again")
        self._sent += len(rows)

    def _remove_strangers(self) -> None:
        """Remove records of CouchDB that are not in the file any more."""
        since, more = FROM_THE_START, True
        while more:
            self._lease.keep()
            page = self._couch.changes(since, _PAGE)
            strangers = [row for row in page.rows if not row.deleted and self._is_stranger(row)]
            self._write([RecordStep(row.id, row.rev, None) for row in strangers])
            since, more = page.last_seq, page.pending

    def _is_stranger(self, row: Stored) -> bool:
        name = intents.record_name(row.id)
        if name is None:
            return False
        return self._store.database.read().execute(_IS_KEPT, name).fetchone() is None

    def _record_pages(self) -> Iterator[list[tuple[str, dict[str, Any]]]]:
        after = ("", "")
        while True:
            self._lease.keep()
            rows = self._store.database.read().execute(_RECORDS, (*after, _PAGE)).fetchall()
            if not rows:
                return
            yield [
                (intents.record_id(row[0], row[1]), bodies.decode_object(row[2])) for row in rows
            ]
            after = (rows[-1][0], rows[-1][1])

    def _count_records(self) -> int:
        rows = self._store.database.read().execute(_COUNT).fetchall()
        return int(rows[0][0])

    # --------------------------------------------------------------------------- the check

    def _compared(self) -> Moved:
        """Read everything back and compare it with the file."""
        digest = hashlib.sha256()
        info = self._store.info()
        documents, records = info.doc_count + info.doc_del_count, self._count_records()
        total, done = documents + records, 0
        for leaves in self._pages():
            self._progress("check", done, total)
            here = self._store.fetch(leaves)
            there = self._couch.revisions_of(leaves)
            for one, other in zip(here, there, strict=True):
                digest.update(_same(_path_digest(one), _path_digest(other)))
            done += len({doc_id for doc_id, _ in leaves})
        for rows in self._record_pages():
            self._progress("check", done, total)
            present = self._couch.bodies([doc_id for doc_id, _ in rows])
            for doc_id, value in rows:
                kept = present.get(doc_id)
                digest.update(_same(_digest(value), _digest(_value_of(kept))))
            done += len(rows)
        counts = self._couch.counts()
        if counts != (info.doc_count, records + _OWN_DOCUMENTS):
            raise errors.StoreUnavailable(
                code="couch_holds_more",
                hint="choose_another_database",
                documents=counts[0] - info.doc_count,
                records=counts[1] - records - _OWN_DOCUMENTS,
            )
        return Moved(documents, records, self._sent, digest.hexdigest())

    def _hand_over(self) -> None:
        schools.write(self._couch, self._store.uuid, self._keys, ready=True)
        self._lease.leap(int(self._store.meta_get(following.COUNT) or 0))
        with self._store.own_transaction() as tx:
            following.begin_anew(tx.connection)
            tx.meta_set(following.COUNT, self._lease.count)
        self._lease.release()


def _revision(stored: Stored | None) -> str | None:
    return None if stored is None else stored.rev


def _value_of(stored: Stored | None) -> Any:
    return None if stored is None or stored.deleted else stored.body.get("value")


def _is_same(stored: Stored | None, value: dict[str, Any]) -> bool:
    return _digest(_value_of(stored)) == _digest(value)


def _path_digest(path: RevisionPath | None) -> bytes:
    return _digest(None if path is None else wire.document_of(path))


def _digest(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _same(here: bytes, there: bytes) -> bytes:
    if here != there:
        raise errors.StoreUnavailable(code="move_differs", hint="migrate_again")
    return here
