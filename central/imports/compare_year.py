"""Compares the school year: the school, its terms, holidays and bells; one calendar document."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from central.imports import dated, layout, names
from central.imports.comparison import Comparison, Path, Place, element_key
from central.imports.draft import Holiday, School, Term
from central.imports.settle import SettledList, Status, settle_list

_SCHOOL_FIELDS = ("school_name", "label", "timezone", "weekdays")


def compare(comparison: Comparison, school: School) -> None:
    """Settle the calendar of the file's school year."""
    draft, opaque = comparison.draft, comparison.ids.calendar
    said: dict[Path, Any] = {
        ("school_name",): school.name,
        ("label",): school.label,
        ("timezone",): school.timezone,
        ("starts",): draft.year_starts.isoformat(),
        ("ends",): draft.year_ends.isoformat(),
        ("weekdays",): school.weekdays,
    }
    terms = _terms(comparison)
    holidays = _holidays(comparison)
    bells = _bells(comparison)
    place = Place(layout.SCHOOL.title, None, school.label)
    new = comparison.stored.get("calendar", opaque) is None
    statuses = comparison.document(
        "calendar",
        opaque,
        place,
        said | terms | holidays,
        {"bells": bells},
        element_lists=("terms", "holidays"),
    )
    for name in _SCHOOL_FIELDS:
        comparison.count(layout.SCHOOL.title, statuses[(name,)])
    for path in terms:
        comparison.count(layout.TERMS.title, statuses[path])
    for path in holidays:
        comparison.count(layout.HOLIDAYS.title, statuses[path])
    _count_bells(comparison, bells, new=new)
    _missing(comparison, terms | holidays)


def _terms(comparison: Comparison) -> dict[Path, Any]:
    """Return the terms by their ids; a term of the same kind and name keeps its id."""
    stored = comparison.stored.get("calendar", comparison.ids.calendar)
    ids = {_term_key(term): term["id"] for term in (stored.value["terms"] if stored else ())}
    said: dict[Path, Any] = {}
    for term in comparison.draft.terms:
        key = (term.kind, names.text_key(term.name))
        opaque = ids.get(key) or comparison.new_id()
        said[("terms", opaque)] = _term_value(term, opaque)
    return said


def _term_key(term: Mapping[str, Any]) -> tuple[str, str]:
    return term["kind"], names.text_key(term["name"])


def _term_value(term: Term, opaque: str) -> dict[str, Any]:
    return {
        "id": opaque,
        "kind": term.kind,
        "name": term.name,
        "starts": term.starts.isoformat(),
        "ends": term.ends.isoformat(),
        "years": list(term.years),
    }


def _holidays(comparison: Comparison) -> dict[Path, Any]:
    seen: Counter[str] = Counter()
    return {
        ("holidays", element_key(holiday.name, seen)): _holiday_value(comparison, holiday)
        for holiday in comparison.draft.holidays
    }


def _holiday_value(comparison: Comparison, holiday: Holiday) -> dict[str, Any]:
    classes = None
    if holiday.classes is not None:
        classes = sorted(comparison.ids.classes[key] for key in holiday.classes)
    return {
        "name": holiday.name,
        "starts": holiday.starts.isoformat(),
        "ends": holiday.ends.isoformat(),
        "years": None if holiday.years is None else list(holiday.years),
        "classes": classes,
    }


def _bells(comparison: Comparison) -> SettledList:
    stored = comparison.stored.get("calendar", comparison.ids.calendar)
    rows = sorted(comparison.draft.bells, key=lambda bell: (bell.shift, bell.number))
    said = [
        {"shift": bell.shift, "number": bell.number, "starts": bell.starts, "ends": bell.ends}
        for bell in rows
    ]
    before = stored.value["bells"] if stored else None
    base = comparison.base_of_list(f"calendar:{comparison.ids.calendar}", "bells")
    return settle_list(
        before, base, said, lambda: dated.bells_from(before or [], said, comparison.day)
    )


def _count_bells(comparison: Comparison, bells: SettledList, *, new: bool) -> None:
    title = layout.BELLS.title
    rows = len(comparison.draft.bells)
    if bells.status is not Status.CHANGED:
        comparison.count(title, Status.ADDED if new else bells.status, rows)
        return
    began = comparison.day.isoformat()
    changed = sum(1 for bell in bells.value if bell["valid_from"] == began)
    comparison.count(title, Status.CHANGED, max(changed, 1))
    comparison.count(title, Status.UNCHANGED, rows - max(changed, 1))


def _missing(comparison: Comparison, said: Mapping[Path, Any]) -> None:
    """Note terms and holidays of earlier imports that the file does not have any more."""
    base = comparison.stored.said("calendar", comparison.ids.calendar)
    for path, value in base.items():
        name, _, element = path.partition("/")
        if element and (name, element) not in said:
            sheet = layout.TERMS if name == "terms" else layout.HOLIDAYS
            comparison.missing(sheet.title, value["name"])
