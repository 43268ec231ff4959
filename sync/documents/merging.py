"""Several live leaves of one document become one, or a question for a person. Pure.

Two people wrote the same fact without knowing of each other. What they share is the set of entries
that all leaves hold; what each did is the rest. Fields that mean something only together form a
unit. A unit that one leaf alone touched has that leaf's value, one that several touched with the
same result has that; one that several touched with different results is a ``Dispute``, and the
document waits for a person.

A merge holds the union of the entries: those of the leaf it grows on, then those of the others that
are not there yet, each leaf's in its own order. So the value of a document is always the fold of
its entries, and a merge needs no entry of its own: it depends on its leaves alone, on no clock and
no process, and made twice it is the same revision.

    merge("mark", [winner, other, …])  ->  Merged(value, onto, is_new, closed)
                                        |  Disputed(disputes, safe, closed)
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sync.documents import accounting, canonical, entry, kinds
from sync.documents.entry import CENTRAL_NODE

Value = Mapping[str, Any]
Unit = tuple[str, ...]

#: Fields of a kind that are settled together; every other field is a unit of its own.
UNITS: Mapping[str, tuple[Unit, ...]] = {"absence": (("presence", "minutes"),)}

#: What a mark is worth: a 4 in a control work and a 5 for an answer differ in all of it, although
#: the answer states neither kind nor weight. Where these differ they are settled together.
_MARK: Unit = ("value", "weight", "work_kind")


@dataclass(frozen=True)
class Version:
    """One value of a disputed unit and who wrote it last, where and when."""

    leaf: int
    values: Mapping[str, Any]
    author: str
    node: str
    written_at: datetime
    reason: str | None
    clock_suspect: bool


@dataclass(frozen=True)
class Dispute:
    """A unit with several values; ``before`` is what all leaves agree was there."""

    fields: Unit
    before: Mapping[str, Any]
    versions: tuple[Version, ...]

    @property
    def own_author(self) -> str | None:
        """Return who wrote all the values on nodes, and is asked first; None: several people."""
        authors = {version.author for version in self.versions}
        made_at_central = any(version.node == CENTRAL_NODE for version in self.versions)
        return self.versions[0].author if len(authors) == 1 and not made_at_central else None

    @property
    def is_own(self) -> bool:
        """Tell whether one author wrote all the values, on several nodes."""
        return self.own_author is not None


@dataclass(frozen=True)
class Merged:
    """The leaves are one. ``value`` is a new revision on leaf ``onto`` unless it is that leaf's.

    ``closed`` are the indices of all other leaves, whose entries are all in ``value``.
    """

    value: dict[str, Any]
    onto: int
    is_new: bool
    closed: tuple[int, ...]


@dataclass(frozen=True)
class Disputed:
    """A person has to decide.

    ``safe`` is the merge of what nobody disputes, disputed units as they were before; ``closed``
    are leaves whose entries are all in another leaf; ``open`` are the others, the best first.
    """

    disputes: tuple[Dispute, ...]
    safe: dict[str, Any]
    closed: tuple[int, ...]
    open: tuple[int, ...]


def merge(kind: str, leaves: Sequence[Value]) -> Merged | Disputed:
    """Return what becomes of the live leaves of a document, the winner first; at least one.

    Raises:
        errors.MalformedEntry: a leaf holds something that is no entry.
    """
    if len(leaves) == 1:
        return Merged(dict(leaves[0]), 0, False, ())
    return _Merge(kind, leaves).result()


def unit_of(kind: str, field: str) -> Unit:
    """Return the fields that are settled together with ``field``, itself among them."""
    return next((unit for unit in UNITS.get(kind, ()) if field in unit), (field,))


def union(leaves: Sequence[Value]) -> list[Any]:
    """Return the raw entries of all leaves: the first one's, then what each of the others adds."""
    united: dict[bytes, Any] = {}
    for value in leaves:
        for raw in entry.entries_of(value):
            united.setdefault(canonical.encode(raw), raw)
    return list(united.values())


def holder_of(leaf: Value, others: Iterable[Value]) -> int:
    """Return the place of the first of ``others`` that holds all entries of ``leaf``; -1: none."""
    wanted = {canonical.encode(raw) for raw in entry.entries_of(leaf)}
    for place, other in enumerate(others):
        if wanted <= {canonical.encode(raw) for raw in entry.entries_of(other)}:
            return place
    return -1


