"""Several conflicts with one cause: settled by one rule, all of them or none."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.central.desk import scenes
from tests.central.desk.looking import decision_about, live, read, value_of
from tests.central.desk.scenes import NOW, Rooms, send
from tests.support import desk_scene
from tests.support.central_site import CentralSite
from tests.support.desk_scene import Wrote
from tests.support.sample_school import BELOVA, GROMOV, NEWCOMER, SOKOLOVA, YAKOVLEVA, YOLKIN


def together(site: CentralSite, rooms: Rooms) -> list[str]:
    """Make three marks and a homework on which the same two people differ."""
    found = [scenes.two_marks(site, rooms, one) for one in (BELOVA, GROMOV, YAKOVLEVA)]
    return [*found, scenes.two_homeworks(site, rooms)]


def test_conflicts_of_one_cause_are_settled_by_one_rule(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient
) -> None:
    documents = together(site, rooms)
    cause = read(site, documents[0]).cause.key
    page = deputy.get("/desk/").text
    assert (
        "5Б · Математика · ср, 14 октября, 3\u2011й урок – Ёлкин П. С. и Соколова А. М.: 4" in page
    )

    form: dict[str, Any] = {f"shown-{one}": list(read(site, one).shown) for one in documents}
    form |= {"document": documents[:3], "rule": "author:tsk", "reason": "Соколова была в классе"}
    answer = send(deputy, f"/desk/together?cause={cause}", **form)

    assert "Решено: 3 расхождения." in answer.text
    assert [value_of(site, one) for one in documents[:3]] == [4, 4, 4]
    assert live(site, documents[3]) == 2
    assert decision_about(site, documents[0]).cause == cause


def test_of_several_all_are_settled_or_none(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient
) -> None:
    documents = together(site, rooms)
    cause = read(site, documents[0]).cause.key
    form: dict[str, Any] = {f"shown-{one}": list(read(site, one).shown) for one in documents}
    form[f"shown-{documents[2]}"] = ["1-0"]

    answer = send(
        deputy,
        f"/desk/together?cause={cause}",
        **form,
        document=documents,
        rule="author:tek",
        reason="Урок вёл Ёлкин",
    )

    assert answer.status_code == 422
    assert [live(site, one) for one in documents] == [2, 2, 2, 2]


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"rule": "author:tek", "reason": "Так"}, "Не отмечена ни одна строка."),
        ({"document": "first", "reason": "Так"}, "Ничего не выбрано."),
        ({"document": "first", "rule": "author:tknst", "reason": "Так"}, "Ничего не выбрано."),
        ({"document": "first", "rule": "author:tek"}, "Нужно основание."),
    ],
)
def test_of_several_what_is_missing_is_said(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient, form: dict[str, str], sentence: str
) -> None:
    documents = together(site, rooms)
    cause = read(site, documents[0]).cause.key
    if "document" in form:
        form = {**form, "document": documents[0]}

    answer = send(deputy, f"/desk/together?cause={cause}", **form)

    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert live(site, documents[0]) == 2


def of_two_minds(site: CentralSite, rooms: Rooms) -> str:
    """Let the teacher write 2 and 4 on two computers, and the substitute 5; return the mark."""
    doc_id = scenes.mark_of(NEWCOMER)
    wrote = ((SOKOLOVA, rooms.room_12, 2), (SOKOLOVA, rooms.room_22, 4), (YOLKIN, rooms.room_22, 5))
    desk_scene.differ(
        site,
        doc_id,
        *(
            Wrote(who, node, NOW - timedelta(minutes=40 - number), {"value": mark})
            for number, (who, node, mark) in enumerate(wrote)
        ),
    )
    return doc_id


def test_whoever_wrote_two_values_of_one_thing_is_not_settled_by_their_name(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient
) -> None:
    documents = together(site, rooms)
    torn = of_two_minds(site, rooms)
    cause = read(site, torn).cause.key
    assert cause == read(site, documents[0]).cause.key

    page = deputy.get(f"/desk/together?cause={cause}").text

    assert "<strong>2</strong> и <strong>4</strong>" in page
    assert "Открывается отдельно: один человек записал здесь разное." in page
    assert page.count("Открывается отдельно") == 1
    assert f'value="{torn}"' not in page
    assert f'value="{documents[0]}"' in page
    form: dict[str, Any] = {f"shown-{one}": list(read(site, one).shown) for one in documents}
    form |= {f"shown-{torn}": list(read(site, torn).shown), "reason": "Так и было"}
    form |= {"document": [documents[0], torn], "rule": f"author:{SOKOLOVA}"}
    answer = send(deputy, f"/desk/together?cause={cause}", **form)
    assert answer.status_code == 422
    assert (live(site, documents[0]), live(site, torn)) == (2, 3)


def test_of_several_the_followed_suggestion_is_recorded(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient
) -> None:
    documents = together(site, rooms)
    cause = read(site, documents[0]).cause.key
    form: dict[str, Any] = {f"shown-{one}": list(read(site, one).shown) for one in documents}
    form |= {"reason": "Урок провёл заменяющий учитель."}
    path = f"/desk/together?cause={cause}"

    other = {**form, "document": documents[:2], "rule": f"author:{SOKOLOVA}"}
    assert send(deputy, path, **other).status_code == 422
    assert [live(site, one) for one in documents] == [2, 2, 2, 2]
    send(deputy, path, **{**form, "document": documents[:2], "rule": f"author:{YOLKIN}"})
    send(deputy, path, **{**other, "document": documents[2], "reason": "Была в классе"})

    told = [decision_about(site, one).suggested for one in documents[:3]]
    assert told == ["substitute_held", "substitute_held", None]
    assert [value_of(site, one) for one in documents[:3]] == [5, 5, 4]
