"""The guardian's pages: the week, the marks and the absences of each own child; all only to read.

Every address names the child; one without leads to the child looked at last. What is asked about
a student who is not the guardian's own, and about no student at all, gets one and the same 404.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from flask import Blueprint, Flask, current_app, g, redirect, render_template, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from central.diary import family, missed, subjects, week, words
from central.diary.family import Child
from central.diary.subjects import Subject
from central.projections import arrivals, guardian_visits
from sync import errors
from sync.clock import Clock
from sync.projections import calendars
from sync.school.people import Role
from sync.school.school_year import SchoolYear, Term
from sync.store.connection import Connection
from sync.store.document_store import DocumentStore
from sync.web import access

WHOLE_YEAR = "year"

_EXTENSION = "journal_diary"
_CHILD = "child"  # in the cookie: whose diary was looked at last

log = logging.getLogger(__name__)

pages = Blueprint(
    "diary",
    __name__,
    url_prefix="/diary",
    template_folder="templates",
    static_folder="static",
    static_url_path="/static",
)


@dataclass(frozen=True)
class Diary:
    """What the pages read from."""

    store: DocumentStore
    clock: Clock


def install(app: Flask, diary: Diary) -> None:
    """Give ``app`` the pages; to be called after ``shell.install_shell``."""
    app.extensions[_EXTENSION] = diary
    app.register_blueprint(pages)


@dataclass(frozen=True)
class _Reading:
    """What one request sees: a state of the store, and the guardian's children in it."""

    connection: Connection
    calendar: SchoolYear | None
    today: date
    children: Sequence[Child]

    def child(self, student: str) -> Child:
        """Return the own child with this id, and remember it; any other id is a 404."""
        for each in self.children:
            if each.id == student:
                g.diary_child = each.id
                if cookie.get(_CHILD) != each.id:
                    cookie[_CHILD] = each.id
                return each
        raise NotFound

    @property
    def school_day(self) -> date:
        """Return today, or the nearest day of the school year."""
        if self.calendar is None:
            return self.today
        return min(max(self.today, self.calendar.starts), self.calendar.ends)


# ------------------------------------------------------------------------------------------ pages


@pages.get("/")
@access.allow(Role.GUARDIAN)
def start() -> ResponseReturnValue:
    """Lead to today in the week of the child looked at last."""
    with _reading() as now:
        return _to_a_child(now, "diary.week", _anchor="today")


@pages.get("/week", endpoint="week")
@pages.get("/<student>/week", endpoint="week")
@pages.get("/<student>/week/<on>", endpoint="week")
@access.allow(Role.GUARDIAN)
def week_page(student: str | None = None, on: str | None = None) -> ResponseReturnValue:
    """Show a week: of today, or the one that holds the date ``on``."""
    with _reading() as now:
        if student is None:
            return _to_a_child(now, "diary.week", _anchor="today")
        child = now.child(student)
        day = now.school_day if on is None else _day(on)
        found = week.week(now.connection, child, day, now.today)
        if found is None and on is not None:
            raise NotFound
        taught = [] if found is None else [line.lesson.group for line in found.lines]
        learned = subjects.subjects_of(now.connection, taught)
        is_current = found is not None and found.monday == week.monday_of(now.school_day)
        return _page(
            "diary/week.html",
            now,
            child,
            week=found,
            is_current=is_current,
            subjects=learned,
            received=_received(learned),
        )


@pages.get("/marks", endpoint="marks")
@pages.get("/<student>/marks", endpoint="marks")
@pages.get("/<student>/marks/<period>", endpoint="marks")
@access.allow(Role.GUARDIAN)
def marks_page(student: str | None = None, period: str | None = None) -> ResponseReturnValue:
    """Show the marks by subject in a term, or the averages of all terms (``year``)."""
    with _reading() as now:
        if student is None:
            return _to_a_child(now, "diary.marks")
        child = now.child(student)
        chosen = _period(now, child, period)
        if chosen is None:
            return _page("diary/marks.html", now, child, period=None, found=[], received={})
        if chosen.term is None:
            rows = subjects.year_by_terms(now.connection, child, chosen.terms)
            return _page("diary/year.html", now, child, period=chosen, rows=rows)
        found = subjects.marks_between(now.connection, child, chosen.starts, chosen.ends)
        received = _received([each.subject for each in found])
        return _page("diary/marks.html", now, child, period=chosen, found=found, received=received)


