"""What differs, was refused or decided, as the sheet, the lesson and the server's page tell it."""

import json
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from node import refusals
from sync.documents import entry, identifiers
from sync.store.entry_states import State
from tests.node.keeper import NO_TOPIC, Keeper
from tests.support import two_values, verdicts
from tests.support.sample_node import SampleNode, csrf_token
from tests.support.sample_school import ABRAMOV, LESSON_1, MATH_5A, SOKOLOVA, YOLKIN
from tests.support.sheet_client import Teacher, cell, cells_of

MARK = identifiers.mark_id(LESSON_1, ABRAMOV)
TOPIC = identifiers.lesson_id(LESSON_1)


def put(node: SampleNode, value: int | None, seen: int | None = None, token: str = "a") -> None:
    node.node.journal.record_mark(
        SOKOLOVA, LESSON_1, ABRAMOV, value, seen=seen, token=f"token-{token}"
    )


@pytest.fixture
def disputed(node: SampleNode) -> SampleNode:
    """A 4 of Соколова from here, a 5 of Ёлкин from another computer."""
    put(node, 4)
    two_values.elsewhere(node, MARK, {"value": 5}, author=YOLKIN)
    return node


@pytest.fixture
def decided(disputed: SampleNode) -> SampleNode:
    """The deputy head has decided for the 5."""
    verdicts.answer(disputed, State.ACCEPTED)
    disputed.clock.advance(timedelta(hours=1))
    two_values.decide(disputed, MARK, "value", 5, reason="по работе ученика")
    return disputed


@pytest.fixture
def rejected(node: SampleNode) -> SampleNode:
    """A 4 was accepted; the 2 written over it was not."""
    put(node, 4)
    verdicts.answer(node, State.ACCEPTED)
    node.clock.advance(timedelta(minutes=5))
    put(node, 2, 4, "b")
    verdicts.reject(node, MARK, reason="работа переписана на 4")
    refusals.apply_all(node.node)
    return node


def told(page: str, student: str = ABRAMOV) -> dict[str, Any]:
    """What the page says of the first cell of a student that holds anything."""
    return next(one for one in cells_of(page, student) if one)


def detail(teacher: Teacher) -> str:
    answer = teacher.client.get(f"/journal/{MATH_5A}/cell", query_string={"cell": cell(ABRAMOV)})
    assert answer.status_code == 200
    return str(answer.json["html"])  # type: ignore[index]


# ------------------------------------------------------------------------------- values that differ


def test_disputed_cell_shows_what_was_written_here_with_a_sign(disputed: SampleNode) -> None:
    shown = told(Teacher(disputed).open())

    assert (shown["value"], shown["disputed"]) == (4, True)
    assert "Уточняется, решит завуч" in shown["note"]
    for words in ("«4» Соколова А. М.", "«5» Ёлкин П. С."):
        assert words in shown["note"]


def test_average_counts_what_the_cell_shows_and_says_that_it_is_not_certain(
    disputed: SampleNode,
) -> None:
    page = Teacher(disputed).open()
    row = page.split(f'data-student="{ABRAMOV}"')[1].split("</tr>")[0]

    assert row.count('class="sheet-total is-disputed"') == 2
    assert ">4,00</td>" in row
    assert "итоговую отметку не утвердить" in row
    answer = Teacher(disputed).post(f"/journal/{MATH_5A}/states", {"cells": [cell(ABRAMOV)]})
    assert answer.json is not None
    assert answer.json["rows"][ABRAMOV][:4] == ["4,00", "4,00", "", ""]
    assert len(answer.json["rows"][ABRAMOV]) == 5


def test_detail_of_a_disputed_cell_tells_both_values(disputed: SampleNode) -> None:
    shown = detail(Teacher(disputed))

    assert "уточняется" in shown
    assert "<strong>4</strong>" in shown
    assert "<strong>5</strong>" in shown
    assert "Решит завуч" in shown
    assert "/choose/" not in shown


def test_detail_of_own_two_values_leads_to_the_choice(node: SampleNode) -> None:
    put(node, 4)
    two_values.elsewhere(node, MARK, {"value": 5}, author=SOKOLOVA)
    teacher = Teacher(node)

    assert "Внесено на двух компьютерах" in told(teacher.open())["note"]
    assert "/choose/mark:" in unescape(detail(teacher)).replace("%3A", ":")


