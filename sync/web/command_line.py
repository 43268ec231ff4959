"""Commands that speak the chosen language, for the command lines of both programs.

    journal-central --lang en import-school --help

The language is Russian unless ``--lang`` or JOURNAL_LANGUAGE says otherwise. Texts are those of the
pages' catalogue; an error of the product ends a command with its sentence, its next step and the
exit code 1. Help texts are given as ``lazy_gettext`` and translated when they are shown.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click
from flask import Flask
from flask_babel import Babel, gettext, lazy_gettext

from sync import errors
from sync.web import languages, messages

Decorated = TypeVar("Decorated")  # a function, or a command already made of one

_LANGUAGE_VARIABLE = "JOURNAL_LANGUAGE"


@contextmanager
def speaking(language: str = languages.DEFAULT) -> Iterator[None]:
    """Make ``gettext`` answer in ``language`` within the block, outside of any request."""
    app = Flask("journal_command_line", static_folder=None, template_folder=None)
    Babel(
        app,
        default_locale=language,
        default_translation_directories=str(languages.CATALOGUES),
    )
    with app.app_context():
        yield


def explained(error: errors.JournalError) -> str:
    """Return what happened and what can be done, as two sentences."""
    return " ".join(part for part in (messages.sentence(error), messages.next_step(error)) if part)


def data_option(default: Callable[[], Path]) -> Callable[[Decorated], Decorated]:
    """Return what adds the options that say which data folder is meant.

    They are given to the command as ``folder`` and ``demonstration``.
    """
    folder = click.option(
        "--data",
        "folder",
        type=click.Path(file_okay=False, path_type=Path),
        default=default,
        help=str(lazy_gettext("The data folder.")),
    )
    demonstration = click.option(
        "--demo",
        "demonstration",
        is_flag=True,
        help=str(lazy_gettext("The folder is that of a demonstration, with a clock of its own.")),
    )

    def decorate(decorated: Decorated) -> Decorated:
        return folder(demonstration(decorated))  # type: ignore[type-var]

    return decorate


class Command(click.Command):
    """A command whose help is shown in the chosen language."""

    def get_short_help_str(self, limit: int = 45) -> str:
        """Return the first sentence of the help."""
        return gettext(self.help).split(". ")[0].rstrip(".") if self.help else ""

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help, translated."""
        if self.help:
            formatter.write_paragraph()
            with formatter.indentation():
                formatter.write_text(gettext(self.help))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, their help translated."""
        lines = []
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and isinstance(parameter, click.Option):
                lines.append((record[0], gettext(record[1]) if record[1] else ""))
        if lines:
            with formatter.section(gettext("Options")):
                formatter.write_dl(lines)


class Program(Command, click.Group):
    """A program of several commands: chooses the language, and says errors as sentences."""

    command_class = Command

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        """Take ``--lang`` besides what a group takes."""
        super().__init__(*arguments, **keywords)
        self.params.append(
            click.Option(
                ["--lang"],
                type=click.Choice(sorted(languages.LANGUAGES)),
                default=languages.DEFAULT,
                envvar=_LANGUAGE_VARIABLE,
                is_eager=True,
                expose_value=False,
                callback=_choose_language,
                help="Language / язык",
            )
        )

    def main(self, *arguments: Any, **keywords: Any) -> Any:
        """Run the program; signs that the console cannot show are replaced, never an error."""
        for stream in (sys.stdout, sys.stderr):
            reconfigure = getattr(stream, "reconfigure", None)
            if reconfigure is not None:
                reconfigure(errors="replace")
        return super().main(*arguments, **keywords)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the options, the language first: ``--help`` is shown before any default is set."""
        if "--lang" not in args:
            args = ["--lang", os.environ.get(_LANGUAGE_VARIABLE) or languages.DEFAULT, *args]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error of the product becomes its sentence and exit code 1."""
        try:
            return super().invoke(ctx)
        except errors.JournalError as error:
            click.echo(explained(error), err=True)
            ctx.exit(1)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options and then the commands."""
        Command.format_options(self, ctx, formatter)
        self.format_commands(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands with the first sentence of their help."""
        lines = []
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command is not None and not command.hidden:
                lines.append((name, command.get_short_help_str()))
        with formatter.section(gettext("Commands")):
            formatter.write_dl(lines)


def _choose_language(ctx: click.Context, parameter: click.Parameter, value: str) -> str:
    ctx.with_resource(speaking(value))
    return value
