"""Many documents at a time: ``_bulk_docs``, ``_bulk_get``, ``_revs_diff``, ``_all_docs``."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Request, Response

from central.endpoint import exchange, key_ranges, refusals
from central.endpoint.databases import Edit, ReplicatedDatabase
from central.endpoint.document_routes import (
    conflicts_of,
    document_of_leaf,
    edit_of,
    malformed,
)
from central.endpoint.exchange import Limits, Parameters
from sync.documents.judgement import Outcome
from sync.replication import brief_form, http_answers, wire
from sync.replication.outcome import Verdict
from sync.replication.remote_peer import ALL_VERDICTS, BRIEF_VERDICTS, VERDICTS_HEADER
from sync.store.values import AllDocsRow, Leaf, RevisionPath

_FETCHED_AT_ONCE = 100
_ATTACHMENTS = "attachments_not_kept"
_TOO_LARGE = "document_too_large"


# --------------------------------------------------------------------------------------- _bulk_docs


def keep_or_edit(
    database: ReplicatedDatabase,
    request: Request,
    limits: Limits,
    make_id: Callable[[], str],
) -> Response:
    """Answer POST ``/{db}/_bulk_docs``: existing revisions, or new edits."""
    body, size = exchange.sized_object_of(request, limits)
    documents, hashed = _documents(body, limits)
    most_bytes = limits.document_bytes if size > limits.document_bytes else None
    new_edits = body.get("new_edits", True)
    if not isinstance(new_edits, bool):
        raise refusals.bad_request("`new_edits` must be a boolean")
    if new_edits:
        rows = _edited(database, documents, most_bytes, make_id)
        return exchange.answer(request, rows, 201)
    wanted = request.headers.get(VERDICTS_HEADER)
    is_own = wanted in (ALL_VERDICTS, BRIEF_VERDICTS)
    verdicts = _kept(database, zip(documents, hashed, strict=False), most_bytes, strict=not is_own)
    if is_own:
        return exchange.answer(request, _judged(verdicts, brief=wanted == BRIEF_VERDICTS), 201)
    return exchange.answer(request, list(_problems(verdicts)), 201)


def _documents(body: dict[str, Any], limits: Limits) -> tuple[list[Any], Iterable[int | None]]:
    documents = exchange.list_of(body, "docs", limits)
    if brief_form.NAME not in body:
        return documents, itertools.repeat(None)
    try:
        return brief_form.completed(body)
    except brief_form.NotBrief as error:
        reason = "The brief form does not fit: send the documents as they are."
        raise refusals.bad_request(reason, brief_form.REFUSAL) from error


def _kept(
    database: ReplicatedDatabase,
    documents: Iterable[tuple[Any, int | None]],
    most_bytes: int | None,
    *,
    strict: bool,
) -> list[Verdict]:
    """Keep what can be kept; one verdict each, in order.

    With each document comes how long that was of which its revision was made here, if it was.
    ``most_bytes`` bounds a document and is None where none of them can be longer.

    A document that cannot be one is a 400 for all of them, as with CouchDB, unless the caller
    understands a verdict on it alone (``strict`` is False).
    """
    answers: list[Verdict | None] = []
    paths: list[RevisionPath] = []
    for document, hashed_bytes in documents:
        try:
            path = wire.path_of(document, hashed_bytes)
        except wire.MalformedDocument as error:
            if strict:
                raise malformed(error) from error
            answers.append(_refused(document, error.code))
            continue
        code = _unkeepable(path.value, document, most_bytes)
        answers.append(_refused(document, code) if code else None)
        if not code:
            paths.append(path)
    judged = iter(database.insert(paths) if paths else [])
    return [next(judged) if answer is None else answer for answer in answers]


def _refused(document: Any, code: str) -> Verdict:
    named = document if isinstance(document, dict) else {}
    return Verdict(str(named.get("_id")), str(named.get("_rev")), Outcome.REFUSED, code)


def _unkeepable(value: dict[str, Any], document: Any, most_bytes: int | None) -> str:
    """Return why a well-formed document is not kept, or nothing."""
    if wire.has_attachments(value):
        return _ATTACHMENTS
    return _TOO_LARGE if _is_longer(document, most_bytes) else ""


def _is_longer(document: Any, most_bytes: int | None) -> bool:
    return most_bytes is not None and len(http_answers.encode(document)) > most_bytes


def _judged(verdicts: Sequence[Verdict], *, brief: bool) -> dict[str, Any]:
    if not brief:
        return {"verdicts": [_told(one) for one in verdicts]}
    told = [
        {"at": place, **_told(one)}
        for place, one in enumerate(verdicts)
        if one.outcome is not Outcome.ACCEPTED
    ]
    return {"judged": len(verdicts), "verdicts": told}


def _told(verdict: Verdict) -> dict[str, Any]:
    return {
        "id": verdict.id,
        "rev": verdict.rev,
        "outcome": str(verdict.outcome),
        "code": verdict.code,
        "reason": verdict.reason,
    }


def _problems(verdicts: Sequence[Verdict]) -> Iterator[dict[str, Any]]:
    """Return the rows that CouchDB gives after ``new_edits=false``: only what was not stored."""
    words = {_ATTACHMENTS: "unsupported_media_type", _TOO_LARGE: _TOO_LARGE}
    for verdict in verdicts:
        if verdict.outcome == Outcome.REFUSED:
            yield {
                "id": verdict.id,
                "rev": verdict.rev,
                "error": words.get(verdict.code, "forbidden"),
                "reason": verdict.reason or verdict.code,
            }


@dataclass(frozen=True)
class _NotEdited:
    """The row of a document that is refused alone."""

    row: dict[str, Any]


def _edited(
    database: ReplicatedDatabase,
    documents: Sequence[Any],
    most_bytes: int | None,
    make_id: Callable[[], str],
) -> list[dict[str, Any]]:
    """Make all edits in one commit; one row each, in order."""
    asked = [_asked(document, most_bytes, make_id) for document in documents]
    edits = [edit for edit in asked if isinstance(edit, Edit)]
    revs = iter(database.edit(edits) if edits else [])
    rows = []
    for edit in asked:
        if isinstance(edit, _NotEdited):
            rows.append(edit.row)
            continue
        rev = next(revs)
        if rev is None:
            error = refusals.conflict()
            rows.append({"id": edit.id, "error": error.error, "reason": error.reason})
        else:
            rows.append({"ok": True, "id": edit.id, "rev": rev})
    return rows


def _asked(document: Any, most_bytes: int | None, make_id: Callable[[], str]) -> Edit | _NotEdited:
    if not isinstance(document, dict):
        raise refusals.bad_request("Document must be a JSON object")
    named = document if "_id" in document else {**document, "_id": make_id()}
    try:
        if _is_longer(document, most_bytes):
            raise refusals.too_large(_TOO_LARGE)
        return edit_of(named, named.get("_rev"))
    except refusals.Refusal as refusal:
        if refusal.status == 400:
            raise
        row = {"id": named["_id"], "error": refusal.error, "reason": refusal.reason}
        return _NotEdited(row)


# ---------------------------------------------------------------------------------------- _bulk_get


def fetch(database: ReplicatedDatabase, request: Request, limits: Limits) -> Response:
    """Answer POST ``/{db}/_bulk_get``: one result for each wanted revision, in order."""
    body = exchange.object_of(request, limits)
    wanted = [_wanted(entry) for entry in exchange.list_of(body, "docs", limits)]
    given = Parameters(request.args)
    results = _results(
        database, wanted, with_history=given.flag("revs"), latest=given.flag("latest")
    )
    return exchange.streamed(request, _listed("results", results))


def _wanted(entry: Any) -> tuple[str, str | None]:
    doc_id = entry.get("id") if isinstance(entry, dict) else None
    if not isinstance(doc_id, str):
        raise refusals.bad_request("Each of `docs` must have an `id`")
    rev = entry.get("rev")
    if rev is not None and not wire.is_revision(rev):
        raise refusals.bad_request("Invalid rev format")
    return doc_id, rev


def _listed(name: str, rows: Iterator[dict[str, Any]]) -> Iterator[str]:
    yield f'{{"{name}":['
    for index, row in enumerate(rows):
        yield f"{',' if index else ''}\n{exchange.json_text(row)}"
    yield "\n]}\n"


def _results(
    database: ReplicatedDatabase,
    wanted: Sequence[tuple[str, str | None]],
    *,
    with_history: bool,
    latest: bool,
) -> Iterator[dict[str, Any]]:
    for start in range(0, len(wanted), _FETCHED_AT_ONCE):
        portion = wanted[start : start + _FETCHED_AT_ONCE]
        named = [] if latest else [(doc_id, rev) for doc_id, rev in portion if rev is not None]
        found = iter(database.fetch(named) if named else [])
        for doc_id, rev in portion:
            if rev is None:
                documents = _of_leaves(database, database.leaves(doc_id), with_history)
            elif latest:
                documents = _of_leaves(database, database.latest(doc_id, rev), with_history)
            else:
                documents = _of_path(next(found), with_history)
            yield {"id": doc_id, "docs": documents or [_missing(doc_id, rev)]}


def _of_path(path: RevisionPath | None, with_history: bool) -> list[dict[str, Any]]:
    if path is None:
        return []
    document = wire.document_of(path)
    if not with_history:
        del document["_revisions"]
    return [{"ok": document}]


def _of_leaves(
    database: ReplicatedDatabase, leaves: Sequence[Leaf], with_history: bool
) -> list[dict[str, Any]]:
    documents = []
    for leaf in leaves:
        document = document_of_leaf(leaf)
        if with_history:
            document["_revisions"] = wire.revisions_field(database.path(leaf.id, leaf.rev))
        documents.append({"ok": document})
    return documents


def _missing(doc_id: str, rev: str | None) -> dict[str, Any]:
    return {
        "error": {
            "id": doc_id,
            "rev": rev or "undefined",
            "error": "not_found",
            "reason": "missing",
        }
    }


# --------------------------------------------------------------------------------------- _revs_diff


def difference(database: ReplicatedDatabase, request: Request, limits: Limits) -> Response:
    """Answer POST ``/{db}/_revs_diff``."""
    offered = exchange.object_of(request, limits)
    if len(offered) > limits.rows:
        raise refusals.too_large(f"more than {limits.rows} documents")
    for revs in offered.values():
        if not isinstance(revs, list) or not all(wire.is_revision(rev) for rev in revs):
            raise refusals.bad_request("Each document must have an array of revisions")
    said = {}
    for doc_id, lacking in database.revs_diff(offered).items():
        said[doc_id] = {"missing": list(lacking.missing)}
        if lacking.possible_ancestors:
            said[doc_id]["possible_ancestors"] = list(lacking.possible_ancestors)
    return exchange.answer(request, said)


# ---------------------------------------------------------------------------------------- _all_docs


def list_documents(database: ReplicatedDatabase, request: Request, limits: Limits) -> Response:
    """Answer GET or POST ``/{db}/_all_docs``."""
    body = exchange.optional_object_of(request, limits) if request.method == "POST" else {}
    given = Parameters(request.args)
    asked = key_ranges.asked(given, body, limits)
    page = database.all_docs(
        keys=asked.keys,
        startkey=asked.startkey,
        endkey=asked.endkey,
        inclusive_end=asked.inclusive_end,
        skip=asked.skip,
        limit=0 if asked.empty else asked.limit,
        descending=asked.descending,
        include_docs=asked.include_docs,
    )
    rows = [_document_row(database, row, asked) for row in page.rows]
    if asked.keys is not None:
        rows = asked.with_strange_keys(rows)
    said: dict[str, Any] = {"total_rows": page.total, "offset": page.offset, "rows": rows}
    if given.flag("update_seq"):
        said["update_seq"] = database.info().update_seq
    return exchange.answer(request, said)


def _document_row(
    database: ReplicatedDatabase, row: AllDocsRow, asked: key_ranges.Asked
) -> dict[str, Any]:
    if row.rev is None:
        return {"key": row.id, "error": "not_found"}
    value: dict[str, Any] = {"rev": row.rev}
    if row.deleted:
        value["deleted"] = True
    said: dict[str, Any] = {"id": row.id, "key": row.id, "value": value}
    if asked.include_docs:
        said["doc"] = None if row.value is None else _document(database, row, asked.conflicts)
    return said


def _document(database: ReplicatedDatabase, row: AllDocsRow, conflicts: bool) -> dict[str, Any]:
    leaf = Leaf(row.id, row.rev or "", row.deleted, row.value or {})
    document = document_of_leaf(leaf)
    if conflicts:
        document.update(conflicts_of(database, leaf))
    return document
