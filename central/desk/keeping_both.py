"""Two marks were given for two answers and met in one cell: the other one gets its own column."""

from collections.abc import Sequence
from typing import Any

from central.desk.writing import Hand
from sync import errors
from sync.documents import identifiers, kinds
from sync.documents.merging import Dispute, Version
from sync.school import marks
from sync.store.values import Leaf


def keep_other(
    hand: Hand, doc_id: str, live: Sequence[Leaf], dispute: Dispute, stays: Version
) -> str:
    """Write the other mark of a dispute into a further column of the lesson; return its id.

    Raises:
        errors.EntryRefused: ``keep_both_impossible`` unless it is about two given marks.
    """
    others = [one for one in dispute.versions if one.values != stays.values]
    if dispute.fields != ("value",) or len({repr(one.values) for one in others}) != 1:
        raise errors.EntryRefused(code="keep_both_impossible", hint="choose_version")
    other = others[0].values["value"]
    parsed = identifiers.parse_journal(doc_id)
    if parsed.student is None or other is None or stays.values["value"] is None:
        raise errors.EntryRefused(code="keep_both_impossible", hint="choose_version")
    kind, weight = _column(live, others[0])
    work = identifiers.new_id(hand.desk.randomness)
    column = {"work_kind": kind, "weight": weight}
    _write(hand, identifiers.work_id(parsed.lesson, work), column)
    mark = identifiers.mark_id(parsed.lesson, parsed.student, work)
    _write(hand, mark, {"value": other, **column})
    return mark


def _write(hand: Hand, doc_id: str, fields: dict[str, Any]) -> None:
    value = kinds.empty(identifiers.kind_of(doc_id))
    hand.settle(doc_id, value, [(name, None, new) for name, new in fields.items()], None)


def _column(live: Sequence[Leaf], version: Version) -> tuple[str, int]:
    """Return kind and weight of the column from which the mark came."""
    value = live[version.leaf].value if version.leaf >= 0 else live[0].value
    kind = value.get("work_kind") or marks.WorkKind.ANSWER.value
    weight = value.get("weight")
    return kind, marks.DEFAULT_WEIGHTS[marks.WorkKind(kind)] if weight is None else weight
