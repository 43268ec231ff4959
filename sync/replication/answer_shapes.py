"""What answers of a CouchDB-shaped server must look like; anything else stops the pass.

Each function takes the JSON of one answer and returns its meaning, or raises
``errors.ProtocolViolation`` with the step whose answer it was: a half-understood answer must never
move a checkpoint.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sync import errors
from sync.documents.judgement import Outcome
from sync.replication import wire
from sync.replication.outcome import Verdict
from sync.store.values import ChangeRow, ChangesPage, RevisionPath

# What a stock server says of one document that it will never take; the others are its own trouble.
_REFUSALS = frozenset(
    {
        "forbidden",
        "unauthorized",
        "too_large",
        "document_too_large",
        "unsupported_media_type",
        "bad_content_type",
    }
)
_SENT_OUTCOMES = {
    str(outcome): outcome for outcome in (Outcome.ACCEPTED, Outcome.QUARANTINED, Outcome.REFUSED)
}
_MOST_REASON_CHARACTERS = 500


@dataclass(frozen=True)
class Database:
    """What ``GET /{db}`` says; ``uuid`` is empty and ``epoch`` None unless it is our own server.

    ``takes`` are forms of a request that it takes beside CouchDB's.
    """

    update_seq: str
    began: str
    uuid: str
    epoch: str | None
    takes: frozenset[str] = frozenset()


def wrong(step: str) -> errors.ProtocolViolation:
    """Return the error of an answer that cannot be one to this step."""
    return errors.ProtocolViolation(code="answer_not_understood", step=step)


def database(said: Any) -> Database:
    """Return the meaning of ``GET /{db}``."""
    fields = _object(said, "info")
    epoch = fields.get("epoch")
    return Database(
        _sequence(fields.get("update_seq"), "info"),
        str(fields.get("instance_start_time", "")),
        _text(fields.get("uuid", ""), "info"),
        None if epoch is None else _text(epoch, "info"),
        frozenset(_text(one, "info") for one in _list(fields.get("takes", []), "info")),
    )


def server_uuid(said: Any) -> str:
    """Return the identity of a stock server from ``GET /``; some have none."""
    return _text(_object(said, "info").get("uuid", ""), "info")


def checkpoint(said: Any) -> Mapping[str, Any]:
    """Return a local document; what is in it is judged by ``checkpoints``."""
    return dict(_object(said, "get_checkpoint"))


def changes(said: Any) -> ChangesPage:
    """Return the meaning of ``GET /{db}/_changes``."""
    fields = _object(said, "changes")
    rows = tuple(_change_row(row) for row in _list(fields.get("results"), "changes"))
    pending = _number(fields.get("pending", 0), "changes")
    return ChangesPage(rows, _sequence(fields.get("last_seq"), "changes"), max(0, pending))


def _change_row(said: Any) -> ChangeRow:
    row = _object(said, "changes")
    revs = tuple(
        _revision(_object(change, "changes").get("rev"), "changes")
        for change in _list(row.get("changes"), "changes")
    )
    if not revs:
        raise wrong("changes")
    return ChangeRow(
        _sequence(row.get("seq"), "changes"),
        _text(row.get("id"), "changes"),
        row.get("deleted") is True,
        revs,
    )


def missing(said: Any, offered: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Return the meaning of ``POST /{db}/_revs_diff``: only what was offered can be missing."""
    lacking: dict[str, tuple[str, ...]] = {}
    for doc_id, entry in _object(said, "revs_diff").items():
        revs = tuple(_list(_object(entry, "revs_diff").get("missing"), "revs_diff"))
        if doc_id not in offered or not set(revs) <= set(offered[doc_id]):
            raise wrong("revs_diff")
        if revs:
            lacking[doc_id] = revs
    return lacking


def revisions(said: Any, wanted: Sequence[tuple[str, str]]) -> list[RevisionPath | None]:
    """Return the meaning of ``POST /{db}/_bulk_get``: one result for each wanted revision."""
    results = _list(_object(said, "fetch").get("results"), "fetch")
    if len(results) != len(wanted):
        raise wrong("fetch")
    return [_fetched(result, *want) for result, want in zip(results, wanted, strict=True)]


