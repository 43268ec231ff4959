"""The demonstration while it runs: clocks set, three programs started, the table, a clean end."""

import os
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import FrameType
from zoneinfo import ZoneInfo

from demonstration import folder as folders
from demonstration.folder import DemoFolder, SignIn, State
from demonstration.network import Network
from demonstration.programs import Program, Programs, wait_for
from demonstration.words import Teller
from node import settings as node_settings

HOST = "127.0.0.1"
_READY_SECONDS = 60
_SCHOOL = ZoneInfo("Europe/Moscow")


class PortTaken(Exception):
    """Another program listens on one of the ports; the text is its number."""


class Stopped(KeyboardInterrupt):
    """Somebody wants the demonstration to end, but not with the keyboard."""


def addresses(port_base: int) -> Mapping[str, str]:
    """Return where each program is, by its place in the table."""
    places = ("central", "node-1", "node-2")
    return {place: f"http://{HOST}:{port_base + number}" for number, place in enumerate(places)}


def check_ports(port_base: int) -> None:
    """Refuse ports that are taken, before anything is done.

    Raises:
        PortTaken: with the number.
    """
    for port in range(port_base, port_base + 3):
        with socket.socket() as probe:
            # A port that was used a moment ago may be used again, one with a listener may not.
            if sys.platform != "win32":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError as error:
                raise PortTaken(str(port)) from error


def environment(language: str) -> dict[str, str]:
    """Return what the programs are given: UTF-8 everywhere, a language, no proxy, no other data."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith("JOURNAL_") and not name.upper().endswith("_PROXY")
    }
    return kept | {"PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1", "JOURNAL_LANGUAGE": language}


def start_all(
    programs: Programs, folder: DemoFolder, shows: datetime, port_base: int, network: Network
) -> None:
    """Set the clocks to ``shows``, start all three programs, and return when they answer.

    Args:
        network: stands between the nodes and central.
    Raises:
        programs.ProgramFailed: one of them did not come up.
    """
    where = addresses(port_base)
    for node in folder.nodes:
        _lead_to(node, f"http://{HOST}:{network.port}")
    folder.set_clocks(shows)
    started = [start(programs, "central", folder.central, port_base, where["central"])]
    for number, node in enumerate(folder.nodes, start=1):
        place = f"node-{number}"
        started.append(start(programs, place, node, port_base + number, where[place]))
    for program in started:
        programs.wait_for_page(program, "/sign-in", _READY_SECONDS)


def listen_to_keyboard(teller: Teller, network: Network) -> None:
    """Let the Enter key cut the network and restore it; nothing without a keyboard."""
    if not sys.stdin.isatty():
        return

    def listen() -> None:
        # Not through sys.stdin: its lock would be held when the program ends.
        while os.read(sys.stdin.fileno(), 1024):
            if network.is_cut:
                network.restore()
                teller.say("The network is back.")
            else:
                network.cut()
                teller.say("The network between the computers and central is cut.")

    teller.say("Enter cuts the network between the computers and central, and restores it.")
    # A daemon: it waits for the keyboard until the program ends.
    threading.Thread(target=listen, name="keyboard", daemon=True).start()


def start(programs: Programs, name: str, data: Path, port: int, url: str) -> Program:
    """Start ``serve`` of one program of a demonstration."""
    module = name.partition("-")[0]
    arguments = ["serve", "--demo", "--data", str(data), "--port", str(port)]
    return programs.start(name, module, arguments, url)


def stay(programs: Programs, folder: DemoFolder, state: State) -> bool:
    """Stay until Ctrl-C or a signal to end comes; note the time now and then, and at the end.

    Returns:
        whether it was Ctrl-C, which the programs may have heard as well.
    Raises:
        programs.ProgramFailed: a program has ended by itself.
    """
    try:
        while True:
            folder.keep(replace(state, shown=folder.now()))
            with suppress(TimeoutError):
                wait_for(programs.one_has_ended, folders.NOTE_EVERY.total_seconds())
            programs.check()
    except Stopped:
        return False
    except KeyboardInterrupt:
        return True
    finally:
        folder.keep(replace(state, shown=folder.now()))


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Turn the signal of a service manager into ``Stopped``; Ctrl-C is Python's own."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise Stopped

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def show_table(teller: Teller, state: State, port_base: int) -> None:
    """Write who may sign in where."""
    where = addresses(port_base)
    names = {
        "central": teller.text("central"),
        "node-1": teller.text("room {room}", room=state.rooms[0]),
        "node-2": teller.text("room {room}", room=state.rooms[1]),
    }
    heads = [teller.text(head) for head in ("who", "login", "password", "what for")]
    for place, address in where.items():
        rows = [one for one in state.sign_ins if one.place == place]
        teller.line()
        teller.line(f"  {address}   {names[place]}")
        _write_rows(teller, heads, rows)
    teller.line()


def open_browser(port_base: int) -> None:
    """Show the first computer and central in the person's browser, where there is a screen."""
    screen = sys.platform in ("win32", "darwin") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    if screen:
        where = addresses(port_base)
        for place in ("central", "node-1"):
            webbrowser.open(where[place])


def _write_rows(teller: Teller, heads: Sequence[str], rows: Sequence[SignIn]) -> None:
    lines = [
        (row.name, row.login, row.password, teller.text(row.purpose, **row.facts)) for row in rows
    ]
    widths = [max(len(line[column]) for line in [*lines, heads]) for column in range(len(heads))]
    for line in (heads, *lines):
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        teller.line("    " + "   ".join(cells).rstrip())


def _lead_to(node: Path, central: str) -> None:
    """Let a node look for central where it is this time."""
    identity = node_settings.read_identity(node)
    if identity is not None and identity.central_url != central:
        node_settings.write_identity(node, replace(identity, central_url=central))


def school_time(at: datetime) -> str:
    """Return a moment as the clock at school shows it."""
    return at.astimezone(_SCHOOL).strftime("%d.%m.%Y, %H:%M")
