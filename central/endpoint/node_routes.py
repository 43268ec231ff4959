"""What our own nodes ask beside the protocol: receipts, the bundle of accounts, passwords, a pulse.

    POST _receipt           what became of these entries of mine?
    GET  _bundle?have=N     the signed accounts, if newer than N
    POST _bundle            the accounts that a restored central has forgotten, handed back
    POST _password_change   a sealed request of a teacher
    POST _heartbeat         how I am, in which epoch, which sequence of yours I know; answers with
                            the time, the version of my scope, whether this database was set
                            back since, and what people call the school's computers
    POST _still_mine        which of these documents do I hold without right by now?

All with the node's own credentials, all in strict JSON.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, request

from central import alarms, backup, enrolment
from central.endpoint import exchange, receipts, refusals, still_mine, watching
from central.endpoint.exchange import Limits
from central.endpoint.gateway import Gateway, Guest
from central.endpoint.refusals import Refusal
from sync import errors
from sync.accounts.bundle import BundleOffice
from sync.accounts.password_requests import PasswordDesk
from sync.clock import Clock
from sync.documents import canonical, entry
from sync.store.document_store import DocumentStore

#: ``epoch`` is the node's own present one, ``known`` the latest sequence it knows of this database,
#: ``pulled`` the one up to which it holds all that it may.
_TOLD = {
    "version": str,
    "pending": int,
    "oldest_pending": str,
    "clock": str,
    "epoch": str,
    "known": str,
    "pulled": str,
}
_MAX_TOLD = 100


def _note_nothing(guest: Guest, pulled: str, at: datetime) -> None:
    """Take no note of how far a node has pulled."""


@dataclass(frozen=True)
class NodeDesk:
    """What the routes work with; ``note_pulled`` is told how far a node has pulled, and when."""

    store: DocumentStore
    gateway: Gateway
    bundles: BundleOffice
    passwords: PasswordDesk
    clock: Clock
    limits: Limits
    note_pulled: Callable[[Guest, str, datetime], None] = _note_nothing


def create_blueprint(desk: NodeDesk) -> Blueprint:
    """Return the routes; they stand beside those of the protocol and come before them."""
    blueprint = Blueprint("node_desk", __name__)

    def route(
        rule: str,
        method: str,
        answer: Callable[[NodeDesk, Guest], Response],
        name: str | None = None,
    ) -> None:
        def view() -> Response:
            return _guarded(desk, answer)

        blueprint.add_url_rule(
            rule, name or rule.strip("/_"), view, methods=[method], provide_automatic_options=False
        )

    route("/_receipt", "POST", _receipt)
    route("/_bundle", "GET", _bundle)
    route("/_bundle", "POST", _hand_back, "hand_back")
    route("/_password_change", "POST", _password_change)
    route("/_heartbeat", "POST", _heartbeat)
    route("/_still_mine", "POST", _still_mine)
    return blueprint


def _guarded(desk: NodeDesk, answer: Callable[[NodeDesk, Guest], Response]) -> Response:
    try:
        return answer(desk, desk.gateway.guest_of(request))
    except Refusal as refusal:
        return exchange.refused(request, refusal)
    except errors.StoreUnavailable:
        return exchange.refused(request, refusals.busy(5))
    except errors.ProtocolViolation as error:
        return exchange.refused(request, refusals.bad_request(error.code))


def _receipt(desk: NodeDesk, guest: Guest) -> Response:
    asked = receipts.read_asked(exchange.object_of(request, desk.limits))
    now = desk.clock.now()
    with desk.store.database.snapshot() as connection:
        answered, forked = receipts.answer(
            connection, desk.store.records, guest.node, asked, guest.former
        )
    safe_until = backup.verified_at(desk.store.records)
    receipts.note_contact(desk.store.records, guest.node, now)
    return exchange.answer(
        request,
        {
            "states": [one.as_json() for one in answered],
            "fork": forked,
            "update_seq": desk.store.update_seq(),
            "time": entry.instant_text(now),
            # A node purges nothing that is on this one disk only.
            "backup_verified_at": None if safe_until is None else entry.instant_text(safe_until),
        },
    )


def _bundle(desk: NodeDesk, guest: Guest) -> Response:
    have = exchange.Parameters(request.args).number("have") or 0
    digest = request.args.get("digest")
    if digest is not None and not desk.bundles.is_known(have, digest):
        waiting = desk.bundles.handed_in()
        if waiting is None or waiting.serial < have:
            return exchange.answer(request, {"hand_back": True})
        return Response(status=204)
    data = desk.bundles.newer_than(have, desk.passwords.book.all())
    if data is None:
        return Response(status=204)
    return Response(data, mimetype="application/json")


def _hand_back(desk: NodeDesk, guest: Guest) -> Response:
    data = canonical.encode(exchange.object_of(request, desk.limits))
    found = desk.bundles.hand_in(data)
    if found is not None:
        facts = {"node": guest.node, "serial": found.serial}
        now = desk.clock.now()
        alarms.raise_alarm(desk.store.records, alarms.ACCOUNTS_NEWER, alarms.JOURNAL, now, **facts)
    return exchange.answer(request, {"ok": True})


def _password_change(desk: NodeDesk, guest: Guest) -> Response:
    sealed = exchange.object_of(request, desk.limits).get("sealed")
    if not isinstance(sealed, str):
        raise refusals.bad_request("`sealed` must be a string")
    try:
        desk.passwords.take(sealed, guest.node)
    except errors.TooManyAttempts as error:
        raise refusals.busy(int(error.params.get("seconds", 60))) from error
    except errors.JournalError as error:
        return exchange.answer(request, {"taken": False, "code": error.code})
    return exchange.answer(request, {"taken": True, "code": None})


def _heartbeat(desk: NodeDesk, guest: Guest) -> Response:
    told = _checked(exchange.object_of(request, desk.limits))
    now = desk.clock.now()
    known, pulled = told.pop("known", None), told.pop("pulled", None)
    set_back = known is not None and watching.is_set_back(desk.store, guest.node, known, now)
    if "epoch" in told:
        watching.note_epoch(desk.store.records, guest.node, told["epoch"], now)
    receipts.note_pulse(desk.store.records, guest.node, now, told)
    if pulled is not None:
        desk.note_pulled(guest, pulled, now)
    said = {
        "time": entry.instant_text(now),
        "scope_version": guest.scope_version,
        "set_back": set_back,
        # Who reads two values wants to know in which rooms they were written.
        "computers": {one.id: one.label for one in enrolment.all_nodes(desk.store.records)},
    }
    return exchange.answer(request, said)


def _still_mine(desk: NodeDesk, guest: Guest) -> Response:
    ids = still_mine.read_ids(exchange.object_of(request, desk.limits))
    found = still_mine.answer(desk.store, guest, ids)
    said = {
        "not_mine": list(found.not_mine),
        "open": list(found.still_open),
        "scope_version": guest.scope_version,
        "time": entry.instant_text(desk.clock.now()),
    }
    return exchange.answer(request, said)


def _checked(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a node tells of itself: known fields of the right type, and short."""
    told: dict[str, Any] = {}
    for name, kind in _TOLD.items():
        value = body.get(name)
        if value is None:
            continue
        if type(value) is not kind or (isinstance(value, str) and len(value) > _MAX_TOLD):
            raise refusals.bad_request(f"`{name}` is of another type")
        told[name] = value
    return told
