"""Open conflicts, read in the school's words: what stood before, what each of the people wrote.

5А · Физика · пн, 12 октября, 2-й урок    Иванов Пётр: отметка     до этого: –
    «4»  Петрова А. С., учитель группы,        каб. 12, 10:41
    «5»  Сидоров К. Л., замещает в этом уроке, каб. 7,  11:02      <- предлагается
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from central.desk import apart, deciding, matters, suggesting
from central.desk.causes import Cause
from central.desk.filters import Filters
from central.desk.matters import Computer, Matter, Part
from central.desk.office import Reading
from central.desk.suggesting import Claim, Suggestion
from sync.documents import entry, kinds
from sync.documents.entry import Entry
from sync.documents.merging import Dispute, Version
from sync.projections import disputes
from sync.projections.disputes import DisputeRow
from sync.store.document_store import DocumentStore


@dataclass(frozen=True)
class Side:
    """One of the versions: the values, who wrote them, as what, where and when."""

    index: int
    values: Mapping[str, Any]
    author: str
    part: Part
    computer: Computer
    written_at: datetime
    reason: str | None
    clock_suspect: bool


@dataclass(frozen=True)
class Unit:
    """Fields that are settled together, with their versions; ``before`` is what both built on.

    ``sides`` are in the order in which they were written, each with its index as a version.
    """

    fields: tuple[str, ...]
    before: Mapping[str, Any]
    sides: Sequence[Side]
    suggestion: Suggestion | None

    @property
    def held(self) -> list[Mapping[str, Any]]:
        """Return what the versions hold."""
        return [side.values for side in self.sides]

    @property
    def of_two_minds(self) -> frozenset[str]:
        """Return who wrote several values, so that "what they wrote" does not say which."""
        authors = {side.author for side in self.sides}
        return frozenset(
            one
            for one in authors
            if len({repr(side.values) for side in self.sides if side.author == one}) > 1
        )

    @property
    def suggested(self) -> Side | None:
        """Return the side that is suggested."""
        wanted = None if self.suggestion is None else self.suggestion.version
        return next((side for side in self.sides if side.index == wanted), None)

    @property
    def standing(self) -> Mapping[str, Any]:
        """Return the values of the version that keeps its place."""
        kept = self.stays if self.sides else None
        return next((side.values for side in self.sides if side.index == kept), self.before)

    @property
    def stays(self) -> int:
        """Return the index of the version that keeps its place where all of them are kept."""
        return self.sides[0].index if self.suggestion is None else self.suggestion.version


@dataclass(frozen=True)
class History:
    """A leaf's entries, oldest first; ``last`` is the latest that the others do not know."""

    steps: "Sequence[HistoryStep]"
    last: "HistoryStep | None"


@dataclass(frozen=True)
class HistoryStep:
    """An entry of a version; ``shared`` ones were made before the versions parted."""

    step: Entry
    computer: Computer
    shared: bool


@dataclass(frozen=True)
class Conflict:
    """A document on which people differ.

    Attributes:
        shown: the live leaves that were read; a decision names them.
        histories: one for each leaf, in the order of the sides.
        own_author: the one who wrote all versions, if it was one.
        waits_for_author: that author is asked first, until ``free_at``.
        reopened: a decision about it was taken back.
        too_large: only one of the histories goes on in the journal, see ``apart``.
    """

    about: Matter
    shown: tuple[str, ...]
    units: Sequence[Unit]
    histories: Sequence[History]
    since: datetime
    own_author: str | None
    waits_for_author: bool
    free_at: datetime
    reopened: bool
    too_large: bool

    @property
    def people(self) -> frozenset[str]:
        """Return who wrote the versions."""
        return frozenset(side.author for unit in self.units for side in unit.sides)

    @property
    def of_two_minds(self) -> frozenset[str]:
        """Return who wrote several values of one thing; then no common rule applies."""
        return frozenset(one for unit in self.units for one in unit.of_two_minds)

    @property
    def cause(self) -> Cause:
        """Return what it may be settled together with."""
        return Cause(self.about.lesson, self.people)


def open_conflicts(now: Reading, filters: Filters) -> list[Conflict]:
    """Return what waits for the desk, the longest waiting first."""
    return _listed(now, filters, waits_for_author=False)


def with_their_authors(now: Reading, filters: Filters) -> list[Conflict]:
    """Return what its own author is asked about first, the longest waiting first."""
    return _listed(now, filters, waits_for_author=True)


def counted(store: DocumentStore, now: datetime) -> tuple[int, int]:
    """Return how many conflicts wait for the desk, and how many for their authors."""
    rows = disputes.open_disputes(store.database.read())
    theirs = sum(1 for row in rows if _waits_for_author(store, row, now))
    return len(rows) - theirs, theirs


def conflict(now: Reading, doc_id: str) -> Conflict | None:
    """Return the conflict about a document; None if there is none (any more)."""
    row = disputes.dispute_of(now.connection, doc_id)
    return None if row is None else _conflict(now, row)


