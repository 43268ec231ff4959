"""The page behind the line: what is not on the server yet, what it has not accepted, the contacts.

GET  /sync          the page
GET  /sync/line     the line as JSON, for the pages that are open
POST /sync/now      sync now
"""

from http import HTTPStatus

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from node import entry_states, program
from node.sync_status import own_work, summary, words
from node.sync_status.summary import Summary
from sync.school.people import Role
from sync.web import access
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
    return render_template(
        "sync_status/overview.html",
        summary=present(),
        waiting=own_work.waiting(node.store, node.identity.node, author, refused),
        not_accepted=own_work.not_accepted(node.store, node.identity.node, author, refused),
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
    shown, progress = present_line(), running.progress()
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


def present() -> Summary:
    """Return how the sync stands now."""
    running = program.current()
    node = running.node
    return summary.summary(node.store, node.identity.node, running.passes, node.clock.now())


def present_line() -> StatusLine:
    """Return the line at the foot of every page."""
    return words.status_line(present(), is_syncing=program.current().is_syncing())
