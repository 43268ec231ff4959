"""The lesson's page as a plain form: what a browser without JavaScript sends."""

import json
import re

import pytest

from sync.documents import identifiers
from tests.node.keeper import NO_TOPIC, Keeper, address, document, form_of
from tests.support import sample_school as school
from tests.support.sample_node import SampleNode


@pytest.fixture
def keeper(node: SampleNode) -> Keeper:
    return Keeper(node, "sokolova")


def test_plain_form_saves_everything_that_was_typed(node: SampleNode, keeper: Keeper) -> None:
    answer = keeper.post_form(
        topic="Дроби", homework="№ 5", mark__st1__1="5", presence__st3="н", mark__st4__1="зач"
    )

    fields = keeper.fields()
    assert answer.status_code == 303
    texts = [fields[name]["text"] for name in ("topic", "homework", "mark:st1:1", "presence:st3")]
    assert texts == ["Дроби", "№ 5", "5", "Н"]
    assert fields["mark:st4:1"]["text"] == "зач"


def test_plain_form_sent_unchanged_writes_nothing(node: SampleNode, keeper: Keeper) -> None:
    keeper.save("topic", "Дроби", NO_TOPIC)
    before = node.store.update_seq()

    answer = keeper.post_form()

    assert answer.status_code == 303
    assert node.store.update_seq() == before


def test_plain_form_shows_what_was_refused_and_saves_the_rest(
    node: SampleNode, keeper: Keeper
) -> None:
    answer = keeper.post_form(topic="Дроби", mark__st1__1="7", mark__st2__1="5")

    assert answer.status_code == 422
    assert re.search(r'name="mark:st1:1" value="7"[^>]*aria-invalid="true"', answer.text)
    assert keeper.fields()["topic"]["text"] == "Дроби"
    assert keeper.fields()["mark:st2:1"]["text"] == "5"


def test_plain_form_does_not_overwrite_what_changed_meanwhile(
    node: SampleNode, keeper: Keeper
) -> None:
    form = form_of(keeper.page())
    keeper.save("mark:st1:1", "4", {"value": None})

    form |= {"mark:st1:1": "5", "do": "save"}
    answer = keeper.client.post(address(school.LESSON_1), data=form)

    assert answer.status_code == 422
    assert keeper.fields()["mark:st1:1"]["text"] == "4"


def test_plain_form_sent_twice_saves_once(node: SampleNode, keeper: Keeper) -> None:
    form = form_of(keeper.page()) | {"mark:st1:1": "5", "do": "save"}
    for _ in range(2):
        keeper.client.post(address(school.LESSON_1), data=form)

    kept = document(node, identifiers.mark_id(school.LESSON_1, school.ABRAMOV))
    assert [one["new"] for one in kept["entries"] if one["field"] == "value"] == [5]


@pytest.mark.parametrize(
    ("do", "field", "text"),
    [
        ("take_topic", "topic", "Натуральные числа и нуль"),
        ("roll_call", "roll_call", "0"),
    ],
)
def test_buttons_work_without_javascript(keeper: Keeper, do: str, field: str, text: str) -> None:
    answer = keeper.post_form(do)

    assert answer.status_code == 303
    assert keeper.fields()[field]["text"] == text


def test_homework_of_the_plan_is_taken_without_javascript(keeper: Keeper) -> None:
    keeper.post_form("take_topic")
    keeper.post_form("take_homework", homework="что-то набранное")

    assert keeper.fields()["homework"]["text"] == "§ 1, № 12, 14"


def test_column_is_added_without_javascript(keeper: Keeper) -> None:
    keeper.post_form("add_work", work_title="Тест", new_work_kind="test")

    assert len(keeper.told()["columns"]) == 2


def test_column_is_taken_away_without_javascript(keeper: Keeper) -> None:
    keeper.post_form("add_work", new_work_kind="test", new_weight="7")
    column = keeper.told()["columns"][1]
    keeper.post_form(f"remove_work:{column['id']}")

    assert column["weight"] == "×7"
    assert len(keeper.told()["columns"]) == 1


def test_form_with_a_damaged_memory_saves_nothing(node: SampleNode, keeper: Keeper) -> None:
    before = node.store.update_seq()
    form = form_of(keeper.page())
    form["was.topic"] = json.dumps({"text": "", "seen": "nothing"})

    answer = keeper.client.post(address(school.LESSON_1), data=form | {"topic": "Дроби"})

    assert answer.status_code == 303
    assert node.store.update_seq() == before
