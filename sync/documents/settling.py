"""The ground on which a dispute is settled: all entries of all leaves, and where they have led.

Whoever may settle (central for a decision, an author between two values of their own) writes one
revision on one of the leaves: the union of the entries, then one entry for each field of each
disputed unit, also where the value stays as it is. So the settled revision holds every other leaf,
and whoever edits it later can see that it was decided.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sync.documents import entry, merging
from sync.documents.accounting import Accounts
from sync.documents.entry import CENTRAL_NODE, NewEntry
from sync.documents.merging import Disputed, Merged, Unit

Value = Mapping[str, Any]


@dataclass(frozen=True)
class Ground:
    """What a settlement grows on.

    Attributes:
        found: what merging made of the leaves.
        onto: the leaf that the settlement is an edit of.
        value: what nobody disputes, with the union of all entries.
    """

    found: Merged | Disputed
    onto: int
    value: dict[str, Any]
    accounts: Accounts

    def old(self, field: str) -> Any:
        """Return the value from which a settling entry of a field goes on."""
        return self.accounts.reached(field)


def ground(kind: str, leaves: Sequence[Value], onto: int | None = None) -> Ground:
    """Return the ground of a document's live leaves, the winner first.

    Args:
        onto: the leaf to go on from; None for the best one.
    Raises:
        errors.MalformedEntry: a leaf holds something that is no entry.
    """
    found = merging.merge(kind, leaves)
    if onto is None:
        onto = found.open[0] if isinstance(found, Disputed) else found.onto
    others = [value for index, value in enumerate(leaves) if index != onto]
    value = found.safe if isinstance(found, Disputed) else found.value
    united = merging.union([leaves[onto], *others])
    accounts = Accounts(leaves[onto])
    for raw in united[len(entry.entries_of(leaves[onto])) :]:
        # What does not follow is in dispute; the settling entry ends that.
        accounts.take(entry.parse(raw))
    return Ground(found, onto, {**value, "entries": united}, accounts)


def is_decided(kind: str, value: Value, field: str) -> bool:
    """Tell whether what a field holds was decided at central, so that a change needs a reason."""
    unit = merging.unit_of(kind, field)
    for raw in reversed(entry.entries_of(value)):
        if raw["field"] in unit:
            return bool(raw["node"] == CENTRAL_NODE)
    return False


def lacks_reason(kind: str, value: Value, fresh: int) -> bool:
    """Tell whether one of the last ``fresh`` entries changes a decided value and says no reason.

    An entry made without knowing the decision, in a leaf that was brought together with it by a
    later decision, needs none: it goes on from another value, and central has the last word.
    """
    entries = entry.entries_of(value)
    for raw in entries:
        if raw["node"] == CENTRAL_NODE:
            break
    else:
        return False  # nearly always
    decided: dict[Unit, Any] = {}
    unexplained: set[Unit] = set()
    for place, raw in enumerate(entries):
        unit = merging.unit_of(kind, raw["field"])
        if raw["node"] == CENTRAL_NODE:
            decided.setdefault(unit, {})[raw["field"]] = raw["new"]
            unexplained.discard(unit)
            continue
        known = decided.pop(unit, {})
        follows = raw["field"] not in known or known[raw["field"]] == raw["old"]
        if known and follows and place >= len(entries) - fresh and not raw.get("reason"):
            unexplained.add(unit)
    return bool(unexplained)


def to_be_judged(
    kind: str, fresh: Sequence[NewEntry], is_held: Callable[[NewEntry], bool]
) -> list[NewEntry]:
    """Return the new entries that have to be judged.

    Central's own were judged when they were made. An entry after which central wrote the same unit
    decides nothing any more: central's entry says what stands there, whoever wrote before it. That
    is so where central has lost its entry and gets it back; one that it holds (``is_held``, asked
    of central's own) vouches for nothing new, else a copy of it would let anything in.
    """
    for one in fresh:
        if one.view.node == CENTRAL_NODE:
            break
    else:
        return list(fresh)  # nearly always
    judged: list[NewEntry] = []
    settled: set[Unit] = set()
    for one in reversed(fresh):
        unit = merging.unit_of(kind, one.view.field)
        if one.view.node == CENTRAL_NODE:
            if not is_held(one):
                settled.add(unit)
        elif unit not in settled:
            judged.append(one)
    return judged[::-1]


def is_taken_back(base: Value, value: Value, fresh: Sequence[NewEntry]) -> bool:
    """Tell whether new entries changed something and then left it as it was before them.

    Who chose the own value of two has taken nothing back: the other one's entry is among the new
    ones, and does not go on from what stood there.
    """
    if all(one.view.old == one.view.new for one in fresh):
        return False
    reached = dict(base)
    for one in fresh:
        if reached.get(one.view.field) != one.view.old:
            return False
        reached[one.view.field] = one.view.new
    names = {*base, *value} - {"entries", "schema"}
    return all(base.get(name) == value.get(name) for name in names)
