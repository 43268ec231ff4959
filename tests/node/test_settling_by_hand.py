"""In a browser and by keyboard: choosing between two values, understanding, stating a reason."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from node import refusals
from sync.documents import entry, identifiers, merging
from sync.store.entry_states import State
from tests.support import lesson_desk, served, sheet_grid, two_values, verdicts
from tests.support.browser import assert_accessible
from tests.support.sample_node import SampleNode
from tests.support.sample_school import ABRAMOV, LESSON_1, MATH_5A, SOKOLOVA, YOLKIN
from tests.support.sheet_grid import Grid

pytestmark = pytest.mark.browser

MARK = identifiers.mark_id(LESSON_1, ABRAMOV)


@pytest.fixture
def port(node: SampleNode) -> Iterator[int]:
    with served.serve(node.app) as number:
        yield number


def put(node: SampleNode, value: int, seen: int | None = None) -> None:
    node.node.journal.record_mark(
        SOKOLOVA, LESSON_1, ABRAMOV, value, seen=seen, token=f"token-{value}"
    )


def opened_sheet(node: SampleNode, port: int, page: Page) -> Grid:
    grid = sheet_grid.opened(node, port, page, MATH_5A)
    expect(grid.cell(ABRAMOV)).to_be_focused()
    return grid


def decided(node: SampleNode) -> None:
    put(node, 4)
    verdicts.answer(node, State.ACCEPTED)
    two_values.elsewhere(node, MARK, {"value": 5}, author=YOLKIN)
    two_values.decide(node, MARK, "value", 5)


def last_entry(node: SampleNode) -> tuple[object, object]:
    last = entry.entries_of(node.store.leaves(MARK)[0].value)[-1]
    return last["new"], last.get("reason")


def test_own_two_values_are_settled_from_the_sheet_without_a_mouse(
    node: SampleNode, port: int, page: Page
) -> None:
    put(node, 4)
    two_values.elsewhere(node, MARK, {"value": 5}, author=SOKOLOVA)
    grid = opened_sheet(node, port, page)
    expect(grid.said).to_contain_text("Внесено на двух компьютерах")
    expect(grid.cell(ABRAMOV)).to_have_class("is-disputed")
    assert "уточняется" in grid.here()

    grid.press("Space")
    panel = page.get_by_role("dialog")
    expect(panel.get_by_role("link", name="Выбрать")).to_be_focused()
    assert_accessible(page)
    grid.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Вы внесли два значения на двух компьютерах"
    )
    expect(page.get_by_role("radio").first).to_be_focused()
    assert_accessible(page)
    grid.press("Tab")
    page.keyboard.type("3")
    expect(page.get_by_role("radio").last).to_be_checked()
    grid.press("Enter")

    expect(page.get_by_role("status").first).to_contain_text("Сохранено на этом компьютере")
    merged = merging.merge("mark", [leaf.value for leaf in node.store.leaves(MARK)])
    assert isinstance(merged, merging.Merged)
    assert merged.value["value"] == 3


def test_what_was_not_accepted_is_corrected_or_understood_by_keyboard(
    node: SampleNode, port: int, page: Page
) -> None:
    put(node, 4)
    verdicts.answer(node, State.ACCEPTED)
    put(node, 2, 4)
    verdicts.reject(node, MARK, reason="работа переписана")
    refusals.apply_all(node.node)
    grid = opened_sheet(node, port, page)
    expect(grid.said).to_contain_text("Не принято: «2»")
    expect(grid.cell(ABRAMOV)).to_have_text("4")

    page.goto(f"http://127.0.0.1:{port}/sync")
    assert_accessible(page)
    page.get_by_role("link", name="Исправить: отметка 2").press("Enter")
    expect(page.locator(f'[name="mark:{ABRAMOV}:1"]')).to_be_focused()
    expect(page.locator(f'[name="mark:{ABRAMOV}:1"]')).to_have_value("4")
    assert_accessible(page)

    page.goto(f"http://127.0.0.1:{port}/sync", wait_until="networkidle")
    page.get_by_role("button", name="Понятно: отметка 2").press("Enter")
    expect(page.get_by_text("сервер принял всё")).to_be_visible()
    expect(page.get_by_text("работа переписана")).to_have_count(0)


def test_values_of_two_people_are_told_in_the_detail_and_in_the_lesson(
    node: SampleNode, port: int, page: Page
) -> None:
    put(node, 4)
    node.clock.advance(timedelta(minutes=5))
    two_values.elsewhere(node, MARK, {"value": 5}, author=YOLKIN)
    grid = opened_sheet(node, port, page)

    grid.press("F2")
    panel = page.get_by_role("dialog")
    expect(panel).to_contain_text("Решит завуч")
    expect(panel.locator(".said li")).to_have_count(2)
    average = page.locator(f"tr[data-student={ABRAMOV}] td.sheet-total").first
    expect(average).to_have_text("4,00")
    expect(average).to_have_class("sheet-total is-disputed")

    desk = lesson_desk.opened(node, port, page)
    page.get_by_text("В этом уроке уточняется: Абрамов Пётр, отметка").click()
    expect(page.locator(".settled-notice .said li")).to_have_count(2)
    title = desk.mark(ABRAMOV).get_attribute("title")
    assert title is not None
    assert "«5» Ёлкин П. С." in title
    assert_accessible(page)


def test_decided_mark_is_changed_in_the_sheet_with_a_reason_only(
    node: SampleNode, port: int, page: Page
) -> None:
    decided(node)
    grid = opened_sheet(node, port, page)

    grid.press("3", "Enter")
    asked = page.get_by_role("dialog", name="Это значение утверждено решением")
    expect(asked).to_contain_text("Абрамов Пётр")
    expect(asked.get_by_role("textbox")).to_be_focused()
    assert_accessible(page)
    grid.press("Escape")
    expect(asked).to_have_count(0)
    expect(grid.cell(ABRAMOV)).to_have_text("5")
    assert last_entry(node)[0] == 5

    grid.cell(ABRAMOV).click()
    grid.press("3", "Enter")
    expect(asked.get_by_role("textbox")).to_be_focused()
    page.keyboard.insert_text("переписал работу")
    grid.press("Enter")
    expect(grid.cell(ABRAMOV)).to_have_attribute("data-state", "here")
    expect(grid.cell(ABRAMOV)).to_have_text("3")
    assert last_entry(node) == (3, "переписал работу")


def test_decided_mark_is_changed_in_the_lesson_with_a_reason_only(
    node: SampleNode, port: int, page: Page
) -> None:
    decided(node)
    desk = lesson_desk.opened(node, port, page)

    desk.mark(ABRAMOV).focus()
    desk.press("3")
    asked = page.get_by_role("dialog")
    expect(asked.get_by_role("textbox")).to_be_focused()
    desk.press("Escape")
    expect(desk.mark(ABRAMOV)).to_have_value("5")
    assert last_entry(node)[0] == 5

    desk.mark(ABRAMOV).focus()
    desk.press("3")
    expect(asked.get_by_role("textbox")).to_be_focused()
    page.keyboard.insert_text("переписал работу")
    desk.press("Enter")
    expect(asked).to_have_count(0)
    desk.settle()
    assert last_entry(node) == (3, "переписал работу")
