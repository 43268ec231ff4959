"""The pages of the day, the lesson and the sync: seen by axe, wide and narrow, light and dark."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from node.passes import PassRecord
from sync.entries.journal import Presence
from tests.support import lesson_desk, served
from tests.support import sample_school as school
from tests.support.browser import assert_accessible
from tests.support.sample_node import SampleNode
from tests.support.sheet_grid import sign_in

pytestmark = pytest.mark.browser

LESSON = "/lesson/gm5a/2026-10-14/1"
PATHS = ("/", LESSON, "/sync", "/?day=2026-10-28", "/lesson/gm5b/2026-10-15/1")
SCREENS: dict[str, dict[str, Any]] = {
    "wide": {"viewport": {"width": 1366, "height": 768}},
    "narrow": {"viewport": {"width": 800, "height": 1100}},
    "dark": {"viewport": {"width": 1366, "height": 768}, "color_scheme": "dark"},
}


@pytest.fixture
def filled(node: SampleNode) -> SampleNode:
    """A lesson with everything in it, and a sync that failed."""
    journal = node.node.journal
    fields = {"topic": "Сравнение натуральных чисел", "homework": "§ 2, № 25–30, повторить § 1"}
    journal.describe_lesson(school.SOKOLOVA, school.LESSON_1, fields, seen={}, token="token-1")
    stated = {school.ZHUKOV: Presence("absent"), school.LONG_NAME: Presence("late", 10)}
    journal.call_roll(school.SOKOLOVA, school.LESSON_1, stated, token="token-2")
    for number, student in enumerate(school.ROSTER_5A):
        journal.record_mark(
            school.SOKOLOVA,
            school.LESSON_1,
            student,
            5 - number % 3,
            seen=None,
            token=f"token-{student}",
        )
    journal.add_work(
        school.SOKOLOVA,
        school.LESSON_1,
        "wk1",
        title="Самостоятельная работа «Сравнение чисел»",
        work_kind="independent",
        weight=2,
        token="token-3",
    )
    now = node.clock.now()
    node.passes.add(PassRecord(now - timedelta(hours=2), now - timedelta(hours=2), "complete"))
    node.passes.add(PassRecord(now, now, "peer_unreachable"))
    return node


@pytest.mark.parametrize("screen", SCREENS)
def test_pages_are_accessible_and_fit_their_screen(
    filled: SampleNode, page_factory: Callable[..., Page], screen: str
) -> None:
    page = page_factory(**SCREENS[screen])
    with served.serve(filled.app) as port:
        sign_in(filled, page, port)
        for path in PATHS:
            page.goto(f"http://127.0.0.1:{port}{path}", wait_until="networkidle")
            assert_accessible(page)
            width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert width <= 0, f"{path} is {width} px too wide"


def test_open_list_and_open_form_are_accessible(
    filled: SampleNode, page_factory: Callable[..., Page]
) -> None:
    with served.serve(filled.app) as port:
        desk = lesson_desk.opened(filled, port, page_factory(**SCREENS["wide"]), school.LESSON_2)
        desk.field("topic").focus()
        desk.press("ArrowDown")
        expect(desk.page.locator("#plan-topics")).to_be_visible()
        assert_accessible(desk.page)
        desk.press("Escape")
        desk.page.locator(".add-column summary").click()
        assert_accessible(desk.page)


def test_lesson_needs_no_scrolling_sideways_in_its_table(
    filled: SampleNode, page_factory: Callable[..., Page]
) -> None:
    with served.serve(filled.app) as port:
        desk = lesson_desk.opened(filled, port, page_factory(**SCREENS["wide"]))
        hidden = desk.page.evaluate(
            "(() => { const box = document.querySelector('.lesson-students .table-scroll');"
            " return box.scrollWidth - box.clientWidth; })()"
        )

    assert hidden <= 0


def test_lesson_works_without_javascript(
    filled: SampleNode, page_factory: Callable[..., Page]
) -> None:
    page = page_factory(java_script_enabled=False)
    with served.serve(filled.app) as port:
        sign_in(filled, page, port)
        page.goto(f"http://127.0.0.1:{port}/lesson/gm5a/2026-10-14/2")
        page.get_by_label("Тема").fill("Дроби")
        page.get_by_label("Абрамов Пётр, отметка").fill("5")
        page.locator("noscript button, .form-actions button").first.click()
        page.wait_for_load_state()

        expect(page.get_by_label("Тема")).to_have_value("Дроби")
        expect(page.get_by_label("Абрамов Пётр, отметка")).to_have_value("5")
