"""``journal-node``: introduces this computer to central, serves the journal, tells how it stands.

    enrol       an administrator's code against an identity; again on another computer
    move-central    the same server, at another address
    serve       the pages on 127.0.0.1, and the worker
    sync-now    one sync, now; says what came of it
    status      what is not on the server yet, and the last contact

``sync-now`` and ``status`` ask the running program; where it does not run, they open the folder
themselves.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from flask_babel import gettext, lazy_gettext, ngettext

from node import settings
from node.settings import Settings
from sync import errors
from sync.web import command_line, messages
from sync.web.command_line import Program


@click.group(cls=Program, help=str(lazy_gettext("The class journal on a classroom PC.")))
def main() -> None:
    """Run one of the commands."""


_data_option = command_line.data_option(settings.default_folder)


@main.command(
    help=str(
        lazy_gettext(
            "Introduce this computer to the school's server. A data folder that was connected"
            " before keeps everything and becomes another computer."
        )
    )
)
@click.option(
    "--central", required=True, metavar="URL", help=str(lazy_gettext("The server's address."))
)
@click.option(
    "--code", prompt=True, help=str(lazy_gettext("The code that the administrator has made."))
)
@_data_option
def enrol(central: str, code: str, folder: Path, demonstration: bool) -> None:
    """Exchange the code for an identity."""
    # Not above, here and below: a command loads what it needs, so that help comes at once.
    from node import enrolment

    identity = enrolment.enrol(folder, central, code)
    click.echo(gettext("This computer is connected as “%(label)s”.", label=identity.label))
    click.echo(gettext("Start it with: journal-node serve"), err=True)


@main.command(
    "move-central",
    help=str(lazy_gettext("Note that the school's server has another address now.")),
)
@click.argument("central", metavar="URL")
@_data_option
def move_central(central: str, folder: Path, demonstration: bool) -> None:
    """Keep the new address; the sync goes on where it was."""
    from node import enrolment

    identity = enrolment.move(folder, central)
    click.echo(gettext("The server is looked for at %(url)s now.", url=identity.central_url))


@main.command(help=str(lazy_gettext("Serve the journal to the browser of this computer.")))
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=settings.DEFAULT_PORT,
    show_default=True,
    help=str(lazy_gettext("The port.")),
)
@_data_option
def serve(port: int, folder: Path, demonstration: bool) -> None:
    """Serve until told to stop."""
    from node import serve as server

    _make_folder(folder)
    server.serve(
        Settings(folder, port, demonstration),
        lambda url: click.echo(gettext("The pages are at %(url)s", url=url)),
    )


@main.command("sync-now", help=str(lazy_gettext("Sync with the server now.")))
@_data_option
def sync_now(folder: Path, demonstration: bool) -> None:
    """Sync once; exit code 1 if the server was not reached."""
    said = _ask("POST", "sync-now", Settings(folder, demonstration=demonstration))
    _show(said)
    if said["problem"] is not None:
        raise SystemExit(1)


@main.command(help=str(lazy_gettext("Say what is not on the server yet, and the last contact.")))
@_data_option
def status(folder: Path, demonstration: bool) -> None:
    """Say how the sync stands."""
    _show(_ask("GET", "status", Settings(folder, demonstration=demonstration)))


def _ask(method: str, what: str, chosen: Settings) -> Mapping[str, Any]:
    """Ask the running program; where there is none, open the folder and find out.

    Raises:
        errors.DataFolderBusy: a program has the folder and does not answer.
    """
    from sync.web import control

    call = control.read(chosen.control_file)
    said = None if call is None else control.ask(call, method, what)
    return _find_out(what, chosen) if said is None else said


def _find_out(what: str, chosen: Settings) -> Mapping[str, Any]:
    from node import serve, storage
    from node.passes import PassLog
    from node.sync_pass import Sync, peer_of

    identity = settings.read_identity(chosen.data_directory)
    if identity is None:
        raise errors.StoreUnavailable(code="not_enrolled", hint="enrol_node")
    with storage.opened(chosen, identity) as node:
        passes = PassLog(node.store)
        if what == "sync-now":
            passes.add(Sync(node, peer_of(node)).run(thoroughly=True))
        return serve.told_status(node, passes)


def _show(said: Mapping[str, Any]) -> None:
    pending = ngettext("%(num)d record", "%(num)d records", said["pending"])
    rows = [
        (gettext("This computer"), said["label"]),
        (gettext("Server"), said["central"]),
        (gettext("Journal"), said["journal"]),
        (gettext("Not on the server yet"), pending),
        (gettext("Not accepted by the server"), str(said["not_accepted"])),
        (gettext("Last contact"), _time(said["last_contact"])),
        (gettext("Last try"), _time(said["last_try"])),
    ]
    if said["problem"] is not None:
        told = messages.sentence_of(said["problem"], dict(said["params"]))
        rows.append((gettext("Trouble"), told))
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        click.echo(f"{name:<{width}}  {value}")


def _time(text: str | None) -> str:
    """Return an instant as the clock of this computer shows it."""
    if text is None:
        return str(gettext("none yet"))
    return datetime.fromisoformat(text).astimezone().strftime("%d.%m.%Y %H:%M:%S")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise errors.StoreUnavailable(
            code="store_not_opened", hint="check_folder_rights"
        ) from error
