"""The changes feed and the list of all documents, page by page on one state."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sync.store import bodies, epochs, reading, tally
from sync.store.connection import Connection, Row
from sync.store.values import AllDocsPage, AllDocsRow, ChangeRow, ChangesPage

_ALL = -1  # SQLite's LIMIT for "no limit"
_CHANGE = """
    SELECT d.document, d.id, d.seq, d.leaves, r.generation, r.digest, r.deleted
    FROM {documents} JOIN revision r ON r.revision = d.winner
"""
_LISTED = """
    SELECT d.id, r.generation, r.digest, r.deleted, {body}
    FROM document d
    JOIN revision r ON r.revision = d.winner
    JOIN body b ON b.revision = r.revision
"""


@dataclass(frozen=True)
class Question:
    """What of the feed is asked for; see ``DocumentStore.changes``."""

    limit: int | None
    descending: bool
    style_all: bool
    scope: Collection[str] | None
    doc_ids: Collection[str] | None


def changes(
    connection: Connection, epoch: str, since: str | int, question: Question
) -> ChangesPage:
    """Return a page of the feed; errors.BadSequence if ``since`` is none."""
    last = tally.read(connection).seq
    after = epochs.position(connection, since, last).seq
    if question.doc_ids is not None:
        found, pending = _of_documents(connection, question, after)
    else:
        found, pending = _of_range(connection, question, after)
    rows = tuple(_row(connection, epoch, row, question.style_all) for row in found)
    next_seq = found[-1][2] if found else after
    if not pending and not question.descending:
        # Beyond the last row too: what lies there was looked at and is not for this asker.
        next_seq = last
    return ChangesPage(rows, f"{next_seq}-{epoch}", pending)


def _of_documents(
    connection: Connection, question: Question, after: int
) -> tuple[Sequence[Row], int]:
    statement = _CHANGE.format(documents="document d") + "WHERE d.id = ? AND d.seq > ?"
    found = [
        row
        for doc_id in dict.fromkeys(question.doc_ids or ())
        for row in connection.execute(statement, (doc_id, after)).fetchall()
    ]
    found.sort(key=lambda row: int(row[2]), reverse=question.descending)
    limit = len(found) if question.limit is None else question.limit
    return found[:limit], len(found[limit:])


def _of_range(connection: Connection, question: Question, after: int) -> tuple[Sequence[Row], int]:
    """Return rows and how many follow them, of all documents or of those in the scope."""
    order = "DESC" if question.descending else "ASC"
    limit = _ALL if question.limit is None else question.limit
    if question.scope is None:
        keys: list[str] = []
        source = "SELECT document, seq FROM document WHERE seq > ?"
    else:
        keys = sorted(set(question.scope))
        marks = ",".join("?" * len(keys))
        source = (
            "SELECT DISTINCT document, seq FROM document_scope"  # noqa: S608 - marks only
            f" WHERE scope IN ({marks}) AND seq > ?"
        )
    # The page is cut before the join, so that its cost is that of the page.
    page = f"({source} ORDER BY seq {order} LIMIT ?) s JOIN document d ON d.document = s.document"
    found = connection.execute(
        _CHANGE.format(documents=page) + f"ORDER BY s.seq {order}", (*keys, after, limit)
    ).fetchall()
    if limit == _ALL or len(found) < limit:
        return found, 0
    count = f"SELECT count(*) FROM ({source})"  # noqa: S608 - see above
    rest = connection.execute(count, (*keys, after)).fetchall()
    return found, rest[0][0] - len(found)


def _row(connection: Connection, epoch: str, row: Row, style_all: bool) -> ChangeRow:
    document, doc_id, seq, leaves, generation, digest, deleted = row
    revs: tuple[str, ...] = (reading.name_of(generation, digest),)
    if style_all and leaves > 1:
        revs = tuple(leaf.rev for leaf in reading.leaf_revisions(connection, document))
    return ChangeRow(f"{seq}-{epoch}", doc_id, bool(deleted), revs)


@dataclass(frozen=True)
class Range:
    """Which documents of the list are asked for; see ``DocumentStore.all_docs``."""

    startkey: str | None
    endkey: str | None
    inclusive_end: bool
    skip: int
    limit: int | None
    descending: bool
    include_docs: bool


def all_docs(connection: Connection, wanted: Range) -> AllDocsPage:
    """Return living documents by id."""
    conditions, values = ["d.live_leaves > 0"], []
    from_start, to_end = ("<=", ">") if wanted.descending else (">=", "<")
    offset = wanted.skip
    if wanted.startkey is not None:
        before = ">" if wanted.descending else "<"
        offset += _count_living(connection, before, wanted.startkey)
        conditions.append(f"d.id {from_start} ?")
        values.append(wanted.startkey)
    if wanted.endkey is not None:
        conditions.append(f"d.id {to_end}{'=' if wanted.inclusive_end else ''} ?")
        values.append(wanted.endkey)
    statement = (
        _listed(wanted.include_docs)
        + f"WHERE {' AND '.join(conditions)}"
        + f" ORDER BY d.id {'DESC' if wanted.descending else 'ASC'} LIMIT ? OFFSET ?"
    )
    limit = _ALL if wanted.limit is None else wanted.limit
    rows = connection.execute(statement, (*values, limit, wanted.skip))
    total = tally.read(connection).documents
    return AllDocsPage(total, min(offset, total), tuple(_listed_row(row) for row in rows))


def all_docs_of(connection: Connection, keys: Sequence[str], wanted: Range) -> AllDocsPage:
    """Return exactly the documents of ``keys``, in their order; deleted and unknown ones too."""
    chosen = list(reversed(keys)) if wanted.descending else list(keys)
    end = None if wanted.limit is None else wanted.skip + wanted.limit
    statement = _listed(wanted.include_docs) + "WHERE d.id = ?"
    rows = []
    for key in chosen[wanted.skip : end]:
        row = connection.execute(statement, (key,)).fetchone()
        rows.append(AllDocsRow(key, None) if row is None else _listed_row(row))
    return AllDocsPage(tally.read(connection).documents, 0, tuple(rows))


def _listed(include_docs: bool) -> str:
    return _LISTED.format(body="b.json" if include_docs else "NULL")


def _listed_row(row: Row) -> AllDocsRow:
    doc_id, generation, digest, deleted, text = row
    value = None if text is None or deleted else bodies.decode_object(text)
    return AllDocsRow(doc_id, reading.name_of(generation, digest), bool(deleted), value)


def _count_living(connection: Connection, comparison: str, key: str) -> int:
    rows = connection.execute(
        f"SELECT count(*) FROM document WHERE live_leaves > 0 AND id {comparison} ?",  # noqa: S608
        (key,),
    ).fetchall()
    return int(rows[0][0])
