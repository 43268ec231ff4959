"""The door: checks a login and a password and opens, unlocks or refuses a session.

The order is the same everywhere: count the try, find the account, check the password (or nobody's
password, at the same cost), and only then look at what the account may do. Nothing before the check
tells an unknown login from a wrong password; that an account is closed is said only to somebody who
knows its password.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sync import errors
from sync.accounts import passwords
from sync.accounts.accounts import Account, AccountSource, folded_login
from sync.accounts.attempts import Attempts
from sync.accounts.passwords import Verifiers
from sync.accounts.sessions import Session, Sessions


@dataclass(frozen=True)
class Entrance:
    """Accounts, counters, sessions and the argon2 queue of one program, put together."""

    accounts: AccountSource
    attempts: Attempts
    sessions: Sessions
    verifiers: Verifiers

    def sign_in(self, login: str, password: str, place: str) -> tuple[Account, Session]:
        """Open a session.

        Args:
            place: where the person sits, for counting wrong tries: a node, or a client address.
        Raises:
            errors.TooManyAttempts: not checked; wait.
            errors.SignInRefused: no such login, or not its password.
            errors.AccountBlocked: both are right, but the account is closed.
        """
        account = self._checked(folded_login(login), password, place)
        return account, self.sessions.open(account.id)

    def unlock(self, session: Session, password: str, place: str) -> Session:
        """Open a locked session again; errors as ``sign_in``."""
        account = self._account_of(session)
        self._checked(account.login, password, place)
        return self.sessions.unlock(session)

    def confirm(self, session: Session, password: str, place: str) -> None:
        """Ask for the password once more before a weighty step; errors as ``sign_in``."""
        self._checked(self._account_of(session).login, password, place)

    def change_password(
        self,
        session: Session,
        old: str,
        new: str,
        place: str,
        personal_words: Collection[str] = (),
    ) -> Account:
        """Replace the password; every other session of the account ends.

        Raises:
            errors.TooManyAttempts, errors.SignInRefused, errors.AccountBlocked: about ``old``.
            errors.WeakPassword: about ``new``; ``password_unchanged`` if it is the old one.
            errors.EntryRefused: ``password_changed_elsewhere``, somebody was faster.
        """
        account = self._checked(self._account_of(session).login, old, place)
        if passwords.normalized(old) == passwords.normalized(new):
            raise errors.WeakPassword(code="password_unchanged", hint="choose_another_password")
        passwords.check_strength(new, [account.login, *personal_words])
        changed = self.accounts.change_password(account, old, self.verifiers.make(new))
        self.sessions.close_all(account.id, but=session)
        return changed

    def holder(self, session: Session) -> Account | None:
        """Return the account of a session; None, and the session ended, if it was closed."""
        account = self.accounts.by_id(session.account_id)
        if account is None or account.status == "blocked":
            self.sessions.close(session)
            return None
        return account

    def _account_of(self, session: Session) -> Account:
        account = self.accounts.by_id(session.account_id)
        if account is None:
            raise errors.SignInRefused
        return account

    def _checked(self, login: str, password: str, place: str) -> Account:
        self.attempts.begin(login, place)
        account = self.accounts.by_login(login)
        right = self.verifiers.matches(account.verifier if account else None, password)
        if account is None or not right:
            raise errors.SignInRefused
        self.attempts.succeeded(login, place)
        if account.status == "blocked":
            raise errors.AccountBlocked
        return account
