"""The journal sheet in a real browser: by keyboard, by touch, with a network that fails."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, Route, expect

from sync.documents import entry, identifiers
from sync.documents.identifiers import LessonKey
from sync.entries.door import Maker
from sync.projections import absences, entry_index, marks
from sync.store import entry_states
from sync.store.document_store import DocumentStore
from sync.store.entry_states import EntryKey, EntryState, State
from tests.support import crowded_class, sample_node, sample_school, served
from tests.support.browser import PageFactory, assert_accessible
from tests.support.sample_node import SampleNode
from tests.support.sample_school import ABRAMOV, DAY, LESSON_1, MATH_5A, YOLKINA, ZHUKOV

pytestmark = pytest.mark.browser

CELL_URL = re.compile(r"/journal/\w+/cell\?term=\w+$")
TABLET = {"viewport": {"width": 1024, "height": 768}, "has_touch": True, "is_mobile": True}


@dataclass
class Grid:
    """The sheet as it is open in a browser."""

    node: SampleNode
    page: Page

    def cell(self, student: str, lesson: LessonKey = LESSON_1, column: str = "1") -> Locator:
        """Return the cell of a student in a column."""
        key = f"{lesson.date}:{lesson.ordinal}:{column}"
        index = self.page.evaluate(
            "key => [...document.querySelectorAll('th[data-key]')]"
            ".findIndex(head => head.dataset.key === key)",
            key,
        )
        return self.page.locator(f"tr[data-student={student}] td").nth(index + 1)

    def press(self, *keys: str) -> None:
        """Press keys one after the other, as in a Latin layout."""
        for key in keys:
            self.page.keyboard.press(key)

    def press_in_russian_layout(self, key: str, code: str) -> None:
        """Press a key that gives a Cyrillic letter, which no keyboard of Playwright has."""
        self.page.evaluate(
            "([key, code]) => document.activeElement.dispatchEvent("
            "new KeyboardEvent('keydown', {key, code, bubbles: true, cancelable: true}))",
            [key, code],
        )

    def saved_marks(self, lesson: LessonKey = LESSON_1) -> dict[str, int | str | None]:
        """Return the marks that are in the store, by student."""
        connection = self.node.store.database.read()
        found = marks.marks_of_group(connection, lesson.group, lesson.date, lesson.date)
        return {one.student: one.value for one in found if one.lesson == lesson}

    def saved_absences(self) -> dict[str, str | None]:
        """Return the presences of the first lesson that are in the store, by student."""
        connection = self.node.store.database.read()
        found = absences.absences_of_group(connection, MATH_5A, DAY, DAY)
        return {one.student: one.presence for one in found if one.lesson == LESSON_1}

    @property
    def said(self) -> Locator:
        """Return the line that speaks."""
        return self.page.locator("#sheet-say")

    def here(self) -> str:
        """Return the accessible name of the focused element."""
        return str(self.page.evaluate("document.activeElement.getAttribute('aria-label')"))


def sign_in(node: SampleNode, page: Page, port: int) -> None:
    """Give the browser the cookie of somebody who has just signed in."""
    name = node.app.config["SESSION_COOKIE_NAME"]
    cookie = node.client("sokolova").get_cookie(name)
    assert cookie is not None
    url = f"http://127.0.0.1:{port}/"
    page.context.add_cookies([{"name": name, "value": cookie.value, "url": url}])


@pytest.fixture
def port(node: SampleNode) -> Iterator[int]:
    with served.serve(node.app) as number:
        yield number


@pytest.fixture
def grid(node: SampleNode, port: int, page: Page) -> Grid:
    """The sheet of 5А, with the focus on the first student in the first lesson of the day."""
    return opened(node, port, page, MATH_5A)


def opened(node: SampleNode, port: int, page: Page, group: str) -> Grid:
    sign_in(node, page, port)
    page.goto(f"http://127.0.0.1:{port}/journal/{group}")
    expect(page.locator("#sheet td[tabindex='0']")).to_be_focused()
    return Grid(node, page)


@pytest.fixture(scope="session")
def provisioned_crowd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the crowded class and its term; to be copied, not used."""
    folder = tmp_path_factory.mktemp("crowd")

    def school(store: DocumentStore) -> None:
        sample_school.fill(store, for_node=True)
        crowded_class.add(store)
        maker = Maker(sample_node.IDENTITY.node, sample_node.IDENTITY.entry_key)
        crowded_class.live_through(store, maker, DAY)

    sample_node.provision(folder, school=school)
    return folder


