"""What a program tells the shell about itself, and what the frame of a page shows.

``Shell`` is made once at start by ``node.app`` or ``central.app`` and given to
``shell.install_shell``. Within a request ``current()`` returns it.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Literal, cast

from flask import Flask, current_app, request, url_for

from sync.accounts.accounts import Account
from sync.accounts.entrance import Entrance
from sync.clock import Clock
from sync.web import access
from sync.web.actor import Actor

_EXTENSION = "journal_shell"

DEFAULT_TIMEZONE = "Europe/Moscow"
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class NavItem:
    """One entry of the main menu, shown to those whom the endpoint's rule admits.

    ``label`` is a ``lazy_gettext`` text. The entry is marked as current on its own endpoint and on
    those in ``covers`` (endpoints, or a blueprint's name for all of its pages). ``count`` says how
    much waits there; it is asked for each page, and only for those who see the entry.
    """

    endpoint: str
    label: object
    covers: tuple[str, ...] = ()
    count: Callable[[], int] | None = None


@dataclass(frozen=True)
class StatusLine:
    """The line at the foot of every page: quiet when all is well, clear when it is not.

    ``url`` leads to the page behind it. ``poll_url`` answers with the line as it reads now, as
    JSON {"text", "state"}; open pages ask it now and then.
    """

    text: str
    state: Literal["quiet", "attention", "trouble"] = "quiet"
    url: str = ""
    poll_url: str = ""


def _client_address() -> str:
    return request.remote_addr or "unknown"


def _this_computer() -> str:
    return "here"


@dataclass(frozen=True)
class Shell:
    """A program's settings of the shell.

    Attributes:
        program: decides cookie rules, default place of attempts and the name of the product.
        entrance: accounts, attempts, sessions and verifiers.
        secret_key: signs the cookie; random, kept by the program, one per installation.
        hosts: the names and addresses this program answers to, without port (``TRUSTED_HOSTS``).
        product_name: a ``lazy_gettext`` text for the head of every page.
        school_name: shown on the sign-in page; may be empty.
        timezone: the school's zone; all times on pages are in it.
        name_of: the name to show for an account (``Соколова А. М.``).
        personal_words: words a password must not consist of: names, school.
        navigation, status_line: see ``NavItem``, ``StatusLine``.
        home: where the product's name leads and where a sign-in without another goal ends.
        place: where a request comes from, for counting wrong passwords.
        secure_cookies: True once the program is reached over TLS only.
        own_guard_body_bytes: the largest body for blueprints marked ``access.own_guard``.
        body_bytes: the largest body for all pages; a view that takes files sets
            ``request.max_content_length`` first.
    """

    program: Literal["node", "central"]
    entrance: Entrance
    clock: Clock
    secret_key: bytes
    hosts: Sequence[str]
    product_name: object
    name_of: Callable[[Account], str]
    school_name: Callable[[], str] = lambda: ""
    timezone: Callable[[], str] = lambda: DEFAULT_TIMEZONE
    personal_words: Callable[[Account], Collection[str]] = lambda account: ()
    navigation: Sequence[NavItem] = ()
    status_line: Callable[[Actor], StatusLine | None] = lambda actor: None
    home: str = "/"
    place: Callable[[], str] | None = None
    secure_cookies: bool = False
    body_bytes: int = MEBIBYTE
    own_guard_body_bytes: int = 16 * MEBIBYTE

    def place_of_request(self) -> str:
        """Return what wrong passwords of this request are counted under."""
        if self.place is not None:
            return self.place()
        return _this_computer() if self.program == "node" else _client_address()


@dataclass(frozen=True)
class MenuEntry:
    """A menu entry as the template draws it."""

    label: object
    url: str
    current: bool = field(default=False)
    count: int = 0


def install(app: Flask, shell: Shell) -> None:
    """Make ``shell`` the one of ``app``."""
    app.extensions[_EXTENSION] = shell


def current() -> Shell:
    """Return the shell of the app that serves this request."""
    return cast(Shell, current_app.extensions[_EXTENSION])


def menu(person: Actor) -> list[MenuEntry]:
    """Return the entries of the main menu that ``person`` may open."""
    entries = []
    for item in current().navigation:
        rule = access.rule_of(current_app, item.endpoint)
        if rule is not None and rule.admits(person.roles):
            waiting = 0 if item.count is None else item.count()
            entries.append(
                MenuEntry(item.label, url_for(item.endpoint), _is_current(item), waiting)
            )
    return entries


def _is_current(item: NavItem) -> bool:
    return request.endpoint == item.endpoint or bool(
        {request.endpoint, request.blueprint}.intersection(item.covers)
    )
