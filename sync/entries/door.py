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
from sync.documents import accounting, entry, identifiers, judgement, kinds, leaves, settling
from sync.documents.entry import Entry
from sync.documents.identifiers import JournalId
from sync.documents.merging import Disputed
from sync.projections import calendars
from sync.projections.facts import SchoolFacts
from sync.store import entry_states
from sync.store.entry_states import EntryKey, State
from sync.store.transaction import Transaction
from sync.store.values import Leaf

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
    former: tuple[str, ...] = ()  # identities that it had before; what they wrote is its own, too

    @property
    def own(self) -> tuple[str, ...]:
        """Return all identities whose entries are its own."""
        return (self.node, *self.former)


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


class Numbering:
    """Gives the entries of one transaction their numbers, and seals them.

    Numbers go on from the last entry that this installation made; ``keep`` says so for the next.
    """

    def __init__(self, tx: Transaction, maker: Maker) -> None:
        """Begin after the last entry of ``maker`` in the store."""
        self._tx = tx
        self._maker = maker
        head = tx.meta_get(HEAD) or {"seq": 0, "digest": entry.NO_PREVIOUS}
        self._first = self._seq = int(head["seq"])
        self._previous: str = head["digest"]

    @property
    def made(self) -> int:
        """Return how many entries were sealed."""
        return self._seq - self._first

    def seal(self, doc_id: str, made: Entry) -> dict[str, Any]:
        """Return the entry as it stands in the document: numbered, chained and sealed."""
        self._seq += 1
        numbered = replace(made, seq=self._seq, previous=self._previous)
        raw = entry.seal(doc_id, numbered, self._maker.key).as_json()
        self._previous = entry.digest_of(doc_id, raw)
        return raw

    def keep(self) -> None:
        """Keep the number of the last entry; before the transaction ends or another one counts."""
        if self.made:
            self._tx.meta_set(HEAD, {"seq": self._seq, "digest": self._previous})


