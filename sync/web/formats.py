"""Dates, times, marks and figures as text, in the page's language and the school's zone.

As template filters (the same names as the functions)::

    {{ lesson_date | day }}          ср, 14 октября          a date
    {{ lesson_date | full_day }}     14 октября 2026 г.      a date
    {{ lesson_date | short_day }}    14.10                   a date, for heads of columns
    {{ at | clock_time }}            10:05                   an instant
    {{ at | full_time }}             14 октября 2026 г., 10:05
    {{ at | ago }}                   только что, 5 мин назад, 3 ч назад, вчера, 12 окт.
    {{ value | mark }}               5, зач, –               a mark of a document, None is a dash
    {{ fraction | average }}         4,44                    exact, half up, two places
    {{ 9758 | number }}              9 758

An instant is an aware ``datetime``; a lesson's date is a ``date`` and has no zone. Relative times
go by the injected clock. Counts with a noun are ``ngettext`` in the template, not here.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from babel import dates, numbers
from flask import Flask
from flask_babel import get_locale, gettext

from sync.school import marks
from sync.web import frame

NOTHING = "–"
_NO_BREAK_SPACE = "\u00a0"

_DAY = "EE, d MMMM"
_SHORT_DAY = "dd.MM"


def install(app: Flask) -> None:
    """Make the functions filters of the templates of ``app``."""
    filters: tuple[Callable[[Any], str], ...] = (
        day,
        full_day,
        short_day,
        clock_time,
        full_time,
        ago,
        mark,
        average,
        number,
    )
    for function in filters:
        app.jinja_env.filters[function.__name__] = function


def day(value: date) -> str:
    """Return the weekday and the day: ``ср, 14 октября``."""
    return str(dates.format_date(value, _DAY, locale=get_locale()))


def full_day(value: date) -> str:
    """Return the day with its year: ``14 октября 2026 г.``."""
    return str(dates.format_date(value, "long", locale=get_locale()))


def short_day(value: date) -> str:
    """Return day and month in figures, the same in every language: ``14.10``."""
    return str(dates.format_date(value, _SHORT_DAY, locale=get_locale()))


def clock_time(at: datetime) -> str:
    """Return hours and minutes in the school's zone: ``10:05``."""
    return local(at).strftime("%H:%M")


def full_time(at: datetime) -> str:
    """Return day, year, hours and minutes in the school's zone."""
    return f"{full_day(local(at).date())}, {clock_time(at)}"


def ago(at: datetime) -> str:
    """Return how long ago ``at`` was: minutes and hours on the same day, then the day.

    A time in the future (another machine's clock) is written as the time it claims.
    """
    now = frame.current().clock.now()
    passed = now - at
    if passed < timedelta(minutes=-1):
        return full_time(at)
    if passed < timedelta(minutes=1):
        return str(gettext("just now"))
    today, then = local(now).date(), local(at).date()
    if passed < timedelta(days=1) and (then == today or passed < timedelta(hours=6)):
        return _relative(passed)
    if today - then == timedelta(days=1):
        return str(gettext("yesterday, %(time)s", time=clock_time(at)))
    pattern = "d MMM" if then.year == today.year else "d MMM y"
    return str(dates.format_date(then, pattern, locale=get_locale()))


def mark(value: marks.MarkValue | None) -> str:
    """Return a stored mark as the journal shows it; a dash where there is none."""
    return NOTHING if value is None else marks.mark_text(value)


def average(value: Fraction | Decimal | None) -> str:
    """Return an exact average with two places, half up: ``4,44``; a dash where there is none."""
    if value is None:
        return NOTHING
    hundredths = marks.rounded(Fraction(value))
    return str(numbers.format_decimal(hundredths, format="0.00", locale=get_locale()))


def number(value: int) -> str:
    """Return a count with its thousands set apart."""
    return str(numbers.format_decimal(value, locale=get_locale()))


def local(at: datetime) -> datetime:
    """Return the instant in the school's zone."""
    return at.astimezone(ZoneInfo(frame.current().timezone()))


def _relative(passed: timedelta) -> str:
    minutes = int(passed.total_seconds() // 60)
    if minutes < 60:
        text = gettext("%(count)d min ago", count=minutes)
    else:
        text = gettext("%(count)d h ago", count=minutes // 60)
    return str(text).replace(" ", _NO_BREAK_SPACE)
