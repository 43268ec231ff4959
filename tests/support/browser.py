"""A real Chromium for tests, which may talk to this computer only.

``page_factory`` makes pages. A test fails if one of its pages asked for anything from elsewhere,
broke the content security policy or threw an error in a script, whatever else it checked.
"""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Route,
    expect,
    sync_playwright,
)

from tests.support import tools

PROGRAMS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "chrome",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
INSTALL = "apt-get install chromium"

# Quiet: no look-ups, updates or experiments of the browser's own, and no name but this computer's
# is ever resolved, not even by a <link> that asks to warm one up.
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1",
]
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
TIMEOUT_MS = 20_000  # of one action, one expectation; generous, because the machine may be busy

# A telephone as Playwright's own list describes a Pixel 7.
PHONE = {
    "viewport": {"width": 412, "height": 839},
    "device_scale_factor": 2.625,
    "is_mobile": True,
    "has_touch": True,
}

PageFactory = Callable[..., Page]


@dataclass
class Conduct:
    """What the pages of one test did that no page may do."""

    foreign_requests: list[str] = field(default_factory=list)
    policy_violations: list[str] = field(default_factory=list)
    script_errors: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        """Abort and note every request that leaves this computer; note errors."""
        context.route("**/*", self._judge_request)
        context.on("console", self._judge_message)
        context.on("weberror", lambda error: self.script_errors.append(str(error.error)))

    def _judge_request(self, route: Route) -> None:
        address = urlsplit(route.request.url)
        if address.scheme in {"http", "https"} and address.hostname not in LOOPBACK:
            self.foreign_requests.append(route.request.url)
            route.abort()
        else:
            route.fallback()

    def _judge_message(self, message: ConsoleMessage) -> None:
        if message.type == "error" and re.search("content security policy", message.text, re.I):
            self.policy_violations.append(message.text)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium.

    It lives for a module and not for the session, because Playwright keeps an event loop running
    in the main thread, where asyncio.run would fail for every test after it.
    """
    program = tools.require_tool(PROGRAMS, INSTALL)
    # Chromium's own sandbox does not start for root; everybody else keeps it.
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    flags = [*FLAGS, "--no-sandbox"] if root else FLAGS
    expect.set_options(timeout=TIMEOUT_MS)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=flags)
        yield chromium
        chromium.close()


@pytest.fixture
def conduct() -> Conduct:
    """What this test's pages did wrong so far; a test about wrongs may look and empty it."""
    return Conduct()


@pytest.fixture
def page_factory(
    browser: Browser, conduct: Conduct, request: pytest.FixtureRequest, tmp_path: Any
) -> Iterator[PageFactory]:
    """Return a function that opens a page with a profile of its own.

    Its arguments are those of Playwright's ``new_context``; ``**PHONE`` makes it a telephone.
    """
    contexts: list[BrowserContext] = []

    def open_page(**options: Any) -> Page:
        settings = {"locale": "ru-RU", "service_workers": "block", **options}
        context = browser.new_context(**settings)
        contexts.append(context)
        context.set_default_timeout(TIMEOUT_MS)
        conduct.watch(context)
        return context.new_page()

    yield open_page

    if request.node.stash.get(tools.FAILED, False):
        for number, page in enumerate(page for context in contexts for page in context.pages):
            picture = tmp_path / f"page-{number}.png"
            page.screenshot(path=picture)
            print(f"{page.url} looked like {picture}")
    for context in contexts:
        context.close()
    assert conduct == Conduct(), "a page did what no page may do"


@pytest.fixture
def page(page_factory: PageFactory) -> Page:
    """A page on a desktop-sized screen."""
    return page_factory(viewport={"width": 1280, "height": 800})


@pytest.fixture
def phone_page(page_factory: PageFactory) -> Page:
    """A page on a telephone."""
    return page_factory(**PHONE)


def assert_accessible(page: Page) -> None:
    """Fail unless axe finds nothing serious or critical on ``page``."""
    found = Axe().run(page).response["violations"]
    grave = [one for one in found if one["impact"] in {"serious", "critical"}]
    assert not grave, f"{page.url}\n" + "\n".join(
        f"{one['impact']}: {one['id']}: {one['help']}\n"
        + "\n".join(f"    {node['html']}" for node in one["nodes"][:5])
        for one in grave
    )
