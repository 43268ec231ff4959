"""``migrate-store``: a school from the file of its folder into Apache CouchDB, and back."""

import os
import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import click
from flask_babel import gettext, lazy_gettext

from central.commands.store_command import FILE, data_option
from central.couch import choice
from central.couch import school as schools
from central.couch.choice import Choice
from central.couch.moving import Move, Moved
from central.couch.server import Couch
from central.progress import Bar
from central.storage import Storage, StoreWish
from sync.web import command_line

_NAME = "couch.central"  # until the folder remembers its CouchDB

Decorated = TypeVar("Decorated", bound=Callable[..., object])


def couchdb_options(decorated: Decorated) -> Decorated:
    """Add the options that say where CouchDB is, given as ``url`` and ``credentials``."""
    url = click.option(
        "--couchdb-url",
        "url",
        help=str(lazy_gettext("The school's CouchDB, such as http://127.0.0.1:5984/school.")),
    )
    credentials = click.option(
        "--couchdb-credentials",
        "credentials",
        type=FILE,
        help=str(
            lazy_gettext(
                "A file with one line, user:password; without it COUCHDB_USER and COUCHDB_PASSWORD."
            )
        ),
    )
    return url(credentials(decorated))


@click.command(
    "migrate-store",
    cls=command_line.Command,
    help=str(
        lazy_gettext(
            "Move the school into Apache CouchDB, or back into the file. Central must not be"
            " running. If it was interrupted, begin it again: it goes on."
        )
    ),
)
@click.option(
    "--to",
    "target",
    type=click.Choice(["couchdb", "sqlite"]),
    required=True,
    help=str(lazy_gettext("Where to.")),
)
@couchdb_options
@data_option
def migrate_store(
    target: str, url: str | None, credentials: Path | None, folder: Path, demonstration: bool
) -> None:
    """Move, compare, and remember."""
    if target == "sqlite":
        _back(folder, demonstration)
        return
    remembered = choice.remembered(folder)
    if url is None and remembered is not None:
        url, credentials = remembered.url, credentials or remembered.credentials_file
    if url is None:
        raise click.UsageError(gettext("--to couchdb needs --couchdb-url."))
    moved = _move(folder, demonstration, url, credentials)
    click.echo(
        gettext(
            "The school is in CouchDB: %(documents)s documents, %(records)s records, compared one"
            " by one; %(sent)s of them sent now.",
            documents=moved.documents,
            records=moved.records,
            sent=moved.sent,
        )
    )
    click.echo(gettext("Check sum: %(digest)s", digest=moved.digest[:16]))
    click.echo(gettext("From now on “serve” and the other commands use it."), err=True)


def _move(folder: Path, demonstration: bool, url: str, credentials: Path | None) -> Moved:
    wish = StoreWish(file_only=True)
    with Storage.open(folder, demonstration=demonstration, wish=wish) as storage, Bar() as bar:
        words = {
            "documents": gettext("Sending documents"),
            "records": gettext("Sending records"),
            "check": gettext("Comparing"),
        }
        chosen = _chosen(storage, url, credentials)
        couch = Couch(choice.address_of(chosen, os.environ))
        holder = choice.holder_of(chosen, secrets.token_bytes)
        move = Move(
            storage.store,
            couch,
            storage.keys,
            holder,
            lambda step, done, total: bar.show(words[step], done, total),
        )
        moved = move.run()
        choice.remember(folder, chosen)
    return moved


def _chosen(storage: Storage, url: str, credentials: Path | None) -> Choice:
    """Return the choice under a name that a move begun again finds: its lease is its own."""
    made = choice.made(storage.folder, url, credentials, secrets.token_bytes)
    if choice.remembered(storage.folder) is not None:
        return made
    with storage.store.transaction() as tx:
        named = tx.meta_get(_NAME)
        if named is None:
            tx.meta_set(_NAME, made.central)
    return made if named is None else replace(made, central=str(named))


def _back(folder: Path, demonstration: bool) -> None:
    """Bring the file to CouchDB's state, close CouchDB for everybody, and forget it."""
    if choice.remembered(folder) is None:
        click.echo(gettext("The file of the folder is the store already."))
        return
    with Storage.open(folder, demonstration=demonstration) as storage:
        if storage.attachment is not None:
            schools.write(storage.attachment.couch, storage.store.uuid, storage.keys, ready=False)
        choice.forget(folder)
        documents = storage.store.info().doc_count
    click.echo(
        gettext("The file of the folder is the store: %(number)s documents.", number=documents)
    )
