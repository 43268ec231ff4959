"""How the diary says things: kinds of work, signs, absences, and how fresh its data are.

The templates of the diary have the functions as ``words``: ``words.received(at)``.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from babel import dates
from flask_babel import get_locale, gettext, lazy_gettext

from sync.school.attendance import AbsenceCode
from sync.school.marks import MarkValue, Sign, WorkKind
from sync.web import formats, frame

_WORK_KINDS: Mapping[str, object] = {
    WorkKind.ANSWER: lazy_gettext("answer in class"),
    WorkKind.HOMEWORK: lazy_gettext("homework"),
    WorkKind.INDEPENDENT: lazy_gettext("independent work"),
    WorkKind.LABORATORY: lazy_gettext("laboratory work"),
    WorkKind.PRACTICAL: lazy_gettext("practical work"),
    WorkKind.CONTROL: lazy_gettext("written examination"),
    WorkKind.DICTATION: lazy_gettext("dictation"),
    WorkKind.TEST: lazy_gettext("test"),
    WorkKind.ESSAY: lazy_gettext("essay"),
}

_SIGNS: Mapping[str, object] = {
    Sign.PASS: lazy_gettext("passed"),
    Sign.FAIL: lazy_gettext("not passed"),
    Sign.EXEMPT: lazy_gettext("exempt from the work"),
    Sign.NOT_ATTESTED: lazy_gettext("not attested"),
    Sign.DEBT: lazy_gettext("the work is still to be handed in"),
}

_ABSENCES: Mapping[AbsenceCode, object] = {
    AbsenceCode.UNKNOWN: lazy_gettext("absence, the reason is not stated yet"),
    AbsenceCode.ILL: lazy_gettext("absence because of illness"),
    AbsenceCode.EXCUSED: lazy_gettext("absence with a good reason"),
    AbsenceCode.UNEXCUSED: lazy_gettext("absence without a good reason"),
    AbsenceCode.LATE: lazy_gettext("late"),
    AbsenceCode.EXEMPT_PRESENT: lazy_gettext("in the lesson, released from exercise"),
    AbsenceCode.REMOTE: lazy_gettext("took part from a distance"),
}

# More dots than these nobody counts; a figure says it then.
_MOST_DOTS = 4


def work_kind(kind: str) -> str:
    """Return what a mark was given for; a kind unknown to this version as it is stored."""
    return str(_WORK_KINDS.get(kind, kind))


def sign(value: MarkValue | None) -> str:
    """Return what a sign in place of a number means; empty for a number."""
    return str(_SIGNS.get(value, "")) if isinstance(value, str) else ""


def absence(code: AbsenceCode) -> str:
    """Return presence and reason in words."""
    return str(_ABSENCES[code])


def weight_dots(weight: int) -> str:
    """Return the sign of a weight beside a mark: nothing for 1, dots for a few, else a figure."""
    if weight == 1:
        return ""
    return "•" * weight if 1 < weight <= _MOST_DOTS else f"×{weight}"


def received(at: datetime) -> str:
    """Return when data arrived: ``сегодня в 14:20``, ``вчера в 14:20``, ``12 октября в 14:20``."""
    today = formats.local(frame.current().clock.now()).date()
    then = formats.local(at).date()
    time = formats.clock_time(at)
    if then == today:
        return str(gettext("today at %(time)s", time=time))
    if today - then == timedelta(days=1):
        return str(gettext("yesterday at %(time)s", time=time))
    day = str(dates.format_date(then, "d MMMM", locale=get_locale()))
    return str(gettext("on %(day)s at %(time)s", day=day, time=time))


def weekday(on: date) -> str:
    """Return the name of the weekday: ``среда``."""
    return str(dates.format_date(on, "EEEE", locale=get_locale()))


def short_weekday(on: date) -> str:
    """Return two or three letters of the weekday: ``ср``."""
    return str(dates.format_date(on, "EEE", locale=get_locale()))


def day_and_month(on: date) -> str:
    """Return ``14 октября``."""
    return str(dates.format_date(on, "d MMMM", locale=get_locale()))


def week_title(first: date, last: date) -> str:
    """Return the days of a week: ``12–16 октября``, ``28 сентября – 2 октября``."""
    if first.month == last.month:
        return f"{first.day}–{day_and_month(last)}"
    return f"{day_and_month(first)} – {day_and_month(last)}"
