"""A browser without a screen: fetches pages, reads their forms, sends what a browser would send.

Cookies, the token against foreign requests and the headers of origin are those of a browser, so
the programs cannot tell the difference. No JavaScript runs: what a page's modules send is sent by
``send_json`` to the same address in the same form.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
)
_TIMEOUT_SECONDS = 60


class PageRefused(Exception):
    """A page was not as it must be; the text says which and what was seen."""


@dataclass
class Element:
    """An element of a page."""

    tag: str
    attributes: dict[str, str]
    children: list[Element | str] = field(default_factory=list)

    def walk(self) -> Iterator[Element]:
        """Yield this element and all below it, in the order of the page."""
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.walk()

    def find_all(self, tag: str | None = None, **wanted: str | None) -> list[Element]:
        """Return the elements below with this tag and attributes (``data_key`` is ``data-key``).

        A wanted value of None asks for the attribute alone; ``class_`` asks for one class of it.
        """
        return [
            one
            for one in self.walk()
            if one is not self and tag in (None, one.tag) and one.has(**wanted)
        ]

    def find(self, tag: str | None = None, **wanted: str | None) -> Element | None:
        """Return the first such element, None if there is none."""
        found = self.find_all(tag, **wanted)
        return found[0] if found else None

    def has(self, **wanted: str | None) -> bool:
        """Tell whether the element has all these attributes."""
        for name, value in wanted.items():
            given = self.attributes.get(name.rstrip("_").replace("_", "-"))
            if given is None or (value is not None and not _fits(name, given, value)):
                return False
        return True

    @property
    def text(self) -> str:
        """Return all words in it with single spaces between, as they are read."""
        return " ".join("".join(self._texts()).split())

    def _texts(self) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            elif child.tag not in ("script", "style", "template"):
                # Blocks do not run into each other when they are read.
                yield from (" ", *child._texts(), " ")


@dataclass(frozen=True)
class Page:
    """An answer of a program, read."""

    url: str
    status: int
    root: Element
    source: str

    @property
    def path(self) -> str:
        """Return the path the browser ended at."""
        return urlsplit(self.url).path

    @property
    def title(self) -> str:
        """Return what the tab shows."""
        found = self.root.find("title")
        return "" if found is None else found.text

    @property
    def text(self) -> str:
        """Return what can be read on the page."""
        body = self.root.find("body")
        return "" if body is None else body.text

    @property
    def csrf_token(self) -> str:
        """Return the token that modules of this page send."""
        found = self.root.find("meta", name="csrf-token")
        return "" if found is None else found.attributes["content"]

    def form(self, action: str) -> Element:
        """Return the form that posts to this path; one without an address posts to the page's own.

        Raises:
            PageRefused: the page has none.
        """
        for form in self.root.find_all("form", method="post"):
            address = form.attributes.get("action") or self.url
            if urlsplit(address).path == action:
                return form
        raise PageRefused(f"{self.url}: no form for {action}\n{shortened(self.text)}")


class Browser:
    """One person's browser at one program."""

    def __init__(self, base: str, language: str = "ru") -> None:
        """Begin without cookies; ``base`` is the program's address without a path."""
        self.base = base
        self._session = requests.Session()
        # A proxy of the environment must not stand between the check and this computer.
        self._session.trust_env = False
        self._session.headers["Accept-Language"] = language

    def open(self, path: str) -> Page:
        """Fetch a page as a person's navigation, redirects followed."""
        return self._page(self._session.get(urljoin(self.base, path), timeout=_TIMEOUT_SECONDS))

    def submit(self, page: Page, action: str, values: Mapping[str, str]) -> Page:
        """Fill in the page's form for ``action`` and send it; return where it leads."""
        data: dict[str, Any] = _fields_of(page.form(action)) | dict(values)
        headers = {"Origin": self.base, "Referer": page.url, "Sec-Fetch-Site": "same-origin"}
        answer = self._session.post(
            urljoin(page.url, action), data=data, headers=headers, timeout=_TIMEOUT_SECONDS
        )
        return self._page(answer)

    def send_json(self, page: Page, path: str, value: Any) -> Any:
        """Send what a module of ``page`` sends, and return what it is told.

        Raises:
            PageRefused: the answer is no success; the text has status and body.
        """
        return self._ask_as_module(page, "POST", path, json.dumps(value).encode())

    def get_json(self, page: Page, path: str) -> Any:
        """Fetch what a module of ``page`` fetches; errors as ``send_json``."""
        return self._ask_as_module(page, "GET", path, None)

    def _ask_as_module(self, page: Page, method: str, path: str, body: bytes | None) -> Any:
        headers = {
            "Accept": "application/json",
            "Referer": page.url,
            "Sec-Fetch-Site": "same-origin",
            "Sec-Fetch-Dest": "empty",
            "X-CSRFToken": page.csrf_token,
        }
        if body is not None:
            headers |= {"Content-Type": "application/json", "Origin": self.base}
        answer = self._session.request(
            method,
            urljoin(self.base, path),
            data=body,
            headers=headers,
            timeout=_TIMEOUT_SECONDS,
            allow_redirects=False,
        )
        if not answer.ok or answer.is_redirect:
            raise PageRefused(f"{path}: {answer.status_code}\n{shortened(answer.text)}")
        return answer.json() if answer.content else None

    def close(self) -> None:
        """Close its connections."""
        self._session.close()

    def _page(self, answer: requests.Response) -> Page:
        answer.encoding = "utf-8"
        return Page(answer.url, answer.status_code, parse(answer.text), answer.text)


def parse(source: str) -> Element:
    """Return the tree of a page; whatever is not well-formed is taken as browsers take it."""
    reader = _Reader()
    reader.feed(source)
    reader.close()
    return reader.root


def shortened(text: str, length: int = 600) -> str:
    """Return the beginning of a text, for a message."""
    return text if len(text) <= length else f"{text[:length]} …"


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        for depth in range(len(self._open) - 1, 0, -1):
            if self._open[depth].tag == tag:
                del self._open[depth:]
                return

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


def _fits(name: str, given: str, wanted: str) -> bool:
    return wanted in given.split() if name == "class_" else given == wanted


def _fields_of(form: Element) -> dict[str, list[str]]:
    """Return what a form would send untouched: by name, as often as the name is there."""
    values: dict[str, list[str]] = {}
    for one in form.walk():
        name = one.attributes.get("name")
        if not name or "disabled" in one.attributes:
            continue
        if one.tag == "textarea":
            text = "".join(child for child in one.children if isinstance(child, str))
            values.setdefault(name, []).append(text)
        elif one.tag == "select":
            values.setdefault(name, []).append(_chosen(one))
        elif one.tag == "input" and _is_sent(one):
            values.setdefault(name, []).append(one.attributes.get("value", ""))
    return values


def _is_sent(element: Element) -> bool:
    kind = element.attributes.get("type", "text")
    if kind in ("checkbox", "radio"):
        return "checked" in element.attributes
    return kind not in ("submit", "button", "image", "file", "reset")


def _chosen(select: Element) -> str:
    options = select.find_all("option")
    chosen = [one for one in options if "selected" in one.attributes] or options[:1]
    return chosen[0].attributes.get("value", chosen[0].text) if chosen else ""