def of_cause(now: Reading, key: str) -> list[Conflict]:
    """Return the open conflicts with one cause, by student and matter."""
    lesson = key.partition("/")[0]
    rows = [row for row in disputes.open_disputes(now.connection) if str(row.lesson) == lesson]
    every = [one for row in rows if (one := _conflict(now, row))]
    found = [one for one in every if not one.waits_for_author and one.cause.key == key]
    return sorted(found, key=lambda one: (matters.order_of(one.about), one.about.doc_id))


def _listed(now: Reading, filters: Filters, *, waits_for_author: bool) -> list[Conflict]:
    found = [one for row in disputes.open_disputes(now.connection) if (one := _conflict(now, row))]
    admitted = [
        one
        for one in found
        if one.waits_for_author is waits_for_author
        and filters.admits(one.about, one.people, one.since, now.now)
    ]
    by_time = sorted(admitted, key=lambda one: (one.since, matters.order_of(one.about)))
    return filters.ordered(by_time, lambda one: one.about)


def _conflict(now: Reading, row: DisputeRow) -> Conflict | None:
    live = [leaf for leaf in now.store.leaves(row.doc_id) if not leaf.deleted]
    found = deciding.disputes_of(now.store, row.doc_id)
    if not live or not found:
        return None
    about = now.book.matter(row.doc_id)
    since = deciding.open_since(now.store.records, row.doc_id) or now.now
    free_at = since + deciding.AUTHOR_FIRST
    return Conflict(
        about=about,
        shown=tuple(leaf.rev for leaf in live),
        units=_in_order(about.kind, [_unit(now, about, one) for one in found]),
        histories=_histories(now, about, [leaf.value for leaf in live], _told(about.kind, found)),
        since=since,
        own_author=row.own_author,
        waits_for_author=_waits_for_author(now.store, row, now.now),
        free_at=free_at,
        reopened=row.reopened,
        too_large=len(live) > 1 and apart.are_too_large([leaf.value for leaf in live]),
    )


def _in_order(kind: str, units: Sequence[Unit]) -> list[Unit]:
    """Return units in the order of the kind's fields: of a mark its value first."""
    fields = list(kinds.FIELDS[kind])
    return sorted(units, key=lambda unit: fields.index(unit.fields[0]))


def _waits_for_author(store: DocumentStore, row: DisputeRow, now: datetime) -> bool:
    if row.own_author is None:
        return False
    since = deciding.open_since(store.records, row.doc_id) or now
    return now < since + deciding.AUTHOR_FIRST


def _unit(now: Reading, about: Matter, found: Dispute) -> Unit:
    sides = [_side(now, about, index, one) for index, one in enumerate(found.versions)]
    claims = [Claim(side.author, side.written_at, side.clock_suspect) for side in sides]
    suggestion = suggesting.suggest(
        claims,
        substitute=now.book.substitute(about.lesson),
        assigned=now.book.assigned(about.lesson),
    )
    shown = sorted(sides, key=lambda side: (side.written_at, side.index))
    return Unit(tuple(found.fields), found.before, shown, suggestion)


def _side(now: Reading, about: Matter, index: int, version: Version) -> Side:
    return Side(
        index=index,
        values=version.values,
        author=version.author,
        part=now.book.part(version.author, about),
        computer=now.book.computer(version.node),
        written_at=version.written_at,
        reason=version.reason,
        clock_suspect=version.clock_suspect,
    )


def _told(kind: str, found: Iterable[Dispute]) -> frozenset[str]:
    """Return the fields that tell the versions apart, a mark's kind of work and weight too."""
    return frozenset(
        name
        for one in found
        for name in matters.differing(kind, one.fields, [side.values for side in one.versions])
    )


def _histories(
    now: Reading, about: Matter, live: Sequence[Mapping[str, Any]], told: Collection[str]
) -> list[History]:
    shared = {entry.parse(raw).key for raw in entry.shared_prefix(live)} if len(live) > 1 else set()
    found = [_history(now, about, value, shared, told) for value in live]
    return sorted(found, key=lambda one: _since(one.last))


def _history(
    now: Reading,
    about: Matter,
    value: Mapping[str, Any],
    shared: set[tuple[str, str, int]],
    disputed: Collection[str],
) -> History:
    steps = [
        HistoryStep(step, now.book.computer(step.node), step.key in shared)
        for step in map(entry.parse, entry.entries_of(value))
        if step.field not in kinds.CENTRAL_FIELDS  # the matter itself says that it is open again
    ]
    told = {*matters.telling(about.kind, [one.step.field for one in steps]), *disputed}
    own = [one for one in steps if not one.shared]
    return History([one for one in steps if one.step.field in told], own[-1] if own else None)


def _since(last: HistoryStep | None) -> str:
    return "" if last is None else entry.instant_text(last.step.written_at)
