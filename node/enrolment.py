"""The first introduction of this computer to central: a code typed once, an identity kept for good.

    code + a random text of ours ──POST /enrolment──> central
    node id, token, entry key, keys of central   <──          written to identity.json, then done

If the answer is lost on the way the same question is asked again; central answers it again, because
the random text is the same. Without encryption central is asked on this computer only: the answer
holds the key under which everything written here will be sealed.
"""

import ipaddress
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from node import machine, settings
from node.settings import Former, Identity
from sync import errors
from sync.documents import identifiers, identity_proof, strict_json
from sync.documents.identifiers import Randomness
from sync.store.connection import FolderLock

#: Asks central: address, question; returns status and body. Raises errors.PeerUnreachable.
Post = Callable[[str, Mapping[str, Any]], tuple[int, bytes]]

_PATH = "/enrolment"
_TRIES = 3
_TIMEOUT_SECONDS = (5.0, 30.0)
_MOST_BYTES = 64 * 1024
_NONCE_BYTES = 16
_KEY_HEX_DIGITS = 64
_OWNER_ONLY = 0o700
#: What central may say about a code; anything else is shown as a plain refusal.
_REFUSALS = {
    "code_unknown": "ask_for_new_code",
    "code_expired": "ask_for_new_code",
    "code_used": "ask_for_new_code",
    "enrolment_needs_encryption": "enrol_on_server",
    "former_not_proven": "use_another_folder",
    "another_journal": "adopt_first",
    "too_many_attempts": "wait_and_repeat",
}


def enrol(
    folder: Path,
    central: str,
    code: str,
    *,
    post: Post | None = None,
    randomness: Randomness = secrets.token_bytes,
    read_machine_id: machine.ReadId | None = None,
) -> Identity:
    """Introduce this data folder to central and return who it is now.

    A folder that was enrolled before gets a new identity, which names the former ones: everything
    in it stays, and what was not sent yet will be sent.

    Args:
        central: the address of central, such as ``https://journal.school``.
        code: as the administrator wrote it down.
    Raises:
        errors.EnrolmentRefused: the address is not allowed (``address_not_understood``,
            ``enrolment_needs_encryption``), or central does not accept the code, or this folder
            (``former_not_proven``, ``another_journal``). Nothing was written.
        errors.DataFolderBusy: the node is running; it has to be stopped first.
        errors.PeerUnreachable: central does not answer; the code is still good.
        errors.ProtocolViolation: something that is no central answered.
        errors.StoreUnavailable: the folder cannot be used.
    """
    address = checked_address(central)
    _make_folder(folder)
    with FolderLock(folder):
        before = settings.read_identity(folder)
        question = _question(code, randomness(_NONCE_BYTES).hex(), before)
        status, body = _ask(post or _post, address + _PATH, question)
        if status != 200:
            raise _refusal(status, body)
        identity = replace(
            _identity(body, address),
            former=_former(before),
            machine=machine.fingerprint(read_machine_id),
        )
        settings.write_identity(folder, identity)
    return identity


def move(folder: Path, central: str) -> Identity:
    """Note that the same central answers at another address now; everything else stays.

    Raises:
        errors.EnrolmentRefused: the address is not allowed.
        errors.StoreUnavailable: the folder was never enrolled (``not_enrolled``), or cannot be
            written to.
        errors.DataFolderBusy: the node is running; it has to be stopped first.
    """
    address = checked_address(central)
    with FolderLock(folder):
        before = settings.read_identity(folder)
        if before is None:
            raise errors.StoreUnavailable(code="not_enrolled", hint="enrol_node")
        identity = replace(before, central_url=address)
        settings.write_identity(folder, identity)
    return identity


def note_machine(
    folder: Path, identity: Identity, read_machine_id: machine.ReadId | None = None
) -> Identity:
    """Note on which computer a folder lives that was enrolled before anybody looked.

    To be called by who owns the folder.
    """
    present = machine.fingerprint(read_machine_id)
    if identity.machine is not None or present is None:
        return identity
    noted = replace(identity, machine=present)
    settings.write_identity(folder, noted)
    return noted


