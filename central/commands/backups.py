"""``backup``, ``restore``, ``backup-keys``: copies of what central has, and the way back."""

from pathlib import Path

import click
from flask_babel import gettext, lazy_gettext

from central import backup, restoring, settings
from central.commands.screen import Screen
from central.commands.store_command import FILE, FOLDER, StoreCommand, data_option
from central.storage import Storage
from sync import clock as clocks
from sync.web import command_line


@click.command(
    "backup",
    cls=StoreCommand,
    help=str(lazy_gettext("Make a verified copy of the database. Central may run meanwhile.")),
)
@click.option(
    "--to",
    "target",
    type=FOLDER,
    help=str(lazy_gettext("The folder for it; without it, “backups” in the data folder.")),
)
@data_option
def back_up(storage: Storage, screen: Screen, target: Path | None) -> int:
    """Copy, and say where."""
    folder = settings.default_backups(storage.folder) if target is None else target
    made = backup.make(storage, folder)
    screen.say(str(made.file))
    screen.note(gettext("Verified: %(number)s documents.", number=made.contents.documents))
    screen.note(gettext("The keys are not in it: journal-central backup-keys copies them."))
    return 0


@click.command(
    "backup-keys",
    cls=command_line.Command,
    help=str(
        lazy_gettext(
            "Copy the two files with keys. Keep the copy in a safe place, apart from the backups;"
            " make it anew after connecting a computer."
        )
    ),
)
@click.option(
    "--to", "target", type=FOLDER, required=True, help=str(lazy_gettext("The folder for them."))
)
@data_option
def back_up_keys(target: Path, folder: Path, demonstration: bool) -> None:
    """Copy, and say where."""
    for file in backup.back_up_keys(folder, target):
        click.echo(str(file))


@click.command(
    cls=command_line.Command,
    help=str(
        lazy_gettext(
            "Put a backup in the place of the database, which is kept under another name. Central"
            " must not be running."
        )
    ),
)
@click.argument("file", type=FILE)
@data_option
def restore(file: Path, folder: Path, demonstration: bool) -> None:
    """Verify, replace, and say what to do next."""
    clock = clocks.clock_of_folder(folder, demonstration=demonstration)
    done = restoring.restore(folder, file, clock)
    if done.made_at is not None:
        at = done.made_at.astimezone().strftime("%d.%m.%Y %H:%M")
        click.echo(gettext("Restored: the state of %(at)s.", at=at))
    else:
        click.echo(gettext("Restored from a copy that was not made by “backup”."))
    click.echo(gettext("Verified: %(number)s documents.", number=done.contents.documents))
    if done.replaced is not None:
        click.echo(gettext("The replaced database is kept: %(file)s", file=done.replaced), err=True)
    click.echo(
        gettext(
            "Start with “journal-central serve” and switch on every computer that was used since:"
            " they give back what is missing. Accounts blocked and computers revoked since the"
            " backup must be blocked and revoked again."
        ),
        err=True,
    )
