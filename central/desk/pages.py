"""The pages of conflicts: the list, one conflict, several with one cause.

/desk/                     what waits for the desk                       tab "open"
/desk/waiting              what its author is asked about first          tab "waiting"
/desk/conflict/<document>  one conflict, and the decision about it
/desk/together             those with one cause, and one rule for all of them
"""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import NotFound

from central import quarantine
from central.desk import causes, conflicts, decided, deciding, filters, forms, office, words
from central.desk.conflicts import Conflict
from central.desk.deciding import Choice, How
from central.desk.desk import Desk
from central.desk.filters import Filters
from central.desk.office import DECIDERS, READERS, Reading
from sync import errors
from sync.documents import identifiers
from sync.projections import groups
from sync.web import access, failures

pages = Blueprint(
    "desk",
    __name__,
    url_prefix="/desk",
    template_folder="templates",
    static_folder="static",
    static_url_path="/static",
)

#: How many lines a list shows at once.
PAGE = 100

_BY_AUTHOR = "author:"


def open_items(desk: Desk) -> int:
    """Return how much waits for the desk now: open conflicts and items put aside."""
    conflicting, _ = conflicts.counted(desk.store, desk.clock.now())
    return conflicting + quarantine.count(desk.store.records)


# ------------------------------------------------------------------------------------------ lists


@pages.get("/")
@access.allow(*READERS)
def start() -> ResponseReturnValue:
    """Show the conflicts that wait for the desk, those with one cause together."""
    with office.reading() as now:
        found = conflicts.open_conflicts(now, Filters.of(request.args))
        bundles = causes.bundled(found, lambda one: one.cause)
        # The longest waiting first; the others follow as these are settled.
        shown, later_ones = bundles[:PAGE], bundles[PAGE:]
        left = sum(len(one.items) for one in later_ones) + sum(one.left_out for one in shown)
        later = decided.changed_later(now, Filters.of(request.args))
        return page("desk/conflicts.html", now, tab="open", bundles=shown, left=left, later=later)


@pages.get("/waiting")
@access.allow(*READERS)
def waiting() -> ResponseReturnValue:
    """Show the conflicts of one author with themselves, who is asked first."""
    with office.reading() as now:
        found = conflicts.with_their_authors(now, Filters.of(request.args))
        return page("desk/waiting.html", now, tab="waiting", found=found)


# ------------------------------------------------------------------------------------ one conflict


@pages.get("/conflict/<document>")
@access.allow(*READERS)
def show(document: str) -> ResponseReturnValue:
    """Show both sides of a conflict, equal, with what is suggested."""
    with office.reading() as now:
        found = _conflict(now, document)
        if found is None:
            return _settled_meanwhile(now, document)
        return conflict_page(now, found)


@pages.post("/conflict/<document>")
@access.allow(*DECIDERS)
def decide(document: str) -> ResponseReturnValue:
    """Take the decision; on a refusal show the page again, with what was typed."""
    with office.reading() as now:
        found = _conflict(now, document)
        if found is None:
            return _settled_meanwhile(now, document)
        try:
            decision = _decide(found, request.form)
        except errors.EntryRefused as error:
            return _refused(now, found, error)
    flash(gettext("Decided. The decision goes to the classrooms with their next contact."))
    return redirect(_next(now, decision), 303)


def _decide(found: Conflict, form: MultiDict[str, str]) -> str:
    verdict = forms.read_verdict(found.about, found.units, form)
    reason = forms.read_reason(form)
    _refuse_foreign_reason(verdict.suggested, found, reason)
    return deciding.decide(
        office.desk(),
        found.about.doc_id,
        form.getlist("shown"),
        verdict.choices,
        by=access.actor().person,
        reason=reason,
        suggested=verdict.suggested,
    )


def _refuse_foreign_reason(followed: str | None, found: Conflict, reason: str) -> None:
    """Refuse the reason of a suggestion for a decision that did not follow it."""
    offered = {
        words.suggestion(unit.suggestion.code)
        for unit in found.units
        if unit.suggestion is not None
    }
    if followed is None and reason in offered:
        raise errors.EntryRefused(code="reason_of_suggestion", hint="give_reason")


# ---------------------------------------------------------------------------------- several at once


@pages.get("/together")
@access.allow(*READERS)
def together() -> ResponseReturnValue:
    """Show the conflicts with one cause side by side, and the rules for all of them."""
    key = request.args.get("cause", "")
    with office.reading() as now:
        found = conflicts.of_cause(now, key)
        if not found:
            flash(gettext("These have been settled meanwhile."))
            return redirect(url_for("desk.start"), 303)
        return _together_page(now, key, found)


@pages.post("/together")
@access.allow(*DECIDERS)
def decide_together() -> ResponseReturnValue:
    """Settle the chosen conflicts by one rule, all of them or none."""
    key = request.args.get("cause", "")
    with office.reading() as now:
        found = conflicts.of_cause(now, key)
        if not found:
            flash(gettext("These have been settled meanwhile."))
            return redirect(url_for("desk.start"), 303)
        try:
            settled = _decide_many(found, key)
        except errors.EntryRefused as error:
            failure = failures.failure_of(error)
            return _together_page(now, key, found, failure=failure), failure.status
    flash(ngettext("%(num)d conflict is decided.", "%(num)d conflicts are decided.", settled))
    return redirect(url_for("desk.start"), 303)


