"""Who knew of what: an account of concurrent entries that is kept beside the program.

For each entry a test notes the entries that stood in the value it was written on. An entry that no
later one knew of is a *head*. If all heads of a unit (a field, or fields that belong together)
left the same value, the unit is settled or merges safely; if not, two people's work meets there
and must be visible as a dispute until somebody who knew of both decides. That is the whole of R10
(c) and (d), in two dozen lines that share nothing with the product's merging.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sync.documents import entry
from tests.support.invariant import Acknowledged, Name

#: Fields that say one thing together; every other field is a unit of its own.
TOGETHER = ({"presence", "minutes"},)


@dataclass
class Histories:
    """What each entry knew of, and what its unit was then."""

    known: dict[Name, frozenset[Name]] = field(default_factory=dict)
    left: dict[Name, tuple[str, frozenset[tuple[str, Any]]]] = field(default_factory=dict)

    def note(self, doc_id: str, value: Mapping[str, Any]) -> None:
        """Take note of entries that are new here; they were written on those before them."""
        before: set[Name] = set()
        reached: dict[str, Any] = {}
        for raw in entry.entries_of(value):
            name = _name(doc_id, raw)
            reached[raw["field"]] = raw["new"]
            if name not in self.known:
                unit = unit_of(raw["field"])
                self.known[name] = frozenset(before)
                self.left[name] = (
                    unit[0],
                    frozenset((one, reached.get(one)) for one in unit),
                )
            before.add(name)

    def heads(self, names: Iterable[Name]) -> Iterator[tuple[str, dict[Name, Any]]]:
        """Yield (unit, what each head left) for the units that ``names`` speak of."""
        present = [name for name in names if name in self.known]
        units: dict[str, list[Name]] = {}
        for name in present:
            units.setdefault(self.left[name][0], []).append(name)
        for unit, inside in units.items():
            overtaken: set[Name] = set()
            for name in inside:
                overtaken |= self.known[name]
            heads = [name for name in inside if name not in overtaken]
            yield unit, {name: self.left[name][1] for name in heads}

    def disputed_units(self, leaves: Iterable[tuple[str, Mapping[str, Any]]]) -> set[str]:
        """Return the units on which the leaves of one document cannot be reconciled safely."""
        names = {_name(doc_id, raw) for doc_id, value in leaves for raw in entry.entries_of(value)}
        return {unit for unit, heads in self.heads(names) if len(set(heads.values())) > 1}

    def settled_values(self, leaves: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[str, Any]:
        """Return what each field holds whose unit is settled."""
        names = {_name(doc_id, raw) for doc_id, value in leaves for raw in entry.entries_of(value)}
        found: dict[str, Any] = {}
        for _, heads in self.heads(names):
            values = set(heads.values())
            if len(values) == 1:
                found |= dict(values.pop())
        return found


@dataclass
class Witness(Acknowledged):
    """Writes down what was acknowledged, and what each of it knew of."""

    histories: Histories = field(default_factory=Histories)

    def note_value(self, doc_id: str, value: Mapping[str, Any], node: str) -> None:
        """Write down both."""
        super().note_value(doc_id, value, node)
        self.histories.note(doc_id, value)


def unit_of(name: str) -> tuple[str, ...]:
    """Return the fields that are settled together with this one, sorted."""
    for unit in TOGETHER:
        if name in unit:
            return tuple(sorted(unit))
    return (name,)


def _name(doc_id: str, raw: Mapping[str, Any]) -> Name:
    return (raw["node"], raw["epoch"], raw["seq"], entry.digest_of(doc_id, raw))
