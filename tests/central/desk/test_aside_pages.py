"""The pages of what was put aside: what it is and why it waits; accepted, rejected, several."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from central import quarantine
from central.desk import aside, putting_aside
from sync.documents import identifiers
from sync.projections import decisions, marks
from sync.school.people import Role
from tests.central.desk import scenes
from tests.central.desk.scenes import Rooms, send
from tests.support import desk_scene, sample_school
from tests.support.central_site import CentralSite
from tests.support.desk_scene import Wrote
from tests.support.sample_school import ABRAMOV, IVANOV_A, LONG_NAME, YOLKINA, ZHUKOV


def standing(site: CentralSite, student: str) -> list[Any]:
    """Return the marks of a student that count on the day."""
    day = sample_school.DAY
    found = marks.marks_of_student(site.store.database.read(), student, day, day)
    return [one.value for one in found if not one.disputed and one.value is not None]


def waiting(site: CentralSite) -> int:
    """Return how much waits."""
    return quarantine.count(site.store.records)


def test_what_was_put_aside_is_told_with_its_reason_and_computer(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient
) -> None:
    doc_id, rev = scenes.not_hers(site, rooms, ZHUKOV)

    for page in (deputy.get("/desk/aside").text, deputy.get(f"/desk/aside/{doc_id}/{rev}").text):
        for told in (
            "Жуков Сергей: отметка",
            "Чужой урок: у автора на эту дату нет ни нагрузки, ни замены",
            "Кабинет 12",
            "Константинопольская А. В.",
            "09:20",
            "10:00",
        ):
            assert told in page, told
    assert '<span class="nav-count">1</span>' in deputy.get("/desk/").text


def test_nothing_put_aside_says_so(deputy: FlaskClient) -> None:
    assert "всё поступившее принято" in deputy.get("/desk/aside").text
    assert "Ещё ничего не отклонено" in deputy.get("/desk/rejected").text


def test_accepted_entry_enters_the_journal(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient
) -> None:
    doc_id, rev = scenes.not_hers(site, rooms, ZHUKOV)

    answer = send(
        deputy, f"/desk/aside/{doc_id}/{rev}", verdict="accept", reason="Замена не была внесена"
    )

    assert "Принята 1 запись." in answer.text
    assert (standing(site, ZHUKOV), waiting(site)) == ([5], 0)


def test_rejected_entry_is_kept_with_who_and_why(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient
) -> None:
    doc_id, rev = scenes.not_hers(site, rooms, ZHUKOV)

    answer = send(
        deputy, f"/desk/aside/{doc_id}/{rev}", verdict="reject", reason="Отметка в чужом классе"
    )

    assert "Отклонена 1 запись" in answer.text
    assert (standing(site, ZHUKOV), waiting(site)) == ([], 0)
    page = deputy.get("/desk/rejected").text
    for told in ("Жуков Сергей", "Ситникова И. А.", "Отметка в чужом классе", "Чужой урок"):
        assert told in page, told


def test_several_are_accepted_at_once_and_one_that_met_another_value_is_a_conflict(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient
) -> None:
    items = [scenes.not_hers(site, rooms, one) for one in (ZHUKOV, LONG_NAME, YOLKINA)]
    hers = Wrote(sample_school.SOKOLOVA, rooms.room_12, scenes.NOW, {"value": 2})
    desk_scene.agree(site, scenes.mark_of(YOLKINA, sample_school.LESSON_1), hers)

    chosen = [f"{doc_id}/{rev}" for doc_id, rev in items]
    answer = send(
        deputy, "/desk/aside", item=chosen, verdict="accept", reason="Замена не была внесена"
    )

    assert "Принято 3 записи. 1 из них встретила другое значение" in answer.text
    assert [standing(site, one) for one in (ZHUKOV, LONG_NAME, YOLKINA)] == [[5], [5], []]
    assert "Ёлкина Дарья" in deputy.get("/desk/").text


def test_of_several_all_are_settled_or_none(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient
) -> None:
    doc_id, rev = scenes.not_hers(site, rooms, ZHUKOV)

    answer = send(
        deputy,
        "/desk/aside",
        item=[f"{doc_id}/{rev}", f"{doc_id}/1-0"],
        verdict="accept",
        reason="Замена",
    )

    assert (answer.status_code, "Это уже решено." in answer.text) == (422, True)
    assert (waiting(site), standing(site, ZHUKOV)) == (1, [])


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"verdict": "accept", "reason": "Так"}, "Не отмечена ни одна строка."),
        ({"item": "yes", "verdict": "accept"}, "Нужно основание."),
        ({"item": "yes", "reason": "Так"}, "Ничего не выбрано."),
        ({"item": "no-slash", "verdict": "reject", "reason": "Так"}, "Не отмечена ни одна"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_settled(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient, form: dict[str, str], sentence: str
) -> None:
    doc_id, rev = scenes.not_hers(site, rooms, ZHUKOV)
    if form.get("item") == "yes":
        form = {**form, "item": f"{doc_id}/{rev}"}

    answer = send(deputy, "/desk/aside", **form)

    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert waiting(site) == 1


def test_what_its_author_took_back_stands_together_and_goes_with_one_click(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient
) -> None:
    scenes.not_hers(site, rooms, ABRAMOV)
    taken_back = []
    for student in (ZHUKOV, LONG_NAME):
        doc_id = scenes.mark_of(student, sample_school.LESSON_1)
        wrote = Wrote(sample_school.YOLKIN, rooms.room_22, scenes.NOW, {"value": 4})
        taken_back.append(f"{doc_id}/{desk_scene.put_aside(site, doc_id, wrote, 'withdrawn')}")

    page = deputy.get("/desk/aside").text
    assert page.index("Чужой урок") < page.index("Отозвано автором до решения")
    assert "Автор отозвал запись." in page
    for key in taken_back:
        assert f'value="{key}" aria-label' in page

    send(deputy, "/desk/aside", item=taken_back, verdict="reject", reason="Автор отозвал запись.")
    assert waiting(site) == 1


def test_settled_item_leads_back_to_the_list(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient
) -> None:
    doc_id, rev = scenes.not_hers(site, rooms, ZHUKOV)
    desk = scenes.desk_of(site)
    putting_aside.reject(desk, doc_id, rev, by=sample_school.DEPUTY, reason="Так")

    for answer in (
        deputy.get(f"/desk/aside/{doc_id}/{rev}", follow_redirects=True),
        send(deputy, f"/desk/aside/{doc_id}/{rev}", verdict="accept", reason="Так"),
    ):
        assert "Это уже решено" in answer.text
        assert answer.request.path == "/desk/aside"
    assert len(decisions.all_rejections(site.store.database.read())) == 1


@pytest.mark.parametrize(("query", "stays"), [("class=c5a", True), ("teacher=tek", False)])
def test_list_is_narrowed_and_stays_so_after_a_verdict(
    site: CentralSite, rooms: Rooms, query: str, stays: bool
) -> None:
    scenes.not_hers(site, rooms, ZHUKOV)
    doc_id, rev = scenes.not_hers(site, rooms, LONG_NAME)
    site.clock.advance(timedelta(minutes=5))
    deputy = site.client("sitnikova")

    assert ("Жуков" in deputy.get(f"/desk/aside?{query}").text) is stays
    answer = send(
        deputy, f"/desk/aside?{query}", item=f"{doc_id}/{rev}", verdict="reject", reason="Так"
    )
    assert answer.request.query_string.decode() == query
    assert ("Жуков" in answer.text) is stays


def test_director_looks_and_settles_nothing(site: CentralSite, rooms: Rooms) -> None:
    site.add_account("director", sample_school.DEPUTY, Role.DIRECTOR)
    doc_id, rev = scenes.not_hers(site, rooms, ZHUKOV)
    director = site.client("director")

    page = director.get(f"/desk/aside/{doc_id}/{rev}").text

    assert "Жуков Сергей" in page
    assert 'name="verdict"' not in page
    assert 'name="verdict"' not in director.get("/desk/aside").text
    answer = send(director, f"/desk/aside/{doc_id}/{rev}", verdict="accept", reason="Так")
    assert (answer.status_code, waiting(site)) == (403, 1)
    assert identifiers.parse_journal(doc_id).student == ZHUKOV


def shown_on(page: str) -> list[str]:
    """Return the documents of the lines of a page, in their order."""
    return [one.partition("/")[0] for one in re.findall(r'name="item" value="([^"]+)"', page)]


@pytest.fixture
def five(site: CentralSite, rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Five items on pages of two; the first arrived was taken back by its author."""
    monkeypatch.setattr(aside, "ON_PAGE", 2)
    wrote = {"author": sample_school.KONSTANTINOPOLSKAYA, "node": rooms.room_12}
    taken = scenes.mark_of(IVANOV_A, sample_school.LESSON_1)
    both = Wrote(at=site.clock.now(), fields={"value": 5}, **wrote)
    desk_scene.put_aside(site, taken, both, aside.WITHDRAWN)
    found = []
    for student in (ZHUKOV, LONG_NAME, YOLKINA, ABRAMOV):
        site.clock.advance(timedelta(minutes=1))
        found.append(scenes.not_hers(site, rooms, student)[0])
    return [*found, taken]


