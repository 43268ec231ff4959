"""The journal sheet as it is open in a real browser."""

from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from sync.documents.identifiers import LessonKey
from sync.projections import absences, marks
from tests.support.sample_node import SampleNode
from tests.support.sample_school import DAY, LESSON_1, MATH_5A


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


def opened(node: SampleNode, port: int, page: Page, group: str) -> Grid:
    sign_in(node, page, port)
    page.goto(f"http://127.0.0.1:{port}/journal/{group}")
    expect(page.locator("#sheet td[tabindex='0']")).to_be_focused()
    return Grid(node, page)


def sign_in(node: SampleNode, page: Page, port: int) -> None:
    """Give the browser the cookie of somebody who has just signed in."""
    name = node.app.config["SESSION_COOKIE_NAME"]
    cookie = node.client("sokolova").get_cookie(name)
    assert cookie is not None
    url = f"http://127.0.0.1:{port}/"
    page.context.add_cookies([{"name": name, "value": cookie.value, "url": url}])
