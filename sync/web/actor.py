"""The person of a request: an account, its session and the name to show."""

from dataclasses import dataclass

from flask_login import UserMixin

from sync.accounts.accounts import Account
from sync.accounts.sessions import Session


@dataclass(frozen=True, eq=False)
class Actor(UserMixin):
    """Who is asking; Flask-Login's user, whose id is the session row and not the account."""

    account: Account
    session: Session
    name: str

    @property
    def account_id(self) -> str:
        """Return the id of the account; the ``author`` of entries is ``person``."""
        return self.account.id

    @property
    def person(self) -> str:
        """Return the id of the staff or guardian document of this person."""
        return self.account.person

    @property
    def roles(self) -> frozenset[str]:
        """Return the roles of the account."""
        return self.account.roles

    def get_id(self) -> str:
        """Return the session's token, so that ending the row ends the sign-in everywhere."""
        return self.session.token
