"""A lesson kept over HTTP, each field by itself, as the page's module does it."""

from datetime import timedelta
from typing import Any

import pytest

from sync.documents import identifiers
from sync.documents.identifiers import LessonKey
from sync.entries.journal import Presence
from tests.node.keeper import NO_TOPIC, Keeper, address, document
from tests.support import sample_school as school
from tests.support.sample_node import SampleNode


@pytest.fixture
def keeper(node: SampleNode) -> Keeper:
    return Keeper(node, "sokolova")


# ------------------------------------------------------------------------------ topic and plan


def test_topic_is_taken_from_the_plan_and_the_position_moves(
    node: SampleNode, keeper: Keeper
) -> None:
    offered = keeper.told()["offered"]
    answer = keeper.save("plan_topic", offered["id"], NO_TOPIC)
    second = Keeper(node, "sokolova", school.LESSON_2)
    following = second.told()["offered"]

    assert (offered["id"], offered["position"]) == ("p1", 1)
    assert answer.json["fields"]["topic"]["text"] == "Натуральные числа и нуль"
    assert answer.json["homework_offered"] == "§ 1, № 12, 14"
    assert (following["id"], following["position"]) == ("p2", 2)
    assert document(node, identifiers.lesson_id(school.LESSON_1))["plan_topic"] == "p1"


def test_topic_of_two_hours_is_offered_twice(node: SampleNode, keeper: Keeper) -> None:
    keeper.save("plan_topic", "p2", NO_TOPIC)

    second = Keeper(node, "sokolova", school.LESSON_2)

    assert second.told()["offered"]["id"] == "p2"


def test_topic_typed_in_own_words_stays_so_and_keeps_its_place_in_the_plan(
    node: SampleNode, keeper: Keeper
) -> None:
    keeper.save("plan_topic", "p1", NO_TOPIC)
    seen = {"topic": "Натуральные числа и нуль", "plan_topic": "p1"}
    keeper.save("topic", "Натуральные числа, повторение", seen)

    kept = document(node, identifiers.lesson_id(school.LESSON_1))
    assert (kept["topic"], kept["plan_topic"]) == ("Натуральные числа, повторение", "p1")


def test_topic_typed_as_it_stands_in_the_plan_is_taken_from_it(
    node: SampleNode, keeper: Keeper
) -> None:
    keeper.save("topic", "контрольная  работа № 1", NO_TOPIC)

    kept = document(node, identifiers.lesson_id(school.LESSON_1))
    assert kept["plan_topic"] == "p4"


def test_emptied_topic_frees_its_place_in_the_plan(node: SampleNode, keeper: Keeper) -> None:
    keeper.save("plan_topic", "p1", NO_TOPIC)
    keeper.save("topic", "", {"topic": "Натуральные числа и нуль", "plan_topic": "p1"})

    answer = keeper.told()
    assert answer["fields"]["topic"]["text"] == ""
    assert answer["offered"]["id"] == "p1"


def test_topic_that_has_left_the_plan_is_refused(keeper: Keeper) -> None:
    answer = keeper.save("plan_topic", "p99", NO_TOPIC)

    assert (answer.status_code, answer.json["error"]["code"]) == (422, "unknown_plan_topic")


def test_homework_keeps_its_lines(node: SampleNode, keeper: Keeper) -> None:
    keeper.save("homework", " § 1\r\n№ 12 \n", {"homework": None})

    kept = document(node, identifiers.lesson_id(school.LESSON_1))
    assert kept["homework"] == "§ 1\n№ 12"


def test_homework_too_long_is_refused_with_the_numbers(keeper: Keeper) -> None:
    answer = keeper.save("homework", "а" * 4001, {"homework": None})

    assert (answer.status_code, answer.json["error"]["code"]) == (422, "text_too_long")
    assert answer.json["error"]["params"] == {"length": 4001, "limit": 4000}


# ---------------------------------------------------------------------------- marks, presence


def test_mark_is_saved_with_kind_and_weight_of_its_column(node: SampleNode, keeper: Keeper) -> None:
    keeper.save("work_kind", "control", {"work_kind": None})
    answer = keeper.save(f"mark:{school.ABRAMOV}:1", "5", {"value": None})

    field = answer.json["fields"][f"mark:{school.ABRAMOV}:1"]
    kept = document(node, identifiers.mark_id(school.LESSON_1, school.ABRAMOV))
    assert (field["text"], field["seen"], field["state"]) == ("5", {"value": 5}, "here")
    assert (kept["value"], kept["work_kind"], kept["weight"]) == (5, "control", None)


