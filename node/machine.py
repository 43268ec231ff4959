"""By what a computer can be told from another: a hint, never a proof.

Windows and Linux keep a random id of their installation. A data folder that meets another one than
it was enrolled with was copied, or its disk was put into another computer. The id itself stays
where it is: what is kept is a digest that means nothing to anybody else.
"""

import hashlib
import importlib
import os
from collections.abc import Callable
from pathlib import Path

#: Returns the system's own id of this installation; None where there is none to be had.
ReadId = Callable[[], str | None]

_FILES = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))
_KEY = b"school-journal node"
_DIGEST_BYTES = 16


def fingerprint(read: ReadId | None = None) -> str | None:
    """Return the fingerprint of this computer; None if it has no id."""
    found = (read or _system_id)()
    if not found or not found.strip():
        return None
    plain = found.strip().lower().encode("utf-8")
    return hashlib.blake2b(plain, key=_KEY, digest_size=_DIGEST_BYTES).hexdigest()


def is_another(enrolled: str | None, present: str | None) -> bool:
    """Tell whether this is another computer than the one that was enrolled; unsure means no."""
    return enrolled is not None and present is not None and enrolled != present


def _system_id() -> str | None:
    if os.name == "nt":
        return _from_registry()
    return next((text for text in map(_text_of, _FILES) if text), None)


def _text_of(file: Path) -> str | None:
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None


def _from_registry() -> str | None:
    # Only there on Windows, so that other systems cannot even name it at the top.
    winreg = importlib.import_module("winreg")
    path = r"SOFTWARE\Microsoft\Cryptography"
    rights = winreg.KEY_READ | winreg.KEY_WOW64_64KEY
    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, path, 0, rights) as key:
            return str(winreg.QueryValueEx(key, "MachineGuid")[0])
    except OSError:
        return None
