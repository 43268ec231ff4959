"""The list of decisions, the protocol (R18) as page and workbook, and corrections at the server."""

import io
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient

from central.desk import returned
from sync.documents import identifiers
from sync.projections import decisions
from tests.central.desk import scenes
from tests.central.desk.scenes import NOW, Rooms, send
from tests.support import desk_scene, sample_school
from tests.support.central_site import CentralSite
from tests.support.desk_scene import Wrote
from tests.support.sample_school import BELOVA, GROMOV, ZHUKOV

MARK = scenes.mark_of(ZHUKOV, sample_school.LESSON_1)


def rows_of(data: bytes) -> list[list[Any]]:
    """Return the rows of a workbook as another program reads them."""
    page = openpyxl.load_workbook(io.BytesIO(data)).active
    return [[cell.value for cell in row] for row in page.iter_rows()]


def write(site: CentralSite, rooms: Rooms, doc_id: str = MARK, **fields: Any) -> None:
    """Let the teacher write something that nobody disputes."""
    desk_scene.agree(site, doc_id, Wrote(sample_school.SOKOLOVA, rooms.room_12, NOW, fields))


def rev_of(site: CentralSite, doc_id: str) -> str:
    """Return the revision that stands."""
    leaf = site.store.get(doc_id)
    assert leaf is not None
    return leaf.rev


# ------------------------------------------------------------------------------------- decisions


def test_decisions_are_listed_with_their_reasons(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient
) -> None:
    assert "Решений ещё не было" in deputy.get("/desk/decided").text
    scenes.decided(site, scenes.two_marks(site, rooms, BELOVA), reason="Урок вёл Ёлкин")

    page = deputy.get("/desk/decided").text

    for told in ("Белова Юлия: отметка", "Ситникова И. А.", "Урок вёл Ёлкин"):
        assert told in page, told
    assert "Белова" not in deputy.get("/desk/decided?kind=absence").text


def test_decision_names_the_computers_it_has_come_back_to(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient
) -> None:
    made = scenes.decided(site, scenes.two_marks(site, rooms, BELOVA))
    keys = {f"group:{sample_school.MATH_5B}"}
    at = NOW + timedelta(minutes=12)
    returned.note_returned(site.store, rooms.room_22, keys, site.store.update_seq(), at)

    page = deputy.get(f"/desk/decision/{identifiers.opaque_of(made)}").text

    assert "кабинет 22: 14 октября 2026" in page
    assert "10:12" in page


def test_later_change_of_a_decided_value_is_shown_as_such(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient
) -> None:
    doc_id = scenes.two_marks(site, rooms, BELOVA)
    made = scenes.decided(site, doc_id)
    later = Wrote(
        sample_school.YOLKIN, rooms.room_22, NOW + timedelta(minutes=5), {"value": 3}, "Описка"
    )
    desk_scene.agree(site, doc_id, later)

    for page in (
        deputy.get("/desk/").text,
        deputy.get(f"/desk/decision/{identifiers.opaque_of(made)}").text,
    ):
        assert "Описка" in page
        assert "Ёлкин П. С." in page
    assert "позже изменено" in deputy.get("/desk/decided").text


def test_unknown_decision_is_not_there(deputy: FlaskClient) -> None:
    assert deputy.get("/desk/decision/none").status_code == 404
    assert send(deputy, "/desk/decision/none", reason="Так").status_code == 404


# -------------------------------------------------------------------------------------- protocol


def test_protocol_and_workbook_say_the_same(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient
) -> None:
    scenes.decided(site, scenes.two_marks(site, rooms, BELOVA), reason="Урок вёл Ёлкин")
    site.clock.advance(timedelta(minutes=1))
    doc_id, rev = scenes.not_hers(site, rooms, ZHUKOV, 5)
    send(deputy, f"/desk/aside/{doc_id}/{rev}", verdict="reject", reason="=Чужой класс")
    keys = {f"group:{sample_school.MATH_5A}"}
    at = NOW + timedelta(minutes=9)
    returned.note_returned(site.store, rooms.room_12, keys, site.store.update_seq(), at)

    page = deputy.get("/desk/protocol").text
    answer = deputy.get("/desk/protocol.xlsx?from=2026-10-01&to=2026-10-31")
    rows = rows_of(answer.data)

    assert answer.headers["Content-Disposition"] == (
        "attachment; filename=protocol-2026-10-01-2026-10-31.xlsx"
    )
    assert rows[0][0] == "МБОУ «Средняя школа № 1» (пример)"
    assert rows[5] == [
        "Объект",
        "Версии",
        "Решение",
        "Кто решил",
        "Основание",
        "Вернулось на компьютеры",
    ]
    first, second = rows[6:8]
    assert first[0] == "Белова Юлия: отметка\n5Б · Математика · ср, 14 октября, 3\u2011й урок"
    assert first[1] == (
        "«4» – Соколова А. М., Кабинет 12, 14.10.2026 09:10\n"
        "«5» – Ёлкин П. С., кабинет 22, 14.10.2026 09:31"
    )
    assert first[3].startswith("Ситникова И. А.\n14 октября 2026")
    assert first[5] == ""
    assert second[2:5:2] == ["запись отклонена", "=Чужой класс"]
    assert second[5] == "Кабинет 12: 14.10.2026 10:09"
    for text in (first[4], *first[1].split("\n"), second[4]):
        assert text in page, text


