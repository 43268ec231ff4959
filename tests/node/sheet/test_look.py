"""The journal sheet in a browser: its detail, its real size, on paper and on a tablet."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.support import sheet_grid
from tests.support.browser import PageFactory, assert_accessible
from tests.support.sample_node import SampleNode
from tests.support.sample_school import ABRAMOV, MATH_5A, YOLKINA, ZHUKOV
from tests.support.sheet_grid import Grid

pytestmark = pytest.mark.browser

TABLET = {"viewport": {"width": 1024, "height": 768}, "has_touch": True, "is_mobile": True}


def test_detail_tells_the_history_and_takes_a_comment(grid: Grid) -> None:
    grid.press("4", "ArrowDown", "ArrowUp")
    expect(grid.cell(ABRAMOV)).to_have_attribute("data-state", "here")

    grid.press("F2")

    panel = grid.page.get_by_role("dialog")
    expect(panel).to_contain_text("отметка: пусто → 4")
    assert_accessible(grid.page)
    expect(panel.get_by_label("Комментарий")).to_be_focused()
    panel.get_by_label("Комментарий").fill("решил у доски")
    panel.get_by_role("button", name="Сохранить комментарий").click()
    expect(panel).to_be_hidden()
    expect(grid.cell(ABRAMOV)).to_be_focused()
    expect(grid.cell(ABRAMOV)).to_have_attribute("data-sign", "comment")
    assert "есть комментарий" in grid.here()


def test_detail_puts_what_has_no_key_and_escape_leads_back(grid: Grid) -> None:
    grid.press("Space")
    panel = grid.page.get_by_role("dialog")
    panel.get_by_label("Опоздание, мин").fill("15")
    panel.get_by_role("button", name="Поставить").click()
    expect(grid.cell(ABRAMOV)).to_have_text("ОП")
    expect(grid.cell(ABRAMOV)).to_have_attribute("data-state", "here")
    assert "опоздание на 15 мин" in grid.here()

    grid.press("Space")
    expect(panel).to_be_visible()
    grid.press("Escape")

    expect(panel).to_be_hidden()
    expect(grid.cell(ABRAMOV)).to_be_focused()


# -------------------------------------------------------------------------- at its real size, paper


def test_sixty_columns_scroll_inside_the_page(crowd: Grid) -> None:
    crowd.press("Control+End", "Control+Home")
    crowd.press("Enter")

    size = crowd.page.evaluate(
        "({wide: document.documentElement.scrollWidth, high: document.documentElement.scrollHeight,"
        " columns: document.querySelectorAll('th[data-key]').length,"
        " rows: document.querySelectorAll('tr[data-student]').length})"
    )
    assert size == {"wide": 1366, "high": 768, "columns": 66, "rows": 35}


def test_focus_is_never_hidden_below_heads_and_names(crowd: Grid) -> None:
    on_top = (
        "(() => { const box = document.activeElement.getBoundingClientRect();"
        " const at = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);"
        " return document.activeElement.contains(at); })()"
    )
    for keys in (["Control+Home"], ["PageDown"] * 4, ["PageUp"] * 4, ["ArrowRight"] * 40):
        crowd.press(*keys)
        assert crowd.page.evaluate(on_top), keys
    crowd.press("Home")
    assert crowd.page.evaluate(on_top)


def test_heads_and_names_stay_while_the_sheet_scrolls(crowd: Grid) -> None:
    frame = crowd.page.locator("#sheet-frame")
    frame.evaluate("frame => frame.scrollTo(700, 300)")

    box = frame.bounding_box()
    name = crowd.page.locator("tbody th").nth(20).bounding_box()
    head = crowd.page.locator("th.sheet-date.is-today").bounding_box()
    assert box is not None
    assert name is not None
    assert head is not None
    assert 0 <= name["x"] - box["x"] < 60
    assert 0 <= head["y"] - box["y"] < 40


def test_today_is_in_sight_when_the_sheet_opens(crowd: Grid) -> None:
    expect(crowd.page.locator("th.is-today")).to_be_in_viewport()
    expect(crowd.page.locator("col.is-today")).to_have_count(1)


def test_sheet_is_accessible(crowd: Grid) -> None:
    assert_accessible(crowd.page)


def test_contrast_in_the_sheet_is_strong(crowd: Grid) -> None:
    """7 : 1 in every kind of cell: heads, marks, signs, today, what is closed, who has left."""
    part = {"include": [["#sheet thead"], ["#sheet tr:nth-child(-n+4)"], ["#sheet tr.is-left"]]}
    rule = {"runOnly": {"type": "rule", "values": ["color-contrast-enhanced"]}}
    for scheme in ("light", "dark"):
        crowd.page.emulate_media(color_scheme=scheme)

        found = Axe().run(crowd.page, context=part, options=rule).response

        assert [node["html"] for one in found["violations"] for node in one["nodes"]][:5] == []
        assert len(found["passes"][0]["nodes"]) > 50


def test_sheet_prints_all_columns_once_on_a4_across(crowd: Grid) -> None:
    crowd.press("5")  # also what is being typed

    pdf = crowd.page.pdf(prefer_css_page_size=True)

    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 2
    sizes = {
        tuple(map(float, one)) for one in re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    }
    assert all(width > height for width, height in sizes)
    crowd.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    printed = crowd.page.evaluate(
        "[...document.querySelectorAll('.sheet-pages table')].map(table => ["
        "[...table.querySelectorAll('.sheet-date')].map(head => head.textContent).join('|'),"
        " table.tBodies[0].rows.length, table.tBodies[0].rows[0].cells.length])"
    )
    dates = crowd.page.evaluate(
        "[...document.querySelectorAll('#sheet .sheet-date')].map(head => head.textContent)"
    )
    assert "|".join(part[0] for part in printed) == "|".join(dates)
    assert [part[1:] for part in printed] == [[35, 2 + 33], [35, 2 + 33 + 4]]
    crowd.page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(crowd.page.locator(".sheet-pages")).to_have_count(0)


# ------------------------------------------------------------------------------------------- tablet


def test_tablet_has_keys_to_tap(node: SampleNode, port: int, page_factory: PageFactory) -> None:
    grid = sheet_grid.opened(node, port, page_factory(**TABLET), MATH_5A)
    keypad = grid.page.get_by_role("toolbar", name="Клавиши")

    grid.cell(YOLKINA).tap()
    for key in ("4", "Вниз", "Н", "Вправо"):
        keypad.get_by_role("button", name=key, exact=True).tap()

    expect(grid.cell(YOLKINA)).to_have_text("4")
    expect(grid.cell(ZHUKOV)).to_have_text("Н")
    expect(grid.cell(ZHUKOV)).to_have_attribute("data-state", "here")
    assert grid.saved_marks() == {YOLKINA: 4}
    low = min(
        keypad.get_by_role("button").nth(place).bounding_box()["height"]  # type: ignore[index]
        for place in range(8)
    )
    assert low >= 44
    assert_accessible(grid.page)


def test_desktop_has_no_keypad(grid: Grid) -> None:
    expect(grid.page.locator("#sheet-keypad")).to_be_hidden()
    expect(grid.page.locator("#sheet-keys")).to_be_visible()
