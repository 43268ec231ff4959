"""An intent is carried out: its documents inserted, its records written; at any time again.

Documents come first, with ``new_edits=false``: a second time changes nothing. Each record is
written over the revision that the intent names. A conflict means one of two things, told apart by
the name of the transaction that the record carries (``tx``, which writers of a single record leave
as it is): this intent has been carried out before, or a diary-only central was faster by the blink
between the question and the decision. The decision stands then: it was made.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from central.couch import server
from central.couch.intent import Intent, RecordStep
from central.couch.server import Couch
from sync import errors
from sync.documents.judgement import Outcome
from sync.replication import wire
from sync.store.values import RevisionPath

_ROUNDS = 16


@dataclass(frozen=True)
class Kept:
    """A record as it is in CouchDB: what has to be named to write over it."""

    id: str
    rev: str
    tx: str | None
    deleted: bool


def carry_out(
    couch: Couch, intent: Intent, still_ours: Callable[[], None], *, again: bool = False
) -> list[Kept]:
    """Do what the intent says, and return its records as they are then.

    Args:
        again: it may have been done before, wholly or in part.
        still_ours: called between requests; raises when another central writes now.
    Raises:
        errors.StoreUnavailable: CouchDB does not answer, or the lease is lost; to be done again.
    """
    insert(couch, intent.paths, still_ours)
    if not intent.records:
        return []
    still_ours()
    # A record that is not there and one that was removed are both written over without a word, so
    # the second time nothing may be sent before it was looked at.
    present = couch.revisions([step.id for step in intent.records]) if again else {}
    fresh = [step for step in intent.records if not again or present.get(step.id) == step.rev]
    sent = [step.document(intent.tx) for step in fresh]
    written = {row.id: row.rev for row in couch.write(sent)}
    kept = []
    for step in intent.records:
        rev = written.get(step.id) or _over_another(couch, step, intent.tx, still_ours)
        kept.append(Kept(step.id, rev, intent.tx, step.value is None))
    return kept


def insert(couch: Couch, paths: Sequence[RevisionPath], each: Callable[[], None]) -> None:
    """Insert revisions as they are, all on CouchDB's disk when this returns."""
    documents = [wire.document_of(path) for path in paths]
    by_name = {(path.id, path.rev): path for path in paths}
    for batch in server.batches(documents):
        each()
        some = [by_name[str(one["_id"]), str(one["_rev"])] for one in batch]
        with server.as_store():
            verdicts = couch.documents.upload(some)
        if any(verdict.outcome is not Outcome.ACCEPTED for verdict in verdicts):
            raise errors.StoreUnavailable(code="couch_refused", hint="look_into_couchdb_log")


def _over_another(couch: Couch, step: RecordStep, tx: str, still_ours: Callable[[], None]) -> str:
    """Return the record's revision after a conflict, having written it unless it was written."""
    for _ in range(_ROUNDS):
        rev = couch.revisions([step.id]).get(step.id)
        present = None if rev is None else couch.get(step.id, rev)
        if present is not None and present.body.get("tx") == tx:
            return present.rev
        # In this order: whoever wrote it with the lease took the lease before.
        still_ours()
        again = RecordStep(step.id, rev, step.value)
        row = couch.write([again.document(tx)])[0]
        if row.rev is not None:
            return row.rev
    raise errors.StoreUnavailable(code="couch_refused", hint="look_into_couchdb_log")
