"""The journal sheet by keyboard, in a real browser."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from sync.documents import entry, identifiers
from tests.support import sheet_grid
from tests.support.sample_node import SampleNode
from tests.support.sample_school import ABRAMOV, LESSON_1, MATH_5A, YOLKINA, ZHUKOV
from tests.support.sheet_grid import Grid

pytestmark = pytest.mark.browser

CELL_URL = re.compile(r"/journal/\w+/cell\?term=\w+$")


def entries_of(node: SampleNode, doc_id: str) -> list[Any]:
    leaf = node.store.get(doc_id)
    return [] if leaf is None else entry.entries_of(leaf.value)


def test_marks_are_typed_down_a_column_with_enter(grid: Grid) -> None:
    grid.press("5", "Enter", "4", "Enter", "3", "Enter")

    for student, mark in ((ABRAMOV, "5"), (YOLKINA, "4"), (ZHUKOV, "3")):
        expect(grid.cell(student)).to_have_text(mark)
        expect(grid.cell(student)).to_have_attribute("data-state", "here")
    assert grid.saved_marks() == {ABRAMOV: 5, YOLKINA: 4, ZHUKOV: 3}


def test_arrows_and_long_ways_move_and_save(grid: Grid) -> None:
    grid.press("5", "ArrowDown", "4", "ArrowRight")
    assert grid.here().startswith("Ёлкина Дарья, 14 октября, 2-й урок за день")
    grid.press("Home")
    assert grid.here().startswith("Ёлкина Дарья, 1 сентября")
    grid.press("Control+End", "Control+Home", "PageDown")
    assert grid.here().startswith("Константинопольская Александра, 1 сентября")
    grid.press("PageUp")
    assert grid.here().startswith("Абрамов Пётр, 1 сентября")

    expect(grid.cell(YOLKINA)).to_have_attribute("data-state", "here")
    assert grid.saved_marks() == {ABRAMOV: 5, YOLKINA: 4}


def test_tab_saves_and_leaves_the_sheet(grid: Grid) -> None:
    grid.press("5", "Tab")

    expect(grid.cell(ABRAMOV)).to_have_attribute("data-state", "here")
    assert not grid.page.evaluate(
        "document.getElementById('sheet').contains(document.activeElement)"
    )


def test_sheet_is_one_tab_stop_and_its_heads_are_reached_with_arrows(grid: Grid) -> None:
    stops = grid.page.locator("#sheet :is(a[href], [tabindex]):not([tabindex='-1'])")
    expect(stops).to_have_count(1)

    grid.press("ArrowUp")

    expect(stops).to_have_count(1)
    assert grid.page.evaluate("document.activeElement.closest('th').dataset.key") == (
        "2026-10-14:1:1"
    )
    grid.press("Enter")
    grid.page.wait_for_url(f"**/lesson/{MATH_5A}/2026-10-14/1")


def test_typed_mark_is_there_before_it_is_saved(grid: Grid) -> None:
    held: list[Route] = []
    grid.page.route(CELL_URL, lambda route: held.append(route))

    grid.press("5", "Enter")

    expect(grid.cell(ABRAMOV)).to_have_text("5")
    expect(grid.cell(ABRAMOV)).to_have_attribute("data-state", "saving")
    assert grid.saved_marks() == {}
    held[0].continue_()
    expect(grid.cell(ABRAMOV)).to_have_attribute("data-state", "here")


@pytest.mark.parametrize(
    ("latin", "russian", "code", "shown", "presence"),
    [("y", "н", "KeyY", "Н", "absent"), ("j", "о", "KeyJ", "ОП", "late")],
)
def test_absence_letters_are_found_in_either_layout(
    grid: Grid, latin: str, russian: str, code: str, shown: str, presence: str
) -> None:
    grid.press(latin, "ArrowDown")
    grid.press_in_russian_layout(russian, code)
    grid.press("ArrowDown")

    expect(grid.cell(ABRAMOV)).to_have_text(shown)
    expect(grid.cell(YOLKINA)).to_have_text(shown)
    expect(grid.cell(YOLKINA)).to_have_attribute("data-state", "here")
    expect(grid.cell(ABRAMOV)).to_have_attribute("data-state", "here")
    assert grid.saved_absences() == {ABRAMOV: presence, YOLKINA: presence}


@pytest.mark.parametrize(
    ("key", "code"), [(".", "Slash"), (",", "Slash"), (".", "Period"), ("Delete", "NumpadDecimal")]
)
def test_point_of_every_keyboard_is_a_debt(grid: Grid, key: str, code: str) -> None:
    # The number pad names its key differently with Num Lock and layout; its place is the same.
    grid.press_in_russian_layout("." if key == "Delete" else key, code)
    grid.press("Enter")

    expect(grid.cell(ABRAMOV)).to_have_attribute("data-state", "here")
    assert grid.saved_marks() == {ABRAMOV: "debt"}


def test_first_letter_of_a_word_is_enough(grid: Grid) -> None:
    grid.press("p", "Enter")

    expect(grid.cell(ABRAMOV)).to_have_text("зач")
    expect(grid.cell(ABRAMOV)).to_have_attribute("data-state", "here")
    assert grid.saved_marks() == {ABRAMOV: "pass"}


def test_late_and_a_mark_share_a_cell(grid: Grid) -> None:
    grid.press("j", "4", "Enter")

    expect(grid.cell(ABRAMOV)).to_have_text("ОП/4")
    expect(grid.cell(ABRAMOV)).to_have_attribute("data-state", "here")
    assert (grid.saved_marks(), grid.saved_absences()) == ({ABRAMOV: 4}, {ABRAMOV: "late"})


def test_digit_after_a_digit_corrects_it(grid: Grid) -> None:
    grid.press("2", "5", "Enter")

    expect(grid.cell(ABRAMOV)).to_have_attribute("data-state", "here")
    assert grid.saved_marks() == {ABRAMOV: 5}
    assert len(entries_of(grid.node, identifiers.mark_id(LESSON_1, ABRAMOV))) == 1


def test_escape_takes_back_what_is_only_half_typed(grid: Grid) -> None:
    asked: list[str] = []
    grid.page.on("request", lambda request: asked.append(request.url))

    grid.press("5", "Escape", "ArrowDown")

    expect(grid.cell(ABRAMOV)).to_have_text("")
    assert not [url for url in asked if CELL_URL.search(url)]


def test_delete_takes_back_all_and_backspace_the_mark(grid: Grid) -> None:
    grid.press("j", "4", "ArrowDown", "j", "5", "ArrowUp")
    expect(grid.cell(YOLKINA)).to_have_attribute("data-state", "here")
    expect(grid.cell(ABRAMOV)).to_have_attribute("data-state", "here")

    grid.press("Delete", "ArrowDown", "Backspace")

    expect(grid.cell(ABRAMOV)).to_have_text("")
    expect(grid.cell(YOLKINA)).to_have_text("ОП")
    expect(grid.cell(ABRAMOV)).to_have_attribute("data-state", "here")
    expect(grid.cell(YOLKINA)).to_have_attribute("data-state", "here")
    assert grid.saved_marks() == {ABRAMOV: None, YOLKINA: None}
    assert grid.saved_absences() == {ABRAMOV: None, YOLKINA: "late"}


def test_key_that_is_no_mark_says_what_may_be_typed(grid: Grid) -> None:
    grid.press("7")

    expect(grid.said).to_contain_text("«7» здесь поставить нельзя")
    expect(grid.said).to_contain_text("5 4 3 2 зач незач осв . Н")
    expect(grid.cell(ABRAMOV)).to_have_text("")


def test_closed_cell_says_why_and_takes_nothing(grid: Grid) -> None:
    grid.press("ArrowRight", "ArrowRight", "5")

    expect(grid.said).to_have_text("Этого урока ещё не было.")
    assert grid.here() == "Абрамов Пётр, 16 октября, пусто, закрыто"
    assert grid.page.evaluate("document.activeElement.getAttribute('aria-readonly')") == "true"


def test_averages_follow_a_save(grid: Grid) -> None:
    figures = grid.page.locator(f"tr[data-student={ABRAMOV}] td.sheet-total")

    grid.press("5", "ArrowRight", "4", "ArrowRight")

    expect(figures).to_have_text(["4,50", "4,50", "", ""])


def test_cell_is_named_with_student_day_mark_and_state(grid: Grid) -> None:
    grid.press("4", "Enter")
    expect(grid.cell(ABRAMOV)).to_have_attribute("data-state", "here")

    grid.press("ArrowUp")

    assert (
        grid.here() == "Абрамов Пётр, 14 октября, 1-й урок за день, отметка 4, на этом компьютере"
    )


def test_rest_in_typing_saves_by_itself(node: SampleNode, port: int, page: Page) -> None:
    page.clock.install()
    grid = sheet_grid.opened(node, port, page, MATH_5A)

    grid.press("5")
    page.clock.run_for(2_000)

    expect(grid.cell(ABRAMOV)).to_have_attribute("data-state", "here")
    expect(grid.cell(ABRAMOV)).to_be_focused()
