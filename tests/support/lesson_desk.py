"""The page of a lesson as it is open in a real browser, and its keyboard."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, expect

from sync.documents import identifiers
from sync.documents.identifiers import LessonKey
from tests.support import sample_school as school
from tests.support.sample_node import PASSWORD, SampleNode
from tests.support.sheet_grid import sign_in

#: What the keys of these letters give in the Russian layout: the key's place on the keyboard.
_CODES = {
    **{russian: f"Key{latin}" for russian, latin in zip("йцукенгшщз", "QWERTYUIOP", strict=True)},
    **{russian: f"Key{latin}" for russian, latin in zip("фывапролд", "ASDFGHJKL", strict=True)},
    **{russian: f"Key{latin}" for russian, latin in zip("ячсмить", "ZXCVBNM", strict=True)},
    "х": "BracketLeft",
    "ъ": "BracketRight",
    "ж": "Semicolon",
    "э": "Quote",
    "б": "Comma",
    "ю": "Period",
}


@dataclass
class LessonDesk:
    """One lesson, open in a browser."""

    node: SampleNode
    page: Page
    lesson: LessonKey

    def field(self, name: str) -> Locator:
        """Return the input of a field."""
        return self.page.locator(f'[name="{name}"]')

    def mark(self, student: str, column: str = "1") -> Locator:
        """Return the cell of a mark."""
        return self.field(f"mark:{student}:{column}")

    def presence(self, student: str) -> Locator:
        """Return the cell of a presence."""
        return self.field(f"presence:{student}")

    def sign_of(self, name: str) -> Locator:
        """Return the sign that says what became of a field."""
        return self.page.locator(f'[data-field="{name}"] .save-state')

    @property
    def words(self) -> Locator:
        """Return the line that says what happens."""
        return self.page.locator("#save-words")

    def press(self, *keys: str) -> None:
        """Press keys one after the other, as in the Latin layout."""
        for key in keys:
            self.page.keyboard.press(key)

    def type_russian(self, letters: str) -> None:
        """Type letters as a keyboard in the Russian layout does, with their key events."""
        session = self.page.context.new_cdp_session(self.page)
        for letter in letters:
            key = {"key": letter, "code": _CODES[letter.lower()], "text": letter}
            session.send("Input.dispatchKeyEvent", {"type": "keyDown", **key})
            session.send("Input.dispatchKeyEvent", {"type": "keyUp", **key})
        session.detach()

    def settle(self) -> None:
        """Wait until nothing that was typed is unsaved."""
        self.page.wait_for_function(
            "() => !Object.keys(sessionStorage).some(key => key.startsWith('drafts:outbox'))"
        )

    def document(self, doc_id: str) -> dict[str, Any]:
        """Return the value of a stored document; {} if there is none."""
        leaf = self.node.store.get(doc_id)
        return {} if leaf is None else leaf.value

    def kept(self) -> dict[str, Any]:
        """Return the lesson's document."""
        return self.document(identifiers.lesson_id(self.lesson))

    def kept_mark(self, student: str, column: str = "1") -> Any:
        """Return the stored value of a mark."""
        return self.document(identifiers.mark_id(self.lesson, student, column)).get("value")

    def kept_presence(self, student: str) -> Any:
        """Return the stored presence of a student."""
        return self.document(identifiers.absence_id(self.lesson, student)).get("presence")


def opened(
    node: SampleNode, port: int, page: Page, lesson: LessonKey = school.LESSON_1
) -> LessonDesk:
    """Open a lesson as Соколова."""
    sign_in(node, page, port)
    page.goto(
        f"http://127.0.0.1:{port}/lesson/{lesson.group}/{lesson.date}/{lesson.ordinal}",
        wait_until="networkidle",
    )
    expect(page.locator("form.lesson.is-scripted")).to_be_visible()
    return LessonDesk(node, page, lesson)


def sign_in_by_keyboard(page: Page, port: int, login: str = "sokolova") -> None:
    """Sign in without touching the mouse."""
    page.goto(f"http://127.0.0.1:{port}/")
    expect(page.locator("[name=login]")).to_be_focused()
    page.keyboard.type(login)
    page.keyboard.press("Tab")
    page.keyboard.insert_text(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Сегодня")
