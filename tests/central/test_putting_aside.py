"""What was put aside is let in as it came, or refused for good; either way nothing is lost."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from central import quarantine
from central.desk import deciding, putting_aside
from central.desk.deciding import Choice, How
from sync import errors
from sync.documents import identifiers
from sync.projections import decisions
from sync.store import entry_states
from sync.store.entry_states import EntryKey, EntryState, State
from tests.support import classrooms, sample_school
from tests.support.classrooms import MARK, Room, School
from tests.support.sample_school import DEPUTY, LESSON_1, SOKOLOVA, YOLKIN


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    with classrooms.opened(tmp_path) as opened:
        yield opened


def lend(room: Room) -> None:
    """Let a computer believe that Ёлкин teaches the group, which central does not."""
    fields = {"group": sample_school.MATH_5A, "teacher": YOLKIN, "room": "22"}
    sample_school.put(room.store, "assignment:gm5a2", **fields, starts="2026-09-01", ends=None)


def put_aside(school: School, value: int = 5) -> tuple[Room, str]:
    """Let Ёлкин mark where he may not, and central put it aside; return room and revision."""
    room = school.room("n1")
    lend(room)
    room.mark(YOLKIN, value)
    assert school.push(room) == ["not_your_lesson"]
    return room, room.live()[0].rev


def refused(call: Any, *arguments: Any, **more: Any) -> str:
    with pytest.raises(errors.EntryRefused) as error:
        call(*arguments, **more)
    return error.value.code


def items(school: School) -> list[str]:
    return [item["code"] for item in quarantine.items(school.central.records)]


def test_accepted_path_is_unchanged_and_names_both_people(school: School) -> None:
    room, rev = put_aside(school)

    done = putting_aside.accept(school.desk, MARK, rev, by=DEPUTY, reason="Замещал")

    assert done == putting_aside.ACCEPTED
    (leaf,) = school.live()
    assert school.central.path(MARK, leaf.rev)[1] == rev
    assert [classrooms.wrote(raw) for raw in leaf.value["entries"]] == [
        ("value", 5, YOLKIN),
        ("value", 5, DEPUTY),
    ]
    assert items(school) == []
    assert school.receipts(room) == ["accepted"]
    school.pull(room)
    shown = room.shown()
    assert shown is not None
    assert (shown.value, shown.disputed, len(room.live())) == (5, False, 1)


def test_accepted_while_the_document_moved_on_is_a_conflict_of_the_desk(school: School) -> None:
    _, rev = put_aside(school)
    other = school.room("n2")
    other.mark(SOKOLOVA, 3)
    assert school.push(other) == ["accepted"]

    done = putting_aside.accept(school.desk, MARK, rev, by=DEPUTY, reason="Замещал")

    assert done == putting_aside.CONFLICT
    assert items(school) == []
    (dispute,) = deciding.disputes_of(school.central, MARK)
    assert {one.author: one.values["value"] for one in dispute.versions} == {SOKOLOVA: 3, YOLKIN: 5}
    choice = Choice(("value",), How.THIRD, None, {"value": 4})
    deciding.decide(school.desk, MARK, school.shown_revs(), [choice], by=DEPUTY, reason="Среднее")
    shown = school.shown()
    assert shown is not None
    assert shown.value == 4


def test_accepted_beside_another_field_is_merged_and_still_names_both(school: School) -> None:
    other = school.room("n2")
    lesson = identifiers.lesson_id(LESSON_1)
    room = school.room("n1")
    lend(room)
    texts = {"topic": "Дроби"}
    room.journal.describe_lesson(YOLKIN, LESSON_1, texts, seen={"topic": None}, token="t")
    assert school.push(room) == ["not_your_lesson"]
    homework = {"homework": "№ 5"}
    other.journal.describe_lesson(SOKOLOVA, LESSON_1, homework, seen={"homework": None}, token="t")
    assert school.push(other) == ["accepted"]

    rev = room.live(lesson)[0].rev
    done = putting_aside.accept(school.desk, lesson, rev, by=DEPUTY, reason="Замещал")

    assert done == putting_aside.ACCEPTED
    (leaf,) = school.live(lesson)
    assert (leaf.value["topic"], leaf.value["homework"]) == ("Дроби", "№ 5")
    assert classrooms.wrote(leaf.value["entries"][-1]) == ("topic", "Дроби", DEPUTY)


def test_rejection_holds_everything_and_answers_receipts(school: School) -> None:
    room, rev = put_aside(school)

    rejection = putting_aside.reject(school.desk, MARK, rev, by=DEPUTY, reason="Не замещал")

    assert items(school) == []
    assert school.receipts(room) == ["rejected"]
    kept = school.central.get(rejection)
    assert kept is not None
    assert kept.value["value"] == room.live()[0].value
    assert kept.value["revisions"] == [rev]
    (row,) = decisions.rejections_about(school.central.database.read(), MARK)
    assert (row.code, row.reason, row.rejected_by) == ("not_your_lesson", "Не замещал", DEPUTY)
    assert [(step["author"], step["new"]) for step in row.steps] == [(YOLKIN, 5)]
    assert school.central.get(MARK) is None
    school.pull(room)
    assert decisions.rejection_of(room.store.database.read(), MARK, rev) == row


def test_rejected_revision_sent_again_is_not_put_aside_again(school: School) -> None:
    room, rev = put_aside(school)
    putting_aside.reject(school.desk, MARK, rev, by=DEPUTY, reason="нет")

    assert school.push(room, MARK) == ["after_rejection"]
    assert items(school) == []
    assert school.receipts(room) == ["rejected"]


def test_what_goes_on_from_a_rejected_entry_waits_and_can_be_let_in(school: School) -> None:
    room, rev = put_aside(school)
    putting_aside.reject(school.desk, MARK, rev, by=DEPUTY, reason="нет")
    lend(Room("", school.central, room.journal))  # the order arrives at central
    room.mark(YOLKIN, 4)

    assert school.push(room, MARK) == ["after_rejection"]
    assert school.receipts(room) == ["rejected", "quarantined"]
    newer = room.live()[0].rev
    putting_aside.accept(school.desk, MARK, newer, by=DEPUTY, reason="всё же да")
    assert school.receipts(room) == ["accepted", "accepted"]


def test_nobody_settles_what_was_settled_meanwhile(school: School) -> None:
    _, rev = put_aside(school)
    desk = school.desk
    assert refused(putting_aside.accept, desk, MARK, rev, by=DEPUTY, reason=" ") == "reason_needed"
    putting_aside.accept(desk, MARK, rev, by=DEPUTY, reason="да")

    for call in (putting_aside.accept, putting_aside.reject):
        assert refused(call, school.desk, MARK, rev, by=DEPUTY, reason="x") == "settled_meanwhile"
    many = [(MARK, rev)]
    for several in (putting_aside.accept_many, putting_aside.reject_many):
        assert refused(several, school.desk, many, by=DEPUTY, reason="x") == "settled_meanwhile"


def test_taken_back_by_its_author_waits_as_withdrawn(school: School) -> None:
    room, _ = put_aside(school)
    note_quarantined(room)

    room.journal.withdraw(YOLKIN, MARK, token="back")

    shown = room.shown()
    assert shown is not None
    assert shown.value is None
    assert school.push(room, MARK) == ["withdrawn"]
    assert items(school) == ["withdrawn"]
    putting_aside.reject(school.desk, MARK, room.live()[0].rev, by=DEPUTY, reason="по просьбе")
    assert school.receipts(room) == ["rejected", "rejected"]


def note_quarantined(room: Room) -> None:
    """Let the room have heard that its entry was put aside, as its receipts do."""
    with room.store.transaction() as tx:
        heard = [
            EntryState(
                EntryKey(room.node, one.epoch, one.seq, one.digest),
                State.QUARANTINED,
                "not_your_lesson",
                "2026-10-14T07:00:00Z",
            )
            for one in room.own()
        ]
        entry_states.set_states(tx, heard)


def test_only_its_author_takes_back_and_only_what_waits(school: School) -> None:
    room, _ = put_aside(school)
    withdraw = room.journal.withdraw
    assert refused(withdraw, YOLKIN, MARK, token="a") == "nothing_to_withdraw"
    note_quarantined(room)
    assert refused(withdraw, SOKOLOVA, MARK, token="b") == "not_your_entry"
    withdraw(YOLKIN, MARK, token="c")
    assert refused(withdraw, YOLKIN, MARK, token="d") == "nothing_to_withdraw"
