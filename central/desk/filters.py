"""What a list of the desk is narrowed to and sorted by; it stands in the address, to be kept."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import urlencode

from central.desk import matters
from central.desk.matters import Matter

#: Ages that are offered, in days.
AGES = (1, 3, 7, 30)

#: What lists can be sorted by instead of their time: the lesson, or whom it is about.
BY_LESSON, BY_ABOUT = "lesson", "about"

Item = TypeVar("Item")


@dataclass(frozen=True)
class Filters:
    """None does not narrow. ``school_class`` and ``subject`` are ids, ``older`` is days.

    ``sort`` is ``BY_LESSON``, ``BY_ABOUT`` or None: the list's own order, by time.
    """

    school_class: str | None = None
    subject: str | None = None
    teacher: str | None = None
    kind: str | None = None
    older: int | None = None
    sort: str | None = None

    @classmethod
    def of(cls, args: Mapping[str, str]) -> "Filters":
        """Return what an address asks for; what it does not understand does not narrow."""
        older, sort = args.get("older", ""), args.get("sort", "")
        return cls(
            school_class=args.get("class") or None,
            subject=args.get("subject") or None,
            teacher=args.get("teacher") or None,
            kind=args.get("kind") or None,
            older=int(older) if older in {str(one) for one in AGES} else None,
            sort=sort if sort in (BY_LESSON, BY_ABOUT) else None,
        )

    @property
    def narrows(self) -> bool:
        """Tell whether anything is left out."""
        return bool(self.as_args().keys() - {"sort"})

    def as_args(self) -> dict[str, str]:
        """Return the filters as they stand in an address."""
        older = None if self.older is None else str(self.older)
        wished = {
            "class": self.school_class,
            "subject": self.subject,
            "teacher": self.teacher,
            "kind": self.kind,
            "older": older,
            "sort": self.sort,
        }
        return {name: text for name, text in wished.items() if text is not None}

    @property
    def query(self) -> str:
        """Return the filters as the end of an address; empty when nothing is narrowed."""
        wished = self.as_args()
        return f"?{urlencode(wished)}" if wished else ""

    def sorted_by(self, sort: str | None) -> str:
        """Return the same list in another order, as the end of an address."""
        return replace(self, sort=sort).query

    def ordered(self, items: Sequence[Item], about: Callable[[Item], Matter]) -> list[Item]:
        """Return the items in the wished order; by themselves they are in that of time."""
        if self.sort == BY_LESSON:
            return sorted(items, key=lambda item: matters.order_of(about(item)))
        if self.sort == BY_ABOUT:
            return sorted(items, key=lambda item: matters.order_of(about(item))[::-1])
        return list(items)

    def admits(
        self, about: Matter, people: Collection[str], since: datetime, now: datetime
    ) -> bool:
        """Tell whether an item stays in the list.

        Args:
            people: who wrote the versions of it.
            since: how long it has waited, or when it was decided.
        """
        group = about.group
        return all(
            (
                self.school_class is None
                or (group is not None and self.school_class in group.classes),
                self.subject is None or (group is not None and self.subject == group.subject),
                self.teacher is None or self.teacher in people,
                self.kind is None or self.kind == about.kind,
                self.older is None or now - since >= timedelta(days=self.older),
            )
        )
