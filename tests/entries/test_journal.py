"""What teachers save is kept once, whole, with its entries; what they may not is refused."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sync import errors
from sync.clock import FixedClock
from sync.documents import canonical, entry, identifiers
from sync.entries.journal import Presence
from sync.projections import absences, entry_index, journal_sheet, lessons, marks, plans
from tests.entries.conftest import KEY, NODE, Desk
from tests.support import sample_school as school
from tests.support.sample_school import ABRAMOV, LESSON_1, LESSON_2, SOKOLOVA, YOLKIN, YOLKINA

MARK = identifiers.mark_id(LESSON_1, ABRAMOV)
TOPIC = identifiers.lesson_id(LESSON_1)


def entries(desk: Desk, doc_id: str) -> list[dict[str, Any]]:
    return entry.entries_of(desk.value(doc_id))


def put_mark(desk: Desk, value: int | str | None, seen: int | str | None, token: str) -> Any:
    return desk.journal.record_mark(SOKOLOVA, LESSON_1, ABRAMOV, value, seen=seen, token=token)


def test_mark_becomes_a_document_with_genuine_chained_entries(desk: Desk) -> None:
    put_mark(desk, 5, None, "t1")
    put_mark(desk, 4, 5, "t2")

    raw = entries(desk, MARK)
    assert [(one["field"], one["old"], one["new"]) for one in raw] == [
        ("value", None, 5),
        ("value", 5, 4),
    ]
    assert [one["seq"] for one in raw] == [1, 2]
    assert all(entry.is_genuine(MARK, one, KEY) for one in raw)
    links = [entry.NO_PREVIOUS] + [entry.digest_of(MARK, one) for one in raw[:-1]]
    assert [one["previous"] for one in raw] == links


def test_value_is_what_the_entries_make_and_the_revision_is_its_hash(desk: Desk) -> None:
    put_mark(desk, 5, None, "t1")
    first = desk.store.get(MARK)
    put_mark(desk, None, 5, "t2")

    leaf = desk.store.get(MARK)
    assert first is not None
    assert leaf is not None
    assert leaf.value["value"] is None
    assert leaf.rev == canonical.revision_of(first.rev, False, leaf.value)


def test_save_sent_again_with_its_token_is_one_entry(desk: Desk) -> None:
    first = put_mark(desk, 5, None, "same")
    again = put_mark(desk, 5, None, "same")

    assert again == first
    assert len(entries(desk, MARK)) == 1
    assert put_mark(desk, 5, 5, "other").entries == 0


def test_same_token_of_another_person_is_another_save(desk: Desk) -> None:
    put_mark(desk, 5, None, "same")
    saved = desk.journal.describe_lesson(
        YOLKIN, school.LESSON_SUBSTITUTED, {"topic": "Дроби"}, seen={"topic": None}, token="same"
    )

    assert saved.entries == 1


def test_value_changed_meanwhile_is_not_overwritten(desk: Desk) -> None:
    put_mark(desk, 5, None, "t1")

    with pytest.raises(errors.EntryRefused) as refused:
        put_mark(desk, 3, None, "t2")

    assert refused.value.code == "changed_meanwhile"
    assert refused.value.params == {"field": "value", "now": "5"}
    assert desk.value(MARK)["value"] == 5


@pytest.mark.parametrize(
    ("author", "student", "value", "code"),
    [
        (YOLKIN, ABRAMOV, 5, "not_your_lesson"),
        ("stranger", ABRAMOV, 5, "author_unknown"),
        (SOKOLOVA, school.GROMOV, 5, "not_in_group"),
        (SOKOLOVA, ABRAMOV, 6, "mark_outside_scale"),
        (SOKOLOVA, ABRAMOV, "great", "mark_outside_scale"),
    ],
)
def test_mark_that_may_not_be_is_refused_and_nothing_is_written(
    desk: Desk, author: str, student: str, value: int | str, code: str
) -> None:
    before = desk.store.update_seq()

    with pytest.raises(errors.EntryRefused) as refused:
        desk.journal.record_mark(author, LESSON_1, student, value, seen=None, token="t")

    assert refused.value.code == code
    assert desk.store.update_seq() == before
    assert entry_index.tally(desk.store.database.read(), NODE).pending == 0


def test_subject_without_marks_takes_none(desk: Desk) -> None:
    with pytest.raises(errors.EntryRefused) as refused:
        desk.journal.record_mark(YOLKIN, school.LESSON_TALKS, ABRAMOV, 5, seen=None, token="t")

    assert refused.value.code == "markless"


def test_substitute_may_write_in_their_lesson_only(desk: Desk) -> None:
    lesson = school.LESSON_SUBSTITUTED
    desk.journal.record_mark(YOLKIN, lesson, school.GROMOV, 4, seen=None, token="t1")

    other_day = identifiers.LessonKey(lesson.group, lesson.date - timedelta(days=6), 1)
    with pytest.raises(errors.EntryRefused) as refused:
        desk.journal.record_mark(YOLKIN, other_day, school.GROMOV, 4, seen=None, token="t2")

    assert refused.value.code == "not_your_lesson"


def test_weight_of_the_column_is_copied_and_later_changes_do_not_reach_back(desk: Desk) -> None:
    fields = {"work_kind": "control"}
    desk.journal.describe_lesson(SOKOLOVA, LESSON_1, fields, seen={"work_kind": None}, token="t1")
    put_mark(desk, 5, None, "t2")
    desk.journal.add_work(
        SOKOLOVA, LESSON_1, "w1", title="Диктант", work_kind="independent", weight=2, token="t3"
    )
    desk.journal.record_mark(SOKOLOVA, LESSON_1, ABRAMOV, 3, seen=None, token="t4", column="w1")
    back = {"work_kind": "answer"}
    desk.journal.describe_lesson(SOKOLOVA, LESSON_1, back, seen={"work_kind": "control"}, token="5")

    kept = marks.marks_of_student(desk.store.database.read(), ABRAMOV, school.DAY, school.DAY)
    assert [(mark.column, mark.value, mark.weight) for mark in kept] == [("1", 5, 3), ("w1", 3, 2)]


def test_mark_states_only_what_does_not_go_without_saying(desk: Desk) -> None:
    columns = {"w1": ("independent", 2), "w2": ("independent", 5), "w3": ("answer", 0)}
    for work, (kind, weight) in columns.items():
        desk.journal.add_work(
            SOKOLOVA, LESSON_1, work, title=None, work_kind=kind, weight=weight, token=work
        )
        desk.journal.record_mark(
            SOKOLOVA, LESSON_1, ABRAMOV, 3, seen=None, token=f"mark {work}", column=work
        )

    stated = {
        work: {one["field"]: one["new"] for one in entries(desk, f"{MARK[:-1]}{work}")}
        for work in columns
    }
    assert stated == {
        "w1": {"value": 3, "work_kind": "independent"},
        "w2": {"value": 3, "work_kind": "independent", "weight": 5},
        "w3": {"value": 3, "weight": 0},
    }
    kept = marks.marks_of_group(
        desk.store.database.read(), LESSON_1.group, LESSON_1.date, LESSON_1.date
    )
    assert {one.column: (one.work_kind, one.weight) for one in kept} == columns


def test_mark_in_a_column_nobody_made_is_refused(desk: Desk) -> None:
    with pytest.raises(errors.EntryRefused) as refused:
        desk.journal.record_mark(SOKOLOVA, LESSON_1, ABRAMOV, 5, seen=None, token="t", column="w9")

    assert refused.value.code == "unknown_column"


def test_roll_call_keeps_who_is_absent_and_how_many_in_one_commit(desk: Desk) -> None:
    seq = int(desk.store.update_seq().split("-")[0])
    stated = {ABRAMOV: Presence("absent"), YOLKINA: Presence("late", 10)}
    desk.journal.call_roll(SOKOLOVA, LESSON_1, stated, token="t1")

    connection = desk.store.database.read()
    kept = absences.absences_of_group(connection, LESSON_1.group, school.DAY, school.DAY)
    lesson = lessons.kept_lesson(connection, LESSON_1)
    assert [(one.student, one.presence, one.minutes) for one in kept] == [
        (ABRAMOV, "absent", None),
        (YOLKINA, "late", 10),
    ]
    assert lesson is not None
    assert lesson.roll_call == 1
    assert int(desk.store.update_seq().split("-")[0]) == seq + 3


def test_roll_call_with_nobody_absent_is_said_explicitly(desk: Desk) -> None:
    desk.journal.call_roll(SOKOLOVA, LESSON_1, {}, token="t1")

    lesson = lessons.kept_lesson(desk.store.database.read(), LESSON_1)
    assert lesson is not None
    assert lesson.roll_call == 0


def test_latecomer_after_the_roll_call_corrects_its_number(desk: Desk) -> None:
    desk.journal.call_roll(
        SOKOLOVA, LESSON_1, {ABRAMOV: Presence("absent"), YOLKINA: Presence("absent")}, token="1"
    )
    desk.journal.record_absence(
        SOKOLOVA, LESSON_1, ABRAMOV, Presence("late"), seen="absent", token="2"
    )
    desk.journal.record_absence(SOKOLOVA, LESSON_1, YOLKINA, None, seen="absent", token="3")

    lesson = lessons.kept_lesson(desk.store.database.read(), LESSON_1)
    assert lesson is not None
    assert lesson.roll_call == 0


def test_class_teacher_states_the_reason_and_nobody_else(desk: Desk) -> None:
    desk.journal.call_roll(SOKOLOVA, LESSON_1, {ABRAMOV: Presence("absent")}, token="1")
    wished = [(LESSON_1, ABRAMOV, "ill", None)]

    with pytest.raises(errors.EntryRefused) as refused:
        desk.journal.state_reason(YOLKIN, wished, token="2")
    desk.journal.state_reason(SOKOLOVA, wished, token="3")

    assert refused.value.code == "reason_not_yours"
    assert desk.value(identifiers.absence_id(LESSON_1, ABRAMOV))["reason"] == "ill"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"topic": "x" * 501}, "schema"),
        ({"homework": "x" * 4_001}, "schema"),
        ({"number": 99}, "schema"),
    ],
)
def test_text_over_its_limit_is_refused_before_it_is_stored(
    desk: Desk, fields: dict[str, Any], code: str
) -> None:
    with pytest.raises(errors.EntryRefused) as refused:
        desk.journal.describe_lesson(
            SOKOLOVA, LESSON_1, fields, seen=dict.fromkeys(fields), token="t"
        )

    assert refused.value.code == code
    assert desk.store.get(TOPIC) is None


def test_spaces_are_no_topic(desk: Desk) -> None:
    saved = desk.journal.describe_lesson(
        SOKOLOVA, LESSON_1, {"topic": "  "}, seen={"topic": None}, token="t"
    )

    assert saved.entries == 0
    assert desk.store.get(TOPIC) is None


def test_plan_moves_by_itself_and_counts_topics_of_two_hours(desk: Desk) -> None:
    taken: list[str] = []
    days = (-14, -13, -8, -7, -6)
    for number, back in enumerate(days):
        lesson = identifiers.LessonKey(LESSON_1.group, school.DAY + timedelta(days=back), 1)
        with desk.store.database.snapshot() as connection:
            topic = plans.next_topic(connection, lesson)
        assert topic is not None
        taken.append(topic.id)
        fields = {"topic": topic.title, "plan_topic": topic.id}
        desk.journal.describe_lesson(
            SOKOLOVA, lesson, fields, seen=dict.fromkeys(fields), token=str(number)
        )

    assert taken == ["p1", "p2", "p2", "p3", "p4"]


def test_epoch_of_every_start_stands_in_the_entries_and_numbers_go_on(
    open_desk: Callable[..., Desk],
) -> None:
    put_mark(open_desk(epoch="first"), 5, None, "t1")
    again = open_desk(epoch="second")
    put_mark(again, 4, 5, "t2")

    raw = entries(again, MARK)
    assert [(one["epoch"], one["seq"]) for one in raw] == [
        ("first", 1),
        ("second", 2),
    ]


def test_clock_that_went_back_marks_entries_and_refuses_nothing(desk: Desk) -> None:
    put_mark(desk, 5, None, "t1")
    desk.clock.advance(timedelta(days=-365 * 50))
    put_mark(desk, 4, 5, "t2")
    desk.clock.advance(timedelta(days=365 * 50 + 1))
    put_mark(desk, 3, 4, "t3")

    suspects = [one.get("clock_suspect", False) for one in entries(desk, MARK)]
    assert suspects == [False, True, False]


def test_clock_at_1970_is_suspect_from_the_first_entry(open_desk: Callable[..., Desk]) -> None:
    in_1970 = open_desk(clock=FixedClock(datetime(1970, 1, 1, tzinfo=UTC)))
    put_mark(in_1970, 5, None, "t1")

    assert all(one["clock_suspect"] for one in entries(in_1970, MARK))


def test_old_tokens_are_forgotten_and_young_ones_are_not(desk: Desk) -> None:
    put_mark(desk, 5, None, "old")
    desk.clock.advance(timedelta(days=40))
    put_mark(desk, 4, 5, "young")

    forgotten = desk.journal.forget_saves_before(desk.clock.now() - timedelta(days=30))

    assert forgotten == 1
    assert put_mark(desk, 4, 5, "young").entries == 1


def test_sheet_shows_marks_absences_and_exact_averages(desk: Desk) -> None:
    put_mark(desk, 5, None, "t1")
    desk.journal.record_mark(SOKOLOVA, LESSON_2, ABRAMOV, 4, seen=None, token="t2")
    desk.journal.call_roll(SOKOLOVA, LESSON_2, {YOLKINA: Presence("absent")}, token="t3")

    with desk.store.database.snapshot() as connection:
        sheet = journal_sheet.sheet(connection, LESSON_1.group, school.DAY, school.DAY)

    assert sheet is not None
    assert [column.lesson.key for column in sheet.columns] == [LESSON_1, LESSON_2]
    assert [row.student.id for row in sheet.rows] == list(school.ROSTER_5A)
    first, second = sheet.rows[0], sheet.rows[1]
    assert str(first.average) == "9/2"
    assert second.missed == 1
    absent = second.absence_in(sheet.columns[1])
    assert absent is not None
    assert absent.presence == "absent"


def test_own_entries_are_pending_until_a_receipt(desk: Desk) -> None:
    put_mark(desk, 5, None, "t1")

    connection = desk.store.database.read()
    waiting = entry_index.pending(connection, NODE, 10)
    assert [(one.doc_id, one.seq, one.state) for one in waiting] == [
        (MARK, 1, None),
    ]
    assert entry_index.states_of(connection, NODE, [MARK, TOPIC]) == {MARK: "pending"}
