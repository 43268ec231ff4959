"""What the desk decides is stored whole, reaches every computer, and can be taken back."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from central import merging
from central.desk import deciding
from central.desk.deciding import AUTHOR_FIRST, Choice, How
from sync import errors
from sync.documents import canonical, entry, identifiers
from sync.entries.journal import Presence
from sync.projections import decisions, disputes
from sync.store.values import RevisionPath
from tests.support import classrooms
from tests.support import sample_school as school_data
from tests.support.classrooms import MARK, School
from tests.support.sample_school import DEPUTY, LESSON_1, SOKOLOVA, YOLKIN

VALUE = ("value",)
LESSON = identifiers.lesson_id(LESSON_1)


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    with classrooms.opened(tmp_path) as opened:
        yield opened


def disagree(school: School, first: int = 5, second: int = 3) -> None:
    """Соколова and Ёлкин, who share the group, mark one answer without knowing of each other."""
    for store in (school.central, school.room("n1").store, school.room("n2").store):
        share(store)
    school.room("n1").mark(SOKOLOVA, first)
    school.room("n2").mark(YOLKIN, second)
    for name in ("n1", "n2"):
        assert set(school.push(school.room(name))) == {"accepted"}


def share(store: Any) -> None:
    fields = {"group": school_data.MATH_5A, "teacher": YOLKIN, "room": "22"}
    school_data.put(store, "assignment:gm5a2", **fields, starts="2026-09-01", ends=None)


def version(school: School, value: int) -> int:
    (dispute,) = deciding.disputes_of(school.central, MARK)
    return [one.values["value"] for one in dispute.versions].index(value)


def decide(school: School, *choices: Choice, **more: Any) -> str:
    shown = more.pop("shown", None) or school.shown_revs()
    told = {"by": DEPUTY, "reason": "По письменной работе"} | more
    return deciding.decide(school.desk, MARK, shown, choices, **told)


def refused(call: Any, *arguments: Any, **more: Any) -> str:
    with pytest.raises(errors.EntryRefused) as error:
        call(*arguments, **more)
    return error.value.code


def test_decision_is_one_revision_with_all_entries_and_says_who_and_why(school: School) -> None:
    disagree(school)
    shown = school.shown()
    assert shown is not None
    assert (shown.value, shown.disputed) == (None, True)

    decision = decide(school, Choice(VALUE, How.VERSION, version(school, 3), None))

    (leaf,) = school.live()
    told = [classrooms.wrote(raw) for raw in leaf.value["entries"]]
    assert sorted(told[:2]) == [("value", 3, YOLKIN), ("value", 5, SOKOLOVA)]
    assert told[2:] == [("value", 3, DEPUTY)]
    assert leaf.value["entries"][-1]["reason"] == "По письменной работе"
    (row,) = decisions.decisions_about(school.central.database.read(), MARK)
    assert (row.doc_id, row.how, row.chosen) == (decision, "version", {"value": 3})
    assert {one.author: one.values["value"] for one in row.versions} == {SOKOLOVA: 5, YOLKIN: 3}
    assert (row.decided_by, row.reason) == (DEPUTY, "По письменной работе")
    assert disputes.open_disputes(school.central.database.read()) == []
    assert merging.open_since(school.central.records, MARK) is None
    after = school.shown()
    assert after is not None
    assert (after.value, after.disputed) == (3, False)


def test_both_teachers_see_the_decision_on_their_computers(school: School) -> None:
    disagree(school)
    decide(school, Choice(VALUE, How.THIRD, None, {"value": 4}))
    for name in ("n1", "n2"):
        room = school.room(name)
        school.pull(room)
        shown = room.shown()
        assert shown is not None
        assert (shown.value, shown.disputed, shown.author) == (4, False, DEPUTY)
        assert [row.how for row in decisions.all_decisions(room.store.database.read())] == ["third"]
        assert len(room.live()) == 1


def test_decision_is_for_the_leaves_that_were_shown(school: School) -> None:
    disagree(school)
    shown = school.shown_revs()
    choice = Choice(VALUE, How.VERSION, 0, None)
    school.room("n1").mark(SOKOLOVA, 4)
    school.push(school.room("n1"))
    before = school.central.update_seq()

    assert refused(decide, school, choice, shown=shown) == "changed_meanwhile"
    assert school.central.update_seq() == before


@pytest.mark.parametrize(
    ("choices", "more", "code"),
    [
        ([], {}, "choice_needed"),
        ([Choice(VALUE, How.VERSION, 7, None)], {}, "choice_needed"),
        ([Choice(("comment",), How.VERSION, 0, None)], {}, "choice_needed"),
        ([Choice(VALUE, How.THIRD, None, {"value": "пять"})], {}, "schema"),
        ([Choice(VALUE, How.THIRD, None, {"comment": "x"})], {}, "schema"),
        ([Choice(VALUE, How.VERSION, 0, None)], {"reason": " "}, "reason_needed"),
        ([Choice(VALUE, How.VERSION, 0, None)], {"reason": "я" * 501}, "text_too_long"),
    ],
)
def test_what_cannot_be_decided_writes_nothing(
    school: School, choices: list[Choice], more: dict[str, Any], code: str
) -> None:
    disagree(school)
    before = school.central.update_seq()

    assert refused(decide, school, *choices, **more) == code
    assert school.central.update_seq() == before


def test_nothing_is_decided_where_nothing_is_disputed(school: School) -> None:
    school.room("n1").mark(SOKOLOVA, 5)
    school.push(school.room("n1"))

    assert refused(decide, school, Choice(VALUE, How.VERSION, 0, None)) == "nothing_to_decide"


def test_author_of_both_values_is_asked_first_for_three_days(school: School) -> None:
    for name, value in (("n1", 5), ("n2", 3)):
        school.room(name).mark(SOKOLOVA, value)
        school.push(school.room(name))
    choice = Choice(VALUE, How.VERSION, 0, None)
    assert refused(decide, school, choice) == "author_first"

    school.clock.advance(AUTHOR_FIRST)

    assert decide(school, choice).startswith("decision:")


def described(school: School, name: str, author: str, **fields: str) -> None:
    """Let somebody describe the first lesson without knowing what others wrote elsewhere."""
    room = school.room(name)
    seen = dict.fromkeys(fields)
    room.journal.describe_lesson(author, LESSON_1, fields, seen=seen, token=room.token())


def first_versions(school: School) -> list[Choice]:
    found = deciding.disputes_of(school.central, LESSON)
    return [Choice(one.fields, How.VERSION, 0, None) for one in found]


def decide_lesson(school: School) -> str:
    shown = school.shown_revs(LESSON)
    more = {"by": DEPUTY, "reason": "По плану"}
    return deciding.decide(school.desk, LESSON, shown, first_versions(school), **more)


def test_two_authors_of_one_document_are_not_waited_for(school: School) -> None:
    # Each of them wrote two values of one thing; neither could settle the whole document.
    share(school.central)
    for name, topic, homework in (("n1", "Дроби", "№ 5"), ("n2", "Углы", "№ 6")):
        room = school.room(name)
        share(room.store)
        described(school, name, SOKOLOVA, topic=topic)
        described(school, name, YOLKIN, homework=homework)
        school.push(room)
    authors = {one.own_author for one in deciding.disputes_of(school.central, LESSON)}
    assert authors == {SOKOLOVA, YOLKIN}
    (row,) = disputes.open_disputes(school.central.database.read())
    assert row.own_author is None  # the list says the same: it is the desk's

    assert decide_lesson(school).startswith("decision:")
    assert len(school.live(LESSON)) == 1


def test_one_author_of_all_values_of_a_document_is_waited_for(school: School) -> None:
    for name, topic, homework in (("n1", "Дроби", "№ 5"), ("n2", "Углы", "№ 6")):
        described(school, name, SOKOLOVA, topic=topic, homework=homework)
        school.push(school.room(name))
    assert len(first_versions(school)) == 2

    assert refused(decide_lesson, school) == "author_first"


def test_author_is_not_waited_for_where_another_one_differs_in_the_same_document(
    school: School,
) -> None:
    share(school.central)
    for name, author, homework in (("n1", SOKOLOVA, "№ 5"), ("n2", YOLKIN, "№ 6")):
        room = school.room(name)
        share(room.store)
        described(school, name, SOKOLOVA, topic=f"Дроби {name}")
        described(school, name, author, homework=homework)
        school.push(room)
    authors = {one.own_author for one in deciding.disputes_of(school.central, LESSON)}
    assert authors == {SOKOLOVA, None}

    assert decide_lesson(school).startswith("decision:")


def test_both_marks_are_kept_in_two_columns(school: School) -> None:
    disagree(school)

    decide(school, Choice(VALUE, How.BOTH, version(school, 5), None))

    (row,) = decisions.decisions_about(school.central.database.read(), MARK)
    assert row.kept_in is not None
    other = school.live(row.kept_in)[0].value
    assert (other["value"], other["weight"], other["work_kind"]) == (3, 1, "answer")
    column = identifiers.parse_journal(row.kept_in).column
    assert column is not None
    work = school.live(identifiers.work_id(LESSON_1, column))[0].value
    assert (work["work_kind"], work["weight"]) == ("answer", 1)
    shown = school.shown()
    assert shown is not None
    assert shown.value == 5


def test_several_are_decided_together_or_not_at_all(school: School) -> None:
    disagree(school)
    before = school.central.update_seq()
    choice = Choice(VALUE, How.VERSION, 0, None)
    wanted = [(MARK, school.shown_revs(), [choice]), (MARK.replace("st1", "st2"), ["1-a"], [])]

    code = refused(deciding.decide_many, school.desk, wanted, by=DEPUTY, reason="вместе")

    assert code == "changed_meanwhile"
    assert school.central.update_seq() == before
    done = deciding.decide_many(school.desk, wanted[:1], by=DEPUTY, reason="вместе", cause="c")
    assert [row.cause for row in decisions.all_decisions(school.central.database.read())] == ["c"]
    assert len(done) == 1


def test_reopened_decision_stands_as_uncertain_and_is_decided_anew(school: School) -> None:
    disagree(school)
    decision = decide(school, Choice(VALUE, How.VERSION, version(school, 3), None))

    deciding.reopen(school.desk, decision, by=DEPUTY, reason="Нашлась работа")

    shown = school.shown()
    assert shown is not None
    assert (shown.value, shown.disputed) == (3, True)
    (row,) = disputes.open_disputes(school.central.database.read())
    assert (row.fields, row.reopened, row.own_author) == (VALUE, True, None)
    assert merging.open_since(school.central.records, MARK) == school.clock.now()
    (dispute,) = deciding.disputes_of(school.central, MARK)
    assert {one.author: one.values["value"] for one in dispute.versions} == {SOKOLOVA: 5, YOLKIN: 3}
    assert refused(deciding.reopen, school.desk, decision, by=DEPUTY, reason="x") == (
        "nothing_to_decide"
    )

    again = decide(school, Choice(VALUE, How.VERSION, version(school, 5), None))

    assert again != decision
    shown = school.shown()
    assert shown is not None
    assert (shown.value, shown.disputed) == (5, False)
    states = {
        row.doc_id: row.state for row in decisions.all_decisions(school.central.database.read())
    }
    assert states == {decision: "reopened", again: "decided"}


def test_two_reopened_decisions_about_one_lesson_are_both_asked_again(school: School) -> None:
    room = school.room("n1")
    lesson = identifiers.lesson_id(LESSON_1)
    texts = {"topic": "Дроби", "homework": "№ 5"}
    room.journal.describe_lesson(SOKOLOVA, LESSON_1, texts, seen=dict.fromkeys(texts), token="t")
    school.push(room)
    made = []
    for name, text in (("topic", "Углы"), ("homework", "№ 6")):
        (rev,) = school.shown_revs(lesson)
        more = {"by": DEPUTY, "reason": "Ошибка"}
        made.append(deciding.correct(school.desk, lesson, {name: text}, rev, **more))
    (rev,) = school.shown_revs(lesson)

    for number, decision in enumerate(made):
        deciding.reopen(school.desk, decision, by=DEPUTY, reason=f"Спор {number}")

    found = deciding.disputes_of(school.central, lesson)
    told = {one.fields: [dict(each.values) for each in one.versions] for one in found}
    assert told == {
        ("topic",): [{"topic": "Дроби"}, {"topic": "Углы"}],
        ("homework",): [{"homework": "№ 5"}, {"homework": "№ 6"}],
    }
    (rev,) = school.shown_revs(lesson)
    code = refused(
        deciding.correct, school.desk, lesson, {"topic": "x"}, rev, by=DEPUTY, reason="x"
    )
    assert code == "changed_meanwhile"  # it is in dispute: there is a decision to make
    choices = [Choice(one.fields, How.VERSION, 1, None) for one in found]
    deciding.decide(school.desk, lesson, [rev], choices, by=DEPUTY, reason="Так и было")
    assert disputes.open_disputes(school.central.database.read()) == []
    assert school.live(lesson)[0].value["topic"] == "Углы"


def test_marks_of_different_works_are_asked_as_a_whole_again_when_reopened(school: School) -> None:
    first, second = school.room("n1"), school.room("n2")
    for store in (school.central, first.store, second.store):
        share(store)
    described(school, "n1", SOKOLOVA, work_kind="control")
    first.mark(SOKOLOVA, 5)
    second.mark(YOLKIN, 3)
    for room in (first, second):
        school.push(room)
    (dispute,) = deciding.disputes_of(school.central, MARK)
    whole = ("value", "weight", "work_kind")
    assert dispute.fields == whole
    decision = decide(school, Choice(whole, How.VERSION, 0, None))

    deciding.reopen(school.desk, decision, by=DEPUTY, reason="Спросили")

    (again,) = deciding.disputes_of(school.central, MARK)
    assert again.fields == whole
    assert [dict(one.values) for one in again.versions] == [
        dict(one.values) for one in dispute.versions
    ]


def test_later_change_of_a_decided_value_needs_a_reason_and_is_told(school: School) -> None:
    disagree(school)
    decide(school, Choice(VALUE, How.VERSION, version(school, 3), None))
    room = school.room("n1")
    school.pull(room)

    assert refused(room.mark, SOKOLOVA, 4) == "reason_needed"
    room.mark(SOKOLOVA, 4, reason="Пересдал")

    assert set(school.push(room)) == {"accepted"}
    (changed,) = disputes.later_changes(school.central.database.read(), MARK)
    assert (changed.fields, changed.author, changed.reason) == (VALUE, SOKOLOVA, "Пересдал")
    room.mark(SOKOLOVA, 5)  # goes on from the teacher's own value
    assert set(school.push(room)) == {"accepted"}


def test_later_change_without_a_reason_is_put_aside(school: School) -> None:
    disagree(school)
    decide(school, Choice(VALUE, How.VERSION, version(school, 3), None))
    room = school.room("n1")
    school.pull(room)
    room.mark(SOKOLOVA, 4, reason="x")
    path = next(one for one in classrooms.paths(room.store, [MARK]) if not one.deleted)

    (verdict,) = school.take([without_reason(school, path)])

    assert verdict.code == "reason_needed"
    shown = school.shown()
    assert shown is not None
    assert shown.value == 3


def without_reason(school: School, path: RevisionPath) -> RevisionPath:
    """Return what a program would send that asks for no reason."""
    last = entry.parse(path.value["entries"][-1])
    key = school.keys().key_of(last.node)
    assert key is not None
    raw = entry.seal(MARK, replace(last, reason=None), key).as_json()
    value = {**path.value, "entries": [*path.value["entries"][:-1], raw]}
    rev = canonical.revision_of(path.revisions[1], False, value)
    return replace(path, revisions=(rev, *path.revisions[1:]), value=value)


def test_correction_at_central_is_told_as_a_decision(school: School) -> None:
    room = school.room("n1")
    room.mark(SOKOLOVA, 5)
    school.push(room)
    (rev,) = school.shown_revs()

    decision = deciding.correct(
        school.desk, MARK, {"value": 4}, rev, by=DEPUTY, reason="Ошибка ввода"
    )

    shown = school.shown()
    assert shown is not None
    assert (shown.value, shown.author) == (4, DEPUTY)
    (row,) = decisions.decisions_about(school.central.database.read(), MARK)
    assert (row.doc_id, row.how, row.leaves) == (decision, "third", (rev,))
    assert [one.values for one in row.versions] == [{"value": 5}]
    code = refused(deciding.correct, school.desk, MARK, {"value": 3}, rev, by=DEPUTY, reason="ещё")
    assert code == "changed_meanwhile"
    (rev,) = school.shown_revs()
    same = refused(deciding.correct, school.desk, MARK, {"value": 4}, rev, by=DEPUTY, reason="x")
    assert same == "nothing_changed"


@pytest.mark.parametrize(
    ("first", "last", "wish"),
    [
        # All that was written together with the last step is taken back together with it.
        (("late", 5), ("absent", None), {"presence": "late", "minutes": 20}),
        # What was not touched by the last writing stays what it was.
        (("late", 5), ("late", 10), {"minutes": 20}),
    ],
)
def test_correction_keeps_all_that_stood_before_the_last_writing(
    school: School,
    first: tuple[str, int | None],
    last: tuple[str, int | None],
    wish: dict[str, Any],
) -> None:
    room = school.room("n1")
    seen = None
    for presence, minutes in (first, last):
        stated = Presence(presence, minutes)
        room.journal.record_absence(
            SOKOLOVA, LESSON_1, school_data.ABRAMOV, stated, seen=seen, token=room.token()
        )
        seen = presence
        school.later(minutes=1)
    school.push(room)
    absence = identifiers.absence_id(LESSON_1, school_data.ABRAMOV)
    (rev,) = school.shown_revs(absence)

    more = {"by": DEPUTY, "reason": "По журналу вахты"}
    deciding.correct(school.desk, absence, wish, rev, **more)

    (row,) = decisions.decisions_about(school.central.database.read(), absence)
    assert row.before == dict(zip(("presence", "minutes"), first, strict=True))
    assert [dict(one.values) for one in row.versions] == [
        dict(zip(("presence", "minutes"), last, strict=True))
    ]


def test_different_fields_are_merged_without_anybody(school: School) -> None:
    lesson = identifiers.lesson_id(LESSON_1)
    one, other = school.room("n1"), school.room("n2")
    for room, fields in ((one, {"topic": "Дроби"}), (other, {"homework": "№ 5"})):
        seen = dict.fromkeys(fields)
        room.journal.describe_lesson(SOKOLOVA, LESSON_1, fields, seen=seen, token=room.token())
        school.push(room)

    (leaf,) = school.live(lesson)
    assert (leaf.value["topic"], leaf.value["homework"]) == ("Дроби", "№ 5")
    assert decisions.all_decisions(school.central.database.read()) == []
    school.meet(one, other)
    assert [leaf.rev for leaf in one.live(lesson)] == [leaf.rev]
    assert [leaf.rev for leaf in other.live(lesson)] == [leaf.rev]