def _question(code: str, nonce: str, before: Identity | None) -> dict[str, Any]:
    question: dict[str, Any] = {"code": code, "nonce": nonce}
    if before is not None:
        question["database"] = before.central_uuid
        question["former"] = [
            {"node": one.node, "proof": identity_proof.proof(one.node, nonce, one.entry_key)}
            for one in _former(before)
        ]
    return question


def _former(before: Identity | None) -> tuple[Former, ...]:
    """Return the identities that a folder had when ``before`` is replaced."""
    if before is None:
        return ()
    return (Former(before.node, before.entry_key), *before.former)


def checked_address(central: str) -> str:
    """Return the address without a path; https, or http on this computer.

    Raises:
        errors.EnrolmentRefused: ``address_not_understood`` or ``enrolment_needs_encryption``.
    """
    try:
        parts = urlsplit(central.strip())
        port = "" if parts.port is None else f":{parts.port}"
    except ValueError as error:
        raise _bad_address() from error
    name = parts.hostname
    if parts.scheme not in ("http", "https") or not name or "@" in parts.netloc:
        raise _bad_address()
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise _bad_address()
    if parts.scheme == "http" and not _is_this_computer(name):
        raise errors.EnrolmentRefused(code="enrolment_needs_encryption", hint="enrol_on_server")
    shown = f"[{name}]" if ":" in name else name
    return f"{parts.scheme}://{shown}{port}"


def _bad_address() -> errors.EnrolmentRefused:
    return errors.EnrolmentRefused(code="address_not_understood", hint="check_address")


def _is_this_computer(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=_OWNER_ONLY)
        folder.chmod(_OWNER_ONLY)
    except OSError as error:
        raise errors.StoreUnavailable(
            code="store_not_opened", hint="check_folder_rights"
        ) from error


def _ask(post: Post, address: str, question: Mapping[str, Any]) -> tuple[int, bytes]:
    """Ask, and ask again if the answer did not come: central knows the question by its nonce."""
    for _ in range(_TRIES - 1):
        try:
            return post(address, question)
        except errors.PeerUnreachable:
            continue
    return post(address, question)


def _post(address: str, question: Mapping[str, Any]) -> tuple[int, bytes]:
    with requests.Session() as session:
        # No proxy, password file or certificate bundle of the machine has a part in this.
        session.trust_env = False
        try:
            with session.post(
                address,
                json=dict(question),
                timeout=_TIMEOUT_SECONDS,
                allow_redirects=False,
                stream=True,
            ) as answer:
                return answer.status_code, answer.raw.read(_MOST_BYTES, decode_content=True)
        except (requests.RequestException, OSError) as error:
            raise errors.PeerUnreachable(hint="check_address") from error


def _refusal(status: int, body: bytes) -> errors.JournalError:
    try:
        said = strict_json.loads(body)["error"]
        # A program that failed answers with an object there.
        code = said if isinstance(said, str) else None
    except (errors.MalformedJson, KeyError, TypeError):
        code = None
    if code in _REFUSALS:
        if code == "too_many_attempts":
            return errors.EnrolmentRefused(code="enrolment_too_often", hint="wait_and_repeat")
        return errors.EnrolmentRefused(code=code, hint=_REFUSALS[code])
    if status >= 500:
        return errors.PeerUnreachable(hint="try_again")
    return errors.ProtocolViolation(code="not_a_central", hint="check_address", status=status)


def _identity(body: bytes, address: str) -> Identity:
    try:
        said: Any = strict_json.loads(body)
        return Identity(
            node=_opaque(said["node"]),
            token=_text(said["token"]),
            entry_key=_key(said["entry_key"]),
            central_url=address,
            central_uuid=_text(said["database"]),
            bundle_key=_key(said["bundle_key"]),
            label=_text(said["label"]),
        )
    except (errors.MalformedJson, KeyError, TypeError, ValueError) as error:
        raise errors.ProtocolViolation(code="not_a_central", hint="check_address") from error


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError("a fact that is no text")
    return value


def _opaque(value: Any) -> str:
    # The id becomes part of documents; an id that no document may carry is no node.
    text = _text(value)
    if not identifiers.is_reference(identifiers.reference_id("lock", text)):
        raise ValueError("not an id")
    return text


def _key(value: Any) -> bytes:
    if len(_text(value)) != _KEY_HEX_DIGITS:
        raise ValueError("a key of another length")
    return bytes.fromhex(value)
