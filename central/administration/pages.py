"""The first page of the staff at central."""

from dataclasses import dataclass
from typing import cast

from flask import Blueprint, Flask, current_app, render_template
from flask.typing import ResponseReturnValue

from sync.clock import Clock
from sync.school.people import STAFF_ROLES, Role
from sync.store.document_store import DocumentStore
from sync.web import access

_EXTENSION = "journal_administration"
_SEES_NODES = frozenset({Role.TECHNICAL_ADMIN, Role.DEPUTY_HEAD, Role.DIRECTOR})

pages = Blueprint(
    "administration", __name__, url_prefix="/administration", template_folder="templates"
)


@dataclass(frozen=True)
class Administration:
    """What the pages read from."""

    store: DocumentStore
    clock: Clock


def install(app: Flask, administration: Administration) -> None:
    """Give ``app`` the pages; to be called after ``shell.install_shell``."""
    app.extensions[_EXTENSION] = administration
    app.register_blueprint(pages)


@pages.get("/")
@access.allow(*STAFF_ROLES)
def start() -> ResponseReturnValue:
    """Show how nodes and data stand to those who answer for them; tell others where to work."""
    return render_template("administration/start.html")


def _administration() -> Administration:
    return cast(Administration, current_app.extensions[_EXTENSION])