def test_lesson_tells_both_values_and_marks_the_cell(disputed: SampleNode) -> None:
    keeper = Keeper(disputed, "sokolova")
    page = keeper.page()

    field = keeper.fields()[f"mark:{ABRAMOV}:1"]
    assert field["disputed"] is True
    assert "«5» Ёлкин П. С." in field["note"]
    assert "В этом уроке уточняется: Абрамов Пётр, отметка" in page
    assert 'class="cell is-disputed"' in page


def test_only_the_field_that_differs_is_marked_in_a_lesson(node: SampleNode) -> None:
    keeper = Keeper(node, "sokolova")
    keeper.save("topic", "Дроби", NO_TOPIC)
    verdicts.answer(node, State.ACCEPTED)
    base = node.store.leaves(TOPIC)[0].rev
    rival = node.store.leaves(TOPIC)[0].value
    keeper.save("homework", "§ 2", {"homework": None})
    other = rival | {
        "homework": "§ 3",
        "entries": [
            *entry.entries_of(rival),
            *two_values.sealed(
                TOPIC,
                rival,
                {"homework": "§ 3"},
                seq=1,
                author=YOLKIN,
                written_at=node.clock.now(),
            ),
        ],
    }
    two_values.insert(node, TOPIC, other, base)

    fields = keeper.fields()

    assert (fields["homework"]["disputed"], fields["topic"]["disputed"]) == (True, False)
    assert "§ 3" in fields["homework"]["note"]


def test_page_of_the_server_lists_what_waits_for_the_deputy_head(disputed: SampleNode) -> None:
    for login in ("sokolova", "yolkin"):
        page = disputed.client(login).get("/sync").text
        assert "Ждёт решения завуча" in page
        assert "Абрамов Пётр" in page
    assert "Ждёт решения завуча" not in disputed.client("konstantinopolskaya").get("/sync").text


# ---------------------------------------------------------------------------------- decisions


def test_decision_is_told_in_the_detail_and_the_history(decided: SampleNode) -> None:
    teacher = Teacher(decided)
    shown = detail(teacher)

    assert told(teacher.open())["value"] == 5
    assert "disputed" not in told(teacher.open())
    for words in ("решено", "Ситникова И. А.", "по работе ученика", "(решение)"):
        assert words in shown


def test_page_of_the_server_lists_decisions_about_own_entries(decided: SampleNode) -> None:
    for login in ("sokolova", "yolkin"):
        page = decided.client(login).get("/sync").text
        assert "Решения по вашим записям" in page
        assert "по работе ученика" in page
    page = decided.client("konstantinopolskaya").get("/sync").text
    assert "Решения по вашим записям" not in page


def test_later_change_of_a_decided_mark_needs_a_reason(decided: SampleNode) -> None:
    teacher = Teacher(decided)

    refused = teacher.save(cell(ABRAMOV), typed="3", seen={"mark": 5})
    assert refused.status_code == 422
    assert refused.json is not None
    assert refused.json["error"]["code"] == "reason_needed"

    answer = teacher.save(cell(ABRAMOV), typed="3", seen={"mark": 5}, reason="переписал работу")
    assert answer.status_code == 200
    assert entry.entries_of(decided.store.leaves(MARK)[0].value)[-1]["reason"] == "переписал работу"
    assert "переписал работу" in detail(teacher)


def test_lesson_asks_for_the_reason_too_with_and_without_a_module(decided: SampleNode) -> None:
    keeper = Keeper(decided, "sokolova")
    name = f"mark:{ABRAMOV}:1"

    assert keeper.save(name, "3", {"value": 5}).json["error"]["code"] == "reason_needed"  # type: ignore[index]
    page = keeper.post_form(**{f"mark__{ABRAMOV}__1": "3"})
    assert page.status_code == 422
    assert 'name="reason"' in page.text
    kept = keeper.post_form(**{f"mark__{ABRAMOV}__1": "3", "reason": "переписал работу"})
    assert kept.status_code == 303

    last = entry.entries_of(decided.store.leaves(MARK)[0].value)[-1]
    assert (last["new"], last["reason"]) == (3, "переписал работу")