def test_emptied_mark_is_withdrawn_and_keeps_its_history(node: SampleNode, keeper: Keeper) -> None:
    keeper.save(f"mark:{school.ABRAMOV}:1", "5", {"value": None})
    answer = keeper.save(f"mark:{school.ABRAMOV}:1", "", {"value": 5})

    kept = document(node, identifiers.mark_id(school.LESSON_1, school.ABRAMOV))
    values = [(one["old"], one["new"]) for one in kept["entries"] if one["field"] == "value"]
    assert answer.json["fields"][f"mark:{school.ABRAMOV}:1"]["text"] == ""
    assert values == [(None, 5), (5, None)]


def test_save_sent_twice_with_one_token_is_one_entry(node: SampleNode, keeper: Keeper) -> None:
    first = keeper.save(f"mark:{school.ABRAMOV}:1", "4", {"value": None}, token="same-token")
    again = keeper.save(f"mark:{school.ABRAMOV}:1", "4", {"value": None}, token="same-token")

    kept = document(node, identifiers.mark_id(school.LESSON_1, school.ABRAMOV))
    assert (first.status_code, again.status_code) == (200, 200)
    assert [one["new"] for one in kept["entries"] if one["field"] == "value"] == [4]


def test_mark_changed_meanwhile_is_not_overwritten(keeper: Keeper) -> None:
    keeper.save(f"mark:{school.ABRAMOV}:1", "4", {"value": None})
    answer = keeper.save(f"mark:{school.ABRAMOV}:1", "5", {"value": None})

    assert answer.status_code == 422
    assert answer.json["error"]["code"] == "changed_meanwhile"
    assert answer.json["error"]["params"]["now"] == "4"
    assert keeper.fields()[f"mark:{school.ABRAMOV}:1"]["text"] == "4"


@pytest.mark.parametrize(
    ("typed", "code"), [("7", "mark_outside_scale"), ("привет", "mark_not_understood")]
)
def test_refusal_is_a_sentence_with_the_next_step(keeper: Keeper, typed: str, code: str) -> None:
    error = keeper.save(f"mark:{school.ABRAMOV}:1", typed, {"value": None}).json["error"]

    assert error["code"] == code
    assert error["message"]
    assert "5 4 3 2" in error["next_step"]


def test_namesakes_are_told_apart(keeper: Keeper) -> None:
    page = keeper.page()

    assert "Иванов Иван (Андреевич)" in page
    assert "Иванов Иван (Петрович)" in page


def test_absence_after_the_roll_call_moves_its_number(node: SampleNode, keeper: Keeper) -> None:
    keeper.save("roll_call", {}, {"roll_call": None})
    answer = keeper.save(f"presence:{school.ZHUKOV}", "н", {"presence": None})

    assert answer.json["fields"]["roll_call"]["seen"] == {"roll_call": 1}
    assert answer.json["absent"] == 1
    assert document(node, identifiers.lesson_id(school.LESSON_1))["roll_call"] == 1


def test_roll_call_states_everybody_at_once(node: SampleNode, keeper: Keeper) -> None:
    stated = {school.ZHUKOV: "н", school.YOLKINA: "оп 7", school.ABRAMOV: ""}
    answer = keeper.save("roll_call", stated, {"roll_call": None})

    fields = answer.json["fields"]
    assert fields["roll_call"]["text"] == "1"
    assert fields[f"presence:{school.ZHUKOV}"]["text"] == "Н"
    assert fields[f"presence:{school.YOLKINA}"]["text"] == "ОП 7"
    assert node.store.get(identifiers.absence_id(school.LESSON_1, school.ABRAMOV)) is None


def test_roll_call_leaves_a_reason_that_was_stated(node: SampleNode, keeper: Keeper) -> None:
    journal = node.node.journal
    journal.record_absence(
        school.SOKOLOVA,
        school.LESSON_1,
        school.ZHUKOV,
        Presence("absent"),
        seen=None,
        token="token-a",
    )
    wished = [(school.LESSON_1, school.ZHUKOV, "ill", None)]
    journal.state_reason(school.SOKOLOVA, wished, token="token-b")

    shown = keeper.fields()[f"presence:{school.ZHUKOV}"]["text"]
    answer = keeper.save("roll_call", {school.ZHUKOV: shown}, {"roll_call": None})

    assert shown == "Б"
    assert answer.json["fields"][f"presence:{school.ZHUKOV}"]["text"] == "Б"
    assert answer.json["fields"]["roll_call"]["text"] == "1"


