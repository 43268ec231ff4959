"""The pages of decisions: the list, one decision, taking it back, and the protocol.

/desk/decided               all decisions, the latest first
/desk/decision/<id>         one of them, with what came of it
/desk/protocol              the protocol of a period, to print; as a workbook: protocol.xlsx
"""

from datetime import date, timedelta

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import NotFound

from central.desk import decided, deciding, forms, office, protocol, workbook
from central.desk.decided import Decision
from central.desk.filters import Filters
from central.desk.office import DECIDERS, READERS, Reading
from central.desk.pages import PAGE, page, pages
from central.desk.protocol import Period
from sync import errors
from sync.documents import identifiers
from sync.projections import calendars
from sync.web import access, failures

#: What a protocol covers when nothing is said.
_USUAL = timedelta(days=30)
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pages.get("/decided", endpoint="decided")
@access.allow(*READERS)
def list_decided() -> ResponseReturnValue:
    """Show the decisions, the latest first."""
    with office.reading() as now:
        found = decided.all_decisions(now, Filters.of(request.args))
        return page("desk/decided.html", now, tab="decided", found=found[:PAGE], more=len(found))


@pages.get("/decision/<opaque>", endpoint="decision")
@access.allow(*READERS)
def show(opaque: str) -> ResponseReturnValue:
    """Show one decision: the versions, what was chosen, who decided, where it has come back."""
    with office.reading() as now:
        return _page(now, _decision(now, opaque))


@pages.post("/decision/<opaque>", endpoint="reopen")
@access.allow(*DECIDERS)
def reopen(opaque: str) -> ResponseReturnValue:
    """Take a decision back: its matter is open again."""
    with office.reading() as now:
        found = _decision(now, opaque)
        try:
            reason = forms.read_reason(request.form)
            doc_id = identifiers.reference_id(decided.DECISIONS, opaque)
            deciding.reopen(office.desk(), doc_id, by=access.actor().person, reason=reason)
        except errors.EntryRefused as error:
            failure = failures.failure_of(error)
            return _page(now, found, failure=failure), failure.status
    flash(gettext("Open again: the value counts nowhere until it is decided anew."))
    return redirect(url_for("desk.show", document=found.about.doc_id), 303)


@pages.get("/protocol", endpoint="protocol")
@access.allow(*READERS)
def show_protocol() -> ResponseReturnValue:
    """Show the protocol of a period, as it is printed."""
    with office.reading() as now:
        period, understood = _period(now)
        return page(
            "desk/protocol.html",
            now,
            tab="protocol",
            period=period,
            understood=understood,
            lines=protocol.lines(now, period),
            columns=protocol.columns(),
            school_name=calendars.school_name(now.connection),
        )


@pages.get("/protocol.xlsx", endpoint="protocol_file")
@access.allow(*READERS)
def protocol_file() -> ResponseReturnValue:
    """Give the same protocol as a workbook."""
    with office.reading() as now:
        period, _ = _period(now)
        sheet = protocol.as_sheet(now, period, calendars.school_name(now.connection))
    name = f"protocol-{period.first}-{period.last}.xlsx"
    answer = Response(workbook.of(sheet), mimetype=_XLSX)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def _page(now: Reading, found: Decision, **values: object) -> str:
    return page(
        "desk/decision.html", now, tab="decided", decision=found, typed=request.form, **values
    )


def _decision(now: Reading, opaque: str) -> Decision:
    found = decided.decision(now, opaque)
    if found is None:
        raise NotFound
    return found


def _period(now: Reading) -> tuple[Period, bool]:
    """Return the wished period, else the last month; and whether the wish was understood."""
    today = calendars.local_date(now.connection, now.now)
    usual = Period(today - _USUAL, today)
    try:
        first = date.fromisoformat(request.args["from"]) if "from" in request.args else usual.first
        last = date.fromisoformat(request.args["to"]) if "to" in request.args else usual.last
    except ValueError:
        return usual, False
    return (Period(first, last), True) if first <= last else (usual, False)