@pytest.mark.parametrize("reason", [5, "а" * 501])
def test_reason_of_another_form_is_no_page_of_ours(decided: SampleNode, reason: Any) -> None:
    answer = Teacher(decided).save(cell(ABRAMOV), typed="3", seen={"mark": 5}, reason=reason)
    assert answer.status_code == 400
    keeper = Keeper(decided, "sokolova")
    body = {"field": "topic", "value": "Дроби", "seen": {}, "token": "token-of-a-page"}
    assert keeper.post(body | {"reason": reason}).status_code == 400


# ---------------------------------------------------------------------------------- not accepted


def test_cell_is_back_at_the_accepted_value_with_a_sign(rejected: SampleNode) -> None:
    shown = told(Teacher(rejected).open())

    assert (shown["value"], shown["state"]) == (4, "refused")
    assert "Не принято: «2». Ситникова И. А.: «работа переписана на 4»" in shown["note"]


def test_refused_first_mark_leaves_a_sign_in_an_empty_cell(node: SampleNode) -> None:
    put(node, 2)
    verdicts.reject(node, MARK)
    refusals.apply_all(node.node)

    shown = told(Teacher(node).open())
    field = Keeper(node, "sokolova").fields()[f"mark:{ABRAMOV}:1"]

    assert "mark" not in shown
    assert shown["state"] == "refused"
    assert (field["text"], field["state"]) == ("", "refused")
    assert "Не принято: «2»" in field["note"]


def test_list_tells_who_decided_why_and_the_next_step(rejected: SampleNode) -> None:
    page = rejected.client("sokolova").get("/sync").text

    for words in (
        "отметка: <strong>2</strong>",
        "Ситникова И. А.",
        "работа переписана на 4",
        "Сейчас там стоит: 4.",
        "Понятно",
        f"/lesson/{MATH_5A}/2026-10-14/1#mark:{ABRAMOV}:1",
    ):
        assert words in page
    assert "Не принято: 1." in line(rejected)


def test_understood_is_listed_no_more_and_forgotten_by_nobody_else(rejected: SampleNode) -> None:
    stranger = rejected.client("yolkin")
    data = {"csrf_token": csrf_token(stranger.get("/sync").text), "rejection": "rejection:rj1"}
    assert stranger.post("/sync/understood", data=data).status_code == 303

    client = rejected.client("sokolova")
    page = client.get("/sync").text
    assert "работа переписана" in page
    assert 'name="rejection" value="rejection:rj1"' in page
    data["csrf_token"] = csrf_token(page)
    assert client.post("/sync/understood", data=data).status_code == 303
    assert "работа переписана" not in client.get("/sync").text
    assert "Не принято" not in line(rejected)
    assert told(Teacher(rejected).open()).get("state") is None
    assert rejected.store.records.count(refusals.REFUSED_LEAVES) == 1


def test_correction_takes_the_sign_away(rejected: SampleNode) -> None:
    rejected.clock.advance(timedelta(minutes=5))

    put(rejected, 3, 4, "c")

    assert told(Teacher(rejected).open())["state"] == "here"
    assert "Не принято" not in line(rejected)


def test_entry_put_aside_can_be_taken_back_from_the_list(node: SampleNode) -> None:
    put(node, 4)
    verdicts.answer(node, State.ACCEPTED)
    put(node, 2, 4, "b")
    verdicts.answer(node, State.QUARANTINED, "term_locked")
    client = node.client("sokolova")
    page = client.get("/sync").text
    assert "Забрать назад" in page

    data = {"csrf_token": csrf_token(page), "document": MARK, "token": "token-of-a-page"}
    answer = client.post("/sync/take-back", data=data)

    assert answer.status_code == 303
    assert told(Teacher(node).open())["value"] == 4
    page = client.get("/sync").text
    assert "Забрать назад" not in page
    assert "Не принято" not in line(node)

    verdicts.answer(node, State.QUARANTINED, "withdrawn")
    assert "Не принято" not in line(node)
    assert "state" not in told(Teacher(node).open())


def test_nothing_to_take_back_is_said(node: SampleNode) -> None:
    client = node.client("sokolova")
    token = csrf_token(client.get("/sync").text)

    for document, status in (("mark:none", 400), (MARK, 303)):
        data = {"csrf_token": token, "document": document, "token": "token-of-a-page"}
        answer = client.post("/sync/take-back", data=data)
        assert answer.status_code == status
    assert "нечего забирать" in client.get("/sync").text


def line(node: SampleNode) -> str:
    answered = node.client("sokolova").get("/sync/line")
    return str(json.loads(answered.text)["text"])
