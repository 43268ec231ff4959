"""What people do at the pages: sign in, choose a password, keep a lesson, read the diary."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from demonstration.pages import Browser, Element, Page, PageRefused, shortened

SIGN_IN, PASSWORD = "/sign-in", "/password"


def sign_in(browser: Browser, login: str, password: str) -> Page:
    """Sign in and return the page it leads to.

    Raises:
        PageRefused: the form came back; the text says what it said.
    """
    page = browser.submit(browser.open(SIGN_IN), SIGN_IN, {"login": login, "password": password})
    if page.path == SIGN_IN or page.status >= 400:
        raise PageRefused(f"{page.url}: {page.status}\n{_notices(page)}")
    return page


def first_sign_in(browser: Browser, login: str, one_time: str, own: str) -> Page:
    """Sign in with the password on the paper, choose an own one, and return the first page.

    Raises:
        PageRefused: a form came back, or no own password was asked for.
    """
    page = sign_in(browser, login, one_time)
    if page.path != PASSWORD:
        raise PageRefused(f"{page.url}: an own password should have been asked for")
    elsewhere = browser.open("/")
    if elsewhere.path != PASSWORD:
        raise PageRefused(f"{elsewhere.url}: open before an own password was chosen")
    page = browser.submit(page, PASSWORD, {"old": one_time, "new": own, "repeated": own})
    if page.path == PASSWORD or page.status >= 400:
        raise PageRefused(f"{page.url}: {page.status}\n{_notices(page)}")
    return page


@dataclass(frozen=True)
class Field:
    """A field of a lesson's page: its text, what a save of it must have seen, and its state."""

    text: str
    seen: Mapping[str, Any]
    state: str


class LessonVisit:
    """A teacher at the page of one lesson, saving field by field as the page's module does."""

    def __init__(self, browser: Browser, path: str) -> None:
        """Open the page.

        Raises:
            PageRefused: it is not there or not the teacher's.
        """
        self._browser = browser
        self._path = path
        self.page = browser.open(path)
        if self.page.status != 200:
            raise PageRefused(f"{self.page.url}: {self.page.status}\n{_notices(self.page)}")

    def students(self) -> dict[str, str]:
        """Return the class list: ids and names, in the order of the page."""
        found = {}
        for row in self.page.root.find_all("tr", data_student=None):
            head = row.find("th")
            name = "" if head is None else _own_text(head)
            found[row.attributes["data-student"]] = name
        return found

    def offered_topic(self) -> str:
        """Return the id of the topic that the plan offers.

        Raises:
            PageRefused: the plan offers none.
        """
        offer = self.page.root.find(data_offer="topic")
        topic = "" if offer is None else offer.attributes.get("data-topic", "")
        if not topic:
            raise PageRefused(f"{self.page.url}: no topic is offered")
        return topic

    def fields(self) -> dict[str, Field]:
        """Return all fields as they are now."""
        said = self._browser.get_json(self.page, f"{self._path}/fields")
        return {
            name: Field(one["text"], one["seen"], one["state"])
            for name, one in said["fields"].items()
        }

    def save(self, name: str, value: Any, token: str) -> None:
        """Save one field as it was typed.

        Raises:
            PageRefused: it was not saved.
        """
        shown = "topic" if name == "plan_topic" else name
        seen = dict(self.fields()[shown].seen)
        wish = {"field": name, "value": value, "seen": seen, "token": token}
        self._browser.send_json(self.page, f"{self._path}/save", wish)


@dataclass(frozen=True)
class DiaryLesson:
    """What a guardian reads about a lesson."""

    subject: str
    topic: str
    homework: str
    marks: str
    whole: str


def week(browser: Browser) -> list[DiaryLesson]:
    """Return the lessons of today as the diary's week shows them.

    Raises:
        PageRefused: the guardian sees no week.
    """
    page = browser.open("/")
    today = page.root.find("section", id="today")
    if page.status != 200 or today is None:
        raise PageRefused(f"{page.url}: {page.status}, no today\n{shortened(page.text)}")
    return [_diary_lesson(one) for one in today.find_all("li", class_="lesson")]


def _diary_lesson(line: Element) -> DiaryLesson:
    def text(name: str) -> str:
        found = line.find(class_=name)
        return "" if found is None else found.text

    given = [one.text for one in line.find_all(class_="homework")]
    return DiaryLesson(
        text("lesson-subject"),
        text("lesson-topic"),
        " ".join(given),
        text("lesson-marks"),
        line.text,
    )


def told_by(lines: Sequence[DiaryLesson]) -> str:
    """Return what a day's lessons say, for a message."""
    return "\n".join(f"    {one.whole}" for one in lines) or "    nothing"


def described(fields: Mapping[str, Field]) -> str:
    """Return fields with their states, for a message."""
    told = {name: [one.text, one.state] for name, one in fields.items() if one.text or one.state}
    return json.dumps(told, ensure_ascii=False, indent=1)


def _own_text(element: Element) -> str:
    """Return the words of an element without those of elements inside it."""
    return " ".join("".join(one for one in element.children if isinstance(one, str)).split())


def _notices(page: Page) -> str:
    found = [one.text for one in page.root.find_all(class_="notice")]
    return "\n".join(found) or shortened(page.text)
