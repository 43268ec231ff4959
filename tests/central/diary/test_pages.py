"""The pages as a whole: where links lead, what is said before an import, what is escaped."""

from datetime import timedelta

import pytest

from tests.support import sample_school as school
from tests.support.central_site import CentralSite


def test_first_page_leads_to_today_in_the_week_of_the_first_child(site: CentralSite) -> None:
    client = site.client("abramova")

    assert client.get("/").headers["Location"] == "/diary/"
    assert client.get("/diary/").headers["Location"] == f"/diary/{school.ABRAMOV}/week#today"


def test_menu_goes_on_with_the_child_of_the_page(site: CentralSite) -> None:
    client = site.client("abramova")

    page = client.get(f"/diary/{school.GROMOV}/marks").text

    assert f'href="/diary/{school.GROMOV}/week"' in page
    assert f'href="/diary/{school.GROMOV}/absences"' in page
    answer = client.get("/diary/absences")
    assert answer.headers["Location"] == f"/diary/{school.GROMOV}/absences"


def test_children_are_a_tap_away_and_a_single_child_has_no_switch(site: CentralSite) -> None:
    two = site.client("abramova").get(f"/diary/{school.ABRAMOV}/marks").text
    one = site.client("ivanov").get(f"/diary/{school.IVANOV_P}/marks").text

    assert f'<a href="/diary/{school.GROMOV}/marks">Лев <span class="muted">5Б</span></a>' in two
    assert 'class="children"' not in one
    assert "Иван" in one


def test_guardian_of_three_reads_each(site: CentralSite) -> None:
    children = [
        {"student": one, "relation": "мать"}
        for one in (school.ABRAMOV, school.GROMOV, school.IVANOV_A)
    ]
    school.put(site.store, f"guardian:{school.GUARDIAN_OF_TWO}", children=children)
    client = site.client("abramova")

    pages = [client.get(f"/diary/{child['student']}/week") for child in children]

    assert [page.status_code for page in pages] == [200, 200, 200]
    for page in pages:
        assert all(name in page.text for name in ("Пётр", "Лев", "Иван"))


def test_guardian_without_children_is_told_whom_to_ask(site: CentralSite) -> None:
    school.put(site.store, f"guardian:{school.GUARDIAN_OF_TWO}", children=[])
    client = site.client("abramova")

    for path in ("/diary/", "/diary/week", "/diary/marks", "/diary/absences"):
        assert "Обратитесь к классному руководителю" in client.get(path).text


def test_before_an_import_the_diary_says_that_nothing_is_there(empty_site: CentralSite) -> None:
    page = empty_site.client("abramova").get("/", follow_redirects=True)

    assert page.status_code == 200
    assert "пока не привязан ни один ребёнок" in page.text


@pytest.mark.parametrize(
    "path",
    [
        "week/yesterday",
        "week/2026-13-01",
        "week/2026-08-01",
        "week/0001-01-01",
        "week/9999-12-31",
        "marks/q9",
        "marks/-1",
        "absences/none",
    ],
)
def test_date_or_term_that_is_not_there_is_a_404(site: CentralSite, path: str) -> None:
    assert site.client("abramova").get(f"/diary/{school.ABRAMOV}/{path}").status_code == 404


@pytest.mark.parametrize("days", [-120, 300])
def test_outside_the_school_year_the_nearest_week_is_shown(site: CentralSite, days: int) -> None:
    site.clock.advance(timedelta(days=days))

    page = site.client("abramova").get(f"/diary/{school.ABRAMOV}/week").text

    assert ("1 сентября" if days < 0 else "26 мая") in page


def test_what_teachers_typed_is_shown_as_text(site: CentralSite) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    site.journal.describe_lesson(
        school.SOKOLOVA, school.LESSON_1, {"topic": evil, "homework": evil}, seen={}, token="1"
    )
    site.journal.record_mark(
        school.SOKOLOVA, school.LESSON_1, school.ABRAMOV, 5, seen=None, comment=evil, token="2"
    )
    client = site.client("abramova")

    for path in ("week", "marks"):
        page = client.get(f"/diary/{school.ABRAMOV}/{path}").text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page
        assert "<img" not in page


def test_pages_are_in_english_for_whom_chose_it(site: CentralSite) -> None:
    client = site.client("abramova")
    client.set_cookie("journal_central_language", "en")

    page = client.get(f"/diary/{school.ABRAMOV}/week").text

    assert "Wednesday" in page
    assert "No entries yet" in page


def test_staff_have_no_diary(site: CentralSite) -> None:
    for login in ("sokolova", "sitnikova", "sazonova"):
        client = site.client(login)
        assert client.get("/diary/").status_code == 403
        assert client.get(f"/diary/{school.ABRAMOV}/week").status_code == 403


def test_nobody_reads_a_diary_without_signing_in(site: CentralSite) -> None:
    answer = site.client().get(f"/diary/{school.ABRAMOV}/week")

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in?next=")
