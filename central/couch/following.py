"""The file follows CouchDB: whatever others have written there comes into the read side.

Both databases are read by their changes feeds, page by page, each page in one commit of the file
together with how far it has come. What this central wrote itself comes back as well and is known:
documents by their revisions, records by the revision noted beside them (``couch_record``). A file
that was lost is filled again in the same way, from the beginning.
"""

import threading
from collections.abc import Sequence

from central.couch import intent as intents
from central.couch import server
from central.couch.carrying_out import Kept
from central.couch.server import Couch, Stored
from sync.replication.peer import FROM_THE_START
from sync.store.authority import META
from sync.store.connection import Connection
from sync.store.document_store import DocumentStore
from sync.store.transaction import Transaction
from sync.store.values import ChangeRow, RevisionPath

_CHANGES_PER_PAGE = 500
_DOCUMENTS_SINCE = "couch.since.documents"
_RECORDS_SINCE = "couch.since.records"
#: How often the lease had been written when this file last wrote, or followed.
COUNT = "couch.count"
#: What this central wrote itself need not be passed again after a start, but may.
_PASSED_BEFORE_NOTED = 1000
_TABLE = """
    CREATE TABLE IF NOT EXISTS couch_record (
        id TEXT PRIMARY KEY,
        rev TEXT NOT NULL,
        tx TEXT,
        deleted INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID
"""


class Follower:
    """Brings a store to the present state of CouchDB; safe between threads."""

    def __init__(self, store: DocumentStore, couch: Couch) -> None:
        """Go on from where this file came before."""
        self._store = store
        self._couch = couch
        self._turn = threading.Lock()
        with store.own_transaction() as tx:
            tx.connection.execute(_TABLE)
        self._since = {
            key: str(store.meta_get(key) or FROM_THE_START)
            for key in (_DOCUMENTS_SINCE, _RECORDS_SINCE)
        }
        self._passed = 0
        self._begun = self._done = 0  # how often the feeds were followed

    def catch_up(self) -> None:
        """Follow both feeds to their present ends; outside of any transaction.

        Raises:
            errors.StoreUnavailable: CouchDB, or the file, cannot be used now.
        """
        asked = self._begun
        with self._turn:
            if self._done > asked:
                return  # while this one waited, another has asked CouchDB for all of them
            self._begun += 1
            while self._documents_page():
                pass
            while self._records_page():
                pass
            self._done = self._begun

    def _documents_page(self) -> bool:
        """Follow one page; tell whether there is more."""
        with server.as_store():
            page = self._couch.documents.changes(self._since[_DOCUMENTS_SINCE], _CHANGES_PER_PAGE)
        rows = [row for row in page.rows if not row.id.startswith("_")]
        paths = self._unknown_revisions(rows)
        if paths:
            with self._store.own_transaction() as tx:
                tx.insert(paths)
                tx.meta_set(_DOCUMENTS_SINCE, page.last_seq)
        self._go_on(_DOCUMENTS_SINCE, page.last_seq, len(page.rows))
        return len(page.rows) >= _CHANGES_PER_PAGE

    def _unknown_revisions(self, rows: Sequence[ChangeRow]) -> list[RevisionPath]:
        unknown = self._store.revs_diff({row.id: row.revs for row in rows}) if rows else {}
        wanted = [(doc_id, rev) for doc_id, revs in unknown.items() for rev in revs.missing]
        # What is gone has been followed by something newer, which is later in the feed.
        return [path for path in self._couch.revisions_of(wanted) if path is not None]

    def _records_page(self) -> bool:
        page = self._couch.changes(self._since[_RECORDS_SINCE], _CHANGES_PER_PAGE)
        records = [row for row in page.rows if intents.record_name(row.id) is not None]
        known = known_records(self._store.database.read(), [row.id for row in records])
        news = [row for row in records if row.id not in known or known[row.id].rev != row.rev]
        is_overtaken = False
        if news:
            with self._store.own_transaction() as tx:
                # A save of our own may have come between the page and this turn of the writer.
                asked, news = news, self._still_there(news)
                is_overtaken = len(news) < len(asked)
                for row in news:
                    _follow(tx, row)
                note_kept(tx.connection, [_kept(row) for row in news])
                _note_count(tx, page.rows)
                tx.meta_set(_RECORDS_SINCE, page.last_seq)
        self._go_on(_RECORDS_SINCE, page.last_seq, len(page.rows))
        return page.pending or is_overtaken

    def _still_there(self, rows: Sequence[Stored]) -> list[Stored]:
        """Leave out rows that have been written over; the feed brings what is there instead.

        Asked while the writer is held, so that no save of this central is under way.
        """
        present = self._couch.revisions([row.id for row in rows])
        return [row for row in rows if present.get(row.id) == row.rev]

    def _go_on(self, key: str, since: str, rows: int) -> None:
        self._since[key] = since
        self._passed += rows
        if self._passed >= _PASSED_BEFORE_NOTED:
            self._passed = 0
            with self._store.own_transaction() as tx:
                for one, reached in self._since.items():
                    tx.meta_set(one, reached)


def begin_anew(connection: Connection) -> None:
    """Let the file follow from the beginning at its next start; in a write transaction."""
    connection.execute("DELETE FROM meta WHERE key IN (?, ?)", (_DOCUMENTS_SINCE, _RECORDS_SINCE))
    connection.execute("DROP TABLE IF EXISTS couch_record")


def known_records(connection: Connection, ids: Sequence[str]) -> dict[str, Kept]:
    """Return what the file knows of records in CouchDB, by id."""
    found = {}
    for doc_id in ids:
        row = connection.execute(
            "SELECT rev, tx, deleted FROM couch_record WHERE id = ?", (doc_id,)
        ).fetchone()
        if row is not None:
            found[doc_id] = Kept(doc_id, row[0], row[1], bool(row[2]))
    return found


def note_kept(connection: Connection, records: Sequence[Kept]) -> None:
    """Note at which revisions records are in CouchDB; in a write transaction."""
    connection.executemany(
        "INSERT OR REPLACE INTO couch_record (id, rev, tx, deleted) VALUES (?, ?, ?, ?)",
        [(one.id, one.rev, one.tx, one.deleted) for one in records],
    )


def _follow(tx: Transaction, row: Stored) -> None:
    collection, key = intents.record_name(row.id) or ("", "")
    value = dict(row.body.get("value") or {})
    if collection == META:
        tx.meta_set(key, value.get("value"))
    elif row.deleted:
        tx.records.delete(collection, key)
    else:
        tx.records.overwrite(collection, key, value)


def _note_count(tx: Transaction, rows: Sequence[Stored]) -> None:
    for row in rows:
        if row.id == intents.LEASE:
            count = int(row.body.get("count", 0))
            tx.meta_set(COUNT, max(count, int(tx.meta_get(COUNT) or 0)))


def _kept(row: Stored) -> Kept:
    tx = row.body.get("tx")
    return Kept(row.id, row.rev, tx if isinstance(tx, str) else None, row.deleted)