def test_roll_call_can_be_undone(node: SampleNode, keeper: Keeper) -> None:
    keeper.save("roll_call", {}, {"roll_call": None})
    keeper.save("roll_call", None, {"roll_call": 0})

    assert document(node, identifiers.lesson_id(school.LESSON_1))["roll_call"] is None


def test_mark_beside_an_absence_is_pointed_out(keeper: Keeper) -> None:
    keeper.save(f"presence:{school.ZHUKOV}", "н", {"presence": None})
    answer = keeper.save(f"mark:{school.ZHUKOV}:1", "5", {"value": None})

    assert answer.json["implausible"] == [school.ZHUKOV]


def test_further_column_has_its_own_kind_and_weight(node: SampleNode, keeper: Keeper) -> None:
    answer = keeper.save("work", {"title": "Диктант № 2", "work_kind": "dictation"}, {})
    column = answer.json["columns"][1]
    keeper.save(f"mark:{school.ABRAMOV}:{column['id']}", "3", {"value": None})

    kept = document(node, identifiers.mark_id(school.LESSON_1, school.ABRAMOV, column["id"]))
    assert column["weight"] == "•••"
    assert (kept["value"], kept["work_kind"], kept["weight"]) == (3, "dictation", None)
    assert "Диктант № 2" in keeper.page()


def test_column_asked_for_twice_with_one_token_is_one_column(keeper: Keeper) -> None:
    wish = {"title": "", "work_kind": "test"}
    keeper.save("work", wish, {}, token="column-token")
    answer = keeper.save("work", wish, {}, token="column-token")

    assert len(answer.json["columns"]) == 2


@pytest.mark.parametrize(("weight", "dots"), [(5, "×5"), (0, "×0"), (1, "")])
def test_further_column_may_have_another_weight(keeper: Keeper, weight: int, dots: str) -> None:
    answer = keeper.save("work", {"work_kind": "test", "weight": weight}, {})

    assert answer.json["columns"][1]["weight"] == dots


@pytest.mark.parametrize("weight", [11, -1, "много", 1.5, True])
def test_weight_outside_the_range_is_refused(keeper: Keeper, weight: Any) -> None:
    answer = keeper.save("work", {"work_kind": "test", "weight": weight}, {})

    assert (answer.status_code, answer.json["error"]["code"]) == (422, "weight_outside_range")


def test_empty_column_can_be_taken_away_and_one_with_marks_cannot(keeper: Keeper) -> None:
    empty = keeper.save("work", {"work_kind": "test"}, {}).json["columns"][1]["id"]
    columns = keeper.save("work", {"work_kind": "essay"}, {}).json["columns"]
    marked = next(one["id"] for one in columns[1:] if one["id"] != empty)
    keeper.save(f"mark:{school.ABRAMOV}:{marked}", "5", {"value": None})

    taken = keeper.save(f"work:{empty}", None, {})
    refused = keeper.save(f"work:{marked}", None, {})

    assert [one["id"] for one in taken.json["columns"]] == ["1", marked]
    assert (refused.status_code, refused.json["error"]["code"]) == (422, "column_has_marks")


def test_subject_without_marks_has_no_columns_and_takes_none(node: SampleNode) -> None:
    node.clock.advance(timedelta(hours=4))
    keeper = Keeper(node, "yolkin", school.LESSON_TALKS)
    answer = keeper.save(f"mark:{school.ABRAMOV}:1", "5", {"value": None})

    assert f"mark:{school.ABRAMOV}:1" not in keeper.page()
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "markless")


# ------------------------------------------------------------------------------------- rights


def test_lesson_of_others_is_not_shown(node: SampleNode) -> None:
    client = node.client("konstantinopolskaya")

    answer = client.get(address(school.LESSON_1))

    assert answer.status_code == 403
    assert "Абрамов" not in answer.text


def test_class_teacher_reads_lessons_of_the_own_class_without_writing(node: SampleNode) -> None:
    keeper = Keeper(node, "sokolova", school.LESSON_ENGLISH_1)

    answer = keeper.save("topic", "My family", NO_TOPIC)

    assert "Константинопольская А. В." in keeper.page()
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "not_your_lesson")


