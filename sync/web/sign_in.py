"""Signing in and out, the lock screen, the password, the language: the pages both programs share.

    /sign-in ─► first page, or /password when the password was handed out on paper
    /lock    ─► /locked ─► the same person's password ─► back to the page that was open
                       └─► another person signs in (the session ends)

A form that is refused comes back with 401, 422 or 429 and its sentence beside the field. Passwords
are read from the form and go to ``Entrance``; they are never kept, shown again or logged.
"""

from http import HTTPStatus

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask.wrappers import Response
from flask_babel import gettext
from flask_login import login_user

from sync import errors
from sync.accounts.accounts import Account
from sync.accounts.sessions import Session
from sync.web import access, failures, frame, guard, languages
from sync.web.actor import Actor

# Files and templates of the shell; the address keeps clear of the programs' own.
pages = Blueprint(
    "shell",
    __name__,
    template_folder="templates",
    static_folder="static",
    static_url_path="/static/shell",
)


@pages.get("/sign-in")
@access.public
def sign_in() -> ResponseReturnValue:
    """Show the form; somebody already signed in goes on to the first page."""
    person = access.actor_or_none()
    if person is not None:
        return redirect(url_for("shell.locked") if person.session.locked else _goal())
    return _sign_in_form()


@pages.post("/sign-in")
@access.public
def enter() -> ResponseReturnValue:
    """Check login and password and open a session."""
    shell = frame.current()
    login = request.form.get("login", "")
    try:
        account, session = shell.entrance.sign_in(
            login, request.form.get("password", ""), shell.place_of_request()
        )
    except errors.EntryRefused as error:
        return _sign_in_form(error, login)
    _leave()
    _begin(account, session)
    return redirect(_goal(), code=HTTPStatus.SEE_OTHER)


@pages.post("/sign-out")
@access.public
def sign_out() -> ResponseReturnValue:
    """End the session; the browser forgets what it kept of the pages."""
    _leave()
    response = make_response(redirect(url_for("shell.sign_in"), code=HTTPStatus.SEE_OTHER))
    # Not "cookies": that would take the other programs' cookies on this machine as well.
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@pages.post("/lock")
@access.signed_in
def lock() -> ResponseReturnValue:
    """Lock the session at the person's wish, or because the page saw nobody for too long."""
    frame.current().entrance.sessions.lock(access.actor().session)
    goal = guard.local_target(request.form.get("next"))
    return redirect(url_for("shell.locked", next=goal), code=HTTPStatus.SEE_OTHER)


@pages.get("/locked")
@access.signed_in
def locked() -> ResponseReturnValue:
    """Show who may open the session again, and nothing else."""
    person = access.actor()
    if not person.session.locked:
        return redirect(_goal())
    return _locked_form(person)


@pages.post("/locked")
@access.signed_in
def unlock() -> ResponseReturnValue:
    """Open the session again with the same person's password."""
    person = access.actor()
    shell = frame.current()
    try:
        session = shell.entrance.unlock(
            person.session, request.form.get("password", ""), shell.place_of_request()
        )
    except errors.EntryRefused as error:
        return _locked_form(person, error)
    _begin(person.account, session)
    return redirect(_goal(), code=HTTPStatus.SEE_OTHER)


@pages.get("/password")
@access.signed_in
def change_password() -> ResponseReturnValue:
    """Show the form for an own password."""
    return _password_form(access.actor())


@pages.post("/password")
@access.signed_in
def keep_password() -> ResponseReturnValue:
    """Replace the password."""
    person = access.actor()
    shell = frame.current()
    new = request.form.get("new", "")
    try:
        if new != request.form.get("repeated", ""):
            raise errors.WeakPassword(code="passwords_differ", hint="type_password_twice")
        shell.entrance.change_password(
            person.session,
            request.form.get("old", ""),
            new,
            shell.place_of_request(),
            [person.name, *shell.personal_words(person.account)],
        )
    except errors.EntryRefused as error:
        return _password_form(person, error)
    flash(gettext("The password has been changed. It works from the next sign-in on."))
    return redirect(_goal(), code=HTTPStatus.SEE_OTHER)


@pages.post("/language")
@access.public
def language() -> ResponseReturnValue:
    """Keep the chosen language and show the same page in it."""
    response = make_response(redirect(_goal(), code=HTTPStatus.SEE_OTHER))
    languages.remember(response, request.form.get("language", ""))
    return response


@pages.post("/session/active")
@access.signed_in
def active() -> ResponseReturnValue:
    """Take note that somebody is typing; the guard has done so already."""
    return "", HTTPStatus.NO_CONTENT


def _begin(account: Account, session: Session) -> None:
    """Give the browser the token of ``session``, and a new CSRF token with it."""
    login_user(Actor(account, session, frame.current().name_of(account)))


def _leave() -> None:
    """End the session of this browser and forget everything a cookie held before."""
    person = access.actor_or_none()
    if person is not None:
        frame.current().entrance.sessions.close(person.session)
    cookie.clear()


def _goal() -> str:
    wanted = request.values.get("next")
    return guard.local_target(wanted) or frame.current().home


def _sign_in_form(error: errors.EntryRefused | None = None, login: str = "") -> Response:
    return _form("shell/sign_in.html", error, login=login, goal=_goal())


def _locked_form(person: Actor, error: errors.EntryRefused | None = None) -> Response:
    return _form(
        "shell/locked.html", error, who=person.name, login=person.account.login, goal=_goal()
    )


def _password_form(person: Actor, error: errors.EntryRefused | None = None) -> Response:
    first = person.account.must_change
    return _form("shell/change_password.html", error, first=first, goal=_goal())


def _form(template: str, error: errors.EntryRefused | None, **values: object) -> Response:
    failure = None if error is None else failures.failure_of(error)
    response = make_response(render_template(template, failure=failure, **values))
    if failure is not None:
        response.status_code = failure.status
    if isinstance(error, errors.TooManyAttempts):
        response.headers["Retry-After"] = str(error.params["seconds"])
    return response
