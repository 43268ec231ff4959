"""All pages of the desk together: what the program installs."""

from flask import Flask

from central.desk import aside_pages, correction_pages, decision_pages, office, pages
from central.desk.desk import Desk

#: Modules whose views join the one blueprint when they are imported.
_VIEWS = (pages, aside_pages, decision_pages, correction_pages)

open_items = pages.open_items


def install(app: Flask, desk: Desk) -> None:
    """Give ``app`` the pages; to be called after ``shell.install_shell``."""
    office.install(app, desk)
    app.register_blueprint(pages.pages)