class Save:
    """One save in its transaction: numbers the entries, seals them, writes the documents."""

    def __init__(self, tx: Transaction, maker: Maker, epoch: str, now: datetime) -> None:
        """Write in ``tx``, as ``maker`` in its ``epoch``, at ``now``."""
        self.tx = tx
        self._maker = maker
        self._epoch = epoch
        self._now = now.replace(microsecond=0)
        self._facts = SchoolFacts(tx.connection)
        self._numbering = Numbering(tx, maker)
        self._offset: int | None = tx.meta_get(CLOCK_OFFSET)
        self._suspect = self._look_at_clock()

    def write(self, author: str, steps: Sequence[Step], reason: str | None) -> Saved:
        """Write what changes; fields that have the wished value already make no entry."""
        revisions: dict[str, str] = {}
        for step in steps:
            revision = self._write_document(author, step, reason)
            if revision is not None:
                revisions[step.doc_id] = revision
        return self._saved(revisions)

    def choose(
        self, author: str, doc_id: str, shown: Sequence[str], fields: Mapping[str, Any]
    ) -> Saved:
        """Settle a dispute between values that ``author`` wrote on several computers.

        One revision on the leaf that is shown here: the union of all entries, then the author's
        entry for each field of each disputed unit, also where the value stays.

        Args:
            shown: the live leaves between which the author chose.
            fields: the wished value of each disputed field; another than all of them may be meant.
        Raises:
            errors.EntryRefused: ``changed_meanwhile``, ``nothing_to_decide``, ``choice_needed``
                (a disputed field is not named), ``not_your_choice``, or as for ``write``.
        """
        parsed = identifiers.parse_journal(doc_id)
        live = self._live(doc_id)
        if {leaf.rev for leaf in live} != set(shown):
            raise errors.EntryRefused(code="changed_meanwhile", hint="look_and_repeat")
        onto = leaves.own_leaf([leaf.value for leaf in live], self._maker.own)
        ground = settling.ground(parsed.kind, [leaf.value for leaf in live], onto)
        if not isinstance(ground.found, Disputed):
            raise errors.EntryRefused(code="nothing_to_decide", hint="reload_and_repeat")
        disputed = [name for one in ground.found.disputes for name in one.fields]
        if any(one.own_author != author for one in ground.found.disputes):
            raise errors.EntryRefused(code="not_your_choice", hint="ask_deputy_head")
        if set(disputed) != set(fields):
            raise errors.EntryRefused(code="choice_needed", hint="correct_and_repeat")
        made = [
            self._entry(author, name, ground.old(name), fields[name], None) for name in disputed
        ]
        return self._saved({doc_id: self._settled(parsed, live[onto], ground.value, made)})

    def withdraw(self, author: str, doc_id: str) -> Saved:
        """Take back what ``author`` wrote here and central has put aside: as it was before it.

        No right is asked: who may not write may still say that it was a mistake. Entries that no
        receipt covers yet go back with those they build on.

        Raises:
            errors.EntryRefused: ``nothing_to_withdraw``, or ``not_your_entry`` if somebody else
                wrote one of them.
        """
        parsed = identifiers.parse_journal(doc_id)
        live = self._live(doc_id)
        if not live:
            raise errors.EntryRefused(code="nothing_to_withdraw", hint="reload_and_repeat")
        shown = live[leaves.own_leaf([leaf.value for leaf in live], self._maker.own)]
        before = self._before_unaccepted(author, doc_id, shown.value)
        made = [
            self._entry(author, name, shown.value.get(name), was, None)
            for name, was in before.items()
            if shown.value.get(name) != was
        ]
        if not made:
            raise errors.EntryRefused(code="nothing_to_withdraw", hint="reload_and_repeat")
        return self._saved({doc_id: self._put(parsed.kind, shown, doc_id, shown.value, made)})

    def _before_unaccepted(
        self, author: str, doc_id: str, value: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return, by field, what was there before this node's first entry not accepted yet."""
        before: dict[str, Any] = {}
        aside = False
        for raw in entry.entries_of(value):
            if raw["node"] not in self._maker.own:
                continue
            state = self._state_of(doc_id, raw)
            if state is State.ACCEPTED:
                continue
            if raw["author"] != author:
                raise errors.EntryRefused(code="not_your_entry", hint="ask_deputy_head")
            aside = aside or state is State.QUARANTINED
            before.setdefault(raw["field"], raw["old"])
        return before if aside else {}

    def _state_of(self, doc_id: str, raw: Mapping[str, Any]) -> State | None:
        digest = entry.digest_of(doc_id, raw)
        key = EntryKey(raw["node"], raw["epoch"], raw["seq"], digest)
        found = entry_states.state_of(self.tx.connection, key)
        return None if found is None else found.state

    def _settled(
        self, parsed: JournalId, onto: Leaf, value: dict[str, Any], made: Sequence[Entry]
    ) -> str:
        self._judge(parsed, made)
        written = self._written(parsed.kind, onto.id, value, made)
        grown = entry.entries_of(written)[len(entry.entries_of(onto.value)) :]
        try:
            accounting.account(onto.value, [entry.parse(raw) for raw in grown])
        except accounting.NotAccountedFor as error:
            # Too entangled to be one author's choice; the desk can always decide.
            raise errors.EntryRefused(code="not_your_choice", hint="ask_deputy_head") from error
        return self.tx.put(onto.id, written, parent=onto.rev)

    def _saved(self, revisions: Mapping[str, str]) -> Saved:
        self._numbering.keep()
        return Saved(revisions, self._numbering.made)

    def _live(self, doc_id: str) -> list[Leaf]:
        return [leaf for leaf in self.tx.leaves(doc_id) if not leaf.deleted]

    def _look_at_clock(self) -> bool:
        high = self.tx.meta_get(_CLOCK_HIGH)
        seen = None if high is None else entry.instant(high)
        if seen is None or self._now > seen:
            self.tx.meta_set(_CLOCK_HIGH, entry.instant_text(self._now))
        behind = seen is not None and self._now < seen - CLOCK_TOLERANCE
        calendar = calendars.current(self.tx.connection)
        outside = calendar is not None and not calendar.contains(calendar.today(self._now))
        return behind or outside

    def _write_document(self, author: str, step: Step, reason: str | None) -> str | None:
        parsed = identifiers.parse_journal(step.doc_id)
        live = self._live(step.doc_id)
        shown = (
            live[leaves.own_leaf([one.value for one in live], self._maker.own)] if live else None
        )
        value = kinds.empty(parsed.kind) if shown is None else shown.value
        changed = {name: new for name, new in step.fields.items() if value.get(name) != new}
        if not changed:
            return None if shown is None else shown.rev
        _refuse_if_changed_meanwhile(value, changed, step.seen)
        if not reason:
            _refuse_without_reason(parsed.kind, value, changed)
        made = [
            self._entry(author, name, value.get(name), new, reason) for name, new in changed.items()
        ]
        self._judge(parsed, made)
        return self._put(parsed.kind, shown, step.doc_id, value, made)

    def _judge(self, parsed: JournalId, made: Sequence[Entry]) -> None:
        for one in made:
            code = judgement.judge_step(parsed, one, self._facts)
            if code is not None:
                raise errors.EntryRefused(code=code, field=one.field)

    def _put(
        self,
        kind: str,
        onto: Leaf | None,
        doc_id: str,
        value: Mapping[str, Any],
        made: Sequence[Entry],
    ) -> str:
        written = self._written(kind, doc_id, value, made)
        return self.tx.put(doc_id, written, parent=None if onto is None else onto.rev)

    def _written(
        self, kind: str, doc_id: str, value: Mapping[str, Any], made: Sequence[Entry]
    ) -> dict[str, Any]:
        written = entry.fold(value, made)
        sealed = [self._numbering.seal(doc_id, one) for one in made]
        written["entries"] = [*entry.entries_of(value), *sealed]
        _refuse_violations(kind, written)
        return written

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


def _refuse_without_reason(kind: str, value: Mapping[str, Any], changed: Mapping[str, Any]) -> None:
    for name in changed:
        if settling.is_decided(kind, value, name):
            raise errors.EntryRefused(code="reason_needed", hint="give_reason", field=name)


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
