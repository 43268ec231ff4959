"""Decisions about disputed values: choose one, combine, enter a third, keep both; take it back.

decide(desk, doc_id, shown, choices, *, by, reason, suggested=None, cause=None) -> decision id
decide_many(desk, [(doc_id, shown, choices), ...], *, by, reason, cause=None) -> [decision id]
reopen(desk, decision_id, *, by, reason) -> None
correct(desk, doc_id, fields, shown_rev, *, by, reason) -> decision id
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

#: So long one who wrote several values on several computers is asked before the desk.
AUTHOR_FIRST = timedelta(days=3)


class How(StrEnum):
    """How a value was found."""

    VERSION = "version"
    THIRD = "third"
    COMBINED = "combined"
    BOTH = "both"


@dataclass(frozen=True)
class Choice:
    """What becomes of one disputed unit.

    ``version`` is an index of ``Dispute.versions`` (VERSION, BOTH: the one that stays in its
    place); ``values`` are by field (THIRD, COMBINED).
    """

    fields: Sequence[str]
    how: How
    version: int | None
    values: Mapping[str, Any] | None