def test_long_list_comes_in_pages_and_each_item_stands_on_one_of_them(
    deputy: FlaskClient, five: list[str]
) -> None:
    pages = [deputy.get(f"/desk/aside?page={number}").text for number in (1, 2, 3)]

    assert [one for page in pages for one in shown_on(page)] == five
    assert [len(shown_on(page)) for page in pages] == [2, 2, 1]
    assert "Страница 1 из 3, всего записей: 5" in pages[0]
    assert "4 записи · на этой странице: 2" in pages[0]
    assert 'href="/desk/aside?page=2"' in pages[0]
    assert 'href="/desk/aside"' in pages[1]
    assert "на этой странице" not in pages[2]
    for odd, number in (("99", 3), ("0", 1), ("-1", 1), ("x", 1), ("9" * 5000, 1)):
        shown = shown_on(deputy.get(f"/desk/aside?page={odd}").text)
        assert shown == shown_on(pages[number - 1]), odd


def test_pages_keep_the_filters_and_several_are_settled_on_any_of_them(
    site: CentralSite, deputy: FlaskClient, five: list[str]
) -> None:
    wished = f"class={sample_school.CLASS_5A}"
    address = f"/desk/aside?{wished}&page=2"
    page = deputy.get(address).text
    chosen = re.findall(r'name="item" value="([^"]+)"', page)
    assert len(chosen) == 2
    assert f'action="/desk/aside?page=2&amp;{wished}"' in page
    assert f'href="/desk/aside?{wished}"' in page

    without = send(deputy, address, verdict="reject", item=chosen)
    assert without.status_code == 422
    assert shown_on(without.text) == shown_on(page)
    after = send(deputy, address, verdict="reject", item=chosen, reason="Не её урок")

    assert (after.request.path, after.request.args.to_dict()) == (
        "/desk/aside",
        {"class": sample_school.CLASS_5A, "page": "2"},
    )
    assert waiting(site) == 3
    assert set(shown_on(after.text)).isdisjoint(shown_on(page))


