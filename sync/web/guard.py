"""What every request passes before its view runs.

    host ─► own guard? ─► person ─► rule ─► locked? ─► new password due? ─► origin ─► CSRF ─► view

The host is Flask's own check (``TRUSTED_HOSTS``). A session that ended or is locked is noticed
before CSRF, so that the person is asked for the password and not told that the page is too old.
A node listens on 127.0.0.1, where any page on the internet can send requests to it through the
person's browser, hence the checks of origin besides CSRF.
"""

from urllib.parse import urlsplit

from flask import current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import CSRFError, CSRFProtect

from sync import errors
from sync.web import access, frame
from sync.web.actor import Actor

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# Sent by pages that ask by themselves, so that a page left open does not look like a person.
PASSIVE_HEADER = "X-Passive"

# What a locked session, or one with a handed-out password, may still do.
_WHILE_LOCKED = frozenset({"shell.lock", "shell.locked", "shell.unlock"})
_BEFORE_NEW_PASSWORD = frozenset(
    {"shell.active", "shell.change_password", "shell.keep_password", "shell.lock"}
)

csrf = CSRFProtect()


def check_request() -> ResponseReturnValue | None:
    """Let the request through (None), answer it, or raise the error that answers it."""
    if request.endpoint is None:
        return None  # No such page, or not this method: Flask answers after this.
    rule = access.rule_of(current_app, request.endpoint)
    if rule is not None and rule.kind == "own":
        request.max_content_length = frame.current().own_guard_body_bytes
        return None
    answer = _check_person(rule)
    if answer is None and request.method not in SAFE_METHODS:
        _check_origin()
        _check_csrf()
    return answer


def local_target(target: str | None) -> str | None:
    """Return ``target`` if it is a path of this program, else None: never a way to another site."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return None
    if any(ord(character) < 0x20 for character in target):
        return None
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else None


def wants_json() -> bool:
    """Tell whether a module of a page asks and not a person's navigation."""
    if request.is_json or request.headers.get("Sec-Fetch-Dest") == "empty":
        return True
    accept = request.accept_mimetypes
    return accept["application/json"] > accept["text/html"]


def _check_person(rule: access.Rule | None) -> ResponseReturnValue | None:
    if rule is not None and rule.kind == "public":
        return None
    person = access.actor_or_none()
    if person is None:
        return _ask_for("sign_in_needed", "shell.sign_in")
    answer = _check_session(person)
    if answer is None:
        _check_rule(person, rule)
    return answer


def _check_session(person: Actor) -> ResponseReturnValue | None:
    if person.session.locked:
        if request.endpoint in _WHILE_LOCKED:
            return None
        return _ask_for("session_locked", "shell.locked")
    if PASSIVE_HEADER not in request.headers:
        frame.current().entrance.sessions.touch(person.session)
    if person.account.must_change and request.endpoint not in _BEFORE_NEW_PASSWORD:
        return _ask_for("new_password_needed", "shell.change_password")
    return None


def _check_rule(person: Actor, rule: access.Rule | None) -> None:
    if rule is None or not rule.admits(person.roles):
        raise errors.NotPermitted(code="page_not_permitted")


def _ask_for(code: str, endpoint: str) -> ResponseReturnValue:
    """Send a person to the page that mends it, and a module of a page the error."""
    if wants_json():
        raise errors.SignInNeeded(code=code)
    if request.method in SAFE_METHODS:
        return redirect(url_for(endpoint, next=_path_asked()))
    if request.blueprint != "shell":
        flash(gettext("The last step was not carried out. Please repeat it."), "warning")
    return redirect(url_for(endpoint, next=_path_of_referrer()), code=303)


def _path_asked() -> str | None:
    path = request.full_path.rstrip("?")
    return None if path == "/" else path


def _path_of_referrer() -> str | None:
    parts = urlsplit(request.referrer or "")
    if parts.netloc != request.host:
        return None
    return local_target(f"{parts.path}?{parts.query}" if parts.query else parts.path)


def _check_origin() -> None:
    origin = request.headers.get("Origin")
    site = request.headers.get("Sec-Fetch-Site")
    # Another port of this machine is "same-site" but another program, so that is refused as well.
    foreign_origin = origin is not None and urlsplit(origin).netloc != request.host
    if foreign_origin or (site is not None and site not in ("same-origin", "none")):
        raise errors.RequestRefused(code="request_from_elsewhere")


def _check_csrf() -> None:
    try:
        csrf.protect()
    except CSRFError as error:
        raise errors.RequestRefused(code="page_too_old") from error
