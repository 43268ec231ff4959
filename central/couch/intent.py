"""What a transaction wants to write, put into words before it is written.

CouchDB writes one document at a time and knows no transaction over several. So a transaction is
first written down whole, in the one document that says who the writer is (``lease``); that single
write decides. What it says is then carried out, and after a crash at any point whoever writes next
carries it out again. Documents may be inserted any number of times; a record carries the name of
the last transaction that wrote it (``tx``), by which a second time is noticed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sync.replication import wire
from sync.store.authority import RecordWrite
from sync.store.values import RevisionPath

#: Documents of the records database that are no records have ids without a slash.
LEASE = "lease"
SCHOOL = "school"
PIECES = "intent:"


@dataclass(frozen=True)
class RecordStep:
    """One record to write: over which revision (None: it is not there), and its value or None."""

    id: str
    rev: str | None
    value: Mapping[str, Any] | None

    def document(self, tx: str | None) -> dict[str, Any]:
        """Return what is sent to CouchDB."""
        document: dict[str, Any] = {"_id": self.id}
        if self.rev is not None:
            document["_rev"] = self.rev
        if tx is not None:
            document["tx"] = tx
        if self.value is None:
            document["_deleted"] = True
        else:
            document["value"] = dict(self.value)
        return document


@dataclass(frozen=True)
class Intent:
    """A transaction: revisions to insert and records to write."""

    tx: str
    paths: tuple[RevisionPath, ...]
    records: tuple[RecordStep, ...]

    def parts(self) -> list[dict[str, Any]]:
        """Return the steps as JSON objects, to be kept in one document or in several."""
        documents = [{"document": wire.document_of(path)} for path in self.paths]
        records = [
            {
                "record": step.id,
                "rev": step.rev,
                "value": None if step.value is None else dict(step.value),
            }
            for step in self.records
        ]
        return [*documents, *records]


def of_parts(tx: str, parts: list[Mapping[str, Any]]) -> Intent:
    """Return what ``parts`` gave."""
    return Intent(
        tx,
        tuple(_path(part["document"]) for part in parts if "document" in part),
        tuple(
            RecordStep(part["record"], part["rev"], part["value"])
            for part in parts
            if "record" in part
        ),
    )


def _path(document: Mapping[str, Any]) -> RevisionPath:
    return wire.path_of(dict(document))


def record_id(collection: str, key: str) -> str:
    """Return the id of a record in its database."""
    return f"{collection}/{key}"


def record_name(doc_id: str) -> tuple[str, str] | None:
    """Return (collection, key) of a record's id; None for what is no record."""
    collection, slash, key = doc_id.partition("/")
    if not slash or doc_id.startswith(("_", PIECES)):
        return None
    return collection, key


def step_of(write: RecordWrite, rev: str | None) -> RecordStep:
    """Return the step for a record that is at ``rev`` now."""
    return RecordStep(record_id(write.collection, write.key), rev, write.value)
