"""What a list of the desk is narrowed to; it stands in the address, so that a page can be kept."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from central.desk.matters import Matter

#: Ages that are offered, in days.
AGES = (1, 3, 7, 30)


@dataclass(frozen=True)
class Filters:
    """None does not narrow. ``school_class`` and ``subject`` are ids, ``older`` is days."""

    school_class: str | None = None
    subject: str | None = None
    teacher: str | None = None
    kind: str | None = None
    older: int | None = None

    @classmethod
    def of(cls, args: Mapping[str, str]) -> "Filters":
        """Return what an address asks for; what it does not understand does not narrow."""
        older = args.get("older", "")
        return cls(
            school_class=args.get("class") or None,
            subject=args.get("subject") or None,
            teacher=args.get("teacher") or None,
            kind=args.get("kind") or None,
            older=int(older) if older in {str(one) for one in AGES} else None,
        )

    @property
    def narrows(self) -> bool:
        """Tell whether anything is left out."""
        return bool(self.as_args())

    def as_args(self) -> dict[str, str]:
        """Return the filters as they stand in an address."""
        older = None if self.older is None else str(self.older)
        wished = {
            "class": self.school_class,
            "subject": self.subject,
            "teacher": self.teacher,
            "kind": self.kind,
            "older": older,
        }
        return {name: text for name, text in wished.items() if text is not None}

    @property
    def query(self) -> str:
        """Return the filters as the end of an address; empty when nothing is narrowed."""
        wished = self.as_args()
        return f"?{urlencode(wished)}" if wished else ""

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
