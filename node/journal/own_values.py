"""Two values of one teacher, written on two computers: both are shown, the teacher chooses.

    GET  /choose/<document>     the values with where and when they were written
    POST /choose/<document>     one of them, or another one

Only who wrote all of them is asked; what two people wrote goes to the deputy head, and this page
says so. The page is a plain form and needs no module.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from node import computers, departures, disputes, program, value_words
from node.computers import Computers
from node.disputes import OpenDispute, Question
from node.journal import cells, sheet_view
from node.journal.sheet_history import person_name
from sync import errors
from sync.documents import identifiers, kinds
from sync.projections import groups, people
from sync.projections.groups import Group
from sync.school import attendance
from sync.school.people import Role
from sync.store.connection import Connection
from sync.web import access, messages

KEEPERS = (Role.TEACHER, Role.HOMEROOM_TEACHER)
OTHER = "other"

#: Texts that may be typed instead of the values, with their limits.
_TEXTS: Mapping[str, int] = {
    "topic": kinds.MAX_TOPIC,
    "homework": kinds.MAX_HOMEWORK,
    "comment": kinds.MAX_COMMENT,
    "title": kinds.MAX_TITLE,
}
_CELLS = frozenset({"value", "presence"})

pages = Blueprint("own_values", __name__)


@dataclass(frozen=True)
class Value:
    """One value to choose: how it reads, who wrote it, when, and on which computer."""

    text: str
    author: str
    at: datetime
    here: bool
    place: str
    clock_suspect: bool


@dataclass(frozen=True)
class Choice:
    """One question of the page. ``other`` is how another value is typed: cell, text or not."""

    field: str
    name: str
    before: str
    values: Sequence[Value]
    other: str | None


@pages.get("/choose/<document>")
@access.allow(*KEEPERS)
def choose(document: str) -> str:
    """Show the values."""
    return _page(_open(document))


@pages.post("/choose/<document>")
@access.allow(*KEEPERS)
def keep(document: str) -> ResponseReturnValue:
    """Keep what was chosen; what cannot be kept is told beside the values."""
    found = _open(document)
    if not found.is_asked(access.actor().person):
        raise errors.NotPermitted(code="not_your_entry")
    try:
        fields = _chosen(found, request.form)
        program.current().node.journal.choose(
            access.actor().person,
            found.doc_id,
            request.form.getlist("shown"),
            fields,
            token=request.form.get("token", "")[:80],
        )
    except errors.EntryRefused as error:
        return _page(_open(document), error), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(gettext("Kept on this computer. The server closes the other value by itself."))
    return redirect(lesson_address(found.doc_id), code=HTTPStatus.SEE_OTHER)


def lesson_address(doc_id: str) -> str:
    """Return the address of the lesson that a document belongs to.

    Of the sync's page, if the lesson is no longer kept on this computer.
    """
    key = identifiers.parse_journal(doc_id).lesson
    if departures.lessons_among(program.current().node.store.records, [key]):
        return url_for("sync_status.overview")
    return url_for(
        "journal.show_lesson", group=key.group, day=key.date.isoformat(), ordinal=key.ordinal
    )


def choices(connection: Connection, found: OpenDispute, known: Computers) -> list[Choice]:
    """Return the questions of a document in words."""
    told = []
    for question in found.questions:
        field = question.field
        before = dict(question.dispute.before)
        told.append(
            Choice(
                field,
                value_words.fact_name(found.kind, field),
                value_words.nothing_or(found.kind, field, before),
                [
                    Value(
                        value_words.nothing_or(found.kind, field, version.values),
                        person_name(connection, version.author),
                        version.written_at,
                        known.is_here(version.node),
                        known.name(version.node),
                        version.clock_suspect,
                    )
                    for version in question.versions
                ],
                OTHER_WAYS.get(field),
            )
        )
    return told


OTHER_WAYS: Mapping[str, str] = dict.fromkeys(_CELLS, "cell") | dict.fromkeys(_TEXTS, "text")


def _open(document: str) -> OpenDispute:
    """Return the dispute of a document; where nothing is disputed any more, its lesson says so."""
    try:
        identifiers.parse_journal(document)
    except errors.BadDocumentId:
        abort(HTTPStatus.NOT_FOUND)
    with program.current().node.store.database.snapshot() as connection:
        found = disputes.of_document(connection, document)
        group = groups.group(connection, identifiers.parse_journal(document).lesson.group)
    if group is None:
        abort(HTTPStatus.NOT_FOUND)
    if found is None:
        flash(gettext("This has been settled meanwhile: one value stands there."))
        abort(redirect(lesson_address(document), code=HTTPStatus.SEE_OTHER))
    me = access.actor().person
    if not found.is_asked(me) and not found.concerns(me):
        raise errors.NotPermitted(code="not_your_entry")
    return found


def _page(found: OpenDispute, error: errors.EntryRefused | None = None) -> str:
    node = program.current().node
    with node.store.database.snapshot() as connection:
        parsed = found.parsed
        group = groups.group(connection, parsed.lesson.group)
        student = people.student(connection, parsed.student) if parsed.student else None
        asked = choices(connection, found, computers.known(node))
    return render_template(
        "journal/choose.html",
        found=found,
        group=group,
        key=parsed.lesson,
        student=student,
        choices=asked,
        may_choose=found.is_asked(access.actor().person),
        typed=request.form,
        token=secrets.token_urlsafe(16),
        refused=None if error is None else messages.sentence(error),
        next_step="" if error is None else messages.next_step(error),
        lesson_url=lesson_address(found.doc_id),
    )


def _chosen(found: OpenDispute, form: Mapping[str, str]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for question in found.questions:
        place = form.get(f"choose.{question.field}", "")
        if place == OTHER:
            values = _typed(found, question, form.get(f"other.{question.field}", ""))
            fields |= question.typed(values)
        elif place.isascii() and place.isdigit() and int(place) < len(question.versions):
            fields |= question.chosen(int(place))
        else:
            raise errors.EntryRefused(code="choice_needed", hint="choose_version")
    return fields


def _typed(found: OpenDispute, question: Question, text: str) -> dict[str, Any]:
    field = question.field
    if field == "value":
        group = _group(found)
        return {"value": cells.read_mark(text[:40], sheet_view.scale_of(group))}
    if field == "presence":
        presence = cells.read_presence(text[:40])
        stated = None if presence is None else attendance.Presence(presence.presence)
        minutes = None if presence is None else presence.minutes
        return {"presence": None if stated is None else stated.value, "minutes": minutes}
    limit = _TEXTS.get(field)
    if limit is None:
        raise errors.EntryRefused(code="choice_needed", hint="choose_version")
    tidy = "\n".join(text.splitlines()).strip()
    if len(tidy) > limit:
        raise errors.EntryRefused(code="text_too_long", length=len(tidy), limit=limit)
    return {field: tidy or None}


def _group(found: OpenDispute) -> Group:
    group = groups.group(program.current().read(), found.parsed.lesson.group)
    if group is None:
        abort(HTTPStatus.NOT_FOUND)
    return group