def test_substitute_keeps_the_lesson(node: SampleNode) -> None:
    node.clock.advance(timedelta(hours=1))
    keeper = Keeper(node, "yolkin", school.LESSON_SUBSTITUTED)

    answer = keeper.save(f"mark:{school.GROMOV}:1", "5", {"value": None})

    assert answer.status_code == 200


def test_student_of_another_group_gets_no_mark(node: SampleNode, keeper: Keeper) -> None:
    answer = keeper.save(f"mark:{school.GROMOV}:1", "5", {"value": None})

    assert (answer.status_code, answer.json["error"]["code"]) == (422, "not_in_group")
    assert node.store.get(identifiers.mark_id(school.LESSON_1, school.GROMOV)) is None


def test_newcomer_is_on_the_list_from_the_day_of_arrival(node: SampleNode) -> None:
    client = node.client("sokolova")
    before = client.get(f"/lesson/{school.MATH_5B}/2026-10-08/1").text
    after = client.get(f"/lesson/{school.MATH_5B}/2026-10-12/1").text

    assert "Новиков Тимур" not in before
    assert "Новиков Тимур" in after


def test_marks_wait_for_the_day_of_the_lesson(node: SampleNode) -> None:
    keeper = Keeper(node, "sokolova", LessonKey(school.MATH_5B, school.DAY + timedelta(1), 1))

    topic = keeper.save("topic", "Дроби", NO_TOPIC)
    mark = keeper.save(f"mark:{school.GROMOV}:1", "5", {"value": None})

    assert topic.status_code == 200
    assert (mark.status_code, mark.json["error"]["code"]) == (422, "lesson_in_future")


@pytest.mark.parametrize(
    "path",
    [
        "/lesson/gm5a/2026-10-14/9",
        "/lesson/gm5a/2026-10-14/0",
        "/lesson/nothere/2026-10-14/1",
        "/lesson/gm5a/2026-13-14/1",
        "/lesson/gm5a/20261014/1",
        "/lesson/gm5a/2025-10-14/1",
        "/?day=yesterday",
    ],
)
def test_lesson_that_cannot_be_is_no_page(keeper: Keeper, path: str) -> None:
    assert keeper.client.get(path).status_code == 404


def test_lesson_beyond_the_timetable_can_be_kept(node: SampleNode, keeper: Keeper) -> None:
    answer = keeper.client.get(f"/lesson/{school.MATH_5A}/2026-10-14/new")
    extra = Keeper(node, "sokolova", LessonKey(school.MATH_5A, school.DAY, 3))
    saved = extra.save("topic", "Дополнительное занятие", NO_TOPIC)
    day = extra.client.get("/").text

    assert answer.headers["Location"].endswith("/lesson/gm5a/2026-10-14/3")
    assert saved.status_code == 200
    assert "Дополнительное занятие" in day


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"field": "topic", "value": "Дроби", "seen": {}},
        {"field": "topic", "value": "Дроби", "seen": None, "token": "token-0001"},
        {"field": "topic", "value": 5, "seen": {}, "token": "token-0001"},
        {"field": "room", "value": "5", "seen": {}, "token": "token-0001"},
        {"field": "mark:st1", "value": "5", "seen": {}, "token": "token-0001"},
        {"field": "mark:st1:1", "value": ["5"], "seen": {}, "token": "token-0001"},
        {"field": "mark:st1:1", "value": "5", "seen": {"value": [5]}, "token": "token-0001"},
        {"field": "roll_call", "value": "all", "seen": {}, "token": "token-0001"},
        {"field": "topic", "value": "Дроби", "seen": {}, "token": "short"},
    ],
)
def test_what_no_page_sends_is_a_bad_request(keeper: Keeper, body: Any) -> None:
    assert keeper.post(body).status_code == 400


@pytest.mark.parametrize("student", ["nobody", "st1:st2", "../st1", "st" * 30, "СТ1"])
def test_student_who_is_not_there_gets_nothing_stored(keeper: Keeper, student: str) -> None:
    before = keeper.node.store.update_seq()

    answer = keeper.save(f"presence:{student}", "н", {"presence": None})

    assert 400 <= answer.status_code < 500
    assert keeper.node.store.update_seq() == before