@pages.get("/absences", endpoint="absences")
@pages.get("/<student>/absences", endpoint="absences")
@pages.get("/<student>/absences/<period>", endpoint="absences")
@access.allow(Role.GUARDIAN)
def absences_page(student: str | None = None, period: str | None = None) -> ResponseReturnValue:
    """Show what the child missed in a term or in the whole year, with totals."""
    with _reading() as now:
        if student is None:
            return _to_a_child(now, "diary.absences")
        child = now.child(student)
        chosen = _period(now, child, period)
        found = None
        if chosen is not None:
            found = missed.missed_between(now.connection, child, chosen.starts, chosen.ends)
        return _page("diary/absences.html", now, child, period=chosen, found=found)


# ------------------------------------------------------------------------------------------ steps


@dataclass(frozen=True)
class _Period:
    """A term of the child's year of study, or (``term`` None) the whole year."""

    term: Term | None
    terms: Sequence[Term]
    starts: date
    ends: date

    @property
    def id(self) -> str:
        """Return what stands in the address."""
        return WHOLE_YEAR if self.term is None else self.term.id


def _period(now: _Reading, child: Child, wanted: str | None) -> _Period | None:
    """Return the wanted period, else the term of today or the last one; None before an import."""
    if now.calendar is None:
        return None
    terms = child.terms(now.calendar)
    begun = [term for term in terms if term.starts <= now.school_day] or list(terms[:1])
    chosen = wanted or (begun[-1].id if begun else WHOLE_YEAR)
    if chosen == WHOLE_YEAR:
        return _Period(None, terms, now.calendar.starts, now.calendar.ends)
    for term in terms:
        if term.id == chosen:
            return _Period(term, terms, term.starts, term.ends)
    raise NotFound


def _received(wanted: Sequence[Subject]) -> Mapping[str, datetime | None]:
    """Return, by subject, when anything about it last arrived."""
    records = _diary().store.records
    return {subject.id: arrivals.last(records, subject.groups) for subject in wanted}


def _page(template: str, now: _Reading, child: Child, **values: Any) -> str:
    return render_template(
        template, child=child, children=now.children, today=now.today, words=words, **values
    )


def _to_a_child(now: _Reading, endpoint: str, **values: Any) -> ResponseReturnValue:
    """Lead to the child looked at last, else the first; say so where there is none."""
    if not now.children:
        return render_template("diary/no_child.html")
    own = [each.id for each in now.children]
    student = cookie.get(_CHILD)
    chosen = student if student in own else own[0]
    return redirect(url_for(endpoint, student=chosen, **values))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise NotFound from error


@contextmanager
def _reading() -> Iterator[_Reading]:
    """Begin every question at the guardian who asks."""
    diary = _diary()
    with diary.store.database.snapshot() as connection:
        today = calendars.local_date(connection, diary.clock.now())
        children = family.children(connection, access.actor().person, today)
        yield _Reading(connection, calendars.current(connection), today, children)


def _diary() -> Diary:
    return cast(Diary, current_app.extensions[_EXTENSION])


@pages.url_defaults
def _add_child(endpoint: str, values: dict[str, Any]) -> None:
    """Let links and the menu go on with the child of this page."""
    child = g.get("diary_child")
    takes_child = current_app.url_map.is_endpoint_expecting(endpoint, "student")
    if child is not None and takes_child:
        values.setdefault("student", child)


@pages.before_request
def _note_visit() -> None:
    """Note that the guardian came today; a diary that cannot be written to can still be read."""
    person = access.actor_or_none()
    if person is None or Role.GUARDIAN not in person.roles:
        return
    diary = _diary()
    today = calendars.local_date(diary.store.database.read(), diary.clock.now())
    try:
        guardian_visits.note(diary.store.records, person.person, today)
    except errors.StoreUnavailable as error:
        log.warning("a visit was not noted: %s", error.code)
