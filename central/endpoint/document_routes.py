"""One document at a time: read, write, delete; and local documents, which are never replicated."""

from collections.abc import Iterator
from typing import Any

from flask import Request, Response

from central.endpoint import exchange, refusals
from central.endpoint.databases import Edit, ReplicatedDatabase
from central.endpoint.exchange import Limits, Parameters
from sync.documents.judgement import Outcome
from sync.replication import wire
from sync.store.values import Leaf, RevisionPath

_NO_ATTACHMENTS = "Attachments are not kept here; the document was not stored."


def document_of_leaf(leaf: Leaf) -> dict[str, Any]:
    """Return a document as CouchDB shows it."""
    document: dict[str, Any] = {"_id": leaf.id, "_rev": leaf.rev}
    if leaf.deleted:
        document["_deleted"] = True
    document.update(leaf.value)
    return document


def conflicts_of(
    database: ReplicatedDatabase, leaf: Leaf, *, deleted: bool = False
) -> dict[str, Any]:
    """Return ``_conflicts`` (or ``_deleted_conflicts``) beside this leaf; {} if there are none."""
    others = [
        other.rev
        for other in database.leaf_revisions(leaf.id)
        if other.deleted == deleted and other.rev != leaf.rev
    ]
    return {"_deleted_conflicts" if deleted else "_conflicts": others} if others else {}


# -------------------------------------------------------------------------------------------- read


def read(database: ReplicatedDatabase, request: Request, doc_id: str) -> Response:
    """Answer GET ``/{db}/{id}``."""
    given = Parameters(request.args)
    if given.text("open_revs") is not None:
        return exchange.answer(request, _open_revisions(database, doc_id, given))
    leaf = _wanted_leaf(database, doc_id, given)
    document = document_of_leaf(leaf)
    document.update(_additions(database, leaf, given))
    return exchange.answer(request, document, headers={"ETag": f'"{leaf.rev}"'})


def _wanted_leaf(database: ReplicatedDatabase, doc_id: str, given: Parameters) -> Leaf:
    rev = given.revision()
    if rev is None:
        leaf = database.get(doc_id)
        if leaf is not None and leaf.deleted:
            raise refusals.not_found("deleted")
    elif given.flag("latest"):
        leaf = next(iter(database.latest(doc_id, rev)), None)
    else:
        leaf = database.get(doc_id, rev)
    if leaf is None:
        raise refusals.not_found()
    return leaf


def _additions(database: ReplicatedDatabase, leaf: Leaf, given: Parameters) -> dict[str, Any]:
    """Return the ``_`` fields that the query asks for."""
    everything = given.flag("meta")
    added: dict[str, Any] = {}
    if given.flag("revs"):
        added["_revisions"] = wire.revisions_field(database.path(leaf.id, leaf.rev))
    if given.flag("revs_info") or everything:
        added["_revs_info"] = [
            {"rev": info.rev, "status": str(info.state)}
            for info in database.revisions_info(leaf.id, leaf.rev)
        ]
    if given.flag("conflicts") or everything:
        added.update(conflicts_of(database, leaf))
    if given.flag("deleted_conflicts") or everything:
        added.update(conflicts_of(database, leaf, deleted=True))
    return added


def _open_revisions(
    database: ReplicatedDatabase, doc_id: str, given: Parameters
) -> list[dict[str, Any]]:
    """Return ``[{"ok": document}, {"missing": revision}]`` for ``open_revs``."""
    if given.text("open_revs") == "all":
        leaves = database.leaves(doc_id)
        if not leaves:
            raise refusals.not_found()
        return [{"ok": _with_history(database, leaf, given)} for leaf in leaves]
    wanted = given.json("open_revs")
    if not isinstance(wanted, list) or not all(wire.is_revision(rev) for rev in wanted):
        raise refusals.bad_request("`open_revs` must be `all` or an array of revisions")
    return [row for rev in wanted for row in _open_revision(database, doc_id, rev, given)]


def _open_revision(
    database: ReplicatedDatabase, doc_id: str, rev: str, given: Parameters
) -> Iterator[dict[str, Any]]:
    if given.flag("latest"):
        found = database.latest(doc_id, rev)
    else:
        leaf = database.get(doc_id, rev)
        found = () if leaf is None else (leaf,)
    if not found:
        yield {"missing": rev}
    for leaf in found:
        yield {"ok": _with_history(database, leaf, given)}


def _with_history(database: ReplicatedDatabase, leaf: Leaf, given: Parameters) -> dict[str, Any]:
    document = document_of_leaf(leaf)
    if given.flag("revs"):
        document["_revisions"] = wire.revisions_field(database.path(leaf.id, leaf.rev))
    return document


# ------------------------------------------------------------------------------------------- write


def write(database: ReplicatedDatabase, request: Request, doc_id: str, limits: Limits) -> Response:
    """Answer PUT ``/{db}/{id}``."""
    body = exchange.body_of(request, limits)
    if not isinstance(body, dict):
        raise refusals.bad_request("Document must be a JSON object")
    if body.get("_id", doc_id) != doc_id:
        raise refusals.bad_request("Document ID must match the address.")
    given = Parameters(request.args)
    document = {**body, "_id": doc_id}
    rev = _named_revision(request, given, body)
    if not given.flag("new_edits", True):
        return _keep(database, request, {**document, "_rev": rev})
    return _edit(database, request, edit_of(document, rev))


