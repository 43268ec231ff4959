"""Slips with a sign-in each, as text to be printed and cut; and the new file they are written to.

The file is written aside first and gets its name only when the accounts exist. If the program dies
between the two, the phrases are still in the file aside (``….new``).
"""

import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from flask_babel import gettext

from central.accounts_issue import Slip
from sync import errors
from sync.school.people import Role

_RULE = "- " * 30


def slips_text(slips: Sequence[Slip], address: str = "") -> str:
    """Return all slips with a line to cut along after each."""
    return f"\n{_RULE}\n\n".join([*(slip_text(slip, address) for slip in slips), ""])


def slip_text(slip: Slip, address: str = "") -> str:
    """Return one slip: for whom, where, login, one-time password, what to do first."""
    is_guardian = Role.GUARDIAN in slip.person.roles
    lines = [slip.person.name.full()]
    lines += [f"{child.class_name}, {child.name.full()}" for child in slip.person.children]
    lines.append(gettext("School diary") if is_guardian else gettext("Class journal"))
    if address:
        lines.append(gettext("Address: %(address)s", address=address))
    lines.append(gettext("Login: %(login)s", login=slip.login))
    lines.append(gettext("One-time password: %(phrase)s", phrase=slip.phrase))
    lines.append(gettext("At the first sign-in you choose a password of your own."))
    return "\n".join(lines) + "\n"


class SlipFile:
    """The file for slips, new or not there; ``with SlipFile(path, address) as slip_file``."""

    def __init__(self, path: Path | None, address: str) -> None:
        """Write to ``path``; None: keep nothing, the slips go to the screen.

        Raises:
            errors.EntryRefused: there is such a file already (``file_exists``), or the folder
                cannot be written to (``file_not_written``).
        """
        self._path = path
        self._address = address
        self._draft: Path | None = None
        self._written = False
        if path is not None:
            if path.exists():
                raise errors.EntryRefused(code="file_exists", hint="choose_another_file")
            self._draft = path.with_name(path.name + ".new")
            self._make(self._draft)

    def keep(self, slips: Sequence[Slip]) -> None:
        """Write the slips aside; they are on disk when this returns."""
        if self._draft is None or not slips:
            return
        try:
            with self._draft.open("w", encoding="utf-8") as stream:
                stream.write(slips_text(slips, self._address))
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            raise _not_written() from error
        self._written = True

    def publish(self) -> None:
        """Give the file its name: the accounts exist."""
        if self._draft is None or self._path is None or not self._written:
            return
        try:
            # A link instead of a rename would need rights that sticks do not have.
            if self._path.exists():
                raise errors.EntryRefused(code="file_exists", hint="choose_another_file")
            self._draft.rename(self._path)
        except OSError as error:
            raise _not_written() from error
        self._draft = None

    def __enter__(self) -> Self:
        """Return self."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Remove the file aside unless slips may be needed from it."""
        if self._draft is not None and not self._written:
            self._draft.unlink(missing_ok=True)

    def _make(self, draft: Path) -> None:
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            os.close(descriptor)
        except FileExistsError as error:
            raise errors.EntryRefused(code="file_exists", hint="choose_another_file") from error
        except OSError as error:
            raise _not_written() from error


def _not_written() -> errors.EntryRefused:
    return errors.EntryRefused(code="file_not_written", hint="check_file_name")
