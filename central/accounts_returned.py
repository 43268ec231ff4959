"""Accounts that a restored central has forgotten, as a node handed them back: seen, then taken.

Central signed that bundle once, so what it says was true: passwords changed since the backup,
people added, people who may not keep lessons any more. Nothing of it counts here before a person
has looked; until then the nodes keep what they have, and no bundle that would replace it is issued.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from central.storage import Storage
from sync.accounts import sealing
from sync.accounts.accounts import Account, AccountBook
from sync.accounts.bundle import ROLES_ON_NODES, BundleOffice
from sync.accounts.records import Records


class What(StrEnum):
    """How an account differs from what central has."""

    ADDED = "added"
    PASSWORD = "password"  # noqa: S105 - a word, not a password
    ROLES = "roles"
    OPENED = "opened"
    GONE = "gone"  # blocked, or no teacher any more


@dataclass(frozen=True)
class Difference:
    """An account as the bundle has it (as central has it, if it is gone), and what differs."""

    account: Account
    what: Sequence[What]


def office(storage: Storage) -> BundleOffice:
    """Return the office that issues the bundles of this central."""
    secret = storage.keys.account_keys
    sealing_key = sealing.public_key_of(secret.sealing)
    return BundleOffice(storage.store.records, storage.clock, secret.signing, sealing_key)


def differences(storage: Storage) -> list[Difference] | None:
    """Return how the accounts handed back differ from central's, by login; None if none wait."""
    found = office(storage).handed_in()
    if found is None:
        return None
    book = AccountBook(storage.store.records, storage.clock)
    told = [Difference(one, _differs(one, book.by_id(one.id))) for one in found.accounts]
    told = [one for one in told if one.what]
    listed = {account.id for account in found.accounts}
    told += [Difference(one, [What.GONE]) for one in _on_nodes(book) if one.id not in listed]
    return sorted(told, key=lambda one: one.account.login)


def take(storage: Storage) -> int:
    """Make the accounts what the bundle says, all or none; return how many were changed."""
    wanted = differences(storage) or []
    with storage.store.transaction() as tx:
        book = AccountBook(tx.records, storage.clock)
        for one in wanted:
            if What.GONE in one.what:
                book.block(one.account.id)
            else:
                book.take_over(one.account)
        _settle(storage, tx.records)
    return len(wanted)


def give_up(storage: Storage) -> None:
    """Leave central's accounts as they are; nodes get them with the next bundle."""
    with storage.store.transaction() as tx:
        _settle(storage, tx.records)


def _settle(storage: Storage, records: Records) -> None:
    secret = storage.keys.account_keys
    sealing_key = sealing.public_key_of(secret.sealing)
    BundleOffice(records, storage.clock, secret.signing, sealing_key).settle()


def _on_nodes(book: AccountBook) -> list[Account]:
    return [
        one
        for one in book.all()
        if one.status == "active" and not ROLES_ON_NODES.isdisjoint(one.roles)
    ]


def _differs(one: Account, held: Account | None) -> list[What]:
    if held is None:
        return [What.ADDED]
    found = []
    if (one.verifier, one.must_change) != (held.verifier, held.must_change):
        found.append(What.PASSWORD)
    if one.roles != held.roles:
        found.append(What.ROLES)
    if one.status != held.status:
        found.append(What.OPENED)
    return found
