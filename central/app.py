"""The central program put together: the shell, the diary, administration, and the way in for nodes.

The only place where central's parts meet. What needs a process (port, threads, the lock of the
data folder) is in ``serve``.
"""

from collections.abc import Collection, Sequence
from http import HTTPStatus

from flask import Flask, abort, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext

from central import enrolment, quarantine
from central.administration import pages as administration
from central.desk import desk_pages, returned
from central.desk.desk import Desk
from central.diary import pages as diary
from central.endpoint import enrolment_routes, node_routes, protocol, receipts
from central.endpoint.exchange import Limits
from central.endpoint.gateway import Gateway
from central.endpoint.intake import Keys
from central.endpoint.register import NodeRegister
from central.storage import CENTRAL_NODE, Storage
from sync.accounts import attempts, sealing, sessions
from sync.accounts.accounts import Account, AccountBook
from sync.accounts.bundle import BundleOffice
from sync.accounts.entrance import Entrance
from sync.accounts.password_requests import PasswordDesk
from sync.accounts.passwords import Verifiers
from sync.projections import calendars, people
from sync.school.people import PersonName, Role
from sync.store.document_store import DocumentStore
from sync.web import access, frame, shell

#: Where the databases of the protocol stand; what only our own nodes ask stands beside them.
REPLICATION = "/replication"


def create_app(
    storage: Storage,
    *,
    hosts: Sequence[str] = ("127.0.0.1", "localhost"),
    threads: int = 32,
    verifiers: Verifiers | None = None,
    limits: sessions.Limits = sessions.CENTRAL_LIMITS,
) -> Flask:
    """Return the program, ready to be served.

    Args:
        hosts: names and addresses, without port, under which browsers may come.
        threads: how many requests the server answers at once.
        verifiers: what checks passwords; tests give quick ones.
        limits: how long a sign-in lasts.
    """
    # Each department has its own files; the app itself has none.
    app = Flask("central", static_folder=None, template_folder=None)
    records, clock = storage.store.records, storage.clock
    book = AccountBook(records, clock)
    entrance = Entrance(
        book,
        attempts.Attempts(records, clock),
        sessions.Sessions(records, clock, limits),
        verifiers or Verifiers(),
    )
    desk = Desk(storage.store, clock, lambda: storage.maker, storage.randomness)
    shell.install_shell(app, _shell(storage, entrance, hosts, desk))
    _add_first_page(app)
    diary.install(app, diary.Diary(storage.store, clock))
    if storage.is_diary:
        return app  # for guardians alone: what else there is belongs to the central that writes
    desk_pages.install(app, desk)
    administration.install(app, _administration(storage))
    _add_way_in_for_nodes(app, storage, entrance, book, threads)
    return app


def _shell(storage: Storage, entrance: Entrance, hosts: Sequence[str], desk: Desk) -> shell.Shell:
    store = storage.store
    return shell.Shell(
        program="central",
        entrance=entrance,
        clock=storage.clock,
        secret_key=storage.cookie_key,
        hosts=hosts,
        product_name=lazy_gettext("School diary"),
        name_of=lambda account: _name_of(store, account),
        school_name=lambda: calendars.school_name(store.database.read()),
        timezone=lambda: _timezone(store),
        personal_words=lambda account: _personal_words(store, account),
        navigation=[
            shell.NavItem("diary.week", lazy_gettext("Week"), covers=("diary.start",)),
            shell.NavItem("diary.marks", lazy_gettext("Marks")),
            shell.NavItem("diary.absences", lazy_gettext("Absences")),
            shell.NavItem("administration.start", lazy_gettext("Overview")),
            shell.NavItem(
                "desk.start",
                lazy_gettext("Desk"),
                covers=("desk",),
                count=lambda: desk_pages.open_items(desk),
            ),
        ],
        own_guard_body_bytes=Limits().body_bytes,
    )


def _administration(storage: Storage) -> administration.Administration:
    records = storage.store.records
    return administration.Administration(
        store=storage.store,
        clock=storage.clock,
        contact_of=lambda node: receipts.contact_of(records, node),
        quarantined=lambda: quarantine.count(records),
    )


def _add_way_in_for_nodes(
    app: Flask, storage: Storage, entrance: Entrance, book: AccountBook, threads: int
) -> None:
    """Enrolment, what only our own nodes ask, and the replication protocol: by node token only."""
    store, clock, limits = storage.store, storage.clock, Limits()
    secret = storage.keys.account_keys
    gateway = Gateway(store, NodeRegister(store, clock), lambda: _entry_keys(storage), clock)
    desk = node_routes.NodeDesk(
        store=store,
        gateway=gateway,
        bundles=BundleOffice(
            store.records, clock, secret.signing, sealing.public_key_of(secret.sealing)
        ),
        passwords=PasswordDesk(book, entrance.verifiers, entrance.attempts, secret.sealing),
        clock=clock,
        limits=limits,
        note_pulled=lambda guest, pulled, at: returned.note_returned(
            store, guest.node, guest.scope, pulled, at
        ),
    )
    app.register_blueprint(enrolment_routes.create_blueprint(storage))
    for blueprint in (
        node_routes.create_blueprint(desk),
        protocol.create_blueprint(gateway, threads=threads, limits=limits, pushes_at_once=2),
    ):
        app.register_blueprint(access.own_guard(blueprint), url_prefix=REPLICATION)


def _entry_keys(storage: Storage) -> Keys:
    """Return the keys of all makers as they are now: a node may have been enrolled just before."""
    keys = storage.keys.entry_keys()
    revoked = enrolment.revoked(storage.store.records)
    return Keys(CENTRAL_NODE, keys.central, keys.nodes, revoked)


def _add_first_page(app: Flask) -> None:
    @app.get("/", endpoint="first_page")
    @access.signed_in
    def first_page() -> ResponseReturnValue:
        """Lead to the pages that are for this person."""
        if Role.GUARDIAN in access.actor().roles:
            return redirect(url_for("diary.start"))
        if "administration" not in app.blueprints:
            abort(HTTPStatus.FORBIDDEN)
        return redirect(url_for("administration.start"))


def _name_of(store: DocumentStore, account: Account) -> str:
    """Return the name to show; the login of an account whose person is not known (any more)."""
    name = _person_name(store, account)
    return account.login if name is None else name.short()


def _person_name(store: DocumentStore, account: Account) -> PersonName | None:
    connection = store.database.read()
    if Role.GUARDIAN in account.roles:
        return people.guardian_name(connection, account.person)
    member = people.staff_member(connection, account.person)
    return None if member is None else member.name


def _personal_words(store: DocumentStore, account: Account) -> Collection[str]:
    """Return what a password must not be made of: own names, the children's, the school's."""
    connection = store.database.read()
    names = [child.name for child in people.children_of(connection, account.person)]
    own = _person_name(store, account)
    if own is not None:
        names.append(own)
    return [name.full() for name in names] + [calendars.school_name(connection)]


def _timezone(store: DocumentStore) -> str:
    calendar = calendars.current(store.database.read())
    return frame.DEFAULT_TIMEZONE if calendar is None else calendar.timezone