def create(database: ReplicatedDatabase, request: Request, limits: Limits, new_id: str) -> Response:
    """Answer POST ``/{db}``: a document that may leave its id to the server."""
    body = exchange.object_of(request, limits)
    document = {"_id": new_id, **body}
    return _edit(database, request, edit_of(document, body.get("_rev")))


def delete(database: ReplicatedDatabase, request: Request, doc_id: str) -> Response:
    """Answer DELETE ``/{db}/{id}``."""
    leaf = database.get(doc_id)
    if leaf is None:
        raise refusals.not_found()
    rev = _named_revision(request, Parameters(request.args), {})
    if leaf.deleted and rev is None:
        raise refusals.not_found("deleted")
    return _edit(database, request, Edit(doc_id, {}, rev, True), status=200)


def edit_of(document: dict[str, Any], rev: Any) -> Edit:
    """Return the edit that a client's document asks for.

    Raises:
        Refusal: 400 for what CouchDB would not take, 415 for attachments.
    """
    try:
        doc_id = wire.checked_id(document.get("_id"))
        value = wire.checked_fields(document)
    except wire.MalformedDocument as error:
        raise malformed(error) from error
    if rev is not None and not wire.is_revision(rev):
        raise refusals.bad_request("Invalid rev format")
    if wire.has_attachments(value):
        raise refusals.unsupported(_NO_ATTACHMENTS)
    return Edit(doc_id, value, rev, document.get("_deleted") is True)


def malformed(error: wire.MalformedDocument) -> refusals.Refusal:
    """Return the answer to a document that cannot be one."""
    problem = str(error.params.get("problem"))
    word = "doc_validation" if problem.startswith("Bad special") else "bad_request"
    return refusals.bad_request(problem, word)


def _named_revision(request: Request, given: Parameters, body: dict[str, Any]) -> str | None:
    """Return the revision that the client saw: in the query, If-Match or the document."""
    etag = request.headers.get("If-Match", "").strip().strip('"')
    named = {rev for rev in (given.revision(), etag or None, body.get("_rev")) if rev is not None}
    if len(named) > 1:
        raise refusals.bad_request(
            "Document rev from request body and query string have different values"
        )
    rev = named.pop() if named else None
    if rev is not None and not wire.is_revision(rev):
        raise refusals.bad_request("Invalid rev format")
    return rev


def _edit(
    database: ReplicatedDatabase, request: Request, edit: Edit, status: int = 201
) -> Response:
    rev = database.edit([edit])[0]
    if rev is None:
        raise refusals.conflict()
    return _stored(request, edit.id, rev, status)


def _keep(database: ReplicatedDatabase, request: Request, document: dict[str, Any]) -> Response:
    path = path_of(document)
    if wire.has_attachments(path.value):
        raise refusals.unsupported(_NO_ATTACHMENTS)
    verdict = database.insert([path])[0]
    if verdict.outcome == Outcome.REFUSED:
        raise refusals.forbidden(verdict.reason or verdict.code)
    return _stored(request, path.id, path.rev, 201)


def path_of(document: Any) -> RevisionPath:
    """Return the existing revision that a document stands for; 400 if it cannot be one."""
    try:
        return wire.path_of(document)
    except wire.MalformedDocument as error:
        raise malformed(error) from error


def _stored(request: Request, doc_id: str, rev: str, status: int) -> Response:
    body = {"ok": True, "id": doc_id, "rev": rev}
    return exchange.answer(request, body, status, {"ETag": f'"{rev}"'})


# ------------------------------------------------------------------------------------------- local


def read_local(database: ReplicatedDatabase, request: Request, local_id: str) -> Response:
    """Answer GET ``/{db}/_local/{id}``."""
    kept = database.get_local(local_id)
    if kept is None:
        raise refusals.not_found()
    rev, value = kept
    return exchange.answer(request, {"_id": f"_local/{local_id}", "_rev": rev, **value})


def write_local(
    database: ReplicatedDatabase, request: Request, local_id: str, limits: Limits
) -> Response:
    """Answer PUT ``/{db}/_local/{id}``; without a revision it overwrites, as CouchDB does."""
    body = exchange.body_of(request, limits)
    try:
        value = wire.checked_fields(body)
    except wire.MalformedDocument as error:
        raise malformed(error) from error
    if wire.has_attachments(value):
        raise refusals.unsupported(_NO_ATTACHMENTS)
    rev = database.put_local(local_id, value, parent=_local_revision(request, body))
    return _stored(request, f"_local/{local_id}", rev, 201)


def delete_local(database: ReplicatedDatabase, request: Request, local_id: str) -> Response:
    """Answer DELETE ``/{db}/_local/{id}``."""
    if not database.delete_local(local_id, parent=_local_revision(request, {})):
        raise refusals.not_found()
    return _stored(request, f"_local/{local_id}", "0-0", 200)


def _local_revision(request: Request, body: dict[str, Any]) -> str | None:
    rev = request.args.get("rev") or body.get("_rev")
    if rev is None:
        return None
    number = rev.removeprefix("0-") if isinstance(rev, str) else ""
    if not number.isascii() or not number.isdigit():
        raise refusals.bad_request("Invalid rev format")
    return str(rev)
