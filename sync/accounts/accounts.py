"""Accounts: who may sign in with which login, and central's book of them.

An account belongs to one person of the school's documents (a member of staff or a guardian) and
says nothing else about that person. Its verifier is an argon2id text; the password is known to
nobody. Logins are compared without case.

Two places give accounts to the sign-in page: central reads its own book, a node reads the bundle
that central signed (``node_accounts``). Both are an ``AccountSource``.

The codes of ``LoginRefused``: ``login_not_understood``, ``login_taken``.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

from sync import errors
from sync.accounts.records import Records, retried
from sync.clock import Clock
from sync.store.record_store import Record

Status = Literal["active", "blocked"]

_ACCOUNTS = "accounts"
_LOGINS = "account_logins"
_LOGIN = re.compile(r"[\w.@+-]{2,64}")


@dataclass(frozen=True)
class Account:
    """One sign-in. ``person`` is a staff or guardian id, ``roles`` hold members of ``Role``.

    ``must_change`` means that the password was handed out and works only to choose an own one.
    """

    id: str
    login: str
    person: str
    roles: frozenset[str]
    verifier: str
    must_change: bool = False
    status: Status = "active"

    def as_value(self) -> dict[str, Any]:
        """Return the account as a JSON object."""
        return {
            "id": self.id,
            "login": self.login,
            "person": self.person,
            "roles": sorted(self.roles),
            "verifier": self.verifier,
            "must_change": self.must_change,
            "status": self.status,
        }


def account_of(value: dict[str, Any]) -> Account:
    """Return the account written by ``as_value``; KeyError or TypeError if it is not one."""
    return Account(
        id=value["id"],
        login=value["login"],
        person=value["person"],
        roles=frozenset(value["roles"]),
        verifier=value["verifier"],
        must_change=value["must_change"],
        status=value["status"],
    )


class AccountSource(Protocol):
    """Where the sign-in page finds accounts."""

    def by_login(self, login: str) -> Account | None:
        """Return the account with this login in any letter case, blocked ones too."""

    def by_id(self, account_id: str) -> Account | None:
        """Return the account, or None when there is none (any more)."""

    def change_password(self, account: Account, old: str, verifier: str) -> Account:
        """Replace the password ``old`` of ``account`` by the one of ``verifier``."""


class AccountBook:
    """Central's accounts, in a store of records."""

    def __init__(self, records: Records, clock: Clock) -> None:
        """Keep them in ``records``; give a transaction's records to change several at once."""
        self._records = records
        self._clock = clock

    def create(self, account: Account) -> Account:
        """Add a new account and return it with its login in the form that is kept.

        Raises:
            errors.LoginRefused: the text cannot be a login, or somebody else has it.
            errors.RecordConflict: there is an account with this id.
        """
        account = replace(account, login=login_form(account.login))
        holder = self._records.get(_LOGINS, account.login)
        # A login whose account was never written is what a crash between the two writes leaves.
        if holder is not None and self.by_id(holder.value["account"]) is not None:
            raise errors.LoginRefused(code="login_taken")
        revision = holder.revision if holder else None
        self._records.put(_LOGINS, account.login, {"account": account.id}, revision)
        self._records.put(_ACCOUNTS, account.id, self._stamped(account), None)
        return account

    def by_login(self, login: str) -> Account | None:
        """Return the account with this login in any letter case, blocked ones too."""
        holder = self._records.get(_LOGINS, folded_login(login))
        return self.by_id(holder.value["account"]) if holder else None

    def by_id(self, account_id: str) -> Account | None:
        """Return the account, or None."""
        record = self._records.get(_ACCOUNTS, account_id)
        return account_of(record.value) if record else None

    def all(self) -> Iterator[Account]:
        """Yield every account, by id."""
        for record in self._records.scan(_ACCOUNTS):
            yield account_of(record.value)

    def change_password(self, account: Account, old: str, verifier: str) -> Account:
        """Take the password a person chose; the first change of a verifier wins.

        Args:
            account: as it was when ``old`` was checked against its verifier.
        Raises:
            errors.EntryRefused: ``password_changed_elsewhere``, the verifier has been replaced
                meanwhile and nothing is changed. The same change sent twice is no error.
        """

        def change(held: Account) -> Account:
            if held.verifier == verifier:
                return held
            if held.verifier != account.verifier:
                raise errors.EntryRefused(code="password_changed_elsewhere", hint="sign_in_again")
            return replace(held, verifier=verifier, must_change=False)

        return self._update(account.id, change)

    def hand_out_password(self, account_id: str, verifier: str) -> Account:
        """Set a one-time password (given on paper); the person must change it at sign-in."""
        return self._update(
            account_id, lambda account: replace(account, verifier=verifier, must_change=True)
        )

    def set_roles(self, account_id: str, roles: Collection[str]) -> Account:
        """Give the account exactly these roles, from now on."""
        return self._update(account_id, lambda account: replace(account, roles=frozenset(roles)))

    def take_over(self, account: Account) -> Account:
        """Make the account what a bundle that central once signed says of it; add it if need be.

        Raises:
            errors.LoginRefused: it is new, and somebody else has its login by now.
        """
        if self.by_id(account.id) is None:
            return self.create(account)
        return self._update(account.id, lambda held: replace(account, login=held.login))

    def block(self, account_id: str) -> Account:
        """Close the account; its sessions end with their next request."""
        return self._update(account_id, lambda account: replace(account, status="blocked"))

    def unblock(self, account_id: str) -> Account:
        """Open the account again, with the password it had."""
        return self._update(account_id, lambda account: replace(account, status="active"))

    def _update(self, account_id: str, change: Callable[[Account], Account]) -> Account:
        def step() -> Account:
            record = self._records.get(_ACCOUNTS, account_id)
            if record is None:
                raise errors.AccountUnknown(account=account_id)
            return self._write(record, change(account_of(record.value)))

        return retried(step)

    def _write(self, record: Record, account: Account) -> Account:
        if account != account_of(record.value):
            self._records.put(_ACCOUNTS, account.id, self._stamped(account), record.revision)
        return account

    def _stamped(self, account: Account) -> dict[str, Any]:
        return account.as_value() | {"changed_at": self._clock.now().isoformat()}


def folded_login(login: str) -> str:
    """Return the form in which logins are compared: composed letters, lower case, no spaces."""
    return unicodedata.normalize("NFC", login).strip().casefold()


def login_form(login: str) -> str:
    """Return ``login`` in the form that is kept.

    Raises:
        errors.LoginRefused: not 2 to 64 letters, digits and ``. _ - + @``.
    """
    form = folded_login(login)
    if not _LOGIN.fullmatch(form):
        raise errors.LoginRefused(code="login_not_understood")
    return form
