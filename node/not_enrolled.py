"""What a computer shows before it has been introduced to central: what to do, on every address.

There are no accounts and no journal yet, so there is nothing to protect and nothing to sign in to;
the page asks for itself anew and becomes the sign-in page once the computer is enrolled.
"""

from pathlib import Path

from flask import Blueprint, Flask, render_template
from flask.wrappers import Response
from flask_babel import Babel

import sync.web
from node.settings import HOST
from sync.web import headers, languages

_SHELL = Path(str(sync.web.__file__)).parent


def create_waiting_app() -> Flask:
    """Return the application with its one page."""
    app = Flask("node", static_folder=None)
    app.config.update(TRUSTED_HOSTS=[HOST, "localhost"], MAX_CONTENT_LENGTH=64 * 1024)
    Babel(
        app,
        default_locale=languages.DEFAULT,
        default_translation_directories=str(languages.CATALOGUES),
    )
    look = Blueprint(
        "shell", __name__, static_folder=str(_SHELL / "static"), static_url_path="/static/shell"
    )
    app.register_blueprint(look)
    page = Blueprint(
        "waiting",
        __name__,
        template_folder=str(Path(__file__).parent / "sync_status" / "templates"),
    )
    page.add_url_rule("/", "page", _page)
    page.add_url_rule("/<path:path>", "page", _page)
    app.register_blueprint(page)
    app.after_request(_set_headers)
    return app


def _page(path: str = "") -> str:
    return render_template("sync_status/not_enrolled.html", language=languages.DEFAULT)


def _set_headers(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = headers.CONTENT_SECURITY_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response
