"""The pages of a day and of a lesson, and the addresses by which a lesson is saved.

    GET  /                                   the day: ?day=2026-10-14
    GET  /lesson/<group>/<day>/<ordinal>     the lesson
    POST /lesson/<group>/<day>/<ordinal>     the same as a plain form, without JavaScript
    POST …/save                              one field, for the page's module: see ``saves``
    GET  …/fields                            all fields as they are now, for the page's module
    GET  /lesson/<group>/<day>/new           one more lesson than the timetable has

Who may look is asked of the data on each request: a lesson of others is answered as "not yours", a
lesson that cannot be as "there is no such page".
"""

import secrets
from collections.abc import Iterable
from datetime import date
from functools import partial
from http import HTTPStatus
from typing import Any

from flask import Blueprint, abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from node import computers, departures, entry_states, program
from node.journal import forms, lesson, lesson_words, saves, settled, sheet_words, today
from node.journal.lesson import LessonPage
from node.journal.lesson_fields import Field
from node.journal.saves import Desk, Wish
from node.journal.today import Viewer
from sync import errors
from sync.documents import entry
from sync.documents.identifiers import LessonKey
from sync.projections import day as days
from sync.projections import groups
from sync.school import marks
from sync.school.people import Role
from sync.store.connection import Connection
from sync.web import access, formats, messages

KEEPERS = (Role.TEACHER, Role.HOMEROOM_TEACHER)

pages = Blueprint(
    "journal",
    __name__,
    template_folder="templates",
    static_folder="static",
    static_url_path="/static/journal",
)

_LESSON = "/lesson/<group>/<day>/<int:ordinal>"
_MOST_TOKEN = 80


@pages.get("/")
@access.allow(*KEEPERS)
def day() -> str:
    """Show the teacher's lessons of one day, today if none is named."""
    wanted = request.args.get("day")
    with program.current().node.store.database.snapshot() as connection:
        shown = today.teachers_day(connection, viewer(), _date(wanted) if wanted else None)
    return render_template("journal/day.html", day=shown)


@pages.get(_LESSON)
@access.allow(*KEEPERS)
def show_lesson(group: str, day: str, ordinal: int) -> str:
    """Show one lesson."""
    return _lesson_html(_page(_key(group, day, ordinal)))


@pages.post(_LESSON)
@access.allow(*KEEPERS)
def keep_lesson(group: str, day: str, ordinal: int) -> ResponseReturnValue:
    """Save everything that was changed in the page's form, and show what could not be saved."""
    key = _key(group, day, ordinal)
    page = _page(key)
    refused: dict[str, forms.Refused] = {}
    for wish in forms.wishes(page, request.form):
        try:
            saves.save(_desk(key, wish), wish)
        except saves.WishNotUnderstood:
            abort(HTTPStatus.BAD_REQUEST)
        except errors.EntryRefused as error:
            text = request.form.get(wish.field, "")
            refused[wish.field] = forms.Refused(
                text, messages.sentence(error), messages.next_step(error), error.code
            )
    if refused:
        return _lesson_html(_page(key), refused), HTTPStatus.UNPROCESSABLE_ENTITY
    return redirect(request.path, code=HTTPStatus.SEE_OTHER)


@pages.post(f"{_LESSON}/save")
@access.allow(*KEEPERS)
def save_field(group: str, day: str, ordinal: int) -> ResponseReturnValue:
    """Save one field; answer with the fields that have changed by it, as they are now."""
    key = _key(group, day, ordinal)
    wish = _wish(request.get_json())
    try:
        saves.save(_desk(key, wish), wish)
    except saves.WishNotUnderstood:
        abort(HTTPStatus.BAD_REQUEST)
    page = _page(key)
    return jsonify(_told(page, forms.touched(page, wish.field)))


@pages.get(f"{_LESSON}/fields")
@access.allow(*KEEPERS)
def fields(group: str, day: str, ordinal: int) -> ResponseReturnValue:
    """Return all fields of a lesson as they are now."""
    page = _page(_key(group, day, ordinal))
    return jsonify(_told(page, page.fields()))


@pages.get("/lesson/<group>/<day>/new")
@access.allow(*KEEPERS)
def new_lesson(group: str, day: str) -> ResponseReturnValue:
    """Go to the lesson that a group has beyond the timetable of a day."""
    on = _date(day)
    connection = program.current().read()
    found = groups.group(connection, group)
    if found is None:
        abort(HTTPStatus.NOT_FOUND)
    every = days.lessons_of_groups(connection, [found], on, on)
    ordinal = lesson.next_ordinal(every)
    if not ordinal:
        abort(HTTPStatus.NOT_FOUND)
    return redirect(
        url_for("journal.show_lesson", group=group, day=on.isoformat(), ordinal=ordinal)
    )


