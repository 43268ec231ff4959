"""A teacher at the page of a lesson, over HTTP: as the page's module saves, and with its form."""

from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sync.documents.identifiers import LessonKey
from tests.support import sample_school as school
from tests.support.sample_node import SampleNode, csrf_token

NO_TOPIC = {"topic": None, "plan_topic": None}


def address(lesson: LessonKey) -> str:
    """Return the address of a lesson's page."""
    return f"/lesson/{lesson.group}/{lesson.date.isoformat()}/{lesson.ordinal}"


class Keeper:
    """Keeps one lesson in a browser without JavaScript."""

    def __init__(self, node: SampleNode, login: str, lesson: LessonKey = school.LESSON_1) -> None:
        self.node = node
        self.lesson = lesson
        self.client: FlaskClient = node.client(login)
        self.saves = 0
        self._csrf = csrf_token(self.page())

    def page(self) -> str:
        """Return the page."""
        return self.client.get(address(self.lesson)).text

    def save(
        self, field: str, value: Any, seen: dict[str, Any], token: str | None = None
    ) -> TestResponse:
        """Save one field as the page's module does."""
        self.saves += 1
        body = {"field": field, "value": value, "seen": seen}
        return self.post(body | {"token": token or f"token-{self.saves:04}"})

    def post(self, body: Any) -> TestResponse:
        """Send any body to where fields are saved."""
        headers = {"X-CSRFToken": self._csrf}
        return self.client.post(f"{address(self.lesson)}/save", json=body, headers=headers)

    def told(self) -> dict[str, Any]:
        """Return everything the page's module is told."""
        return dict(self.client.get(f"{address(self.lesson)}/fields").json)

    def fields(self) -> dict[str, Any]:
        """Return the fields as they are now."""
        return dict(self.told()["fields"])

    def post_form(self, do: str = "save", **typed: str) -> TestResponse:
        """Send the page's own form with some fields typed into; ``mark__st1__1`` is mark:st1:1."""
        form = form_of(self.page()) | {name.replace("__", ":"): one for name, one in typed.items()}
        return self.client.post(address(self.lesson), data=form | {"do": do})


class _FormReader(HTMLParser):
    """Collects what a browser would send of the form ``lesson``, without its buttons."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self._inside = False
        self._open = ""  # the textarea or select that is being read

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if told.get("id") == "lesson":
            self._inside = True
        name = told.get("name") or ""
        if not self._inside:
            return
        if tag == "input":
            self.found[name] = told.get("value") or ""
        elif tag in ("textarea", "select"):
            self._open = name
            self.found[name] = ""
        elif tag == "option" and "selected" in told:
            self.found[self._open] = told.get("value") or ""

    def handle_data(self, data: str) -> None:
        if self._open == "homework":
            self.found["homework"] += data

    def handle_endtag(self, tag: str) -> None:
        if tag in ("textarea", "select"):
            self._open = ""
        if tag == "form":
            self._inside = False


def form_of(page: str) -> dict[str, str]:
    """Return what a browser would send of the lesson's form."""
    reader = _FormReader()
    reader.feed(page)
    return reader.found


def document(node: SampleNode, doc_id: str) -> dict[str, Any]:
    """Return the value of a stored document."""
    leaf = node.store.get(doc_id)
    if leaf is None:
        raise AssertionError(f"{doc_id} is not stored")
    return leaf.value
