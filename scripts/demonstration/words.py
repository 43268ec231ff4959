"""What the demonstration says, in English and in Russian, and how it reports steps.

Pages have their catalogue; a script has this table. English texts are the keys, with names in
braces: ``say("{lessons} lessons", lessons=7)``.
"""

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Literal, TextIO

Language = Literal["en", "ru"]

RUSSIAN: Mapping[str, str] = {}


class Teller:
    """Says things in one language, and what each step took."""

    def __init__(self, language: Language, stream: TextIO | None = None) -> None:
        """Write to ``stream``, by default to the standard output."""
        self.language = language
        self._stream = stream or sys.stdout
        self._began = time.monotonic()

    def text(self, text: str, **facts: object) -> str:
        """Return ``text`` in the language, with its facts.

        Raises:
            KeyError: the text has no Russian words.
        """
        words = RUSSIAN[text] if self.language == "ru" else text
        return words.format(**facts)

    def line(self, line: str = "") -> None:
        """Write a line and let it be seen at once."""
        print(line, file=self._stream, flush=True)

    def say(self, text: str, **facts: object) -> None:
        """Write a text as a line."""
        self.line(self.text(text, **facts))

    @contextmanager
    def step(self, text: str, **facts: object) -> Iterator[dict[str, object]]:
        """Report a step when it is done, with its time; facts may be added while it runs.

        A step that fails is reported, too, and its error goes on.
        """
        began = time.monotonic()
        told = dict(facts)
        try:
            yield told
        except BaseException:
            self.line(f"{self.text('FAILED'):>6} {_seconds(began)}  {self._named(text, told)}")
            raise
        self.line(f"{self.text('ok'):>6} {_seconds(began)}  {self.text(text, **told)}")

    def seconds_since_start(self) -> float:
        """Return for how long this teller has been there."""
        return time.monotonic() - self._began

    def _named(self, text: str, told: Mapping[str, object]) -> str:
        """Return a text of which some facts may not be known yet."""
        words = RUSSIAN[text] if self.language == "ru" else text
        return words.format_map(_Unknown(told))


class _Unknown(dict[str, object]):
    def __missing__(self, name: str) -> str:
        return "…"


def _seconds(began: float) -> str:
    return f"{time.monotonic() - began:6.1f} s"
