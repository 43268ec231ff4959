"""The bar that long commands show: what is being done, how much is done, of how many.

Nothing is shown where nobody looks: if the errors do not go to a screen, the bar is silent.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import NoReturn, Self

from flask_babel import gettext
from tqdm import tqdm


class Bar:
    """One bar for all steps of a command."""

    def __init__(self) -> None:
        """Show nothing yet."""
        self._bar: tqdm[NoReturn] | None = None
        self._label = ""

    def import_step(self, step: str, done: int, total: int) -> None:
        """Show a step of an import; see ``school_import.Progress``."""
        words = {
            "read": gettext("Reading the file"),
            "check": gettext("Checking the rows"),
            "compare": gettext("Comparing with the journal"),
            "write": gettext("Writing"),
            "commit": gettext("Saving"),
        }
        self.show(words[step], done, total)

    def account_step(self, done: int, total: int) -> None:
        """Show how many phrases are ready."""
        self.show(gettext("Making sign-ins"), done, total)

    def show(self, label: str, done: int, total: int) -> None:
        """Show ``done`` of ``total`` (0: not known) of the step that ``label`` names."""
        bar = self._bar
        if bar is None or label != self._label:
            self._close()
            self._label = label
            bar = self._bar = _new_bar(label, total)
        bar.update(done - bar.n)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Take the bar away while a person is asked."""
        self._close()
        yield

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
        self._bar = None

    def __enter__(self) -> Self:
        """Return self."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the bar away."""
        self._close()


def _new_bar(label: str, total: int) -> "tqdm[NoReturn]":
    # ``disable=None`` is silence unless the errors go to a screen.
    return tqdm(desc=label, total=total or None, file=sys.stderr, disable=None, leave=False)
