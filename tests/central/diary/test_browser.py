"""The diary in a real browser: on a phone with one thumb, without JavaScript, on paper, for all."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

from central.projections import arrivals
from tests.support import central_site, sample_school, school_days, served
from tests.support.browser import PHONE, PageFactory, assert_accessible
from tests.support.central_site import CentralSite

pytestmark = pytest.mark.browser

#: The narrowest phones in use are 360 wide; the look is drawn for 390.
NARROW = {**PHONE, "viewport": {"width": 360, "height": 740}}
THUMB = 44

PAGES = ("week", "week/2026-10-28", "week/2026-09-07", "marks", "marks/year", "absences")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CentralSite]:
    """Central after six weeks of lessons."""
    with central_site.opened(tmp_path_factory.mktemp("central")) as opened:
        school_days.live_through(opened, date(2026, 9, 1), date(2026, 10, 13))
        opened.journal.record_mark(
            sample_school.SOKOLOVA,
            sample_school.LESSON_1,
            sample_school.ABRAMOV,
            5,
            seen=None,
            comment="Отвечал у доски",
            token="today",
        )
        received = sample_school.NOW - timedelta(minutes=30)
        arrivals.note(opened.store.records, [sample_school.MATH_5A], received)
        yield opened


@pytest.fixture(scope="module")
def address(site: CentralSite) -> Iterator[str]:
    """Where the program is served."""
    with served.serve(site.app) as port:
        yield f"http://127.0.0.1:{port}"


def _enter(page: Page, address: str, path: str = "/", login: str = "abramova") -> Page:
    page.goto(f"{address}/sign-in")
    page.fill("[name=login]", login)
    page.fill("[name=password]", central_site.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)
    if path != "/":
        page.goto(f"{address}{path}")
    return page


def _diary(page: str) -> str:
    return f"/diary/{sample_school.ABRAMOV}/{page}"


def test_after_the_sign_in_today_is_on_the_screen(page_factory: PageFactory, address: str) -> None:
    page = _enter(page_factory(**NARROW), address)

    today = page.locator("#today").bounding_box()
    strip = page.locator(".day-strip").bounding_box()

    assert today is not None
    assert strip is not None
    assert strip["y"] + strip["height"] - 1 <= today["y"] < 740 / 2
    assert page.locator("#today h3").inner_text().split("\n") == ["Среда", "14 октября", "сегодня"]


@pytest.mark.parametrize("path", PAGES)
def test_page_fits_a_narrow_phone_a_thumb_and_everybody(
    page_factory: PageFactory, address: str, path: str
) -> None:
    page = _enter(page_factory(**NARROW), address, _diary(path))

    wider = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    small = page.evaluate(
        """least => [...document.querySelectorAll("main a, main button, main summary")]
            .filter(one => one.checkVisibility())
            .map(one => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
            .filter(([_, box]) => box.height < least || box.width < least)
            .map(([html, box]) => [html, box.width, box.height])""",
        THUMB,
    )

    assert (wider, small) == (0, [])
    assert_accessible(page)
    page.emulate_media(color_scheme="dark")
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") == 0
    assert_accessible(page)


def test_touched_mark_explains_itself_without_javascript(
    page_factory: PageFactory, address: str
) -> None:
    page = _enter(page_factory(**NARROW, java_script_enabled=False), address, _diary("marks"))
    last = page.locator("#subject-math").locator("xpath=ancestor::section").locator("details").last

    assert not last.get_by_text("Отвечал у доски").is_visible()
    last.locator("summary").tap()

    for words in ("ответ на уроке", "ср, 14 октября", "Соколова А. М.", "Отвечал у доски"):
        assert last.get_by_text(words).is_visible(), words


def test_one_thumb_goes_through_weeks_and_children(page_factory: PageFactory, address: str) -> None:
    page = _enter(page_factory(**NARROW), address)

    page.get_by_text("Предыдущая неделя").locator("xpath=..").tap()
    expect(page.get_by_role("heading", name="5–9 октября")).to_be_visible()
    page.get_by_role("link", name="Лев").tap()
    expect(page.locator("[aria-current=true]")).to_contain_text("Лев")
    page.get_by_role("link", name="Отметки").tap()
    page.wait_for_url(f"{address}/diary/{sample_school.GROMOV}/marks")


@pytest.mark.parametrize("login", ["sazonova", "sokolova"])
def test_page_of_the_staff_is_accessible(page: Page, address: str, login: str) -> None:
    _enter(page, address, login=login)

    assert page.url.endswith("/administration/")
    assert_accessible(page)


def test_printed_week_names_the_child_and_leaves_out_what_is_to_be_touched(
    page: Page, address: str
) -> None:
    _enter(page, address, _diary("week"))
    page.emulate_media(media="print")

    assert page.get_by_text("Абрамов Пётр Ильич, 5А").is_visible()
    assert page.get_by_text("Подпись родителя").is_visible()
    for hidden in (".masthead", ".day-strip", ".children", ".freshness"):
        assert not page.locator(hidden).is_visible(), hidden
