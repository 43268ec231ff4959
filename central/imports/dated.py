"""Lists whose rows hold from a date to a date, and how a new row takes the place of an old one.

    before          new from 2 November         after
    A  1.09 –       A, C                        A  1.09 –
    B  1.09 –                                   B  1.09 – 1.11
                                                C  2.11 –

Dates are texts as in documents (``2026-11-02``), which sort as dates do; an end of None is open. A
row that would end before it began was never in force and is dropped.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

Row = Mapping[str, Any]

_SLOT = ("weekday", "number", "room", "parity", "shift", "teacher")


def before(day: date) -> str:
    """Return the day before, as text."""
    return (day - timedelta(days=1)).isoformat()


def holds_from(row: Row, day: date) -> bool:
    """Tell whether a row is in force on the day or at any time after it."""
    return row["ends"] is None or row["ends"] >= day.isoformat()


def ended(row: Row, day: date) -> dict[str, Any] | None:
    """Return the row ending the day before ``day``; None if it would never have been in force."""
    last = before(day)
    return None if row["starts"] > last else {**row, "ends": last}


def slots_from(stored: Sequence[Row], said: Sequence[Row], day: date) -> list[dict[str, Any]]:
    """Return a group's timetable that is ``said`` from the day on.

    Rows of ``said`` may have dates of their own, which then hold instead of the day.
    """
    wanted = [dict(row) for row in said]
    result: list[dict[str, Any]] = []
    for old in stored:
        match = next((row for row in wanted if _is_same_slot(old, row, day)), None)
        if match is not None:
            wanted.remove(match)
            result.append(dict(old))
        elif not holds_from(old, day):
            result.append(dict(old))
        elif (shortened := ended(old, day)) is not None:
            result.append(shortened)
    for row in wanted:
        result.append({**row, "starts": row["starts"] or day.isoformat(), "ends": row["ends"]})
    return result


def _is_same_slot(old: Row, wanted: Row, day: date) -> bool:
    if any(old.get(name) != wanted.get(name) for name in _SLOT):
        return False
    if wanted["starts"] is None and wanted["ends"] is None:
        return old["ends"] is None and holds_from(old, day)
    starts = wanted["starts"] or old["starts"]
    return bool((old["starts"], old["ends"]) == (starts, wanted["ends"]))


def bells_from(stored: Sequence[Row], said: Sequence[Row], day: date) -> list[dict[str, Any]]:
    """Return the bells that ring as ``said`` from the day on; numbers not said ring on as before.

    ``valid_from`` None is from the beginning, ``valid_to`` None is for ever.
    """
    result = [dict(bell) for bell in stored]
    for new in said:
        place = (new["shift"], new["number"])
        current = next(
            (bell for bell in result if (bell["shift"], bell["number"]) == place
             and bell["valid_to"] is None),
            None,
        )  # fmt: skip
        if current is None:
            started = None if not stored else day.isoformat()
            result.append({**new, "valid_from": started, "valid_to": None})
        elif (current["starts"], current["ends"]) != (new["starts"], new["ends"]):
            began = current["valid_from"]
            if began is not None and began >= day.isoformat():
                current.update(starts=new["starts"], ends=new["ends"])
                continue
            current["valid_to"] = before(day)
            result.append({**new, "valid_from": day.isoformat(), "valid_to": None})
    return result


def enrollments_from(
    stored: Sequence[Row], school_class: str, enrolled: date | None, day: date, year_starts: date
) -> list[dict[str, Any]]:
    """Return a student's enrollments with the student in ``school_class``.

    A change of class holds from the date of enrolment if that is newer than the former enrollment,
    else from the day of the import; nobody is enrolled in a class before its school year.

    Args:
        enrolled: the date in the file; it may be the day the student first came to the school.
    """
    result = [dict(row) for row in stored]
    current = next((row for row in reversed(result) if row["ends"] is None), None)
    if current is not None and current["class"] == school_class:
        if enrolled is not None:
            current["starts"] = max(enrolled, year_starts).isoformat()
        return result
    starts = max(enrolled or day, year_starts)
    if current is not None:
        newer = enrolled is not None and enrolled.isoformat() > current["starts"]
        starts = starts if newer else max(day, year_starts)
        result.remove(current)
        if (closed := ended(current, starts)) is not None:
            result.append(closed)
    result.append({"class": school_class, "starts": starts.isoformat(), "ends": None})
    return result


def assignments_from(stored: Sequence[Row], said: Sequence[Row], day: date) -> list[dict[str, Any]]:
    """Return who teaches a group: as ``said`` from the day on; new rows have ``id`` None.

    A row that began on the day or later is corrected in place: its document exists already, and
    documents of an import are not taken back.
    """
    wanted = [dict(row) for row in said]
    result: list[dict[str, Any]] = []
    to_correct: list[dict[str, Any]] = []
    for old in stored:
        match = next((row for row in wanted if _is_same_assignment(old, row)), None)
        if match is not None and old["ends"] is None:
            wanted.remove(match)
            result.append(dict(old))
        elif not holds_from(old, day):
            result.append(dict(old))
        elif (shortened := ended(old, day)) is not None:
            result.append(shortened)
        else:
            to_correct.append(dict(old))
    # The teacher's own row first, so that a correction of the room does not change the teacher.
    for old in to_correct:
        own = [row for row in wanted if row["teacher"] == old["teacher"]]
        if not wanted:
            result.append({**old, "ends": before(date.fromisoformat(old["starts"]))})
            continue
        new = (own or wanted)[0]
        wanted.remove(new)
        result.append({**old, **new})
    for row in wanted:
        result.append({"id": None, **row, "starts": day.isoformat(), "ends": None})
    return result


def _is_same_assignment(old: Row, wanted: Row) -> bool:
    return all(old[name] == wanted[name] for name in ("teacher", "room", "weekly_hours"))
