"""What is decided at the real central, seen on the computers of two classrooms."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from central import quarantine
from central.desk import deciding, putting_aside
from central.desk.deciding import Choice, How
from central.desk.desk import Desk
from node import computers, disputes, entry_states, passes, refusals
from node.disputes import OpenDispute
from node.refusals import Refusal
from node.sync_pass import Sync
from sync import errors
from sync.documents import entry, identifiers
from sync.projections import decisions, marks
from sync.projections.marks import KeptMark
from sync.store.entry_states import State, counts
from tests.support import node_site, sample_school
from tests.support.node_site import NodeSite
from tests.support.sample_node import SampleNode
from tests.support.sample_school import ABRAMOV, DEPUTY, LESSON_1, SOKOLOVA, YOLKIN

MARK = identifiers.mark_id(LESSON_1, ABRAMOV)
ASSIGNMENT = f"assignment:{sample_school.MATH_5A}"


@dataclass
class Classroom:
    """One computer that syncs when told to."""

    node: SampleNode
    sync: Sync
    saves: int = 0

    def contact(self) -> None:
        assert self.sync.run(thoroughly=True).ending == passes.COMPLETE

    def put(self, value: int | None, author: str = SOKOLOVA, reason: str | None = None) -> None:
        self.saves += 1
        shown = self.shown()
        self.node.node.journal.record_mark(
            author,
            LESSON_1,
            ABRAMOV,
            value,
            seen=None if shown is None else shown.value,
            token=f"token-{self.saves}",
            reason=reason,
        )

    def shown(self) -> KeptMark | None:
        on = sample_school.DAY
        found = marks.marks_of_student(self.node.store.database.read(), ABRAMOV, on, on)
        return found[0] if found else None

    @property
    def value(self) -> object:
        shown = self.shown()
        return None if shown is None else shown.value

    def dispute(self) -> OpenDispute | None:
        with self.node.store.database.snapshot() as connection:
            return disputes.of_document(connection, MARK)

    def told(self) -> list[Refusal]:
        with self.node.store.database.snapshot() as connection:
            return refusals.open_refusals(connection, self.node.store.records)

    def state(self) -> tuple[str, str | None]:
        node = self.node.node
        with node.store.database.snapshot() as connection:
            known = entry_states.states_of(
                connection, node.store.records, node.identity.node, [MARK]
            )
        return known.of(MARK)


@dataclass
class School:
    """Central with its desk, and two classrooms."""

    site: NodeSite
    desk: Desk
    twelve: Classroom
    seven: Classroom


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    with node_site.opened(tmp_path / "site") as site:
        home = tmp_path / "seven"
        node_site.enrol(site.central, site.network, home, room="7", label="Кабинет 7")
        with node_site.opened_node(home) as other:
            storage = site.central.storage
            desk = Desk(
                storage.store, site.central.clock, lambda: storage.maker, lambda n: b"7" * n
            )
            twelve = Classroom(site.node, site.sync)
            seven = Classroom(other, Sync(other.node, node_site.peer_of(other)))
            twelve.contact()
            seven.contact()
            yield School(site, desk, twelve, seven)


def put_aside(school: School) -> str:
    """Let room 12 write what central, which knows more, puts aside; return the revision."""
    sample_school.put(school.site.central.store, ASSIGNMENT, teacher=YOLKIN)
    school.twelve.put(2)
    school.twelve.contact()
    assert school.twelve.state() == ("refused", "not_your_lesson")
    return school.twelve.node.store.leaves(MARK)[0].rev


def central_value(school: School) -> object:
    leaf = school.site.central.store.get(MARK)
    return None if leaf is None else leaf.value.get("value")


def test_rejection_brings_the_sheet_back_and_is_told_with_its_reason(school: School) -> None:
    twelve = school.twelve
    twelve.put(4)
    twelve.contact()
    rev = put_aside(school)
    sample_school.put(school.site.central.store, ASSIGNMENT, teacher=SOKOLOVA)
    assert twelve.value == 2

    putting_aside.reject(school.desk, MARK, rev, by=DEPUTY, reason="работа не проверена")
    twelve.contact()

    assert twelve.value == 4
    assert twelve.node.store.leaves(MARK) == school.site.central.store.leaves(MARK)
    [told] = twelve.told()
    assert (told.rejection.reason, told.decided_by) == ("работа не проверена", "Ситникова И. А.")
    assert twelve.state()[0] == "refused"
    assert twelve.sync.run().moved is False

    twelve.node.clock.advance(sample_school.NOW - sample_school.NOW.replace(hour=6))
    twelve.put(3)
    twelve.contact()
    assert (twelve.told(), central_value(school)) == ([], 3)
    assert twelve.state() == ("server", None)


def test_what_went_on_from_something_rejected_is_judged_and_told_by_itself(school: School) -> None:
    twelve = school.twelve
    twelve.put(4)
    twelve.contact()
    rev = put_aside(school)
    sample_school.put(school.site.central.store, ASSIGNMENT, teacher=SOKOLOVA)
    twelve.contact()
    twelve.put(3)
    putting_aside.reject(school.desk, MARK, rev, by=DEPUTY, reason="работа не проверена")
    twelve.contact()

    assert twelve.value == 3
    assert twelve.state() == ("refused", "after_rejection")
    newer = twelve.node.store.leaves(MARK)[0].rev
    putting_aside.accept(school.desk, MARK, newer, by=DEPUTY, reason="проверено")
    twelve.contact()

    assert (twelve.value, central_value(school)) == (3, 3)
    assert twelve.told() == []
    assert twelve.state() == ("server", None)
    with twelve.node.store.database.snapshot() as connection:
        found = counts(connection, twelve.node.node.identity.node)
    assert found == {State.ACCEPTED: 3, State.QUARANTINED: 0, State.REJECTED: 0}


def test_what_was_put_aside_and_taken_back_is_told_no_more(school: School) -> None:
    twelve = school.twelve
    put_aside(school)

    twelve.node.node.journal.withdraw(SOKOLOVA, MARK, token="token-back")
    twelve.contact()

    assert twelve.value is None
    rev = twelve.node.store.leaves(MARK)[0].rev
    item = quarantine.item(school.site.central.store.records, MARK, rev)
    assert item is not None
    assert item["code"] == "withdrawn"
    putting_aside.reject(school.desk, MARK, rev, by=DEPUTY, reason="снято учителем")
    twelve.contact()
    assert twelve.node.store.leaves(MARK) == ()
    assert (twelve.told(), twelve.state()) == ([], ("server", None))


def test_author_of_both_values_settles_them_on_either_computer(school: School) -> None:
    twelve, seven = school.twelve, school.seven
    twelve.put(4)
    seven.put(5)
    for room in (twelve, seven, twelve):
        room.contact()
    found = seven.dispute()
    assert found is not None
    assert found.is_asked(SOKOLOVA)
    assert (twelve.value, seven.value) == (4, 5)

    known = computers.known(seven.node.node)
    assert {known.name(one.node) for one in found.questions[0].versions} == {
        "Кабинет 12",
        "Кабинет 7",
    }

    [question] = found.questions
    place = [dict(one.values) for one in question.versions].index({"value": 4})
    seven.node.node.journal.choose(
        SOKOLOVA, MARK, found.shown, question.chosen(place), token="token-choice"
    )
    for room in (seven, twelve):
        room.contact()

    assert (central_value(school), twelve.value, seven.value) == (4, 4, 4)
    assert twelve.dispute() is None
    live = [leaf for leaf in twelve.node.store.leaves(MARK) if not leaf.deleted]
    assert len(live) == 1
    assert len(entry.entries_of(live[0].value)) == 3


@pytest.mark.parametrize("place", [0, 1])
def test_choice_that_was_rejected_leaves_the_question_as_it_was(school: School, place: int) -> None:
    twelve, seven = school.twelve, school.seven
    twelve.put(4)
    seven.put(5)
    for room in (twelve, seven, twelve):
        room.contact()
    asked = twelve.dispute()
    assert asked is not None
    before = {leaf.rev for leaf in twelve.node.store.leaves(MARK)}
    sample_school.put(school.site.central.store, ASSIGNMENT, teacher=YOLKIN)

    chosen = asked.questions[0].chosen(place)
    journal = twelve.node.node.journal
    journal.choose(SOKOLOVA, MARK, asked.shown, chosen, token="token-choice")
    rev = next(leaf.rev for leaf in twelve.node.store.leaves(MARK) if leaf.rev not in before)
    twelve.contact()
    putting_aside.reject(school.desk, MARK, rev, by=DEPUTY, reason="решит завуч")
    twelve.contact()

    assert {leaf.rev for leaf in twelve.node.store.leaves(MARK)} == before
    assert twelve.dispute() == asked
    assert [one.rejection.reason for one in twelve.told()] == ["решит завуч"]


def test_decision_is_seen_in_both_rooms_and_changed_with_a_reason_only(school: School) -> None:
    twelve, seven = school.twelve, school.seven
    substitute(school)
    twelve.put(4)
    seven.put(5, author=YOLKIN)
    for room in (twelve, seven, twelve):
        room.contact()
    found = twelve.dispute()
    assert found is not None
    assert (found.own_author, found.concerns(SOKOLOVA), found.concerns(YOLKIN)) == (
        None,
        True,
        True,
    )

    shown = [leaf.rev for leaf in school.site.central.store.leaves(MARK) if not leaf.deleted]
    chosen = Choice(("value",), How.THIRD, None, {"value": 5})
    deciding.decide(school.desk, MARK, shown, [chosen], by=DEPUTY, reason="по работе ученика")
    for room in (twelve, seven):
        room.contact()
        assert (room.value, room.dispute()) == (5, None)
        [row] = decisions.decisions_about(room.node.store.database.read(), MARK)
        assert (row.decided_by, row.reason) == (DEPUTY, "по работе ученика")
        assert {version.author for version in row.versions} == {SOKOLOVA, YOLKIN}

    with pytest.raises(errors.EntryRefused) as refused:
        twelve.put(3)
    assert refused.value.code == "reason_needed"
    twelve.put(3, reason="переписал работу")
    twelve.contact()
    assert central_value(school) == 3
    assert twelve.state() == ("server", None)


def substitute(school: School) -> None:
    """Let Ёлкин give the lesson, too, so that both may write in it."""
    sample_school.put(
        school.site.central.store,
        "assignment:as2",
        group=sample_school.MATH_5A,
        teacher=YOLKIN,
        room="7",
        weekly_hours=5,
        starts="2026-09-01",
        ends=None,
    )
    school.twelve.contact()
    school.seven.contact()
