"""The page behind the line: what is not on the server yet, what it has not accepted, the contacts.

GET  /sync          the page
GET  /sync/line     the line as JSON, for the pages that are open
POST /sync/now      sync now
POST /sync/understood   the author has understood that something was not accepted
POST /sync/take-back    the author takes back what the server has put aside
"""

import secrets
from http import HTTPStatus

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from node import computers, entry_states, program, refusals
from node.sync_status import own_work, summary, words
from node.sync_status import settling as settlings
from node.sync_status.summary import Summary
from sync import errors
from sync.documents import identifiers
from sync.school.people import Role
from sync.web import access, messages
from sync.web.frame import StatusLine

KEEPERS = (Role.TEACHER, Role.HOMEROOM_TEACHER)
_PASSES_SHOWN = 12

pages = Blueprint(
    "sync_status",
    __name__,
    template_folder="templates",
    static_folder="static",
    static_url_path="/static/sync-status",
)


@pages.get("/sync")
@access.allow(*KEEPERS)
def overview() -> str:
    """Show how the sync stands."""
    running = program.current()
    node = running.node
    refused = entry_states.refused_documents(node.store.records)
    author = access.actor().person
    last = running.passes.last
    kept = running.passes.kept()[:_PASSES_SHOWN]
    with node.store.database.snapshot() as connection:
        settling = settlings.settling(connection, computers.known(node), author)
    return render_template(
        "sync_status/overview.html",
        summary=present(),
        waiting=own_work.waiting(node.store, node.identity.makers, author, refused),
        not_accepted=own_work.not_accepted(node.store, node.identity.makers, author, refused),
        settling=settling,
        token=secrets.token_urlsafe(16),
        last=last,
        passes=kept,
        identity=node.identity,
        # One that was asked for in this moment begins in the next.
        is_syncing=running.is_syncing() or "asked" in request.args,
        words=words,
    )


@pages.get("/sync/line")
@access.allow(*KEEPERS)
def line() -> ResponseReturnValue:
    """Return the line as it reads now."""
    running = program.current()
    shown, progress = present_line(access.actor().person), running.progress()
    return jsonify(
        text=shown.text,
        state=shown.state,
        syncing=running.is_syncing(),
        done=progress.read if progress else 0,
        total=progress.read + progress.pending if progress else 0,
    )


@pages.post("/sync/now")
@access.allow(*KEEPERS)
def sync_now() -> ResponseReturnValue:
    """Ask for a sync now; it goes on while the page is shown."""
    program.current().wake_worker()
    return redirect(url_for("sync_status.overview", asked=1), code=HTTPStatus.SEE_OTHER)


@pages.post("/sync/understood")
@access.allow(*KEEPERS)
def understand() -> ResponseReturnValue:
    """List a rejection no more for its author; it stays in the file and in the history."""
    node = program.current().node
    key = refusals.key_of(request.form.get("rejection", "")[:80], access.actor().person)
    with node.store.database.snapshot() as connection:
        known = {one.key for one in refusals.open_refusals(connection, node.store.records)}
    if key in known:
        refusals.understood(node.store.records, key, node.clock.now())
    return redirect(url_for("sync_status.overview"), code=HTTPStatus.SEE_OTHER)


@pages.post("/sync/take-back")
@access.allow(*KEEPERS)
def withdraw() -> ResponseReturnValue:
    """Take back what the server has put aside of one document."""
    node = program.current().node
    document = request.form.get("document", "")
    token = request.form.get("token", "")[:80]
    try:
        identifiers.parse_journal(document)
        node.journal.withdraw(access.actor().person, document, token=token)
    except errors.BadDocumentId:
        abort(HTTPStatus.BAD_REQUEST)
    except errors.EntryRefused as error:
        flash(f"{messages.sentence(error)} {messages.next_step(error)}", "warning")
    else:
        flash(gettext("Taken back on this computer. The server hears of it with the next contact."))
    return redirect(url_for("sync_status.overview"), code=HTTPStatus.SEE_OTHER)


def present() -> Summary:
    """Return how the sync stands now."""
    running = program.current()
    node = running.node
    return summary.summary(node.store, node.identity.makers, running.passes, node.clock.now())


def present_line(person: str) -> StatusLine:
    """Return the line at the foot of every page, as ``person`` sees it."""
    running = program.current()
    choices = settlings.own_waiting(running.read(), person)
    return words.status_line(present(), is_syncing=running.is_syncing(), choices=choices)
