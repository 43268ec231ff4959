"""Decisions about disputed values: choose one, combine, enter a third, keep both; take it back.

A decision is one revision of the journal document, which holds the entries of all its leaves and
central's entry for each disputed field, and one document ``decision:…``, which says what the people
wrote, what was chosen, by whom and why, travels to the nodes and can be given back by any of them.
It names the leaves it was made for: if a teacher's step arrives meanwhile, nothing is decided and
the person looks again. Leaves whose histories do not fit into one document: see ``apart``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from central import merging as leaves_here
from central.desk import apart, in_dispute, keeping_both
from central.desk.desk import Desk
from central.desk.writing import Hand, Step
from sync import errors
from sync.documents import entry, identifiers, kinds, merging, settling
from sync.documents.merging import Dispute
from sync.documents.settling import Ground
from sync.projections import decisions
from sync.store.document_store import DocumentStore
from sync.store.record_store import RecordStore
from sync.store.values import Leaf

#: So long one who wrote several values on several computers is asked before the desk.
AUTHOR_FIRST = timedelta(days=3)

DECIDED, REOPENED = "decided", decisions.REOPENED


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


def decide(
    desk: Desk,
    doc_id: str,
    shown: Sequence[str],
    choices: Sequence[Choice],
    *,
    by: str,
    reason: str,
    suggested: str | None = None,
    cause: str | None = None,
) -> str:
    """Settle everything that is disputed about a document; return the id of the decision.

    Args:
        shown: the live leaves that the person saw.
        choices: one for each disputed unit.
        by: the person who decides.
        suggested: code of the rule that was followed.
        cause: what several decisions have in common.
    Raises:
        errors.EntryRefused: ``changed_meanwhile``, ``nothing_to_decide``, ``choice_needed``,
            ``reason_needed``, ``author_first``, ``keep_both_impossible``, ``schema`` or
            ``too_large``; nothing was written.
    """
    with desk.store.transaction() as tx:
        hand = Hand(tx, desk, by, reason)
        return _decide(hand, doc_id, shown, choices, _Why(suggested, cause))


def decide_many(
    desk: Desk,
    wanted: Iterable[tuple[str, Sequence[str], Sequence[Choice]]],
    *,
    by: str,
    reason: str,
    suggested: Mapping[str, str | None] | None = None,
    cause: str | None = None,
) -> list[str]:
    """Settle several documents that share a cause, all of them or none.

    Args:
        wanted: (document, shown leaves, choices) each; see ``decide``.
        suggested: by document, the code of the rule that was followed there.
    Raises:
        errors.EntryRefused: as for ``decide``; nothing was written.
    """
    with desk.store.transaction() as tx:
        hand = Hand(tx, desk, by, reason)
        followed = suggested or {}
        return [_decide(hand, *one, _Why(followed.get(one[0]), cause)) for one in wanted]


def reopen(desk: Desk, decision_id: str, *, by: str, reason: str) -> None:
    """Take a decision back: its value counts as disputed until there is another one.

    Raises:
        errors.EntryRefused: ``nothing_to_decide`` if there is no such decision, or it was reopened
            already; ``reason_needed``.
    """
    with desk.store.transaction() as tx:
        hand = Hand(tx, desk, by, reason)
        kept = tx.get(decision_id)
        if kept is None or kept.deleted or kept.value["state"] != DECIDED:
            raise _nothing_to_decide()
        doc_id = kept.value["document"]
        again = {
            "state": REOPENED,
            "reopened_by": by,
            "reopened_at": entry.instant_text(hand.now),
            "reopened_reason": hand.reason,
        }
        live = leaves_here.live_leaves(tx, doc_id)
        if live:
            fields = [name for item in kept.value["items"] for name in item["fields"]]
            hand.settle(doc_id, live[0].value, _disputed_again(live[0], fields), live[0])
            leaves_here.note_dispute(tx.records, doc_id, hand.now)
        hand.tell(decision_id, {**kept.value, **again})


def correct(
    desk: Desk,
    doc_id: str,
    fields: Mapping[str, Any],
    shown_rev: str,
    *,
    by: str,
    reason: str,
) -> str:
    """Correct an undisputed value at central; return the id of the decision that tells so.

    Args:
        fields: the new values by field.
        shown_rev: the only live leaf, as the person saw it.
    Raises:
        errors.EntryRefused: ``changed_meanwhile`` (also when it is in dispute),
            ``nothing_changed``, ``reason_needed``, ``schema`` or ``too_large``.
    """
    kind = identifiers.parse_journal(doc_id).kind
    if not set(fields) <= set(kinds.FIELDS[kind]):
        raise errors.EntryRefused(code="schema")
    with desk.store.transaction() as tx:
        hand = Hand(tx, desk, by, reason)
        live = leaves_here.live_leaves(tx, doc_id)
        if [leaf.rev for leaf in live] != [shown_rev] or live[0].value.get("disputed"):
            raise _changed_meanwhile()
        leaf = live[0]
        if all(leaf.value.get(name) == new for name, new in fields.items()):
            raise errors.EntryRefused(code="nothing_changed", hint="correct_and_repeat")
        units = dict.fromkeys(merging.unit_of(kind, name) for name in fields)
        found = [in_dispute.standing(leaf, unit) for unit in units]
        wished = [{name: fields.get(name, leaf.value.get(name)) for name in u} for u in units]
        steps = [(name, leaf.value.get(name), new) for one in wished for name, new in one.items()]
        hand.settle(doc_id, leaf.value, steps, leaf)
        items = [
            _item(dispute, _Chosen(one, How.THIRD, None))
            for dispute, one in zip(found, wished, strict=True)
        ]
        return _tell(hand, doc_id, live, items, _Why(None, None))


def disputes_of(store: DocumentStore, doc_id: str) -> list[Dispute]:
    """Return what is disputed about a document now, unit by unit; [] if nothing is.

    A reopened decision comes with the versions it was about; their ``leaf`` is -1.
    """
    live = [leaf for leaf in store.leaves(doc_id) if not leaf.deleted]
    if not live:
        return []
    made = settling.ground(identifiers.kind_of(doc_id), [leaf.value for leaf in live])
    return in_dispute.found(store.database.read(), live, made)


def open_since(records: RecordStore, doc_id: str) -> datetime | None:
    """Return since when a document has been in dispute; None if it is not."""
    return leaves_here.open_since(records, doc_id)


@dataclass(frozen=True)
class _Why:
    """What a decision tells besides its reason."""

    suggested: str | None
    cause: str | None


@dataclass(frozen=True)
class _Chosen:
    values: Mapping[str, Any]
    how: How
    kept_in: str | None
    withdrew: str | None = None


def _decide(
    hand: Hand, doc_id: str, shown: Sequence[str], choices: Sequence[Choice], why: _Why
) -> str:
    live = leaves_here.live_leaves(hand.tx, doc_id)
    if not live or {leaf.rev for leaf in live} != set(shown):
        raise _changed_meanwhile()
    made = settling.ground(identifiers.kind_of(doc_id), [leaf.value for leaf in live])
    found = in_dispute.found(hand.tx.connection, live, made)
    if not found:
        raise _nothing_to_decide()
    _refuse_before_author(hand, doc_id, found)
    items, steps = [], []
    for dispute, choice in _paired(found, choices):
        chosen = _chosen(hand, doc_id, live, dispute, choice)
        items.append(_item(dispute, chosen))
        steps += [(name, made.old(name), chosen.values.get(name)) for name in dispute.fields]
    steps += _no_more_disputed(made)
    if apart.is_needed(made.value, steps, hand.reason):
        apart.settle(hand, live, made.value, steps)
    else:
        onto = live[made.onto]
        others = [leaf for leaf in live if leaf is not onto]
        hand.settle(doc_id, made.value, steps, onto, others)
    hand.tx.records.delete(leaves_here.DISPUTES, doc_id)
    return _tell(hand, doc_id, live, items, why)


def _disputed_again(leaf: Leaf, fields: Sequence[str]) -> list[Step]:
    """Return the steps that put a value under discussion: which one, and that it is."""
    named = [(name, leaf.value.get(name), leaf.value.get(name)) for name in fields]
    return [*named, ("disputed", leaf.value.get("disputed"), True)]


def _no_more_disputed(made: Ground) -> list[Step]:
    if not made.value.get("disputed"):
        return []
    return [("disputed", made.old("disputed"), None)]


def _refuse_before_author(hand: Hand, doc_id: str, found: Sequence[Dispute]) -> None:
    # As the list asks: one and the same person wrote all that is in dispute in the document.
    authors = {one.own_author if in_dispute.is_of_leaves(one) else None for one in found}
    if len(authors) != 1 or None in authors:
        return
    since = leaves_here.open_since(hand.tx.records, doc_id) or hand.now
    if hand.now < since + AUTHOR_FIRST:
        raise errors.EntryRefused(code="author_first", hint="wait_for_author")


def _paired(found: Sequence[Dispute], choices: Sequence[Choice]) -> list[tuple[Dispute, Choice]]:
    by_fields = {frozenset(choice.fields): choice for choice in choices}
    wanted = [frozenset(dispute.fields) for dispute in found]
    if set(by_fields) != set(wanted):
        raise errors.EntryRefused(code="choice_needed", hint="choose_version")
    return [(dispute, by_fields[key]) for dispute, key in zip(found, wanted, strict=True)]


def _chosen(
    hand: Hand, doc_id: str, live: Sequence[Leaf], dispute: Dispute, choice: Choice
) -> _Chosen:
    if choice.how in (How.THIRD, How.COMBINED):
        values = choice.values or {}
        if not set(values) <= set(dispute.fields):
            raise errors.EntryRefused(code="schema")
        wished = {name: values.get(name) for name in dispute.fields}
        withdrew = keeping_both.take_back(hand, doc_id, dispute)
        return _Chosen(wished, choice.how, None, withdrew)
    if choice.version is None or not 0 <= choice.version < len(dispute.versions):
        raise errors.EntryRefused(code="choice_needed", hint="choose_version")
    version = dispute.versions[choice.version]
    if choice.how is How.BOTH:
        kept_in = keeping_both.keep_other(hand, doc_id, live, dispute, version)
        return _Chosen(version.values, choice.how, kept_in)
    withdrew = keeping_both.take_back(hand, doc_id, dispute)
    return _Chosen(version.values, choice.how, None, withdrew)


def _item(dispute: Dispute, chosen: _Chosen) -> dict[str, Any]:
    return {
        "fields": list(dispute.fields),
        "before": dict(dispute.before),
        "versions": [
            {
                "values": dict(version.values),
                "author": version.author,
                "node": version.node,
                "written_at": entry.instant_text(version.written_at),
                "reason": version.reason,
            }
            for version in dispute.versions
        ],
        "chosen": dict(chosen.values),
        "how": chosen.how.value,
        "kept_in": chosen.kept_in,
        "withdrew": chosen.withdrew,
    }


def _tell(hand: Hand, doc_id: str, live: Sequence[Leaf], items: Sequence[Any], why: _Why) -> str:
    decision = identifiers.decision_id(doc_id, [leaf.rev for leaf in live])
    fields = {
        "kind": "decision",
        "schema": kinds.SCHEMA,
        "document": doc_id,
        "leaves": sorted(leaf.rev for leaf in live),
        "items": list(items),
        "reason": hand.reason,
        "suggested": why.suggested,
        "cause": why.cause,
        "decided_by": hand.by,
        "decided_at": entry.instant_text(hand.now),
        "state": DECIDED,
        "reopened_by": None,
        "reopened_at": None,
        "reopened_reason": None,
    }
    hand.tell(decision, fields)
    return decision


def _changed_meanwhile() -> errors.EntryRefused:
    return errors.EntryRefused(code="changed_meanwhile", hint="look_and_repeat")


def _nothing_to_decide() -> errors.EntryRefused:
    return errors.EntryRefused(code="nothing_to_decide", hint="reload_and_repeat")
