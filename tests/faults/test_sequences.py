"""The sequences of the design page, each by whole nodes and the real gateway.

Each rule of the design is there because without it one of these loses something.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from central.desk import deciding, putting_aside
from central.desk.deciding import Choice, How
from sync.documents import entry, identifiers
from sync.store.values import Leaf
from tests.faults import rest
from tests.support import invariant, sample_school, star
from tests.support.invariant import Account
from tests.support.sample_school import (
    ABRAMOV,
    BELOVA,
    CLASS_5A,
    DAY,
    DEPUTY,
    LESSON_1,
    LESSON_2,
    SOKOLOVA,
    YOLKIN,
    ZHUKOV,
)
from tests.support.star import Star

MARK = identifiers.mark_id(LESSON_1, ABRAMOV)
OTHER = identifiers.mark_id(LESSON_2, ZHUKOV)
TOPIC = identifiers.lesson_id(LESSON_1)


@pytest.fixture
def school(template: Path, tmp_path: Path) -> Iterator[Star]:
    with star.opened(template, tmp_path) as opened:
        yield opened


def live(part: Any, doc_id: str = MARK) -> list[Leaf]:
    return [leaf for leaf in part.store.leaves(doc_id) if not leaf.deleted]


def value(part: Any, doc_id: str = MARK, name: str = "value") -> Any:
    (leaf,) = live(part, doc_id)
    return leaf.value.get(name)


def counted(school: Star, **options: Any) -> Account:
    return invariant.check(school.said, school.central.store, school.stores, **options)


def settle(school: Star) -> Account:
    """Let everybody sync until nothing moves, and look at everything."""
    school.settle()
    for doc_id, one in invariant.leaf_values(school.central.store):
        school.said.histories.note(doc_id, one)
    rest.look(school)
    return counted(school, settled=True)


def disagree(school: Star, one: str = "a", other: str = "b", second: str = YOLKIN) -> None:
    """Let two write different marks without knowing of each other, and send them."""
    assert school.nodes[one].write(SOKOLOVA, MARK, {"value": 5})
    assert school.nodes[other].write(second, MARK, {"value": 4})
    school.settle()


def decide(school: Star, wished: int, doc_id: str = MARK) -> str:
    """Decide everything disputed about a document by a value of the deputy's own."""
    choices = [
        Choice(one.fields, How.THIRD, None, {**one.before, "value": wished})
        for one in deciding.disputes_of(school.central.store, doc_id)
    ]
    shown = [leaf.rev for leaf in live(school.central, doc_id)]
    return deciding.decide(
        school.central.desk, doc_id, shown, choices, by=DEPUTY, reason="по журналу"
    )


def test_two_edits_before_one_sync(school: Star) -> None:
    a = school.nodes["a"]
    assert a.write(SOKOLOVA, MARK, {"value": 4})
    assert a.write(SOKOLOVA, MARK, {"value": 5})

    found = settle(school)

    steps = [raw["new"] for raw in live(school.central)[0].value["entries"]]
    assert steps == [4, 5]
    assert len(found.accepted) == 2


def test_a_descendant_of_a_quarantined_revision(school: Star) -> None:
    a = school.nodes["a"]
    star.substitute(school.central.store, None)
    assert a.write(YOLKIN, MARK, {"value": 2})
    a.sync()
    assert len(counted(school).quarantined) == 1

    # The class's own teacher goes on from it at the same computer, before anybody has decided.
    assert a.write(SOKOLOVA, MARK, {"value": 3})
    a.sync()

    (item,) = school.central.store.records.scan(invariant.QUARANTINE_ITEMS)
    assert len(item.value["value"]["entries"]) == 2  # judged by itself, in its ancestor's place
    assert len(counted(school).quarantined) == 2
    putting_aside.accept(
        school.central.desk, MARK, item.value["revisions"][0], by=DEPUTY, reason="замена была"
    )
    assert len(settle(school).accepted) == 2
    assert value(school.nodes["c"]) == 3


def test_a_descendant_of_a_rejected_revision(school: Star) -> None:
    a = school.nodes["a"]
    star.substitute(school.central.store, None)
    assert a.write(YOLKIN, MARK, {"value": 2})
    a.sync()
    (item,) = school.central.store.records.scan(invariant.QUARANTINE_ITEMS)
    # The teacher writes on while the deputy rejects: neither knows of the other.
    assert a.write(SOKOLOVA, MARK, {"value": 3})
    putting_aside.reject(
        school.central.desk, MARK, item.value["revisions"][0], by=DEPUTY, reason="не было замены"
    )
    a.sync()

    found = counted(school)
    assert (len(found.rejected), len(found.quarantined)) == (1, 1)
    settle(school)
    assert not live(school.central)