@pytest.mark.parametrize(
    ("field", "odd"),
    [
        ("value", {"deep": [1]}),
        ("value", 7_000),
        ("presence", ["late"]),
        ("reason", 4),
        ("work_kind", None),
        ("comment", "<script>alert(1)</script>" * 40),
        ("of_tomorrow", True),
    ],
)
def test_value_that_no_document_may_hold_is_shown_and_can_be_rejected(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient, field: str, odd: Any
) -> None:
    doc_id, rev = scenes.not_hers(site, rooms, ZHUKOV)
    records = site.store.records
    item = quarantine.item(records, doc_id, rev)
    assert item is not None
    first = {**item["value"]["entries"][0], "field": field, "new": odd}
    changed = {**item["value"], field: odd, "entries": [first]}
    records.overwrite(
        quarantine.ITEMS, f"{doc_id}/{rev}", {**item, "value": changed, "code": "schema"}
    )

    for path in ("/desk/aside", f"/desk/aside/{doc_id}/{rev}"):
        answer = deputy.get(path)
        assert (answer.status_code, "<script>alert" in answer.text) == (200, False)
    send(deputy, f"/desk/aside/{doc_id}/{rev}", verdict="reject", reason="Так не бывает")
    assert waiting(site) == 0
    for path in ("/desk/rejected", "/desk/protocol", "/desk/protocol.xlsx"):
        assert deputy.get(path).status_code == 200
