"""A password change on its way from a node to central, sealed; and how central takes it.

The request holds the old password as proof and the new one's verifier. Central checks the proof
like a sign-in, counted per node, so that a node cannot try passwords without end. The same request
taken twice changes nothing.
"""

import secrets
from dataclasses import dataclass

from sync import errors
from sync.accounts import passwords, sealing
from sync.accounts.accounts import Account, AccountBook
from sync.accounts.attempts import Attempts
from sync.accounts.passwords import Randomness, Verifiers
from sync.documents import canonical, strict_json


@dataclass(frozen=True)
class PasswordRequest:
    """An opened request."""

    account: str
    old: str
    verifier: str


def seal(
    sealing_key: bytes,
    account: str,
    old: str,
    verifier: str,
    randomness: Randomness = secrets.token_bytes,
) -> str:
    """Return the request, readable for central only."""
    message = canonical.encode({"account": account, "old": old, "verifier": verifier})
    return sealing.seal(sealing_key, message, randomness)


def unseal(private_key: bytes, sealed: str) -> PasswordRequest:
    """Return the request.

    Raises:
        errors.SealBroken: it does not open, or is not a request.
    """
    message = sealing.unseal(private_key, sealed)
    try:
        value = strict_json.loads(message)
        request = PasswordRequest(str(value["account"]), str(value["old"]), str(value["verifier"]))
    except (errors.MalformedJson, KeyError, TypeError) as error:
        raise errors.SealBroken from error
    if not passwords.is_verifier(request.verifier):
        raise errors.SealBroken
    return request


@dataclass(frozen=True)
class PasswordDesk:
    """Central's side: takes sealed requests into the book."""

    book: AccountBook
    verifiers: Verifiers
    attempts: Attempts
    private_key: bytes

    def take(self, sealed: str, node: str) -> Account:
        """Change the password as asked.

        Args:
            node: which node sent it; wrong proofs are counted per node.
        Raises:
            errors.SealBroken: not a request for this central.
            errors.TooManyAttempts: not looked at; send it again later.
            errors.SignInRefused: no such account, or the proof is wrong: somebody was first.
            errors.AccountBlocked: the account is closed.
        """
        request = unseal(self.private_key, sealed)
        account = self.book.by_id(request.account)
        if account is not None and account.verifier == request.verifier:
            return account
        place = f"node {node}"
        self.attempts.begin(request.account, place)
        held = account.verifier if account else None
        if not self.verifiers.matches(held, request.old) or account is None:
            raise errors.SignInRefused
        self.attempts.succeeded(request.account, place)
        if account.status == "blocked":
            raise errors.AccountBlocked
        return self.book.change_password(account, request.old, request.verifier)