def test_a_decision_racing_an_offline_correction(school: Star) -> None:
    disagree(school)
    a = school.nodes["a"]
    a.network.is_cut = True
    assert a.write(SOKOLOVA, MARK, {"value": 3})  # her own mark was wrong, she sees offline
    decide(school, 4)
    school.nodes["b"].sync()

    found = settle(school)

    # The correction neither overrides the decision nor is overridden: both are asked about again.
    assert {leaf.value["value"] for leaf in live(school.central)} == {3, 4}
    assert len(found.accepted) == 3
    assert deciding.disputes_of(school.central.store, MARK)
    decide(school, 3)
    settle(school)
    assert value(school.nodes["b"]) == 3


def test_a_merge_racing_the_next_edit(school: Star) -> None:
    a, b = school.nodes["a"], school.nodes["b"]
    assert a.write(SOKOLOVA, TOPIC, {"topic": "Дроби"})
    assert b.write(YOLKIN, TOPIC, {"homework": "§ 1"})
    a.sync()
    b.sync()  # central merges: different fields
    assert len(live(school.central, TOPIC)) == 1

    assert a.write(SOKOLOVA, TOPIC, {"topic": "Дроби и доли"})  # a has not heard of the merge
    found = settle(school)

    for part in (school.central, *school.nodes.values()):
        assert value(part, TOPIC, "topic") == "Дроби и доли"
        assert value(part, TOPIC, "homework") == "§ 1"
    assert len(found.accepted) == 3


def test_a_clone(school: Star, tmp_path: Path, template: Path) -> None:
    a, b = school.nodes["a"], school.nodes["b"]
    copy = a.copy("clone")
    assert a.write(SOKOLOVA, MARK, {"value": 5})
    a.sync()
    # The same disk in another computer: it goes on from the copy, with the same identity.
    a.set_back(copy)
    assert a.write(SOKOLOVA, OTHER, {"value": 4})
    a.sync()
    assert a.write(SOKOLOVA, TOPIC, {"topic": "Дроби"})

    found = settle(school)

    assert len(found.accepted) == 3
    assert (value(b), value(b, OTHER), value(b, TOPIC, "topic")) == (5, 4, "Дроби")


def test_scope_growing_by_one_student(school: Star) -> None:
    b = school.nodes["b"]
    old = identifiers.mark_id(sample_school.LESSON_SUBSTITUTED, BELOVA)
    c = school.nodes["c"]  # room 22 keeps the substituted lesson of 5Б
    assert c.write(YOLKIN, old, {"value": 5})
    school.settle()
    card = school.central.store.get(f"student:{BELOVA}")
    assert card is not None

    moved = DAY + timedelta(days=1)
    rows = [
        {"class": "c5b", "starts": "2026-09-01", "ends": DAY.isoformat()},
        {"class": CLASS_5A, "starts": moved.isoformat(), "ends": None},
    ]
    sample_school.put(school.central.store, card.id, enrollments=rows)
    for node in school.nodes.values():
        node.clock.advance(timedelta(days=1))
    school.central.clock.advance(timedelta(days=1))
    settle(school)

    # What was written about her before she came is there, too.
    assert b.store.get(f"student:{BELOVA}") is not None
    assert value(b, old) == 5


def test_a_lock_that_arrives_late(school: Star) -> None:
    a, b = school.nodes["a"], school.nodes["b"]
    for node in (a, b):
        node.network.is_cut = True
    assert a.write(SOKOLOVA, MARK, {"value": 5})  # before the lock
    for part in (school.central, *school.nodes.values()):
        part.clock.advance(timedelta(hours=2))
    now = entry.instant_text(school.central.clock.now())
    sample_school.put(
        school.central.store,
        "lock:w1",
        classes=[CLASS_5A],
        until=DAY.isoformat(),
        locked_at=now,
    )
    for part in (school.central, *school.nodes.values()):
        part.clock.advance(timedelta(hours=2))
    assert b.write(SOKOLOVA, OTHER, {"value": 4})  # after it; its computer has not heard of it

    found = settle(school)

    assert value(school.nodes["c"]) == 5
    assert (len(found.accepted), len(found.quarantined)) == (1, 1)
    (item,) = school.central.store.records.scan(invariant.QUARANTINE_ITEMS)
    assert (item.value["id"], item.value["code"]) == (OTHER, "term_locked")


def test_two_values_of_one_author_wait_for_that_author(school: Star) -> None:
    disagree(school, second=SOKOLOVA)
    b = school.nodes["b"]
    assert len(live(b)) == 2

    assert b.choose(SOKOLOVA, MARK, 1)
    settle(school)

    assert len(live(school.central)) == 1
    assert value(school.nodes["a"]) == value(b)


def test_a_decided_value_is_changed_only_with_a_reason(school: Star) -> None:
    disagree(school)
    decide(school, 4)
    settle(school)
    a = school.nodes["a"]

    assert not a.write(SOKOLOVA, MARK, {"value": 3})
    assert a.write(SOKOLOVA, MARK, {"value": 3}, "пересдача")
    settle(school)

    assert value(school.nodes["b"]) == 3