@pytest.mark.parametrize(
    ("query", "held"),
    [
        ("from=2026-10-14&to=2026-10-14", True),
        ("from=2026-10-01&to=2026-10-13", False),
        ("from=2026-10-15&to=2026-10-31", False),
    ],
)
def test_protocol_holds_the_days_of_its_period(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient, query: str, held: bool
) -> None:
    scenes.decided(site, scenes.two_marks(site, rooms, BELOVA))

    page = deputy.get(f"/desk/protocol?{query}").text

    assert ("Белова Юлия" in page) is held
    assert ("В эти дни решений не было" in page) is not held


@pytest.mark.parametrize("query", ["from=yesterday", "from=2026-10-31&to=2026-10-01"])
def test_period_that_is_none_is_said(deputy: FlaskClient, query: str) -> None:
    answer = deputy.get(f"/desk/protocol?{query}")

    assert (answer.status_code, "Даты не поняты" in answer.text) == (200, True)


# ------------------------------------------------------------------------------------ corrections


def test_entry_is_found_by_class_subject_and_day(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient
) -> None:
    write(site, rooms, value=4, comment="Отвечал у доски")

    page = deputy.get("/desk/correction?class=c5a&group=gm5a&date=2026-10-14").text
    empty = deputy.get("/desk/correction?class=c5a&group=gm5a&date=2026-10-13").text

    for told in ("Жуков Сергей: отметка", "Отвечал у доски", f"/desk/correction/{MARK}"):
        assert told in page, told
    assert "в этот день записей нет" in empty


def test_correction_is_a_decision_with_its_reason(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient
) -> None:
    write(site, rooms, value=4, comment="Отвечал у доски")
    form = {"field-value": "5", "field-comment": "Отвечал у доски", "field-weight": ""}

    page = send(
        deputy,
        f"/desk/correction/{MARK}",
        shown=rev_of(site, MARK),
        reason="По решению педсовета",
        **form,
    ).text

    assert "Исправлено." in page
    [made] = decisions.decisions_about(site.store.database.read(), MARK)
    assert (made.fields[0], made.chosen["value"], made.how) == ("value", 5, "third")
    assert made.reason == "По решению педсовета"
    leaf = site.store.get(MARK)
    assert leaf is not None
    assert (leaf.value["value"], leaf.value["comment"]) == (5, "Отвечал у доски")


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"field-value": "4", "reason": "Так"}, "Ничего не изменено."),
        ({"field-value": "5"}, "Нужно основание."),
        ({"field-value": "пять", "reason": "Так"}, "«пять»"),
        ({"field-value": "4", "field-weight": "11", "reason": "Так"}, "от 0 до 10"),
        ({"field-value": "4", "field-comment": "х" * 501, "reason": "Так"}, "501"),
        ({"field-value": "5", "reason": "Так", "shown": "1-0"}, "тем временем изменили"),
    ],
)
def test_correction_that_cannot_be_is_refused_and_what_was_typed_stays(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient, form: dict[str, str], sentence: str
) -> None:
    write(site, rooms, value=4)
    sent = {"shown": rev_of(site, MARK), **form}

    answer = send(deputy, f"/desk/correction/{MARK}", **sent)

    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert f'value="{form["field-value"]}"' in answer.text
    assert decisions.all_decisions(site.store.database.read()) == []


def test_disputed_entry_is_decided_and_not_corrected(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient
) -> None:
    doc_id = scenes.two_marks(site, rooms, GROMOV)

    page = deputy.get(f"/desk/correction/{doc_id}").text
    found = deputy.get("/desk/correction?class=c5b&group=gm5b&date=2026-10-14").text

    assert f"/desk/conflict/{doc_id}" in page
    assert 'name="reason"' not in page
    assert f"/desk/conflict/{doc_id}" in found


@pytest.mark.parametrize("document", [MARK, "student:st1", "nonsense"])
def test_what_was_never_written_cannot_be_corrected(deputy: FlaskClient, document: str) -> None:
    assert deputy.get(f"/desk/correction/{document}").status_code == 404