class _Merge:
    """One merge: who holds which entries, unit by unit."""

    def __init__(self, kind: str, leaves: Sequence[Value]) -> None:
        self._kind = kind
        self._leaves = leaves
        self._held = [
            {canonical.encode(raw): raw for raw in entry.entries_of(value)} for value in leaves
        ]
        contained = _contained(self._held)
        self._closed = tuple(sorted(contained))
        self._open = tuple(index for index in range(len(leaves)) if index not in contained)
        self._shared = set(self._held[self._open[0]])
        for index in self._open[1:]:
            self._shared &= self._held[index].keys()
        self._marks_differ = False
        self._touched = self._units_touched()

    def result(self) -> Merged | Disputed:
        onto = self._open[0]
        if len(self._open) == 1:
            return Merged(dict(self._leaves[onto]), onto, False, self._closed)
        settled, disputes = self._settled()
        if not disputes:
            value = self._value(dict(self._leaves[onto]), settled, frozenset())
            unsound = self._unsound(value)
            if not unsound:
                others = (index for index in range(len(self._leaves)) if index != onto)
                return Merged(value, onto, True, tuple(others))
            disputes = [self._dispute(unit, list(self._touched[unit])) for unit in unsound]
            settled = {unit: leaf for unit, leaf in settled.items() if unit not in unsound}
        before = self._before()
        safe = self._value(before, settled, {dispute.fields for dispute in disputes})
        return Disputed(tuple(disputes), safe, self._closed, self._open)

    def _units_touched(self) -> dict[Unit, dict[int, set[bytes]]]:
        """Return, by unit, which leaves hold which entries of it that not all leaves share."""
        touched: dict[Unit, dict[int, set[bytes]]] = {}
        for index in self._open:
            for identity, raw in self._held[index].items():
                if identity not in self._shared:
                    unit = unit_of(self._kind, raw["field"])
                    touched.setdefault(unit, {}).setdefault(index, set()).add(identity)
        self._marks_differ = self._do_marks_differ(touched)
        if self._marks_differ:
            whole = touched.setdefault(_MARK, {})
            for field in _MARK:
                for index, identities in touched.pop((field,), {}).items():
                    whole.setdefault(index, set()).update(identities)
        return touched

    def _do_marks_differ(self, touched: Mapping[Unit, Mapping[int, set[bytes]]]) -> bool:
        """Tell whether several leaves put a mark, for works of different kinds or weights."""
        if self._kind != "mark":
            return False
        putting = touched.get(("value",), {})
        kinds_and_weights = {
            canonical.encode([self._leaves[index].get(field) for field in _MARK[1:]])
            for index in putting
        }
        return len(kinds_and_weights) > 1

    def _unit_of(self, field: str) -> Unit:
        return _MARK if self._marks_differ and field in _MARK else unit_of(self._kind, field)

    def _settled(self) -> tuple[dict[Unit, int], list[Dispute]]:
        """Return, by unit, the leaf whose value stands; and the units without such a leaf."""
        settled: dict[Unit, int] = {}
        disputes: list[Dispute] = []
        for unit in sorted(self._touched):
            by_leaf = self._touched[unit]
            # A leaf that knows all another one says of the unit has gone on from it.
            leaves, sets = list(by_leaf), list(by_leaf.values())
            outdone = _contained(sets)
            last = [leaf for place, leaf in enumerate(leaves) if place not in outdone]
            if len({canonical.encode(self._values(unit, leaf)) for leaf in last}) == 1:
                settled[unit] = last[0]
            else:
                disputes.append(self._dispute(unit, last))
        return settled, disputes

    def _values(self, unit: Unit, leaf: int) -> dict[str, Any]:
        return {field: self._leaves[leaf].get(field) for field in unit}

    def _dispute(self, unit: Unit, leaves: Iterable[int]) -> Dispute:
        before = self._before()
        versions = tuple(self._version(unit, leaf) for leaf in leaves)
        return Dispute(unit, {field: before.get(field) for field in unit}, versions)

    def _version(self, unit: Unit, leaf: int) -> Version:
        mine = self._touched[unit][leaf]
        last = entry.parse([raw for key, raw in self._held[leaf].items() if key in mine][-1])
        return Version(
            leaf,
            self._values(unit, leaf),
            last.author,
            last.node,
            last.written_at,
            last.reason,
            last.clock_suspect,
        )

    def _before(self) -> dict[str, Any]:
        """Return the common ancestor: what the shared entries make of the empty document."""
        held = self._held[self._open[0]]
        steps = [entry.parse(raw) for key, raw in held.items() if key in self._shared]
        return entry.fold(kinds.empty(self._kind), steps)

    def _value(
        self, base: dict[str, Any], settled: Mapping[Unit, int], left_out: Collection[Unit]
    ) -> dict[str, Any]:
        """Return ``base`` with the settled units and all entries but those of ``left_out``."""
        value = dict(base)
        for unit, leaf in settled.items():
            value |= {field: self._leaves[leaf].get(field) for field in unit}
        value["schema"] = max(int(self._leaves[index]["schema"]) for index in self._open)
        united = union([self._leaves[index] for index in self._open])
        value["entries"] = [
            raw
            for raw in united
            if not left_out
            or self._unit_of(raw["field"]) not in left_out
            or canonical.encode(raw) in self._shared
        ]
        return value

    def _unsound(self, value: Value) -> list[Unit]:
        """Return the units whose merged value its entries do not account for; a person is asked.

        No honest edit leads there; a merge that central could not take back would be lost with it.
        """
        grown = self._leaves[self._open[0]]
        fresh = [entry.parse(raw) for raw in value["entries"][len(entry.entries_of(grown)) :]]
        bad = accounting.unaccounted(grown, fresh)
        folded = entry.fold(value, [entry.parse(raw) for raw in value["entries"]])
        bad |= {name for name in folded if name != "entries" and folded[name] != value[name]}
        return sorted({self._unit_of(name) for name in bad})


def _contained(held: Sequence[Collection[bytes]]) -> set[int]:
    """Return the indices of sets that lie in another set; of equal ones all but the first.

    Looks from each set's rarest member, so that a thousand leaves cost a thousand looks.
    """
    holders: dict[bytes, set[int]] = {}
    for index, identities in enumerate(held):
        for identity in identities:
            holders.setdefault(identity, set()).add(index)
    everybody = set(range(len(held)))
    contained = set()
    for index, identities in enumerate(held):
        known_to = sorted((holders[identity] for identity in identities), key=len)
        others = set(known_to[0]) if known_to else set(everybody)
        for some in known_to[1:]:
            if len(others) == 1:
                break
            others &= some
        if any(_outdoes(held, other, index) for other in others):
            contained.add(index)
    return contained


def _outdoes(held: Sequence[Collection[bytes]], other: int, index: int) -> bool:
    return (len(held[other]), -other) > (len(held[index]), -index)
