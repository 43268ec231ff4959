"""The value of a cell as the kind of thing its column holds: a text, a number, a date, a time.

Excel keeps «104» as a number, a date as a number with a format, a time as a fraction of a day; and
people type dates and times as text. All of these are understood; nothing is guessed: a bare number
in a column of dates is an error, because nobody can see which day it is.
"""

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from typing import Any

_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
_EXCEL_ERRORS = frozenset(
    {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA"}
)
_RUSSIAN_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?: г\.?)?")
_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_TIME = re.compile(r"(\d{1,2})[:.](\d{2})(?::00)?")
_MINUTES_A_DAY = 24 * 60


class NotUnderstood(ValueError):
    """The cell does not hold what its column is for."""


def is_error(value: Any) -> bool:
    """Tell whether the cell shows one of Excel's errors, such as ``#REF!``."""
    return isinstance(value, str) and value.strip() in _EXCEL_ERRORS


def text(value: Any) -> str:
    """Return the text a person sees: one space between words, no invisible signs; "" if empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "да" if value else "нет"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, datetime) and value.time() == time():
        value = value.date()
    composed = unicodedata.normalize("NFC", str(value)).translate(_INVISIBLE)
    if not composed.isprintable():
        composed = "".join(map(_printable, composed))
    return " ".join(composed.split())


def _printable(sign: str) -> str:
    # Control characters and lone surrogates would be refused by the store; nobody typed them.
    return " " if unicodedata.category(sign) in {"Cc", "Cs", "Co", "Cn"} else sign


def whole_number(value: Any) -> int:
    """Return a whole number; 5, 5.0 and "5" are one. Raises NotUnderstood."""
    if isinstance(value, bool):
        raise NotUnderstood
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    typed = text(value)
    if not re.fullmatch(r"\d{1,9}(?:[.,]0+)?", typed):
        raise NotUnderstood
    return int(re.split("[.,]", typed)[0])


def day(value: Any) -> date:
    """Return a date: a date cell, or text as 01.09.2026 or 2026-09-01; or raise NotUnderstood."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        raise NotUnderstood
    typed = text(value)
    try:
        if russian := _RUSSIAN_DATE.fullmatch(typed):
            return date(int(russian[3]), int(russian[2]), int(russian[1]))
        if iso := _ISO_DATE.fullmatch(typed):
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
    except ValueError as error:
        raise NotUnderstood from error
    raise NotUnderstood


def time_of_day(value: Any) -> str:
    """Return a time as ``HH:MM``: a time cell, or text as 8:30 or 08.30; or raise NotUnderstood."""
    if isinstance(value, datetime | time):
        return value.strftime("%H:%M")
    if isinstance(value, timedelta):
        return _from_minutes(round(value.total_seconds() / 60))
    if isinstance(value, float) and 0 <= value < 1:
        return _from_minutes(round(value * _MINUTES_A_DAY))
    typed = _TIME.fullmatch(text(value)) if isinstance(value, str) else None
    if typed is None or int(typed[1]) > 23 or int(typed[2]) > 59:
        raise NotUnderstood
    return f"{int(typed[1]):02}:{typed[2]}"


def _from_minutes(minutes: int) -> str:
    if not 0 <= minutes < _MINUTES_A_DAY:
        raise NotUnderstood
    return f"{minutes // 60:02}:{minutes % 60:02}"
