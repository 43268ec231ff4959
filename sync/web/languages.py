"""Languages of the pages: Russian first, English second.

The language is what the person chose here, kept in a cookie of its own, else Russian. The browser's
own wish (``Accept-Language``) is never looked at: on a shared PC it says nothing about the person
in front of it. There is one catalogue for all three packages.
"""

from pathlib import Path

from flask import Flask, request
from flask.wrappers import Response
from flask_babel import Babel

from sync.web import frame

LANGUAGES = {"ru": "Русский", "en": "English"}
DEFAULT = "ru"
CATALOGUES = Path(__file__).parent / "translations"

_A_YEAR_SECONDS = 365 * 24 * 3600


def install(app: Flask) -> None:
    """Make texts of ``app`` follow the chosen language and its times the school's zone."""
    Babel(
        app,
        default_locale=DEFAULT,
        default_translation_directories=str(CATALOGUES),
        locale_selector=chosen,
        timezone_selector=lambda: frame.current().timezone(),
    )


def chosen() -> str:
    """Return the language of this request."""
    language = request.cookies.get(_cookie())
    return language if language in LANGUAGES else DEFAULT


def remember(response: Response, language: str) -> None:
    """Keep ``language`` in the browser; an unknown one is ignored."""
    if language in LANGUAGES:
        shell = frame.current()
        response.set_cookie(
            _cookie(),
            language,
            max_age=_A_YEAR_SECONDS,
            httponly=True,
            secure=shell.secure_cookies,
            samesite="Strict",
        )


def _cookie() -> str:
    return f"journal_{frame.current().program}_language"
