"""A small program with the real shell, for tests of the shell and for looking at its pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from flask import Blueprint, Flask, render_template_string
from flask.testing import FlaskClient

from sync.accounts import attempts, passwords, sessions
from sync.accounts.accounts import Account, AccountBook
from sync.accounts.entrance import Entrance
from sync.clock import FixedClock
from sync.school.people import Role
from sync.web import access, shell
from tests.support.records import MemoryRecords

QUICK = passwords.Effort(memory_kib=8, passes=1)
MORNING = datetime(2026, 10, 14, 5, 44, tzinfo=UTC)
PASSWORD = "лавина сосед корабль"
NAMES = {
    "staff-1": "Соколова А. М.",
    "staff-2": "Константинопольская А. В.",
    "staff-3": "Орлов П. С.",
    "guardian-1": "Ёлкина М. И.",
}


@dataclass
class ShellProgram:
    """The app and what a test wants to look at or turn."""

    app: Flask
    clock: FixedClock
    records: MemoryRecords
    book: AccountBook
    entrance: Entrance

    def client(self) -> FlaskClient:
        """Return a browser without JavaScript."""
        return self.app.test_client()


def make_program(
    program: Literal["node", "central"] = "node",
    *,
    limits: sessions.Limits | None = None,
    blueprints: Sequence[Blueprint] = (),
    hosts: Sequence[str] = ("localhost", "127.0.0.1"),
    secret_key: bytes = b"a secret of tests",
    timezone: str = "Europe/Moscow",
    secure_cookies: bool = False,
) -> ShellProgram:
    """Return a program with three teachers (one on a handed-out password) and a guardian."""
    records, clock = MemoryRecords(), FixedClock(MORNING)
    verifiers = passwords.Verifiers(QUICK)
    book = AccountBook(records, clock)
    chosen = limits or (sessions.NODE_LIMITS if program == "node" else sessions.CENTRAL_LIMITS)
    entrance = Entrance(
        book,
        attempts.Attempts(records, clock),
        sessions.Sessions(records, clock, chosen),
        verifiers,
    )
    for account in _accounts(verifiers.make(PASSWORD)):
        book.create(account)
    app = Flask("tests.support.shell_program", static_folder=None)
    shell.install_shell(
        app,
        shell.Shell(
            program=program,
            entrance=entrance,
            clock=clock,
            secret_key=secret_key,
            hosts=hosts,
            product_name="Классный журнал",
            name_of=lambda account: NAMES[account.person],
            timezone=lambda: timezone,
            secure_cookies=secure_cookies,
            school_name=lambda: "МБОУ «Средняя школа № 14»",
            navigation=[
                shell.NavItem("sample.first", "Сегодня", covers=("gallery",)),
                shell.NavItem("sample.deputies", "Контроль"),
            ],
            status_line=lambda actor: shell.StatusLine("На сервер ещё не ушло: 12 записей"),
        ),
    )
    app.register_blueprint(_sample_pages())
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    return ShellProgram(app, clock, records, book, entrance)


def sign_in(
    client: FlaskClient, login: str = "sokolova", password: str = PASSWORD
) -> "FlaskClient":
    """Sign in through the form; the client afterwards has the cookie."""
    answer = post(client, "/sign-in", {"login": login, "password": password})
    assert answer.status_code == 303, answer.text
    return client


def post(client: FlaskClient, path: str, form: dict[str, str] | None = None, **options: object):
    """Send a form with the CSRF token of this client's session."""
    token = csrf_token(client)
    return client.post(path, data={"csrf_token": token, **(form or {})}, **options)


def csrf_token(client: FlaskClient) -> str:
    """Return a token as a page would hold it."""
    page = client.get("/sign-in", follow_redirects=True).text
    return page.split('name="csrf-token" content="')[1].split('"')[0]


def minutes(count: float) -> timedelta:
    """Return a span of time."""
    return timedelta(minutes=count)


def _accounts(verifier: str) -> list[Account]:
    teacher = frozenset({Role.TEACHER})
    return [
        Account("account-1", "sokolova", "staff-1", teacher, verifier),
        Account("account-2", "konstantin", "staff-2", teacher, verifier, must_change=True),
        Account("account-3", "orlov", "staff-3", frozenset({Role.DEPUTY_HEAD}), verifier),
        Account("account-4", "elkina", "guardian-1", frozenset({Role.GUARDIAN}), verifier),
    ]


def _sample_pages() -> Blueprint:
    pages = Blueprint("sample", __name__)

    @pages.get("/")
    @access.signed_in
    def first() -> str:
        return render_template_string(
            "{% extends 'shell/base.html' %}{% block title %}Сегодня{% endblock %}"
            "{% block content %}<p>Ёлкин Пётр</p><form method='post' action='/'>{{ ui.csrf() }}"
            "<label for='topic'>Тема</label><textarea id='topic' name='topic' data-draft='topic'>"
            "</textarea></form>{% endblock %}"
        )

    @pages.post("/")
    @access.signed_in
    def save() -> dict[str, str]:
        return {"saved_by": access.actor().person}

    @pages.get("/deputies")
    @access.allow(Role.DEPUTY_HEAD, Role.DIRECTOR)
    def deputies() -> str:
        return "for deputies"

    @pages.get("/no-rule")
    def forgotten() -> str:
        return "a page whose rule was forgotten"

    @pages.get("/breaks")
    @access.signed_in
    def breaks() -> str:
        raise ZeroDivisionError("secret of the program")

    return pages
