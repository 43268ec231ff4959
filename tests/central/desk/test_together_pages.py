"""Several conflicts with one cause: settled by one rule, all of them or none."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.central.desk import scenes
from tests.central.desk.looking import decision_about, live, read, value_of
from tests.central.desk.scenes import Rooms, send
from tests.support.central_site import CentralSite
from tests.support.sample_school import BELOVA, GROMOV, YAKOVLEVA


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
