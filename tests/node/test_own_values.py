"""Two values of one teacher from two computers: both shown, one chosen, everything by form."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from node import computers
from node.sync_status import settling
from sync.documents import entry, identifiers, merging
from tests.support import sample_school as school
from tests.support import two_values
from tests.support.sample_node import SampleNode, csrf_token

MARK = identifiers.mark_id(school.LESSON_1, school.ABRAMOV)
ADDRESS = f"/choose/{MARK}"


@pytest.fixture
def disputed(node: SampleNode) -> SampleNode:
    """Соколова has put a 4 here, and a 5 on another computer a quarter of an hour later."""
    node.node.journal.record_mark(
        school.SOKOLOVA, school.LESSON_1, school.ABRAMOV, 4, seen=None, token="token-1"
    )
    node.clock.advance(timedelta(minutes=15))
    two_values.elsewhere(node, MARK, {"value": 5}, author=school.SOKOLOVA)
    return node


def choose(client: FlaskClient, place: str, other: str = "", path: str = ADDRESS) -> TestResponse:
    page = client.get(path).text
    data = {
        "csrf_token": csrf_token(page),
        "token": re.findall(r'name="token" value="([^"]+)"', page)[-1],
        "shown": re.findall(r'name="shown" value="([^"]+)"', page),
        "choose.value": place,
        "other.value": other,
    }
    return client.post(path, data=data)


def place_of(client: FlaskClient, text: str) -> str:
    page = client.get(ADDRESS).text
    found = re.findall(r'value="(\d)"[^>]*>\s*<span class="version-value">([^<]*)<', page)
    return {shown: place for place, shown in found}[text]


def test_page_shows_both_values_with_computer_and_time(disputed: SampleNode) -> None:
    page = disputed.client("sokolova").get(ADDRESS).text

    assert "Вы внесли два значения на двух компьютерах" in page
    assert "Абрамов Пётр" in page
    assert "на этом компьютере (Кабинет 12), <time" in page
    assert "на другом компьютере, <time" in page
    assert re.findall(r'class="version-value">([^<]*)<', page) in (["4", "5"], ["5", "4"])
    assert "до этого: пусто" in page


def test_room_of_the_other_computer_is_named_when_central_has_said_it(
    disputed: SampleNode,
) -> None:
    with disputed.store.transaction() as tx:
        tx.meta_set(computers.KEPT, {two_values.OTHER_NODE: "Кабинет 7"})

    client = disputed.client("sokolova")

    assert "на компьютере «Кабинет 7», <time" in client.get(ADDRESS).text
    assert "Соколова А. М., Кабинет 7, <time" in client.get("/sync").text


@pytest.mark.parametrize("value", [4, 5])
def test_chosen_value_stands_and_holds_the_entries_of_both(
    disputed: SampleNode, value: int
) -> None:
    client = disputed.client("sokolova")
    before = {leaf.rev for leaf in disputed.store.leaves(MARK)}

    answer = choose(client, place_of(client, str(value)))

    assert answer.status_code == 303
    live = [leaf.value for leaf in disputed.store.leaves(MARK)]
    merged = merging.merge("mark", live)
    assert isinstance(merged, merging.Merged)
    assert merged.value["value"] == value
    assert len(before & {leaf.rev for leaf in disputed.store.leaves(MARK)}) == 1
    assert [one["author"] for one in entry.entries_of(merged.value)] == [school.SOKOLOVA] * 3
    assert client.get(ADDRESS).status_code == 303


def test_another_value_can_be_typed(disputed: SampleNode) -> None:
    client = disputed.client("sokolova")

    assert choose(client, "other", "3").status_code == 303

    merged = merging.merge("mark", [leaf.value for leaf in disputed.store.leaves(MARK)])
    assert isinstance(merged, merging.Merged)
    assert merged.value["value"] == 3


@pytest.mark.parametrize(
    ("place", "other", "words"),
    [
        ("", "", "Ничего не выбрано"),
        ("7", "", "Ничего не выбрано"),
        ("other", "8", "8"),
        ("other", "вечером", "вечером"),
    ],
)
def test_what_cannot_be_kept_is_told_and_nothing_is_written(
    disputed: SampleNode, place: str, other: str, words: str
) -> None:
    before = disputed.store.update_seq

    answer = choose(disputed.client("sokolova"), place, other)

    assert answer.status_code == 422
    assert words in answer.text
    assert disputed.store.update_seq == before


def test_choice_between_values_that_have_changed_meanwhile_is_refused(
    disputed: SampleNode,
) -> None:
    client = disputed.client("sokolova")
    page = client.get(ADDRESS).text
    data = {
        "csrf_token": csrf_token(page),
        "token": "token-of-a-page",
        "shown": re.findall(r'name="shown" value="([^"]+)"', page),
        "choose.value": "0",
    }
    two_values.elsewhere(disputed, MARK, {"value": 2}, author=school.SOKOLOVA)

    answer = client.post(ADDRESS, data=data)

    assert answer.status_code == 422
    assert re.findall(r'class="version-value">([^<]*)<', answer.text).count("2") == 1


def test_values_of_two_people_are_shown_but_not_chosen_here(node: SampleNode) -> None:
    node.node.journal.record_mark(
        school.SOKOLOVA, school.LESSON_1, school.ABRAMOV, 4, seen=None, token="token-1"
    )
    two_values.elsewhere(node, MARK, {"value": 5}, author=school.YOLKIN)
    client = node.client("sokolova")

    page = client.get(ADDRESS).text
    token = csrf_token(page)
    answer = client.post(ADDRESS, data={"csrf_token": token, "choose.value": "0"})

    assert "решит завуч" in page
    assert "Ёлкин П. С." in page
    assert 'type="radio"' not in page
    assert answer.status_code == 403


def test_values_of_others_are_nobodys_business(disputed: SampleNode) -> None:
    assert disputed.client("yolkin").get(ADDRESS).status_code == 403
    assert disputed.client("sokolova").get("/choose/mark:none").status_code == 404


def test_own_values_wait_on_the_page_of_the_server(disputed: SampleNode) -> None:
    page = disputed.client("sokolova").get("/sync").text

    assert "Ждёт вашего выбора" in page
    assert ADDRESS.replace(":", "%3A") in page or ADDRESS in page
    assert "Ждёт вашего выбора: 1." in page
    assert "Ждёт вашего выбора" not in disputed.client("yolkin").get("/sync").text


def test_page_stays_a_page_when_every_mark_is_in_dispute(
    node: SampleNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "MOST_WAITING", 2)
    for student in school.ROSTER_5A:
        node.node.journal.record_mark(
            school.SOKOLOVA, school.LESSON_1, student, 4, seen=None, token=f"token-{student}"
        )
        mark = identifiers.mark_id(school.LESSON_1, student)
        two_values.elsewhere(node, mark, {"value": 5}, author=school.SOKOLOVA)

    page = node.client("sokolova").get("/sync").text

    assert page.count('href="/choose/mark:') == 2
    assert "и ещё 4" in page


def test_topic_is_chosen_with_its_place_in_the_plan(node: SampleNode) -> None:
    lesson = identifiers.lesson_id(school.LESSON_1)
    node.node.journal.describe_lesson(
        school.SOKOLOVA,
        school.LESSON_1,
        {"topic": "Натуральные числа и нуль", "plan_topic": "p1"},
        seen={},
        token="token-1",
    )
    fields = {"topic": "Сравнение натуральных чисел", "plan_topic": "p2"}
    two_values.elsewhere(node, lesson, fields, author=school.SOKOLOVA)
    client = node.client("sokolova")
    page = client.get(f"/choose/{lesson}").text
    value = r'name="choose.topic" value="(\d)"[^>]*>\s*<span class="version-value is-text">Сравн'
    [place] = re.findall(value, page)
    data = {
        "csrf_token": csrf_token(page),
        "token": "token-of-a-page",
        "shown": re.findall(r'name="shown" value="([^"]+)"', page),
        "choose.topic": place,
    }

    assert client.post(f"/choose/{lesson}", data=data).status_code == 303

    merged = merging.merge("lesson", [leaf.value for leaf in node.store.leaves(lesson)])
    assert isinstance(merged, merging.Merged)
    assert {name: merged.value[name] for name in fields} == fields
