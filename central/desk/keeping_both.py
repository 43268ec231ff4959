"""Two marks were given for two answers and met in one cell: the other one gets its own column.

When such a decision was taken back and one of the marks is chosen after all, the other one is
withdrawn from its column by the new decision, which says so.
"""

from collections.abc import Sequence
from typing import Any

from central.desk.writing import Hand
from sync import errors
from sync.documents import identifiers, kinds
from sync.documents.merging import Dispute, Version
from sync.projections import decisions
from sync.projections import marks as marks_here
from sync.school import marks
from sync.store.values import Leaf


def keep_other(
    hand: Hand, doc_id: str, live: Sequence[Leaf], dispute: Dispute, stays: Version
) -> str:
    """Write the other mark of a dispute into a further column of the lesson; return its id.

    Where a decision that was taken back had kept one already, that mark is used again.

    Raises:
        errors.EntryRefused: ``keep_both_impossible`` unless it is about two given marks, and
            nobody changed the one that was kept before.
    """
    others = [one for one in dispute.versions if one.values != stays.values]
    if "value" not in dispute.fields or len({repr(one.values) for one in others}) != 1:
        raise errors.EntryRefused(code="keep_both_impossible", hint="choose_version")
    other = others[0].values["value"]
    parsed = identifiers.parse_journal(doc_id)
    if parsed.student is None or other is None or stays.values["value"] is None:
        raise errors.EntryRefused(code="keep_both_impossible", hint="choose_version")
    kept = _kept_before(hand, doc_id)
    if kept is not None:
        _keep_again(hand, kept, other, dispute)
        return kept
    kind, weight = _column(live, others[0])
    work = identifiers.new_id(hand.desk.randomness)
    column = {"work_kind": kind, "weight": weight}
    _write(hand, identifiers.work_id(parsed.lesson, work), column)
    mark = identifiers.mark_id(parsed.lesson, parsed.student, work)
    _write(hand, mark, {"value": other, **column})
    return mark


def take_back(hand: Hand, doc_id: str, dispute: Dispute) -> str | None:
    """Withdraw the mark that a decision kept before it was taken back; return its id.

    None if there was none, or if somebody has written there since: that is for its author. The
    column that was made for it goes too, unless another mark stands in it.
    """
    kept = _kept_before(hand, doc_id) if "value" in dispute.fields else None
    leaf = None if kept is None else _as_kept(hand, kept, dispute)
    if kept is None or leaf is None or leaf.value["value"] is None:
        return None
    hand.settle(kept, leaf.value, [("value", leaf.value["value"], None)], leaf)
    _take_column_back(hand, kept)
    return kept


def _take_column_back(hand: Hand, mark: str) -> None:
    parsed = identifiers.parse_journal(mark)
    on = parsed.lesson.date
    given = marks_here.marks_of_group(hand.tx.connection, parsed.lesson.group, on, on)
    if any(
        (one.lesson, one.column) == (parsed.lesson, parsed.column) and one.value is not None
        for one in given
    ):
        return
    work = identifiers.work_id(parsed.lesson, str(parsed.column))
    live = [leaf for leaf in hand.tx.leaves(work) if not leaf.deleted]
    if len(live) == 1 and live[0].value["work_kind"] is not None:
        was = live[0].value["work_kind"]
        hand.settle(work, live[0].value, [("work_kind", was, None)], live[0])


def _kept_before(hand: Hand, doc_id: str) -> str | None:
    """Return where the other mark stands since a decision that was taken back; None: nowhere."""
    told = [
        row
        for row in decisions.decisions_about(hand.tx.connection, doc_id)
        if "value" in row.fields
    ]
    return told[0].kept_in if told and told[0].is_reopened else None


def _keep_again(hand: Hand, kept: str, other: Any, dispute: Dispute) -> None:
    """Let the mark that was kept before hold ``other``, without a second one beside it."""
    leaf = _as_kept(hand, kept, dispute)
    if leaf is None:
        raise errors.EntryRefused(code="keep_both_impossible", hint="choose_version")
    held = leaf.value["value"]
    if held != other:
        hand.settle(kept, leaf.value, [("value", held, other)], leaf)


def _as_kept(hand: Hand, kept: str, dispute: Dispute) -> Leaf | None:
    """Return the mark that was kept before; None if it is not for this decision to overwrite."""
    live = [leaf for leaf in hand.tx.leaves(kept) if not leaf.deleted]
    known = {repr(one.values.get("value")) for one in dispute.versions} | {repr(None)}
    # Somebody may have written there since.
    if len(live) != 1 or repr(live[0].value["value"]) not in known or live[0].value.get("disputed"):
        return None
    return live[0]


def _write(hand: Hand, doc_id: str, fields: dict[str, Any]) -> None:
    value = kinds.empty(identifiers.kind_of(doc_id))
    hand.settle(doc_id, value, [(name, None, new) for name, new in fields.items()], None)


def _column(live: Sequence[Leaf], version: Version) -> tuple[str, int]:
    """Return kind and weight of the column from which the mark came."""
    held = live[version.leaf].value if version.leaf >= 0 else live[0].value
    value = {**held, **version.values}
    kind = value.get("work_kind") or marks.WorkKind.ANSWER.value
    weight = value.get("weight")
    return kind, marks.DEFAULT_WEIGHTS[marks.WorkKind(kind)] if weight is None else weight
