"""Do the entries of a document account for its value? Also when it was merged or settled.

Most entries simply go on from the value reached so far: old is what was there. A revision in which
several leaves were brought together holds more: the entries of a losing leaf begin at a value that
the field *once* had. Such a branch is a head beside the reached value, until somebody who may
settle it does. So for each field there is the value reached, who reached it, and the open heads:

    made at central                        reached, whatever was open is settled
    old is the value reached               reached; by the author of all open heads: they are closed
    old is an open head                    that head goes on; where two values meet they are one
    old is a value the field once had      a new head; none if it leads to the reached value
    anything else                          no entry made this: refused

Heads still open at the end are refused, too. So any node may give back a merge, a decision or an
author's own choice, and nobody but central or the author of both values can settle a dispute.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sync.documents import canonical, entry
from sync.documents.entry import CENTRAL_NODE, Entry

Value = Mapping[str, Any]


class NotAccountedFor(Exception):
    """The entries do not lead to the value; ``field`` is the first that they do not lead to."""

    def __init__(self, field_name: str) -> None:
        """Name the field."""
        super().__init__(field_name)
        self.field = field_name


@dataclass
class _Standing:
    """Where one field stands: the value reached and by whom, heads beside it, all it ever was.

    Values are compared by their canonical bytes: 1 is not true.
    """

    reached: Any
    author: str | None = None
    heads: dict[bytes, set[str]] = field(default_factory=dict)
    had: set[bytes] = field(default_factory=set)

    def take(self, step: Entry, central_node: str, *, trusted: bool) -> bool:
        """Follow one step; False, having changed nothing, if nothing leads to it.

        ``trusted`` steps stand in an accepted revision and are never refused.
        """
        old, new = canonical.encode(step.old), canonical.encode(step.new)
        reached = canonical.encode(self.reached)
        if step.node == central_node or (old == reached and self._may_settle(step.author)):
            self._reach(step)
        elif old == reached:
            self._go_on(step, new)
        elif old in self.heads:
            del self.heads[old]
            self._branch(new, step.author, reached)
        elif old in self.had:
            self._branch(new, step.author, reached)
        elif trusted:
            self._reach(step)
        else:
            return False
        self.had.add(new)
        return True

    def _may_settle(self, author: str) -> bool:
        if not self.heads:
            return True
        return {self.author}.union(*self.heads.values()) == {author}

    def _reach(self, step: Entry) -> None:
        self.had.add(canonical.encode(self.reached))
        self.reached, self.author = step.new, step.author
        self.heads.clear()

    def _go_on(self, step: Entry, new: bytes) -> None:
        """Follow the reached value while others are open; where it meets one, the two are one."""
        self.heads.pop(new, None)
        self.reached, self.author = step.new, step.author

    def _branch(self, new: bytes, author: str, reached: bytes) -> None:
        if new != reached:
            self.heads.setdefault(new, set()).add(author)


class Accounts:
    """The standing of all fields of one document, followed step by step."""

    def __init__(self, base: Value, central_node: str = CENTRAL_NODE) -> None:
        """Begin at an accepted revision; its entries are taken as they are."""
        self._central_node = central_node
        self._base = base
        self._fields: dict[str, _Standing] = {}
        self._of_base: dict[str, list[Entry]] | None = None

    def take(self, step: Entry) -> bool:
        """Follow one new entry; False if the document's entries do not lead to it."""
        return self._standing(step.field).take(step, self._central_node, trusted=False)

    def value(self) -> dict[str, Any]:
        """Return the base with the values reached; its entries are left as they are."""
        reached = {name: standing.reached for name, standing in self._fields.items()}
        return {**self._base, **reached}

    def reached(self, name: str) -> Any:
        """Return the value a field has reached; the one from which a settling entry goes on."""
        return self._standing(name).reached

    def open_fields(self) -> list[str]:
        """Return the fields that still have heads beside the reached value."""
        return [name for name, standing in self._fields.items() if standing.heads]

    def _standing(self, name: str) -> _Standing:
        if name not in self._fields:
            self._fields[name] = self._of(name)
        return self._fields[name]

    def _of(self, name: str) -> _Standing:
        if self._of_base is None:
            self._of_base = {}
            for raw in entry.entries_of(self._base):
                step = entry.parse(raw)
                self._of_base.setdefault(step.field, []).append(step)
        steps = self._of_base.get(name, ())
        first = steps[0].old if steps else self._base.get(name)
        standing = _Standing(first, had={canonical.encode(None), canonical.encode(first)})
        for step in steps:
            standing.take(step, self._central_node, trusted=True)
        return standing


def account(
    base: Value, fresh: Sequence[Entry], central_node: str = CENTRAL_NODE
) -> dict[str, Any]:
    """Return the value to which new entries lead from ``base``; ``entries`` are those of the base.

    Args:
        base: an accepted revision's value, or the empty value of the kind.
        fresh: the new entries, genuine and each once, in the order of the document.
        central_node: the maker's id of what central made.
    Raises:
        NotAccountedFor: an entry goes on from a value the field never had, or a dispute is settled
            by somebody who may not, or left open.
    """
    plain = dict(base)
    for step in fresh:
        there = plain.get(step.field)  # what is not there is None
        if there is not step.old and not _same(there, step.old):
            break
        plain[step.field] = step.new
    else:
        return plain  # nearly always: every step goes on from the one before
    accounts = Accounts(base, central_node)
    for step in fresh:
        if not accounts.take(step):
            raise NotAccountedFor(step.field)
    for name in accounts.open_fields():
        raise NotAccountedFor(name)
    return accounts.value()


def unaccounted(base: Value, fresh: Iterable[Entry], central_node: str = CENTRAL_NODE) -> set[str]:
    """Return the fields for which ``account`` would refuse; empty if it would not."""
    accounts = Accounts(base, central_node)
    refused = {step.field for step in fresh if not accounts.take(step)}
    return refused.union(accounts.open_fields())


def _same(one: Any, other: Any) -> bool:
    # 1 == True in Python, but not in JSON.
    return type(one) is type(other) and bool(one == other)
