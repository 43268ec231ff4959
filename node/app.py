"""The node's web application, put together: accounts, shell, the teacher's pages, the sync's page.

Who may sign in is what the bundle says that central has signed: those who keep lessons, and nobody
else. Without a bundle there is nobody, and the sign-in page says what to do about it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from flask import Flask
from flask_babel import lazy_gettext

from node import program
from node.journal import own_values
from node.journal import pages as journal
from node.journal import sheet_pages as journal_sheet
from node.program import Program
from node.sync_status import pages as sync_status
from sync.accounts.accounts import Account
from sync.accounts.attempts import Attempts
from sync.accounts.entrance import Entrance
from sync.accounts.node_accounts import NodeAccounts
from sync.accounts.passwords import Verifiers
from sync.accounts.sessions import NODE_LIMITS, Sessions
from sync.projections import calendars, people
from sync.web import frame, shell
from sync.web.actor import Actor
from sync.web.frame import NavItem, StatusLine

#: The names under which a browser on this computer may ask.
HOSTS = ("127.0.0.1", "localhost")

NAVIGATION: Sequence[NavItem] = (
    NavItem("journal.day", lazy_gettext("Today"), covers=("journal",)),
    NavItem("journal_sheet.choose", lazy_gettext("Journal"), covers=("journal_sheet",)),
    NavItem("sync_status.overview", lazy_gettext("Server")),
)


@dataclass(frozen=True)
class People:
    """What the shell asks about the person of an account."""

    running: Program

    def name_of(self, account: Account) -> str:
        """Return the short name of the person; the login of one who is not on the staff list."""
        found = people.staff_member(self.running.read(), account.person)
        return account.login if found is None else found.name.short()

    def personal_words(self, account: Account) -> Collection[str]:
        """Return words that the person's password must not be made of."""
        connection = self.running.read()
        found = people.staff_member(connection, account.person)
        names = [] if found is None else [found.name.last, found.name.first, found.name.patronymic]
        return [*names, calendars.school_name(connection)]

    def school_name(self) -> str:
        """Return the school's name."""
        return calendars.school_name(self.running.read())

    def timezone(self) -> str:
        """Return the school's zone; the default one before the school has been received."""
        calendar = calendars.current(self.running.read())
        return frame.DEFAULT_TIMEZONE if calendar is None else calendar.timezone


def create_app(running: Program, *, verifiers: Verifiers | None = None) -> Flask:
    """Return the application over an opened node.

    Args:
        verifiers: checks passwords; the usual effort if None.
    """
    app = Flask("node", static_folder=None)
    node = running.node
    records = node.store.records
    entrance = Entrance(
        NodeAccounts(records, node.clock, node.identity.bundle_key),
        Attempts(records, node.clock),
        Sessions(records, node.clock, NODE_LIMITS),
        verifiers or Verifiers(),
    )
    told = People(running)
    program.install(app, running)
    shell.install_shell(
        app,
        shell.Shell(
            program="node",
            entrance=entrance,
            clock=node.clock,
            secret_key=node.cookie_key,
            hosts=HOSTS,
            product_name=lazy_gettext("Class journal"),
            name_of=told.name_of,
            school_name=told.school_name,
            timezone=told.timezone,
            personal_words=told.personal_words,
            navigation=NAVIGATION,
            status_line=_status_line,
        ),
    )
    app.register_blueprint(journal.pages)
    app.register_blueprint(journal_sheet.pages)
    app.register_blueprint(own_values.pages)
    app.register_blueprint(sync_status.pages)
    return app


def _status_line(actor: Actor) -> StatusLine:
    return sync_status.present_line(actor.person)
