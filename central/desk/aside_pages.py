"""The pages of what was put aside: the list by computer and reason, one item, the verdicts.

/desk/aside                     what waits for a verdict; several at once
/desk/aside/<document>/<rev>    one item
/desk/rejected                  what was rejected, with who and why
"""

from collections.abc import Sequence
from urllib.parse import urlencode

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from central.desk import aside, forms, office, putting_aside
from central.desk.aside import AsideItem
from central.desk.filters import Filters
from central.desk.office import DECIDERS, READERS, Reading
from central.desk.pages import PAGE, page, pages
from sync import errors
from sync.web import access, failures

ACCEPT, REJECT = "accept", "reject"
_MOST_DIGITS = 6


@pages.get("/aside", endpoint="aside")
@access.allow(*READERS)
def waiting() -> ResponseReturnValue:
    """Show what was put aside, by computer and reason."""
    with office.reading() as now:
        return _list(now)


@pages.post("/aside", endpoint="settle_aside")
@access.allow(*DECIDERS)
def settle() -> ResponseReturnValue:
    """Accept or reject the chosen items, all of them or none."""
    with office.reading() as now:
        try:
            told = _settle(_chosen(request.form.getlist("item")))
        except errors.EntryRefused as error:
            failure = failures.failure_of(error)
            return _list(now, failure=failure), failure.status
    flash(told)
    return redirect(_list_address(), 303)


@pages.get("/aside/<document>/<rev>", endpoint="aside_item")
@access.allow(*READERS)
def item(document: str, rev: str) -> ResponseReturnValue:
    """Show what one item wanted, whose it is, and why it waits."""
    with office.reading() as now:
        found = aside.waiting_item(now, document, rev)
        return _gone() if found is None else _page(now, found)


@pages.post("/aside/<document>/<rev>", endpoint="settle_aside_item")
@access.allow(*DECIDERS)
def settle_item(document: str, rev: str) -> ResponseReturnValue:
    """Accept or reject one item."""
    with office.reading() as now:
        found = aside.waiting_item(now, document, rev)
        if found is None:
            return _gone()
        try:
            told = _settle([(document, rev)])
        except errors.EntryRefused as error:
            failure = failures.failure_of(error)
            return _page(now, found, failure=failure), failure.status
    flash(told)
    return redirect(url_for("desk.aside"), 303)


@pages.get("/rejected")
@access.allow(*READERS)
def rejected() -> ResponseReturnValue:
    """Show what was rejected, the latest first."""
    with office.reading() as now:
        found = aside.rejected(now, Filters.of(request.args))
        return page("desk/rejected.html", now, tab="rejected", found=found[:PAGE], more=len(found))


def _list(now: Reading, **values: object) -> str:
    lines = aside.waiting(now, Filters.of(request.args))
    return page(
        "desk/aside.html", now, tab="aside", found=aside.on_page(now, lines, _number()),
        typed=request.form, withdrawn=aside.WITHDRAWN, **values,
    )  # fmt: skip


def _number() -> int:
    """Return which page of the list the address asks for."""
    text = request.args.get("page", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < _MOST_DIGITS else 1


def _list_address() -> str:
    """Return the address of the list with its filters, at the page that was shown."""
    at = {"page": str(_number())} if _number() > 1 else {}
    wished = Filters.of(request.args).as_args() | at
    return url_for("desk.aside") + (f"?{urlencode(wished)}" if wished else "")


def _page(now: Reading, found: AsideItem, **values: object) -> str:
    return page("desk/aside_item.html", now, tab="aside", item=found, typed=request.form, **values)


def _gone() -> ResponseReturnValue:
    flash(gettext("This has been settled meanwhile, or a newer version has taken its place."))
    return redirect(url_for("desk.aside"), 303)


def _settle(chosen: Sequence[tuple[str, str]]) -> str:
    """Do what the pressed button says; return what is told about it."""
    if not chosen:
        raise errors.EntryRefused(code="nothing_chosen", hint="choose_lines")
    verdict = request.form.get("verdict", "")
    reason = forms.read_reason(request.form)
    by = access.actor().person
    if verdict == ACCEPT:
        became = putting_aside.accept_many(office.desk(), chosen, by=by, reason=reason)
        conflicting = sum(1 for one in became.values() if one == putting_aside.CONFLICT)
        return _accepted(len(chosen), conflicting)
    if verdict == REJECT:
        putting_aside.reject_many(office.desk(), chosen, by=by, reason=reason)
        return str(
            ngettext(
                "%(num)d entry is rejected; its author will see the reason.",
                "%(num)d entries are rejected; their authors will see the reason.",
                len(chosen),
            )
        )
    raise errors.EntryRefused(code="choice_needed", hint="choose_verdict")


def _accepted(count: int, conflicting: int) -> str:
    told = str(ngettext("%(num)d entry is accepted.", "%(num)d entries are accepted.", count))
    if not conflicting:
        return told
    more = ngettext(
        "%(num)d of them met another value and is a conflict now: decide it here on the desk.",
        "%(num)d of them met other values and are conflicts now: decide them here on the desk.",
        conflicting,
    )
    return f"{told} {more}"


def _chosen(keys: Sequence[str]) -> list[tuple[str, str]]:
    """Return document and revision of the chosen lines; a key that is none is left out."""
    parted = (key.rpartition("/") for key in keys)
    return [(document, rev) for document, slash, rev in parted if slash and document and rev]