def viewer() -> Viewer:
    """Return who looks, when, and at which computer."""
    node = program.current().node
    return Viewer(
        access.actor().person,
        node.clock.now(),
        node.identity.label,
        computers.known(node),
        partial(departures.lessons_among, node.store.records),
        departures.students(node.store.records),
    )


def _page(key: LessonKey) -> LessonPage:
    """Return the lesson's page; 404 and 403 end the request."""
    node = program.current().node
    roles = frozenset(Role(role) for role in access.actor().roles)
    with node.store.database.snapshot() as connection:
        states = entry_states.states_of(
            connection,
            node.store.records,
            node.identity.makers,
            lesson.documents_of(connection, key),
        )
        page = lesson.lesson_page(connection, states, viewer(), roles, key)
    if page is None:
        abort(HTTPStatus.NOT_FOUND)
    if not page.access.may_read:
        raise errors.NotPermitted(code=page.access.code)
    departures.refuse_page(node.store.records, key)
    return page


def _lesson_html(page: LessonPage, refused: dict[str, forms.Refused] | None = None) -> str:
    connection = program.current().read()
    return render_template(
        "journal/lesson.html",
        page=page,
        settled_heads=settled.heads,
        refused=refused or {},
        form_token=secrets.token_urlsafe(16),
        neighbours=_neighbours(connection, page.key),
        page_words=lesson_words.page_words(),
        work_kinds=lesson_words.work_kinds(),
        weights=marks.DEFAULT_WEIGHTS,
        kind_name=sheet_words.kind_name,
        weight_dots=sheet_words.weight_dots,
        why=messages.sentence_of,
        absence_letters=forms.absence_letters(),
        absence_legend=lesson_words.absence_legend(),
        mark_texts=marks.allowed_texts(marks.FIVE_POINT).split(),
    )


def _neighbours(
    connection: Connection, key: LessonKey
) -> tuple[LessonKey | None, LessonKey | None]:
    """Return the teacher's lessons of the day before and after this one."""
    every = [
        one.key for one in days.lessons_of_teacher(connection, access.actor().person, key.date)
    ]
    if key not in every:
        return None, None
    place = every.index(key)
    before = every[place - 1] if place > 0 else None
    return before, every[place + 1] if place + 1 < len(every) else None


def _desk(key: LessonKey, wish: Wish) -> Desk:
    found = program.current()
    departures.refuse_write(found.node.store.records, key, saves.student_of(wish))
    return Desk(found.node.journal, found.read(), access.actor().person, key)


def _told(page: LessonPage, told: Iterable[Field]) -> dict[str, Any]:
    described = {}
    for one in told:
        note = one.note or (messages.sentence_of(one.code) if one.code else "")
        described[one.name] = one.as_json() | {"note": note}
    return {
        "fields": described,
        # The school's time: the computer's own zone may be another.
        "told_at": formats.clock_time(program.current().node.clock.now()),
        "absent": page.absent,
        "homework_offered": page.homework_offered,
        "taken": _topic_json(page.taken),
        "offered": _topic_json(page.offered),
        "columns": [
            {"id": one.id, "weight": sheet_words.weight_dots(one.weight)} for one in page.columns
        ],
        "implausible": [line.student.id for line in page.students if line.implausible],
    }


def _topic_json(topic: Any) -> dict[str, Any] | None:
    if topic is None:
        return None
    return {"id": topic.id, "position": topic.position, "title": topic.title}


def _wish(body: Any) -> Wish:
    whole = isinstance(body, dict) and isinstance(body.get("seen"), dict)
    if not whole or not isinstance(body.get("field"), str):
        abort(HTTPStatus.BAD_REQUEST)
    token = body.get("token")
    if not isinstance(token, str) or not 8 <= len(token) <= _MOST_TOKEN:
        abort(HTTPStatus.BAD_REQUEST)
    reason = body.get("reason")
    if reason is not None and (not isinstance(reason, str) or len(reason) > entry.MAX_REASON):
        abort(HTTPStatus.BAD_REQUEST)
    return Wish(body["field"], body.get("value"), body["seen"], token, reason or None)


def _key(group: str, day: str, ordinal: int) -> LessonKey:
    return LessonKey(group, _date(day), ordinal)


def _date(text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        abort(HTTPStatus.NOT_FOUND)
    if found.isoformat() != text:
        abort(HTTPStatus.NOT_FOUND)
    return found
