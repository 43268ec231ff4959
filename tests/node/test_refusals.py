"""Rejections that have arrived: the sheet goes back, nothing is lost, its author is told."""

from datetime import timedelta

import pytest

from node import refusals, serve
from sync.documents import canonical, identifiers
from sync.projections import marks
from sync.store.entry_states import State, counts
from sync.store.record_store import RecordStore
from sync.store.values import RevisionPath
from tests.support import sample_school as school
from tests.support import verdicts
from tests.support.sample_node import SampleNode

MARK = identifiers.mark_id(school.LESSON_1, school.ABRAMOV)
ENTRIES = 1  # of a mark of the usual weight


def put(node: SampleNode, value: int | None, seen: int | None, token: str) -> None:
    node.node.journal.record_mark(
        school.SOKOLOVA, school.LESSON_1, school.ABRAMOV, value, seen=seen, token=f"token-{token}"
    )


def accepted(node: SampleNode, value: int = 4) -> str:
    """Put a mark that central has accepted; return its revision."""
    put(node, value, None, "a")
    verdicts.answer(node, State.ACCEPTED)
    return node.store.leaves(MARK)[0].rev


def shown(node: SampleNode) -> list[int | str | None]:
    on = school.DAY
    return [one.value for one in marks.marks_of_group(node.store.database.read(), "gm5a", on, on)]


def told(node: SampleNode) -> list[refusals.Refusal]:
    with node.store.database.snapshot() as connection:
        return refusals.open_refusals(connection, node.store.records)


def numbers(node: SampleNode) -> dict[State, int]:
    found = counts(node.store.database.read(), node.node.identity.node)
    return {state: number for state, number in found.items() if number}


def test_sheet_is_back_at_the_accepted_value_and_the_refused_leaf_is_kept(
    node: SampleNode,
) -> None:
    before = accepted(node)
    put(node, 2, 4, "b")
    refused = node.store.leaves(MARK)[0]
    rejection = verdicts.reject(node, MARK)

    assert refusals.apply_all(node.node) == 1

    assert [leaf.rev for leaf in node.store.leaves(MARK)] == [before]
    assert shown(node) == [4]
    record = node.store.records.get(refusals.REFUSED_LEAVES, f"{MARK}/{refused.rev}")
    assert record is not None
    assert record.value["value"] == refused.value
    assert record.value["revisions"] == [refused.rev, before]
    assert record.value["rejection"] == rejection
    assert numbers(node) == {State.ACCEPTED: ENTRIES, State.REJECTED: 1}


def test_restored_value_is_the_one_that_was_there(node: SampleNode) -> None:
    accepted(node)
    value = node.store.leaves(MARK)[0].value
    put(node, 2, 4, "b")
    put(node, None, 2, "c")
    verdicts.reject(node, MARK)

    refusals.apply_all(node.node)

    [leaf] = node.store.leaves(MARK)
    assert leaf.value == value
    assert leaf.rev == canonical.revision_of(None, False, value)


def test_refused_first_entry_leaves_no_document(node: SampleNode) -> None:
    put(node, 2, None, "a")
    verdicts.reject(node, MARK)

    assert refusals.apply_all(node.node) == 1

    assert node.store.leaves(MARK) == ()
    assert shown(node) == []
    put(node, 3, None, "b")
    assert shown(node) == [3]


def test_applying_twice_changes_nothing(node: SampleNode) -> None:
    accepted(node)
    put(node, 2, 4, "b")
    verdicts.reject(node, MARK)
    refusals.apply_all(node.node)
    before = node.store.update_seq

    assert refusals.apply_all(node.node) == 0
    assert node.store.update_seq == before


def test_leaf_with_something_newer_on_it_stays(node: SampleNode) -> None:
    accepted(node)
    put(node, 2, 4, "b")
    verdicts.reject(node, MARK)
    put(node, 3, 2, "c")

    assert refusals.apply_all(node.node) == 0

    assert shown(node) == [3]
    assert numbers(node) == {State.ACCEPTED: ENTRIES, State.REJECTED: 1}


