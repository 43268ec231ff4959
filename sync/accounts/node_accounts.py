"""A node's accounts: central's latest bundle, and password changes that wait to be sent.

A teacher may change the password on a node that is offline. The change counts on that node at once
and everywhere else when central has taken it; the first change of a password to reach central wins.

    change on the node ──► waiting (counts here) ──► sent ──► a bundle comes
                                                                │ its verifier is
                             the one of the change: confirmed ◄─┤
                the one the change was based on: still waiting ◄┤
                   another: somebody was first, change dropped ◄┘

What is sent proves that its author knew the old password: a copied or hijacked node holds all
verifiers, and without the proof it could set any teacher's password. The proof is the old password
itself, sealed to central's key in the moment of the change; the node cannot open it again. Several
changes in a row are several requests, sent in their order; what becomes of the last one counts,
because an earlier one may have been taken by an attempt whose answer was lost.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sync import errors
from sync.accounts import bundle as bundles
from sync.accounts import password_requests
from sync.accounts.accounts import Account, folded_login
from sync.accounts.bundle import Bundle
from sync.accounts.passwords import digest_of
from sync.accounts.records import Records, retried
from sync.clock import Clock

_BUNDLE, _CURRENT = "account_bundle", "current"
_CHANGES = "password_changes"


@dataclass(frozen=True)
class LocalPasswordChange:
    """A change that central has not confirmed.

    ``based_on`` are the digests of the verifiers before it: the bundle's, then those of earlier
    changes that waited, too. ``requests`` are sealed, oldest first.
    """

    account: str
    based_on: tuple[str, ...]
    verifier: str
    at: str
    requests: tuple[str, ...]

    def as_value(self) -> dict[str, Any]:
        """Return the change as a JSON object."""
        return {
            "account": self.account,
            "based_on": list(self.based_on),
            "verifier": self.verifier,
            "at": self.at,
            "requests": list(self.requests),
        }


class NodeAccounts:
    """The ``AccountSource`` of a node."""

    def __init__(self, records: Records, clock: Clock, central_key: bytes) -> None:
        """Keep the bundle in ``records``; ``central_key`` is central's public signing key."""
        self._records = records
        self._clock = clock
        self._key = central_key
        self._read = lru_cache(maxsize=2)(lambda data: bundles.verify(data, central_key))

    def take(self, data: bytes) -> Bundle:
        """Take a bundle that came, unless the one held is as new.

        Raises:
            errors.BundleRefused: not genuine or malformed; ``bundle_older`` (params: ``serial``,
                ``held``) if the one held is newer. Nothing is changed.
        """
        fresh = bundles.verify(data, self._key)
        retried(lambda: self._keep(fresh, data))
        for change in self.waiting():
            self._settle(change, fresh)
        return fresh

    def bundle(self) -> Bundle | None:
        """Return the bundle in force, or None before the first."""
        record = self._records.get(_BUNDLE, _CURRENT)
        return self._read(record.value["data"].encode()) if record else None

    def bundle_data(self) -> bytes | None:
        """Return the bundle in force as it came, to hand it back to a restored central."""
        record = self._records.get(_BUNDLE, _CURRENT)
        return record.value["data"].encode() if record else None

    def by_login(self, login: str) -> Account | None:
        """Return the account with this login in any letter case."""
        folded = folded_login(login)
        return self._first(lambda account: account.login == folded)

    def by_id(self, account_id: str) -> Account | None:
        """Return the account, or None if it is not in the bundle."""
        return self._first(lambda account: account.id == account_id)

    def change_password(self, account: Account, old: str, verifier: str) -> Account:
        """Let the new password count on this node, and seal the request for central.

        Raises:
            errors.EntryRefused: ``password_changed_elsewhere``, another change came in between.
        """
        return retried(lambda: self._change(account, old, verifier))

    def waiting(self) -> list[LocalPasswordChange]:
        """Return the changes that central has not confirmed, by account."""
        return [_change_of(record.value) for record in list(self._records.scan(_CHANGES))]

    def drop_change(self, account_id: str) -> None:
        """Forget a change that central refused: the bundle's password counts again."""
        self._records.delete(_CHANGES, account_id)

    def _first(self, fits: Callable[[Account], bool]) -> Account | None:
        bundle = self.bundle()
        accounts = bundle.accounts if bundle else ()
        found = next(filter(fits, accounts), None)
        return self._as_it_counts_here(found) if found else None

    def _as_it_counts_here(self, account: Account) -> Account:
        record = self._records.get(_CHANGES, account.id)
        if record is None:
            return account
        return replace(account, verifier=record.value["verifier"], must_change=False)

    def _keep(self, fresh: Bundle, data: bytes) -> None:
        record = self._records.get(_BUNDLE, _CURRENT)
        if record is not None:
            held = int(record.value["serial"])
            if fresh.serial == held and record.value["data"].encode() == data:
                return
            if fresh.serial <= held:
                raise errors.BundleRefused(code="bundle_older", serial=fresh.serial, held=held)
        value = {"serial": fresh.serial, "data": data.decode(), "at": self._clock.now().isoformat()}
        self._records.put(_BUNDLE, _CURRENT, value, record.revision if record else None)

    def _settle(self, change: LocalPasswordChange, fresh: Bundle) -> None:
        account = next((held for held in fresh.accounts if held.id == change.account), None)
        waits = account is not None and digest_of(account.verifier) in change.based_on
        if not waits:
            self._records.delete(_CHANGES, change.account)

    def _change(self, account: Account, old: str, verifier: str) -> Account:
        bundle = self.bundle()
        record = self._records.get(_CHANGES, account.id)
        present = self.by_id(account.id)
        if bundle is None or present is None or present.verifier != account.verifier:
            raise errors.EntryRefused(code="password_changed_elsewhere", hint="sign_in_again")
        before = _change_of(record.value) if record else None
        request = password_requests.seal(bundle.sealing_key, account.id, old, verifier)
        change = LocalPasswordChange(
            account=account.id,
            based_on=(*(before.based_on if before else ()), digest_of(account.verifier)),
            verifier=verifier,
            at=self._clock.now().isoformat(),
            requests=(*(before.requests if before else ()), request),
        )
        self._records.put(
            _CHANGES, account.id, change.as_value(), record.revision if record else None
        )
        return replace(account, verifier=verifier, must_change=False)


def _change_of(value: dict[str, Any]) -> LocalPasswordChange:
    return LocalPasswordChange(
        value["account"],
        tuple(value["based_on"]),
        value["verifier"],
        value["at"],
        tuple(value["requests"]),
    )
