"""A program looks through its file before it uses it: nobody keeps lessons in a damaged one.

SQLite notices torn pages and indexes that do not match, but not a letter that has become another
one: it keeps no checksums. The documents do, by their revisions, which are hashes of what they
hold. So the file is checked as SQLite can, then figures are counted anew, and each leaf is compared
with its name. Records and read tables have no such names: of records only those are noticed that
cannot be read any more, and a rebuild mends read tables.

It costs about a second for 100 MB. Stores that hold foreign documents, whose revisions are
opaque, must not be asked.
"""

import re

import msgspec

from sync import errors
from sync.documents import canonical
from sync.store import bodies
from sync.store.connection import Connection, Database, Row

_UNNAMED = "store_failed"  # for want of a better word: here, that a name in the schema has changed
_OUR_DIGEST = re.compile(r"[0-9a-f]{32}", re.ASCII)
_LEAVES = """
    SELECT r.generation, r.digest, p.generation, p.digest, b.json
    FROM revision r LEFT JOIN revision p ON p.revision = r.parent
    LEFT JOIN body b ON b.revision = r.revision
    WHERE r.leaf = 1 AND r.deleted = 0
"""
_NAMELESS = (
    "SELECT json FROM meta UNION ALL SELECT json FROM record"
    " UNION ALL SELECT json FROM local_document UNION ALL SELECT tables FROM projection"
)
# What documents remember of their trees, and what is counted of all of them.
_WRONG_FIGURES = (
    """
    SELECT 1 FROM document d LEFT JOIN revision w ON w.revision = d.winner
    WHERE w.document IS NOT d.document OR w.leaf IS NOT 1 OR d.leaves != (
        SELECT count(*) FROM revision WHERE document = d.document AND leaf = 1
    ) OR d.live_leaves != (
        SELECT count(*) FROM revision WHERE document = d.document AND leaf = 1 AND deleted = 0
    ) OR d.open_roots != (
        SELECT count(*) FROM revision
        WHERE document = d.document AND parent IS NULL AND generation > 1
    ) LIMIT 1
    """,
    """
    SELECT 1 FROM revision r LEFT JOIN revision p ON p.revision = r.parent
    WHERE r.parent IS NOT NULL
        AND (p.document IS NOT r.document OR p.generation IS NOT r.generation - 1)
    LIMIT 1
    """,
    """
    SELECT 1 FROM tally WHERE seq < (SELECT coalesce(max(seq), 0) FROM document)
        OR documents != (SELECT count(*) FROM document WHERE live_leaves > 0)
        OR deleted_documents != (SELECT count(*) FROM document WHERE live_leaves = 0)
    """,
)


def refuse_damaged(database: Database) -> None:
    """Return if the file is whole, or new.

    Raises:
        errors.StoreUnavailable: code ``store_damaged``; nothing has been changed. Others as ever.
    """
    try:
        with database.snapshot() as connection:
            answer = connection.execute("PRAGMA integrity_check(1)").fetchone()
            is_whole = answer is not None and answer[0] == "ok" and _contents_are_whole(connection)
    except errors.StoreUnavailable as error:
        if error.code != _UNNAMED:
            raise
        is_whole = False
    if not is_whole:
        raise errors.StoreUnavailable(code="store_damaged", hint="restore_backup")


def _contents_are_whole(connection: Connection) -> bool:
    known = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'revision'").fetchone()
    return known is None or (
        all(connection.execute(wrong).fetchone() is None for wrong in _WRONG_FIGURES)
        and all(_is_whole(row) for row in connection.execute(_LEAVES))
        and all(_is_json(row[0]) for row in connection.execute(_NAMELESS))
    )


def _is_whole(row: Row) -> bool:
    generation, digest, parent_generation, parent_digest, text = row
    if not _OUR_DIGEST.fullmatch(digest):
        return True  # made by somebody else; nothing can be said of it
    if parent_digest is None and generation > 1:
        return True  # its parent's name has been forgotten
    parent = None if parent_digest is None else f"{parent_generation}-{parent_digest}"
    try:
        value = bodies.decode_object(text)
        return canonical.revision_of(parent, False, value) == f"{generation}-{digest}"
    except (msgspec.MsgspecError, TypeError, ValueError, AttributeError):
        return False  # no JSON any more, or no object


def _is_json(text: str) -> bool:
    try:
        bodies.decode(text)
    except msgspec.MsgspecError:
        return False
    return True