def test_power_cut_while_a_refusal_is_applied_is_harmless(
    node: SampleNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepted(node)
    put(node, 2, 4, "b")
    verdicts.reject(node, MARK)

    def cut(*args: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(RecordStore, "overwrite", cut)
        with pytest.raises(KeyboardInterrupt):
            refusals.apply_all(node.node)
    assert shown(node) == [2]
    assert numbers(node) == {State.ACCEPTED: ENTRIES}

    assert refusals.apply_all(node.node) == 1
    assert shown(node) == [4]


def test_rejection_that_came_just_before_the_end_is_applied_at_the_next_start(
    node: SampleNode,
) -> None:
    accepted(node)
    put(node, 2, 4, "b")
    verdicts.reject(node, MARK)

    with serve.working(node.node):
        assert shown(node) == [4]


def test_other_leaf_that_arrived_meanwhile_is_what_is_left(node: SampleNode) -> None:
    before = accepted(node)
    base = node.store.leaves(MARK)[0].value
    put(node, 2, 4, "b")
    verdicts.reject(node, MARK)
    other = base | {"value": 5}
    rev = canonical.revision_of(before, False, other)
    node.store.insert([RevisionPath(MARK, (rev, before), False, other)])

    refusals.apply_all(node.node)

    assert [leaf.rev for leaf in node.store.leaves(MARK)] == [rev]


def test_ancestor_that_cannot_be_made_here_is_asked_of_central(node: SampleNode) -> None:
    before = accepted(node)
    base = node.store.leaves(MARK)[0].value
    put(node, 2, 4, "b")
    [leaf] = node.store.leaves(MARK)
    # A value that somebody's newer program wrote along: it cannot be taken out again here.
    strange = leaf.value | {"from_the_future": 1}
    rev = canonical.revision_of(leaf.rev, False, strange)
    node.store.insert([RevisionPath(MARK, (rev, leaf.rev, before), False, strange)])
    verdicts.reject(node, MARK)

    assert refusals.apply_all(node.node) == 0
    assert node.store.leaves(MARK)[0].rev == rev

    def central(wanted: object) -> list[RevisionPath | None]:
        assert wanted == [(MARK, leaf.rev), (MARK, before)]
        return [None, RevisionPath(MARK, (before,), False, base)]

    assert refusals.apply_all(node.node, central) == 1
    assert [one.rev for one in node.store.leaves(MARK)] == [before]
    assert shown(node) == [4]


def test_author_is_told_until_they_have_understood(node: SampleNode) -> None:
    accepted(node)
    put(node, 2, 4, "b")
    verdicts.reject(node, MARK, reason="работа переписана")
    refusals.apply_all(node.node)

    [refusal] = told(node)
    assert (refusal.author, refusal.decided_by) == (school.SOKOLOVA, "Ситникова И. А.")
    assert refusal.rejection.reason == "работа переписана"
    assert [(step["old"], step["new"]) for step in refusal.steps] == [(4, 2)]

    refusals.understood(node.store.records, refusal.key, node.clock.now())
    assert told(node) == []
    assert node.store.records.count(refusals.REFUSED_LEAVES) == 1


def test_who_writes_there_anew_need_not_be_told_any_more(node: SampleNode) -> None:
    accepted(node)
    put(node, 2, 4, "b")
    verdicts.reject(node, MARK)
    refusals.apply_all(node.node)
    node.clock.advance(timedelta(minutes=5))
    assert len(told(node)) == 1

    put(node, 3, 4, "c")

    assert told(node) == []


def test_what_went_on_from_something_rejected_goes_with_it_when_it_is_rejected_too(
    node: SampleNode,
) -> None:
    before = accepted(node)
    put(node, 2, 4, "b")
    verdicts.reject(node, MARK)
    put(node, 3, 2, "c")
    refusals.apply_all(node.node)
    verdicts.reject(node, MARK, code="after_rejection", name="rj2")

    assert refusals.apply_all(node.node) == 1

    assert [leaf.rev for leaf in node.store.leaves(MARK)] == [before]
    assert shown(node) == [4]
    assert numbers(node) == {State.ACCEPTED: ENTRIES, State.REJECTED: 2}
    assert [len(one.steps) for one in told(node)] == [1, 1]


def test_rejection_that_was_accepted_after_all_does_not_come_back(node: SampleNode) -> None:
    accepted(node)
    put(node, 2, 4, "b")
    verdicts.reject(node, MARK)
    put(node, 3, 2, "c")
    verdicts.answer(node, State.ACCEPTED)

    assert refusals.apply_all(node.node) == 0

    assert numbers(node) == {State.ACCEPTED: ENTRIES + 2}