def _fetched(said: Any, doc_id: str, rev: str) -> RevisionPath | None:
    result = _object(said, "fetch")
    docs = _list(result.get("docs"), "fetch")
    if result.get("id") != doc_id or len(docs) != 1:
        raise wrong("fetch")
    doc = _object(docs[0], "fetch")
    if "error" in doc:
        return None
    path = wire.path_of(doc.get("ok"))
    if (path.id, path.rev) != (doc_id, rev):
        raise wrong("fetch")
    return path


def verdicts(said: Any, paths: Sequence[RevisionPath]) -> list[Verdict]:
    """Return the meaning of ``POST /{db}/_bulk_docs``, one verdict for each path, in order.

    Our own gateway gives them; a stock server lists what it did not take.

    Raises:
        errors.PeerUnreachable: the server failed at a document; send it again later.
        errors.PeerRefused: the server says something else of a document than yes or no.
    """
    if isinstance(said, dict) and "judged" in said:
        return _brief_verdicts(said, paths)
    if isinstance(said, dict):
        judged = _list(said.get("verdicts"), "upload")
        if len(judged) != len(paths):
            raise wrong("upload")
        return [_verdict(entry, path) for entry, path in zip(judged, paths, strict=True)]
    problems = list(_problems(_list(said, "upload")))
    return [_stock_verdict(path, problems) for path in paths]


def _brief_verdicts(said: Mapping[str, Any], paths: Sequence[RevisionPath]) -> list[Verdict]:
    """Return the meaning of ``{"judged": N, "verdicts": [...]}``: the others were accepted."""
    if _number(said["judged"], "upload") != len(paths):
        raise wrong("upload")
    judged = [Verdict(path.id, path.rev, Outcome.ACCEPTED) for path in paths]
    for entry in _list(said.get("verdicts"), "upload"):
        place = _number(_object(entry, "upload").get("at"), "upload")
        if not 0 <= place < len(paths):
            raise wrong("upload")
        judged[place] = _verdict(entry, paths[place])
    return judged


def _verdict(said: Any, path: RevisionPath) -> Verdict:
    entry = _object(said, "upload")
    outcome = _SENT_OUTCOMES.get(str(entry.get("outcome")))
    if (entry.get("id"), entry.get("rev")) != (path.id, path.rev) or outcome is None:
        raise wrong("upload")
    code = _text(entry.get("code", ""), "upload")
    reason = _text(entry.get("reason", ""), "upload")
    return Verdict(path.id, path.rev, outcome, code, reason[:_MOST_REASON_CHARACTERS])


def _problems(rows: Sequence[Any]) -> Iterator[dict[str, Any]]:
    for row in rows:
        fields = _object(row, "upload")
        if "error" in fields:
            word = str(fields["error"])
            if word in ("internal_server_error", "timeout", "unknown_error"):
                raise errors.PeerUnreachable(code="peer_busy")
            if word not in _REFUSALS:
                raise errors.PeerRefused(said=word[:80])
            yield fields


def _stock_verdict(path: RevisionPath, problems: Sequence[Mapping[str, Any]]) -> Verdict:
    for problem in problems:
        # Not every server repeats the revision; then the answer is about all that were sent.
        if problem.get("id") == path.id and problem.get("rev", path.rev) == path.rev:
            reason = str(problem.get("reason", ""))[:_MOST_REASON_CHARACTERS]
            return Verdict(path.id, path.rev, Outcome.REFUSED, str(problem["error"]), reason)
    return Verdict(path.id, path.rev, Outcome.ACCEPTED)


def _object(value: Any, step: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise wrong(step)
    return value


def _list(value: Any, step: str) -> list[Any]:
    if not isinstance(value, list):
        raise wrong(step)
    return value


def _text(value: Any, step: str) -> str:
    if not isinstance(value, str):
        raise wrong(step)
    return value


def _number(value: Any, step: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise wrong(step)
    return value


def _sequence(value: Any, step: str) -> str:
    # CouchDB's are texts, PouchDB's numbers.
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return _text(value, step)


def _revision(value: Any, step: str) -> str:
    if not wire.is_revision(value):
        raise wrong(step)
    return str(value)
