"""Items that share a cause are settled together: one misunderstanding, thirty marks.

Two people kept the same lesson without knowing of each other: every mark, absence and text of that
lesson on which they differ is one cause. In the quarantine it is one computer and one reason.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sync.documents.identifiers import LessonKey

Item = TypeVar("Item")

#: From how many items on a cause is worth a page of its own.
TOGETHER = 2
#: How many items of one cause a list shows at once; the others come when these are settled.
SHOWN = 100


@dataclass(frozen=True)
class Cause:
    """Why several items are there: one lesson, and the people who wrote different things in it."""

    lesson: LessonKey
    people: frozenset[str]

    @property
    def key(self) -> str:
        """Return the cause as it stands in an address and in a decision."""
        return f"{self.lesson}/{','.join(sorted(self.people))}"


@dataclass(frozen=True)
class Bundle(Generic[Item]):
    """Items with one cause, in their order."""

    cause: object
    items: Sequence[Item]

    @property
    def is_shared(self) -> bool:
        """Tell whether there is anything to settle together."""
        return len(self.items) >= TOGETHER

    @property
    def shown(self) -> Sequence[Item]:
        """Return the first items, as many as a list shows."""
        return self.items[:SHOWN]

    @property
    def left_out(self) -> int:
        """Return how many items are not shown."""
        return len(self.items) - len(self.shown)


def bundled(items: Iterable[Item], cause_of: Callable[[Item], object]) -> list[Bundle[Item]]:
    """Return the items by cause; causes in the order in which each is met first."""
    found: dict[object, list[Item]] = {}
    for item in items:
        found.setdefault(cause_of(item), []).append(item)
    return [Bundle(cause, same) for cause, same in found.items()]
