"""One save: steps become sealed entries, and the documents that hold them one revision each.

A save names what its author was shown; if somebody changed it meanwhile, nothing is written and the
author is told. What may be written is asked of ``documents.judgement``, as the gateway at central
will ask again. Documents, entries, the number of the last entry and the read tables change in the
transaction that the caller holds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sync import errors
from sync.documents import entry, identifiers, judgement, kinds, leaves
from sync.documents.entry import Entry
from sync.projections import calendars
from sync.projections.facts import SchoolFacts
from sync.store.transaction import Transaction

# A clock this far behind the last time seen was set back or lost its battery.
CLOCK_TOLERANCE = timedelta(minutes=10)
CLOCK_OFFSET = "journal.clock_offset"  # seconds central was ahead at the last contact

HEAD = "journal.head"  # number and digest of the last entry this installation made
_CLOCK_HIGH = "journal.clock_high"


@dataclass(frozen=True)
class Maker:
    """The installation whose entries these are: its id and the key it shares with central."""

    node: str
    key: bytes


@dataclass(frozen=True)
class Step:
    """A wish to change fields of one document.

    ``seen`` holds, for each field, what the person saw before; None where nothing was there.
    """

    doc_id: str
    fields: Mapping[str, Any]
    seen: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Saved:
    """What a save did: the revision of each document it named, and how many entries it made."""

    revisions: Mapping[str, str]
    entries: int

    def as_json(self) -> dict[str, Any]:
        """Return the result as it is kept with its token."""
        return {"revisions": dict(self.revisions), "entries": self.entries}


class Save:
    """One save in its transaction: numbers the entries, seals them, writes the documents."""

    def __init__(self, tx: Transaction, maker: Maker, epoch: str, now: datetime) -> None:
        """Write in ``tx``, as ``maker`` in its ``epoch``, at ``now``."""
        self._tx = tx
        self._maker = maker
        self._epoch = epoch
        self._now = now.replace(microsecond=0)
        self._facts = SchoolFacts(tx.connection)
        head = tx.meta_get(HEAD) or {"seq": 0, "digest": entry.NO_PREVIOUS}
        self._seq: int = head["seq"]
        self._previous: str = head["digest"]
        self._offset: int | None = tx.meta_get(CLOCK_OFFSET)
        self._suspect = self._look_at_clock()

    def write(self, author: str, steps: Sequence[Step], reason: str | None) -> Saved:
        """Write what changes; fields that have the wished value already make no entry."""
        first = self._seq
        revisions: dict[str, str] = {}
        for step in steps:
            revision = self._write_document(author, step, reason)
            if revision is not None:
                revisions[step.doc_id] = revision
        if self._seq > first:
            self._tx.meta_set(HEAD, {"seq": self._seq, "digest": self._previous})
        return Saved(revisions, self._seq - first)

    def _look_at_clock(self) -> bool:
        high = self._tx.meta_get(_CLOCK_HIGH)
        seen = None if high is None else entry.instant(high)
        if seen is None or self._now > seen:
            self._tx.meta_set(_CLOCK_HIGH, entry.instant_text(self._now))
        behind = seen is not None and self._now < seen - CLOCK_TOLERANCE
        calendar = calendars.current(self._tx.connection)
        outside = calendar is not None and not calendar.contains(calendar.today(self._now))
        return behind or outside

    def _write_document(self, author: str, step: Step, reason: str | None) -> str | None:
        parsed = identifiers.parse_journal(step.doc_id)
        live = [leaf for leaf in self._tx.leaves(step.doc_id) if not leaf.deleted]
        shown = (
            live[leaves.own_leaf([one.value for one in live], self._maker.node)] if live else None
        )
        value = kinds.empty(parsed.kind) if shown is None else shown.value
        changed = {name: new for name, new in step.fields.items() if value.get(name) != new}
        if not changed:
            return None if shown is None else shown.rev
        _refuse_if_changed_meanwhile(value, changed, step.seen)
        made = [
            self._entry(author, name, value.get(name), new, reason) for name, new in changed.items()
        ]
        for one in made:
            code = judgement.judge_step(parsed, one, self._facts)
            if code is not None:
                raise errors.EntryRefused(code=code, field=one.field)
        written = entry.fold(value, made)
        sealed = [self._seal(step.doc_id, one) for one in made]
        written["entries"] = [*entry.entries_of(value), *sealed]
        _refuse_violations(parsed.kind, written)
        return self._tx.put(step.doc_id, written, parent=None if shown is None else shown.rev)

    def _entry(self, author: str, name: str, old: Any, new: Any, reason: str | None) -> Entry:
        return Entry(
            field=name,
            old=old,
            new=new,
            author=author,
            node=self._maker.node,
            epoch=self._epoch,
            seq=0,
            written_at=self._now,
            clock_offset=self._offset or None,
            clock_suspect=self._suspect,
            reason=reason,
        )

    def _seal(self, doc_id: str, made: Entry) -> dict[str, Any]:
        self._seq += 1
        numbered = replace(made, seq=self._seq, previous=self._previous)
        raw = entry.seal(doc_id, numbered, self._maker.key).as_json()
        self._previous = entry.digest_of(doc_id, raw)
        return raw


def _refuse_if_changed_meanwhile(
    value: Mapping[str, Any], changed: Mapping[str, Any], seen: Mapping[str, Any]
) -> None:
    for name in changed:
        # Weight and kind of a mark follow its column; nobody sees or types them in a cell.
        expected = seen[name] if name in seen else (None if not seen else value.get(name))
        if value.get(name) != expected:
            raise errors.EntryRefused(
                code="changed_meanwhile",
                hint="look_and_repeat",
                field=name,
                now="" if value.get(name) is None else str(value.get(name))[:200],
            )


def _refuse_violations(kind: str, value: Mapping[str, Any]) -> None:
    for violation in kinds.check(kind, value):
        raise errors.EntryRefused(code=violation.code, field=violation.field)
