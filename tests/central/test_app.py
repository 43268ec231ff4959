"""Central as its people see it: who comes where, what the staff are shown, who is named how."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from central import enrolment
from central.endpoint import receipts
from sync.documents import entry
from sync.school.people import Role
from tests.support import central_site
from tests.support.central_site import CentralSite


@pytest.fixture
def site(tmp_path: Path) -> Iterator[CentralSite]:
    """Central with the sample school."""
    with central_site.opened(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize(
    ("login", "first"),
    [
        ("abramova", "/diary/"),
        ("sokolova", "/administration/"),
        ("sitnikova", "/administration/"),
        ("sazonova", "/administration/"),
    ],
)
def test_everybody_is_led_to_the_own_first_page(site: CentralSite, login: str, first: str) -> None:
    assert site.client(login).get("/").headers["Location"] == first


def test_names_are_shown_and_not_logins(site: CentralSite) -> None:
    assert "Абрамова О. Ю." in site.client("abramova").get("/diary/", follow_redirects=True).text
    assert "Ситникова И. А." in site.client("sitnikova").get("/administration/").text


def test_person_who_is_not_known_any_more_is_shown_by_login(site: CentralSite) -> None:
    site.add_account("former", "nobody", Role.TEACHER)

    assert ">former<" in site.client("former").get("/administration/").text.replace("\n", "")


@pytest.mark.parametrize("words", ["Абрамова Ольга", "абрамов пётр ильич"])
def test_password_of_own_or_childrens_names_is_refused(site: CentralSite, words: str) -> None:
    client = site.client("abramova")
    form = {"old": central_site.PASSWORD, "new": words, "repeated": words}
    page = client.get("/password").text
    form["csrf_token"] = page.split('name="csrf-token" content="')[1].split('"')[0]

    assert client.post("/password", data=form).status_code == 422


def test_teacher_is_told_where_lessons_are_kept_and_sees_no_computers(site: CentralSite) -> None:
    page = site.client("sokolova").get("/administration/").text

    assert "Уроки ведутся на компьютерах в кабинетах" in page
    assert "<table" not in page


@pytest.mark.parametrize("login", ["sitnikova", "sazonova"])
def test_school_without_computers_says_the_next_step(site: CentralSite, login: str) -> None:
    page = site.client(login).get("/administration/").text

    assert "Ни один компьютер ещё не подключён." in page
    assert "Нет: всё, что поступило, принято." in page
    assert "<dt>Ученики</dt><dd>10</dd>" in page


def test_before_an_import_the_page_says_the_next_step(tmp_path: Path) -> None:
    with central_site.opened(tmp_path, school=False) as empty:
        page = empty.client("sazonova").get("/administration/").text

    assert "Школа ещё не внесена." in page


def test_computer_is_shown_with_what_it_told(site: CentralSite) -> None:
    records, now = site.store.records, site.clock.now()
    node = _enrolled(site, "Кабинет 12")
    enrolment.invite(site.storage, "21", "Кабинет 21")
    told = {
        "pending": 3,
        "oldest_pending": entry.instant_text(now - timedelta(hours=2)),
        "clock": entry.instant_text(now - timedelta(minutes=40)),
        "version": "0.1.0",
    }
    receipts.note_pulse(records, node, now - timedelta(minutes=30), told)

    page = site.client("sazonova").get("/administration/").text

    row = page.split("Кабинет 12")[1].split("</tr>")[0]
    assert "30\u00a0мин\u00a0назад" in row
    assert '<td class="num">3</td>' in row
    assert "2\u00a0ч\u00a0назад" in row
    assert "отстают на 10 минут" in row
    assert "0.1.0" in row
    assert "ждёт кода подключения" in page.split("Кабинет 21")[1].split("</tr>")[0]


def test_receipt_counts_as_contact_and_a_right_clock_is_called_right(site: CentralSite) -> None:
    now = site.clock.now()
    node = _enrolled(site, "Кабинет 12")
    receipts.note_pulse(site.store.records, node, now, {"clock": entry.instant_text(now)})
    site.clock.advance(timedelta(minutes=5))
    receipts.note_contact(site.store.records, node, site.clock.now())

    row = site.client("sazonova").get("/administration/").text.split("Кабинет 12")[1]

    assert "только что" in row.split("</tr>")[0]
    assert "верные" in row.split("</tr>")[0]


def test_revoked_computer_is_not_shown(site: CentralSite) -> None:
    node = _enrolled(site, "Кабинет 12")
    enrolment.revoke(site.store.records, node)

    assert "Кабинет 12" not in site.client("sazonova").get("/administration/").text


def test_documents_that_wait_for_a_decision_are_counted(site: CentralSite) -> None:
    for number in range(2):
        site.store.records.put("quarantine", f"mark:{number}/1-a", {}, None)

    assert "Решения ждут 2 документа" in site.client("sitnikova").get("/administration/").text


def _enrolled(site: CentralSite, label: str) -> str:
    code = enrolment.invite(site.storage, "12", label).code
    return enrolment.accept(site.storage, code, "nonce").node
