"""A dispute whose histories do not fit into one document is decided, and nothing is lost."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from central import merging
from central.desk import deciding
from central.desk.deciding import Choice, How
from sync import errors
from sync.documents import canonical, entry, identifiers, kinds
from sync.documents import merging as merge
from sync.projections import decisions, disputes, lessons
from tests.support import classrooms, invariant, sample_school
from tests.support.classrooms import Room, School
from tests.support.sample_school import DEPUTY, LESSON_1, SOKOLOVA, YOLKIN

LESSON = identifiers.lesson_id(LESSON_1)
TEXT = kinds.MAX_HOMEWORK


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    with classrooms.opened(tmp_path) as opened:
        yield opened


def share(store: Any) -> None:
    fields = {"group": sample_school.MATH_5A, "teacher": YOLKIN, "room": "22"}
    sample_school.put(store, "assignment:gm5a2", **fields, starts="2026-09-01", ends=None)


def rewrite(room: Room, author: str, letters: str) -> None:
    """Let somebody write the longest homework again and again."""
    seen = None
    for letter in letters:
        room.journal.describe_lesson(
            author, LESSON_1, {"homework": letter * TEXT}, seen={"homework": seen},
            token=room.token(),
        )  # fmt: skip
        seen = letter * TEXT


def disagree(school: School, first: str = "абвгдежзи", second: str = "клмнопрст") -> None:
    rooms = school.room("n1"), school.room("n2")
    for store in (school.central, *(room.store for room in rooms)):
        share(store)
    rewrite(rooms[0], SOKOLOVA, first)
    rewrite(rooms[1], YOLKIN, second)
    fields = {"topic": "Дроби"}
    rooms[1].journal.describe_lesson(YOLKIN, LESSON_1, fields, seen={"topic": None}, token="topic")
    for room in rooms:
        assert school.push(room) == ["accepted"]
    values = [leaf.value for leaf in school.live(LESSON)]
    united = {**values[0], "entries": merge.union(values)}
    assert len(canonical.encode(united)) > kinds.MAX_DOCUMENT_BYTES


def decide(school: School, author: str | None, text: str | None = None) -> str:
    (dispute,) = deciding.disputes_of(school.central, LESSON)
    if author is None:
        choice = Choice(dispute.fields, How.THIRD, None, {"homework": text})
    else:
        place = [one.author for one in dispute.versions].index(author)
        choice = Choice(dispute.fields, How.VERSION, place, None)
    more = {"by": DEPUTY, "reason": "По плану"}
    return deciding.decide(school.desk, LESSON, school.shown_revs(LESSON), [choice], **more)


@pytest.mark.parametrize("author", [SOKOLOVA, YOLKIN, None])
def test_histories_that_are_too_large_together_are_decided_and_both_are_kept(
    school: School, author: str | None
) -> None:
    disagree(school)
    said = invariant.Acknowledged()
    rooms = {name: school.room(name).store for name in ("n1", "n2")}
    for name, store in rooms.items():
        for leaf in store.leaves(LESSON):
            said.note_value(LESSON, leaf.value, name)
    wished = {SOKOLOVA: "и" * TEXT, YOLKIN: "т" * TEXT, None: "§ 2"}[author]

    decision = decide(school, author, "§ 2")

    (leaf,) = school.live(LESSON)
    assert len(canonical.encode(leaf.value)) <= kinds.MAX_DOCUMENT_BYTES
    # What nobody disputed is there, too, whoever wrote it.
    assert (leaf.value["homework"], leaf.value["topic"]) == (wished, "Дроби")
    last = [entry.parse(raw) for raw in leaf.value["entries"]][-2:]
    assert ("homework", wished, DEPUTY) in [(one.field, one.new, one.author) for one in last]
    read = school.central.database.read()
    assert disputes.open_disputes(read) == []
    assert merging.open_since(school.central.records, LESSON) is None
    (row,) = decisions.decisions_about(read, LESSON)
    assert (row.doc_id, row.chosen) == (decision, {"homework": wished})
    (rejection,) = decisions.rejections_about(read, LESSON)
    assert (rejection.rejected_by, rejection.reason) == (DEPUTY, "По плану")
    found = invariant.check(said, school.central, rooms)
    assert len(found.rejected) in (9, 10)
    assert found.pending == frozenset()


def test_closed_history_is_kept_whole_and_its_author_may_go_on(school: School) -> None:
    disagree(school)
    (other,) = [one for one in school.live(LESSON) if one.value["topic"] is None]

    decide(school, YOLKIN)

    first, second = school.room("n1"), school.room("n2")
    (rejection,) = decisions.rejections_about(school.central.database.read(), LESSON)
    kept = school.central.get(rejection.doc_id)
    assert kept is not None
    assert kept.value["value"] == other.value
    assert school.receipts(first) == ["rejected"] * 9
    assert set(school.receipts(second)) == {"accepted"}
    school.pull(first)
    assert len(first.live(LESSON)) == 1
    shown = lessons.kept_lesson(first.store.database.read(), LESSON_1)
    assert shown is not None
    assert shown.homework == "т" * TEXT
    first.journal.describe_lesson(
        SOKOLOVA, LESSON_1, {"homework": "§ 3"}, seen={"homework": shown.homework},
        token="later", reason="Уточнила",
    )  # fmt: skip
    assert school.push(first)[-1] == "accepted"
    assert school.live(LESSON)[0].value["homework"] == "§ 3"


def test_full_documents_are_decided_for_what_one_of_them_holds(school: School) -> None:
    # Fifteen times the longest text in each: there is no room for one more of them.
    disagree(school, first="абвгдежзийклмно", second="прстуфхцчшщъыьэ")
    before = school.central.update_seq()
    with pytest.raises(errors.EntryRefused, match="too_large"):
        decide(school, None, "ю" * TEXT)
    assert school.central.update_seq() == before

    decide(school, SOKOLOVA)

    (leaf,) = school.live(LESSON)
    assert leaf.value["homework"] == "о" * TEXT
    assert leaf.rev in [one.rev for one in school.room("n1").live(LESSON)]  # nothing was added
    read = school.central.database.read()
    assert disputes.open_disputes(read) == []
    (rejection,) = decisions.rejections_about(read, LESSON)
    kept = school.central.get(rejection.doc_id)
    assert kept is not None
    assert len(entry.entries_of(kept.value["value"])) == 16


def test_decision_that_was_lost_with_its_central_comes_back_from_the_rooms(school: School) -> None:
    disagree(school)
    decide(school, YOLKIN)
    first, second = school.room("n1"), school.room("n2")
    for room in (first, second):
        school.pull(room)
    before = [leaf.rev for leaf in school.live(LESSON)]
    school.restore()
    share(school.central)

    for room in (second, first):
        every = classrooms.paths(room.store, (), reference=False)
        assert {one.outcome.value for one in school.take(every, room.node)} <= {"accepted"}

    assert [leaf.rev for leaf in school.live(LESSON)] == before
    read = school.central.database.read()
    assert len(decisions.decisions_about(read, LESSON)) == 1
    assert len(decisions.rejections_about(read, LESSON)) == 1
