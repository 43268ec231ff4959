"""Where a command speaks and asks: this terminal, or the one of whoever asked from outside.

A command is given its screen and knows no other, so what several say at once never mixes.
"""

import sys
from collections.abc import Callable
from typing import Protocol

import click

from central.imports import interview, wording
from central.imports.interview import Question
from central.progress import Bar


class Screen(Protocol):
    """What a command knows of the person in front of it."""

    def say(self, text: str) -> None:
        """Say what was asked for."""

    def note(self, text: str) -> None:
        """Say what helps the person: trouble, the next step."""

    def bar(self) -> Bar:
        """Return a bar for the steps of the command."""

    def asker(self, bar: Bar) -> interview.Ask:
        """Return who answers questions while ``bar`` is shown."""


class Terminal:
    """The standard streams of this process."""

    def say(self, text: str) -> None:
        """Write to the standard output."""
        click.echo(text)

    def note(self, text: str) -> None:
        """Write to the standard error."""
        click.echo(text, err=True)

    def bar(self) -> Bar:
        """Return a bar that is shown if the errors go to a screen."""
        return Bar()

    def asker(self, bar: Bar) -> interview.Ask:
        """Return the person at the keyboard, or nobody."""
        if not sys.stdin.isatty():
            return interview.nobody

        def ask(question: Question) -> bool | None:
            with bar.paused():
                while True:
                    typed = click.prompt(f"{wording.question_text(question)} [y/n, д/н]", err=True)
                    answer = interview.understood(typed)
                    if answer is not None:
                        return answer

        return ask


class Recording:
    """Keeps what is said for somebody elsewhere; nobody is there to answer.

    ``said`` holds (``out`` or ``err``, text) in the order in which it was said.
    """

    def __init__(self, still_wanted: Callable[[], None] = lambda: None) -> None:
        """Call ``still_wanted`` at every step; what it raises ends the command."""
        self.said: list[tuple[str, str]] = []
        self._still_wanted = still_wanted

    def say(self, text: str) -> None:
        """Keep it for the standard output."""
        self.said.append(("out", text))

    def note(self, text: str) -> None:
        """Keep it for the standard error."""
        self.said.append(("err", text))

    def bar(self) -> Bar:
        """Return a bar that nobody sees."""
        return _Unseen(self._still_wanted)

    def asker(self, bar: Bar) -> interview.Ask:
        """Return nobody."""
        return interview.nobody


class _Unseen(Bar):
    def __init__(self, at_each_step: Callable[[], None]) -> None:
        super().__init__()
        self._at_each_step = at_each_step

    def show(self, label: str, done: int, total: int) -> None:
        """Show nothing."""
        self._at_each_step()