def _decide_many(found: Sequence[Conflict], key: str) -> int:
    form = request.form
    wanted = set(form.getlist("document"))
    rule = form.get("rule", "")
    chosen = [one for one in found if one.about.doc_id in wanted]
    if not chosen:
        raise errors.EntryRefused(code="nothing_chosen", hint="choose_lines")
    reason = forms.read_reason(form)
    steps, suggested = [], {}
    for one in chosen:
        doc_id, choices = one.about.doc_id, _by_rule(one, rule)
        suggested[doc_id] = forms.followed_of(one.units, choices)
        _refuse_foreign_reason(suggested[doc_id], one, reason)
        steps.append((doc_id, _shown(form, one), choices))
    by = access.actor().person
    deciding.decide_many(office.desk(), steps, by=by, reason=reason, suggested=suggested, cause=key)
    return len(steps)


def _shown(form: MultiDict[str, str], one: Conflict) -> list[str]:
    """Return the leaves that stood in the page for one of its conflicts."""
    return form.getlist(f"shown-{one.about.doc_id}")


def _by_rule(found: Conflict, rule: str) -> list[Choice]:
    if found.of_two_minds:
        # The page offers no tick for it: this has become so since it was shown.
        raise errors.EntryRefused(code="changed_meanwhile", hint="look_and_repeat")
    return [Choice(unit.fields, How.VERSION, _version(unit, rule), None) for unit in found.units]


def _version(unit: conflicts.Unit, rule: str) -> int:
    if rule.startswith(_BY_AUTHOR):
        author = rule.removeprefix(_BY_AUTHOR)
        for side in unit.sides:
            if side.author == author:
                return side.index
    raise errors.EntryRefused(code="choice_needed", hint="choose_rule")


# ------------------------------------------------------------------------------------------ steps


def page(template: str, now: Reading, *, tab: str, **values: Any) -> str:
    """Return a page of the desk with its tabs, the words and the filters of the address."""
    return render_template(
        template,
        tab=tab,
        words=words,
        book=now.book,
        now=now,
        may_decide=office.may_decide(),
        filters=Filters.of(request.args),
        offered=offered_filters(now),
        counts=_counts(now),
        **values,
    )


def _counts(now: Reading) -> dict[str, int]:
    """Return how many items stand behind the tabs of what is open."""
    conflicting, waiting = conflicts.counted(now.store, now.now)
    aside = quarantine.count(now.store.records)
    return {"open": conflicting, "waiting": waiting, "aside": aside}


def offered_filters(now: Reading) -> dict[str, Any]:
    """Return what lists can be narrowed to: classes, subjects, people, kinds, ages."""
    classes = groups.all_classes(now.connection)
    rows = now.connection.execute("SELECT id, name FROM subject ORDER BY sort_key, id").fetchall()
    return {
        "classes": [(one.id, one.name) for one in classes],
        "subjects": [(row[0], row[1]) for row in rows],
        "teachers": [(one.id, one.name.short()) for one in now.book.staff],
        "kinds": list(words.KINDS.items()),
        "ages": filters.AGES,
    }


def conflict_page(now: Reading, found: Conflict, **values: Any) -> str:
    """Return the page of one conflict."""
    reasons = [
        words.suggestion(unit.suggestion.code)
        for unit in found.units
        if unit.suggestion is not None
    ]
    earlier = decided.decision_of(now, found.about.doc_id) if found.reopened else None
    return page(
        "desk/conflict.html",
        now,
        tab="waiting" if found.waits_for_author else "open",
        conflict=found,
        offered_reason=reasons[0] if len(reasons) == len(found.units) else "",
        earlier=earlier,
        same_cause=len(conflicts.of_cause(now, found.cause.key)),
        typed=values.pop("typed", {}),
        **values,
    )


def _refused(now: Reading, found: Conflict, error: errors.EntryRefused) -> ResponseReturnValue:
    failure = failures.failure_of(error)
    shown = conflict_page(now, found, failure=failure, typed=request.form)
    return shown, failure.status


def _together_page(now: Reading, key: str, found: Sequence[Conflict], **values: Any) -> str:
    people = sorted(found[0].people, key=lambda one: words.person(now.book, one))
    units = [unit for one in found if not one.of_two_minds for unit in one.units]
    every_suggested = all(unit.suggestion for unit in units)
    codes = {unit.suggestion.code for unit in units if unit.suggestion}
    return page(
        "desk/together.html",
        now,
        tab="open",
        cause=key,
        found=found,
        people=people,
        suggested=codes.pop() if every_suggested and len(codes) == 1 else None,
        suggested_author=_suggested_author(units) if every_suggested else None,
        typed=request.form,
        **values,
    )


def _suggested_author(units: Sequence[conflicts.Unit]) -> str | None:
    authors = {unit.suggested.author for unit in units if unit.suggested is not None}
    return authors.pop() if len(authors) == 1 else None


def _conflict(now: Reading, document: str) -> Conflict | None:
    try:
        identifiers.parse_journal(document)
    except errors.BadDocumentId as error:
        raise NotFound from error
    return conflicts.conflict(now, document)


def _settled_meanwhile(now: Reading, document: str) -> ResponseReturnValue:
    """Lead on from a conflict that is none any more: to its decision, or to the list."""
    earlier = decided.decision_of(now, document)
    if earlier is None:
        raise NotFound
    flash(gettext("This has been settled already; here is the decision."))
    return redirect(url_for("desk.decision", opaque=earlier.id), 303)


def _next(now: Reading, decision: str) -> str:
    return url_for("desk.decision", opaque=identifiers.opaque_of(decision))
