"""A command that works with the store: in the running program, or on the folder itself.

    journal-central enrol-node …  ──> central runs?  yes ──> it is asked to run the command
                                                     no  ──> the folder is opened here

One process owns the folder, so this is how commands work while central serves. The body of such a
command is the same in both places: it is given the opened storage and a screen, and returns the
exit code.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from flask_babel import get_locale, gettext

from central import settings
from central.commands.screen import Screen, Terminal
from central.storage import Storage
from sync import clock as clocks
from sync import errors
from sync.web import command_line

#: A file, a folder, and a date, as commands take them.
FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)
DAY = click.DateTime(["%Y-%m-%d", "%d.%m.%Y"])

# Sign-ins for a large school, or its import, take minutes; another command may be before this one.
_PATIENCE_SECONDS = 3600.0
# A stranger may listen where a program that crashed did, and never say a word.
_GREETING_SECONDS = 30.0


data_option = command_line.data_option(settings.default_folder)


class StoreCommand(command_line.Command):
    """A command whose body is ``body(storage, screen, **values) -> exit code``."""

    def invoke(self, ctx: click.Context) -> None:
        """Run where the store is open, and end with the exit code.

        Raises:
            errors.StoreUnavailable: the folder cannot be opened, or the running program did not
                finish the command.
        """
        values = dict(ctx.params)
        folder, demonstration = values.pop("folder"), values.pop("demonstration")
        code = self._run_elsewhere(folder, demonstration, values)
        if code is None:
            with Storage.open(folder, demonstration=demonstration) as opened:
                code = self.run(opened, Terminal(), values)
        ctx.exit(code)

    def run(self, storage: Storage, screen: Screen, values: Mapping[str, Any]) -> int:
        """Run the body and return the exit code."""
        if self.callback is None:
            raise TypeError("a command without a body")
        code: int = self.callback(storage, screen, **values)
        return code

    def values_of(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values that ``plain`` made plain, as the body takes them.

        Raises:
            click.UsageError: something is missing, too much, or of another kind.
        """
        context = click.Context(self, info_name=self.name)
        own = [one for one in self.params if one.name not in ("folder", "demonstration")]
        if set(told) != {one.name for one in own}:
            raise click.UsageError("other options than those of the command", context)
        values = {}
        for one in own:
            values[str(one.name)] = value = one.type_cast_value(context, told[str(one.name)])
            if one.required and value is None:
                raise click.MissingParameter(ctx=context, param=one)
        return values

    def _run_elsewhere(
        self, folder: Path, demonstration: bool, values: Mapping[str, Any]
    ) -> int | None:
        """Have the running program run the command; None if there is none that can."""
        # Not above: a command loads what it needs, so that help comes at once.
        from sync.web import control

        call = control.read(settings.control_file(folder))
        if call is None:
            return None
        clocks.clock_of_folder(folder, demonstration=demonstration)
        offered = control.ask(call, "GET", "commands", patience_seconds=_GREETING_SECONDS)
        if offered is None or self.name not in offered["commands"]:
            return None
        click.echo(gettext("The running program is doing it…"), err=True)
        asked = {
            "command": self.name,
            "values": {name: plain(value) for name, value in values.items()},
            "language": str(get_locale()),
        }
        told = control.ask(call, "POST", "run", asked, patience_seconds=_PATIENCE_SECONDS)
        if told is None:
            raise errors.StoreUnavailable(code="command_not_finished", hint="see_what_was_done")
        for stream, text in told["said"]:
            click.echo(text, err=stream == "err")
        return int(told["exit_code"])


def plain(value: Any) -> Any:
    """Return an option's value as JSON has it; files are named in full, for another process."""
    if isinstance(value, Path):
        return str(value.absolute())
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    return value
