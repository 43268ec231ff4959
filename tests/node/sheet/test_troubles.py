"""The journal sheet in a browser when something goes wrong, and what becomes of an entry."""

import re
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from sync.documents import entry, identifiers
from sync.documents.identifiers import LessonKey
from sync.store.entry_states import State
from tests.support import crowded_class, sample_school, two_values
from tests.support.browser import assert_accessible
from tests.support.sample_node import SampleNode
from tests.support.sample_school import ABRAMOV, DAY, LESSON_1, MATH_5A, YOLKINA, ZHUKOV
from tests.support.sheet_client import answer_of_central
from tests.support.sheet_grid import Grid

pytestmark = pytest.mark.browser

CELL_URL = re.compile(r"/journal/\w+/cell\?term=\w+$")


def entries_of(node: SampleNode, doc_id: str) -> list[Any]:
    leaf = node.store.get(doc_id)
    return [] if leaf is None else entry.entries_of(leaf.value)


def test_save_whose_answer_was_lost_is_one_entry(grid: Grid) -> None:
    lost: list[int] = []

    def lose_first_answer(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    grid.page.route(CELL_URL, lose_first_answer)

    grid.press("5", "Enter")

    expect(grid.cell(ABRAMOV)).to_have_attribute("data-state", "here")
    assert lost == [200]
    written = entries_of(grid.node, identifiers.mark_id(LESSON_1, ABRAMOV))
    assert [one["field"] for one in written].count("value") == 1
    expect(grid.said).to_have_text("")


def test_nothing_is_lost_while_the_program_does_not_answer(grid: Grid) -> None:
    grid.page.route(CELL_URL, lambda route: route.abort())
    grid.press("5", "Enter", "j", "Enter")
    expect(grid.said).to_contain_text("Программа не отвечает")
    expect(grid.cell(ABRAMOV)).to_have_text("5")

    # The page is opened anew, and the program is there again.
    grid.page.unroute(CELL_URL)
    grid.page.reload()

    expect(grid.cell(ABRAMOV)).to_have_text("5")
    expect(grid.cell(YOLKINA)).to_have_text("ОП")
    expect(grid.cell(ABRAMOV)).to_have_attribute("data-state", "here")
    expect(grid.cell(YOLKINA)).to_have_attribute("data-state", "here")
    assert (grid.saved_marks(), grid.saved_absences()) == ({ABRAMOV: 5}, {YOLKINA: "late"})


def test_half_typed_mark_is_saved_when_the_page_is_left(grid: Grid) -> None:
    grid.press("5")

    grid.page.locator(".nav a").first.click()
    grid.page.wait_for_url(re.compile("/$"))
    grid.page.go_back()

    expect(grid.cell(ABRAMOV)).to_have_text("5")
    expect(grid.cell(ABRAMOV)).to_have_attribute("data-state", "here")
    assert grid.saved_marks() == {ABRAMOV: 5}


def test_refused_cell_keeps_what_was_typed_and_says_why(grid: Grid) -> None:
    sample_school.put(
        grid.node.store,
        "lock:lk1",
        classes=[sample_school.CLASS_5A],
        until="2026-10-14",
        locked_at="2026-10-14T06:00:00Z",
        reason=None,
    )

    grid.press("5", "Enter")

    refused = grid.cell(ABRAMOV)
    expect(refused).to_have_attribute("data-state", "refused")
    expect(refused).to_have_attribute("aria-invalid", "true")
    expect(refused).to_have_text("5")
    expect(grid.said).to_contain_text("закрыт")
    expect(grid.said).to_contain_text("Абрамов Пётр")
    grid.press("ArrowUp", "Escape")
    expect(refused).to_have_text("")
    expect(refused).not_to_have_attribute("data-state", "refused")


def test_change_by_somebody_else_shows_both_and_enter_insists(grid: Grid) -> None:
    journal = grid.node.node.journal
    journal.record_mark(sample_school.SOKOLOVA, LESSON_1, ABRAMOV, 4, seen=None, token="elsewhere")

    grid.press("5", "Enter")

    both = grid.cell(ABRAMOV)
    expect(both).to_have_text("4≠5")
    expect(grid.said).to_contain_text("Соколова А. М.")
    assert grid.saved_marks() == {ABRAMOV: 4}
    grid.press("ArrowUp")
    assert "изменено другим: 4, набрано: 5" in grid.here()
    grid.press("Enter")
    expect(both).to_have_text("5")
    expect(both).to_have_attribute("data-state", "here")
    assert grid.saved_marks() == {ABRAMOV: 5}


def test_change_by_somebody_else_stays_after_escape(grid: Grid) -> None:
    journal = grid.node.node.journal
    journal.record_mark(sample_school.SOKOLOVA, LESSON_1, ABRAMOV, 4, seen=None, token="elsewhere")

    grid.press("5", "Enter", "ArrowUp")
    expect(grid.cell(ABRAMOV)).to_have_text("4≠5")
    grid.press("Escape")

    expect(grid.cell(ABRAMOV)).to_have_text("4")
    assert grid.saved_marks() == {ABRAMOV: 4}


def test_state_moves_to_the_server_when_receipts_arrive(grid: Grid) -> None:
    grid.press("5", "Enter")
    expect(grid.cell(ABRAMOV)).to_have_attribute("data-state", "here")

    answer_of_central(grid.node, State.ACCEPTED)

    expect(grid.cell(ABRAMOV)).not_to_have_attribute("data-state", re.compile("."))
    grid.press("ArrowUp")
    assert grid.here().endswith("отметка 5, на сервере")


def test_entry_put_aside_by_the_server_is_said_at_the_cell(grid: Grid) -> None:
    grid.press("5", "Enter")
    expect(grid.cell(ABRAMOV)).to_have_attribute("data-state", "here")

    answer_of_central(grid.node, State.QUARANTINED, "not_your_lesson")

    expect(grid.cell(ABRAMOV)).to_have_attribute("data-state", "refused")
    grid.press("ArrowUp")
    expect(grid.said).to_contain_text("Сервер не принял эту запись. Это не ваш урок")


def test_state_from_before_is_followed_after_a_reload(grid: Grid) -> None:
    grid.press("5", "Enter")
    expect(grid.cell(ABRAMOV)).to_have_attribute("data-state", "here")
    grid.page.reload()
    expect(grid.cell(ABRAMOV)).to_have_attribute("data-state", "here")

    answer_of_central(grid.node, State.ACCEPTED)

    expect(grid.cell(ABRAMOV)).not_to_have_attribute("data-state", re.compile("."))


# ------------------------------------------------------------------------------------------ blocks


def paste(grid: Grid, text: str) -> None:
    grid.page.evaluate(
        "text => { const data = new DataTransfer(); data.setData('text/plain', text);"
        " document.activeElement.dispatchEvent("
        "new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true})); }",
        text,
    )


def test_block_of_a_spreadsheet_is_put_in_and_what_cannot_stand_is_listed(grid: Grid) -> None:
    paste(grid, "5\t4\r\nн\t\r\n7\tОП/3\r\nпять\t2\t5\r\n")

    left_out = grid.page.locator("#sheet-list li")
    expect(left_out).to_have_count(3)
    expect(left_out.filter(has_text="Жуков Сергей")).to_contain_text("«7»")
    expect(left_out.filter(has_text="Иванов Иван (Андреевич), 14")).to_contain_text("«пять»")
    expect(left_out.filter(has_text="16 октября")).to_contain_text("Этого урока ещё не было")
    expect(grid.cell(ZHUKOV)).to_have_text("")
    expect(grid.page.locator("td[data-state=saving]")).to_have_count(0)
    expect(grid.said).to_have_text("Вставлено из буфера: 5")
    second = LessonKey(MATH_5A, DAY, 2)
    assert grid.saved_marks() == {ABRAMOV: 5}
    assert grid.saved_absences() == {YOLKINA: "absent"}
    assert grid.saved_marks(second) == {ABRAMOV: 4, ZHUKOV: 3, sample_school.IVANOV_A: 2}
    assert_accessible(grid.page)


def test_whole_column_is_put_in_at_once(crowd: Grid) -> None:
    paste(crowd, "\n".join("5432"[number % 4] for number in range(34)))

    expect(crowd.page.locator("td[data-state=saving]")).to_have_count(0)
    expect(crowd.page.locator("#sheet-list")).to_be_hidden()
    lesson = LessonKey(crowded_class.GROUP, DAY, 1)
    assert len(crowd.saved_marks(lesson)) == 34


def test_open_sheet_learns_of_a_dispute_and_its_decision_by_itself(grid: Grid) -> None:
    mark = identifiers.mark_id(LESSON_1, YOLKINA)
    grid.page.clock.install()
    grid.page.reload()
    expect(grid.cell(YOLKINA)).to_have_text("")
    for author, value in ((sample_school.SOKOLOVA, 4), (sample_school.YOLKIN, 5)):
        two_values.elsewhere(grid.node, mark, {"value": value}, author=author)

    grid.page.clock.run_for(16_000)

    expect(grid.cell(YOLKINA)).to_have_class(re.compile("is-disputed"))
    two_values.decide(grid.node, mark, "value", 5)
    grid.page.clock.run_for(16_000)

    expect(grid.cell(YOLKINA)).not_to_have_class(re.compile("is-disputed"))
    expect(grid.cell(YOLKINA)).to_have_text("5")
