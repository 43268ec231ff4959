"""The pages of an administrative correction: find the entry, then change it with a reason.

/desk/correction              class, subject and date: what was kept there
/desk/correction/<document>   the values as they stand, to be corrected
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import NotFound

from central.desk import correcting, deciding, forms, office
from central.desk.correcting import Standing
from central.desk.office import DECIDERS, READERS, Reading
from central.desk.pages import page, pages
from sync import errors
from sync.documents import identifiers
from sync.web import access, failures

_PREFIX = "field-"


@pages.get("/correction")
@access.allow(*READERS)
def correction() -> ResponseReturnValue:
    """Let the deputy head find what is to be corrected."""
    with office.reading() as now:
        class_id, group_id = request.args.get("class", ""), request.args.get("group", "")
        offered = correcting.groups_to_choose(now, class_id) if class_id else []
        group = next((one for one in offered if one.id == group_id), None)
        on = _day(request.args.get("date", ""))
        found = correcting.of_group(now, group, on) if group is not None and on else []
        return page(
            "desk/find_correction.html",
            now,
            tab="correction",
            class_id=class_id,
            groups=offered,
            group=group,
            on=on,
            asked=group is not None and on is not None,
            by_lesson=correcting.lessons_in(found),
        )


@pages.get("/correction/<document>")
@access.allow(*READERS)
def correction_form(document: str) -> ResponseReturnValue:
    """Show an entry as it stands, to be corrected."""
    with office.reading() as now:
        return _page(now, _standing(now, document))


@pages.post("/correction/<document>")
@access.allow(*DECIDERS)
def correct(document: str) -> ResponseReturnValue:
    """Write the correction; it is a decision like any other."""
    with office.reading() as now:
        found = _standing(now, document)
        try:
            decision = deciding.correct(
                office.desk(),
                document,
                _changed(found, request.form),
                request.form.get("shown", ""),
                by=access.actor().person,
                reason=forms.read_reason(request.form),
            )
        except errors.EntryRefused as error:
            failure = failures.failure_of(error)
            return _page(now, found, failure=failure, typed=request.form), failure.status
    flash(gettext("Corrected. The correction goes to the classrooms with their next contact."))
    return redirect(url_for("desk.decision", opaque=identifiers.opaque_of(decision)), 303)


def _changed(found: Standing, form: Mapping[str, str]) -> dict[str, Any]:
    """Return the fields that were typed differently.

    Raises:
        errors.EntryRefused: none was, code ``nothing_changed``; or a value that cannot be.
    """
    typed = forms.read_values(found.about, list(found.values), form, _PREFIX)
    changed = {name: new for name, new in typed.items() if new != found.values[name]}
    if not changed:
        raise errors.EntryRefused(code="nothing_changed", hint="change_something")
    return changed


def _page(now: Reading, found: Standing, **values: Any) -> str:
    typed = values.pop("typed", {})
    return page(
        "desk/correction.html", now, tab="correction", found=found, typed=typed, prefix=_PREFIX,
        **values,
    )  # fmt: skip


def _standing(now: Reading, document: str) -> Standing:
    try:
        found = correcting.standing(now, document)
    except errors.BadDocumentId as error:
        raise NotFound from error
    if found is None:
        raise NotFound
    return found


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
