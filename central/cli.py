"""``journal-central``: sets central up, brings the school in, hands out sign-ins, serves.

    init            a new data folder with its keys
    import-school   a school's workbook into the journal
    accounts        sign-ins for staff and guardians, with slips to hand out
    enrol-node      a code with which a classroom PC becomes a node
    substitute      who gives a lesson instead
    backup          a verified copy of the database; restore puts one in its place
    migrate-store   the school from its file into Apache CouchDB, and back
    backup-keys     the two files with keys, which no other backup holds
    serve           the pages, and the way in for nodes

What works with the store is in ``commands``, and works also while the program serves.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from flask_babel import gettext, lazy_gettext

from central import settings, storage
from central.commands.migration import couchdb_options
from central.commands.offered import COMMANDS, COMMANDS_ON_THE_FOLDER
from central.commands.store_command import FOLDER, data_option
from central.couch import choice
from central.settings import Settings
from sync import errors
from sync.web.command_line import Program


@click.group(cls=Program, help=str(lazy_gettext("The central program of the class journal.")))
def main() -> None:
    """Run one of the commands."""


for _command in (*COMMANDS, *COMMANDS_ON_THE_FOLDER):
    main.add_command(_command)


@main.command(help=str(lazy_gettext("Set up a new data folder with its keys.")))
@data_option
def init(folder: Path, demonstration: bool) -> None:
    """Make the folder."""
    storage.initialise(folder)
    click.echo(gettext("The data folder is ready: %(folder)s", folder=folder))
    click.echo(
        gettext(
            "Keep a copy of the two files with keys in a safe place: %(files)s",
            files="entry-keys.json, account-keys.json",
        )
    )


@main.command(help=str(lazy_gettext("Serve the pages, and the way in for nodes.")))
@click.option("--host", default=settings.DEFAULT_HOST, help=str(lazy_gettext("Where to listen.")))
@click.option("--port", default=settings.DEFAULT_PORT, help=str(lazy_gettext("The port.")))
@click.option(
    "--name",
    "names",
    multiple=True,
    help=str(lazy_gettext("A name under which browsers may come; may be repeated.")),
)
@click.option(
    "--backups",
    type=FOLDER,
    help=str(lazy_gettext("Where the hourly backups go: better another disk than the data's.")),
)
@click.option(
    "--store",
    type=click.Choice(["sqlite", "couchdb"]),
    help=str(lazy_gettext("Where the school is kept; remembered. A new folder: sqlite.")),
)
@couchdb_options
@click.option(
    "--role",
    type=click.Choice(["central", "diary"]),
    default="central",
    help=str(lazy_gettext("diary: only guardians' pages, beside the central that writes.")),
)
@data_option
def serve(
    host: str,
    port: int,
    names: tuple[str, ...],
    backups: Path | None,
    folder: Path,
    demonstration: bool,
    **store: Any,
) -> None:
    """Serve until told to stop."""
    # Not above: the other commands need neither the pages nor the server.
    from central import serve as server

    chosen = Settings(folder, host, port, demonstration=demonstration, backups=backups)
    chosen = replace(chosen, public_names=(*chosen.public_names, *names))
    server.serve(
        with_store(chosen, **store),
        lambda url: click.echo(gettext("The pages are at %(url)s", url=url)),
        waits=lambda other: click.echo(
            gettext("The central on %(host)s writes. Waiting to take over.", host=other)
        ),
    )


def with_store(
    chosen: Settings, store: str | None, url: str | None, credentials: Path | None, role: str
) -> Settings:
    """Return the settings with what the options say about the store.

    Raises:
        click.UsageError: the options contradict each other.
        errors.StoreUnavailable: the folder remembers CouchDB, and SQLite was asked for.
    """
    if store == "couchdb" and url is None:
        remembered = choice.remembered(chosen.data_directory)
        if remembered is None:
            raise click.UsageError(gettext("--store couchdb needs --couchdb-url."))
    if url is not None and store != "couchdb":
        raise click.UsageError(gettext("--couchdb-url goes with --store couchdb."))
    if store == "sqlite" and choice.remembered(chosen.data_directory) is not None:
        raise errors.StoreUnavailable(code="store_is_couchdb", hint="migrate_store_back")
    return replace(chosen, couchdb_url=url, couchdb_credentials=credentials, diary=role == "diary")
