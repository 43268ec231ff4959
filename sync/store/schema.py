"""The tables of the store, and how an older file becomes one of today.

A document has revisions; each knows its parent, so that they form trees (``revision_tree`` has the
laws). Bodies stand apart, so that walking trees and the changes feed reads small rows, and dropping
an old body frees its pages::

    document 1 ── n revision 1 ── 0..1 body          document_scope: (scope key, seq) -> document
       └ winner ────────┘  └ parent ┘

``document.seq`` is the N of the document's last change: the changes feed is this column in order.
``tally`` is the one row of running figures. ``epoch`` has a row for each start. Text is compared
bytewise everywhere, which is CouchDB's order of ids and of revision hashes.

Migrations are never edited once they have been released; new ones are added below. They run inside
the transaction of the one writer and must not use ``executescript``, which would commit it.
"""

import sqlite_utils

from sync import errors
from sync.store.connection import Database

_DOCUMENTS = (
    # Known only as far as needed to insert without reading the whole tree: its winner, how many
    # leaves it has and how many live, and how many of its roots are cut (generation above 1).
    """
    CREATE TABLE document (
        document INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        seq INTEGER NOT NULL UNIQUE,
        winner INTEGER NOT NULL,
        leaves INTEGER NOT NULL,
        live_leaves INTEGER NOT NULL,
        open_roots INTEGER NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE revision (
        revision INTEGER PRIMARY KEY,
        document INTEGER NOT NULL,
        generation INTEGER NOT NULL,
        digest TEXT NOT NULL,
        parent INTEGER,
        leaf INTEGER NOT NULL,
        deleted INTEGER NOT NULL
    ) STRICT
    """,
    "CREATE UNIQUE INDEX revision_name ON revision (document, generation, digest)",
    # In the order of CouchDB's winner: not deleted, generation as a number, hash as bytes.
    """
    CREATE INDEX revision_leaf ON revision (document, deleted, generation DESC, digest DESC)
        WHERE leaf = 1
    """,
    """
    CREATE INDEX revision_open_root ON revision (document)
        WHERE parent IS NULL AND generation > 1
    """,
    "CREATE TABLE body (revision INTEGER PRIMARY KEY, json TEXT NOT NULL) STRICT",
    """
    CREATE TABLE document_scope (
        scope TEXT NOT NULL,
        seq INTEGER NOT NULL,
        document INTEGER NOT NULL,
        PRIMARY KEY (scope, seq)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX document_scope_document ON document_scope (document)",
    """
    CREATE TABLE local_document (
        id TEXT PRIMARY KEY,
        number INTEGER NOT NULL,
        json TEXT NOT NULL
    ) STRICT
    """,
)

_BOOKKEEPING = (
    """
    CREATE TABLE tally (
        only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
        seq INTEGER NOT NULL,
        documents INTEGER NOT NULL,
        deleted_documents INTEGER NOT NULL,
        record_revision INTEGER NOT NULL
    ) STRICT
    """,
    "INSERT INTO tally VALUES (1, 0, 0, 0, 0)",
    """
    CREATE TABLE epoch (
        ordinal INTEGER PRIMARY KEY,
        epoch TEXT NOT NULL UNIQUE,
        started_after INTEGER NOT NULL,
        ended_at INTEGER
    ) STRICT
    """,
    "CREATE TABLE meta (key TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT, WITHOUT ROWID",
    """
    CREATE TABLE projection (
        name TEXT PRIMARY KEY,
        version INTEGER NOT NULL,
        applied_seq INTEGER NOT NULL,
        tables TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE record (
        collection TEXT NOT NULL,
        key TEXT NOT NULL,
        revision INTEGER NOT NULL,
        json TEXT NOT NULL,
        PRIMARY KEY (collection, key)
    ) STRICT
    """,
    """
    CREATE TABLE entry_state (
        node TEXT NOT NULL,
        epoch TEXT NOT NULL,
        seq INTEGER NOT NULL,
        digest TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('accepted', 'quarantined', 'rejected')),
        code TEXT,
        at TEXT NOT NULL,
        PRIMARY KEY (node, epoch, seq, digest)
    ) STRICT, WITHOUT ROWID
    """,
)


def documents_and_bookkeeping(database: sqlite_utils.Database) -> None:
    """The first shape."""
    for statement in _DOCUMENTS + _BOOKKEEPING:
        database.conn.execute(statement)


_STEPS = (documents_and_bookkeeping,)

_migrations = sqlite_utils.Migrations("sync.store")
for _step in _STEPS:
    _migrations()(_step)


def bring_up_to_date(database: Database) -> None:
    """Apply the migrations the file lacks, all in one transaction.

    Raises:
        errors.StoreUnavailable: the file was written by a newer program, or cannot be written.
    """
    with database.write() as connection:
        tables = sqlite_utils.Database(connection, execute_plugins=False)
        known = {step.__name__ for step in _STEPS}
        if any(applied.name not in known for applied in _migrations.applied(tables)):
            raise errors.StoreUnavailable(code="store_newer", hint="update_program")
        _migrations.apply(tables)