@pytest.fixture
def crowd(provisioned_crowd: Path, tmp_path: Path, page: Page) -> Iterator[Grid]:
    """The sheet of 35 students and 66 columns."""
    folder = tmp_path / "crowd"
    shutil.copytree(provisioned_crowd, folder)
    with sample_node.opened(folder) as node, served.serve(node.app) as number:
        page.set_viewport_size({"width": 1366, "height": 768})
        yield opened(node, number, page, crowded_class.GROUP)


def receipts(node: SampleNode, state: State, code: str | None = None) -> None:
    """Central answers for everything that waits for its word."""
    own = sample_node.IDENTITY.node
    waiting = entry_index.pending(node.store.database.read(), own, 1000)
    at = entry.instant_text(node.clock.now())
    with node.store.transaction() as tx:
        keys = [EntryKey(own, one.epoch, one.seq, one.digest) for one in waiting]
        entry_states.set_states(tx, [EntryState(key, state, code, at) for key in keys])


def entries_of(node: SampleNode, doc_id: str) -> list[Any]:
    leaf = node.store.get(doc_id)
    return [] if leaf is None else entry.entries_of(leaf.value)


# ---------------------------------------------------------------------------------------- keyboard


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
    assert len(entries_of(grid.node, identifiers.mark_id(LESSON_1, ABRAMOV))) == 3  # with weight


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
    grid = opened(node, port, page, MATH_5A)

    grid.press("5")
    page.clock.run_for(2_000)

    expect(grid.cell(ABRAMOV)).to_have_attribute("data-state", "here")
    expect(grid.cell(ABRAMOV)).to_be_focused()


# ------------------------------------------------------------------------ when something goes wrong


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

    receipts(grid.node, State.ACCEPTED)

    expect(grid.cell(ABRAMOV)).not_to_have_attribute("data-state", re.compile("."))
    grid.press("ArrowUp")
    assert grid.here().endswith("отметка 5, на сервере")


def test_entry_put_aside_by_the_server_is_said_at_the_cell(grid: Grid) -> None:
    grid.press("5", "Enter")
    expect(grid.cell(ABRAMOV)).to_have_attribute("data-state", "here")

    receipts(grid.node, State.QUARANTINED, "not_your_lesson")

    expect(grid.cell(ABRAMOV)).to_have_attribute("data-state", "refused")
    grid.press("ArrowUp")
    expect(grid.said).to_contain_text("Сервер отложил эту запись")


def test_state_from_before_is_followed_after_a_reload(grid: Grid) -> None:
    grid.press("5", "Enter")
    expect(grid.cell(ABRAMOV)).to_have_attribute("data-state", "here")
    grid.page.reload()
    expect(grid.cell(ABRAMOV)).to_have_attribute("data-state", "here")

    receipts(grid.node, State.ACCEPTED)

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


# ------------------------------------------------------------------------------------------ detail


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


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_sheet_is_accessible_and_has_strong_contrast(crowd: Grid, scheme: str) -> None:
    crowd.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]

    assert_accessible(crowd.page)
    rule = {"runOnly": {"type": "rule", "values": ["color-contrast-enhanced"]}}
    found = Axe().run(crowd.page, context="#sheet", options=rule).response["violations"]
    assert [node["html"] for one in found for node in one["nodes"]][:5] == []


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
    grid = opened(node, port, page_factory(**TABLET), MATH_5A)
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
