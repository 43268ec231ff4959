"""The shell of both programs: frame of the pages, sign-in, languages, errors, headers.

How a program uses it, in its ``app.py``::

    app = Flask("node", instance_path=str(settings.data_directory), static_folder=None)
    shell.install_shell(app, shell.Shell(program="node", entrance=..., ...))
    app.register_blueprint(journal.pages)

How a blueprint plugs in:

* Each view states its rule below the route: ``@access.allow(Role.TEACHER)``, ``@access.signed_in``
  or ``@access.public``. Without one it answers 403 and a test fails. ``access.actor()`` is the
  person: ``account_id``, ``person`` (staff or guardian id), ``roles``, ``name``.
* Its templates lie in ``<package>/<blueprint>/templates/<blueprint>/`` and extend
  ``shell/base.html``, whose head lists the blocks. ``ui`` (``shell/_macros.html``) has the pieces:
  fields, notices, pills, icons, times. ``shell.css`` begins with a list of the classes.
* Forms hold ``{{ ui.csrf() }}``. Modules use ``request.js``: ``send(url, {method, json})`` adds the
  token, knows a locked session, and returns ``{ok, status, data, error}``.
* A view raises errors of ``sync.errors``; they become a page, or for modules JSON
  ``{"error": {"code", "message", "next_step", "params"}}``, with a fitting status. To show one
  within the page: ``messages.sentence(error)`` and ``messages.next_step(error)``.
* Filters for templates: ``day``, ``full_day``, ``clock_time``, ``full_time``, ``ago``, ``mark``,
  ``average``, ``number`` (see ``formats``). ``ngettext`` counts.
* The menu is ``Shell.navigation``; each entry appears for those whom its endpoint admits.
* Text typed in a form field marked ``data-draft="name"`` survives the lock screen.
"""

import hashlib
from typing import Any

from flask import Flask, g, request
from flask_login import LoginManager

from sync.web import access, failures, formats, frame, guard, headers, languages, sign_in
from sync.web.actor import Actor
from sync.web.frame import NavItem, Shell, StatusLine

__all__ = ["NavItem", "Shell", "StatusLine", "install_shell"]


def install_shell(app: Flask, shell: Shell) -> None:
    """Give ``app`` everything of this page; to be called once, before the first request."""
    _configure(app, shell)
    frame.install(app, shell)
    languages.install(app)
    formats.install(app)
    # Each blueprint's files and templates are its own; the guard calls CSRF in its own order.
    guard.csrf.init_app(app)
    _install_login(app)
    app.register_blueprint(sign_in.pages)
    app.before_request(guard.check_request)
    app.after_request(headers.set_headers)
    app.url_defaults(lambda endpoint, values: headers.add_version(app, endpoint, values))
    app.context_processor(_context)
    failures.install(app)


def _configure(app: Flask, shell: Shell) -> None:
    # Cookies are not kept apart by port: two programs on one machine need names of their own.
    installation = hashlib.sha256(shell.secret_key).hexdigest()[:8]
    prefix = "__Host-" if shell.secure_cookies else ""
    app.config.update(
        SECRET_KEY=shell.secret_key,
        SESSION_COOKIE_NAME=f"{prefix}journal_{shell.program}_{installation}",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SECURE=shell.secure_cookies,
        SESSION_COOKIE_SAMESITE="Strict" if shell.program == "node" else "Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        TRUSTED_HOSTS=list(shell.hosts),
        MAX_CONTENT_LENGTH=shell.body_bytes,
        WTF_CSRF_CHECK_DEFAULT=False,
        # A page stays open for a whole school day and goes on saving.
        WTF_CSRF_TIME_LIMIT=None,
    )


def _install_login(app: Flask) -> None:
    manager = LoginManager()
    # The stronger modes sign out on a changed User-Agent, which keeps nobody out on a shared PC.
    manager.session_protection = None
    # Its own context processor asks for the person even on the page about a store that fails.
    manager.init_app(app, add_context_processor=False)

    @manager.user_loader
    def person_of(token: str) -> Actor | None:
        shell = frame.current()
        session = shell.entrance.sessions.find(token)
        if session is None:
            return None
        account = shell.entrance.holder(session)
        if account is None:
            return None
        return Actor(account, session, shell.name_of(account))


def _context() -> dict[str, Any]:
    """Return what every template may use; names only for a session that is open."""
    shell = frame.current()
    known = None if g.get("plain_frame") else access.actor_or_none()
    person = known if known is not None and not known.session.locked else None
    free = person is not None and not person.account.must_change
    return {
        "product_name": shell.product_name,
        "school_name": shell.school_name,
        "language": languages.chosen(),
        "languages": languages.LANGUAGES.items(),
        "person": person,
        "navigation": frame.menu(person) if person is not None and free else [],
        "status_line": shell.status_line(person) if person is not None and free else None,
        "idle_seconds": int(shell.entrance.sessions.limits.idle.total_seconds()),
        "home_url": shell.home,
        "here": request.full_path.rstrip("?") if request.method == "GET" else "",
    }
