"""The demonstration: ``python3 scripts/demo.py``, or ``--check`` with nobody at the keyboard.

A school from a workbook, central and two classroom computers, with weeks of lessons behind them, on
Wednesday 14 October 2026, 10:00. It prints who may sign in where, and runs until Ctrl-C; started
again it goes on where it was. ``--check`` tells the story of a mark typed offline that reaches the
parent, and of two teachers who disagree until the deputy head decides, through the real pages of
real programs in a folder of its own, and ends with 0 if every step held.
"""

import argparse
import locale
import sys
from contextlib import closing
from pathlib import Path

import environment

if __name__ == "__main__":
    environment.enter()  # before the imports that need it

from demonstration import check, folder, opening, running
from demonstration.cast import NobodyFits
from demonstration.folder import DemoFolder, State
from demonstration.network import Network
from demonstration.programs import ProgramFailed, programs
from demonstration.words import Language, Teller
from sync import errors

WORKBOOK = environment.ROOT / "tests" / "data" / "school-small.xlsx"
DATA = environment.ROOT / ".demo"


def main(given: list[str] | None = None) -> int:
    """Run the demonstration or the check; return the exit code."""
    wishes = _wishes(given)
    for stream in (sys.stdout, sys.stderr):
        # A console that lacks a sign shows another one; it must not end the program.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    teller = Teller(wishes.language)
    try:
        if wishes.check:
            return check.run(environment.ROOT, WORKBOOK, teller)
        return demonstrate(wishes, teller)
    except KeyboardInterrupt:
        teller.say("Broken off.")
        return 130


def demonstrate(wishes: argparse.Namespace, teller: Teller) -> int:
    """Open the school if that has not been done, run the programs, and say what went wrong."""
    place = DemoFolder(wishes.data.absolute())
    try:
        place.read()  # refuses what is not ours before anything is made in it
        with place.owned():
            running.check_ports(wishes.port_base)
            state = place.read() or _open(place, wishes, teller)
            _run(place, state, wishes, teller)
    except folder.FolderRefused as refused:
        teller.say("{folder} holds something else; choose another with --data.", folder=refused)
    except running.PortTaken as taken:
        teller.say("Port {port} is taken; choose others with --port-base.", port=taken)
    except errors.DataFolderBusy:
        teller.say("A demonstration is running in {folder} already.", folder=place.path)
    except NobodyFits:
        teller.say("The workbook has no lesson on that day that somebody else could give.")
    except (opening.OpeningFailed, ProgramFailed) as failed:
        teller.line(str(failed))
        teller.say("What the programs said is in {folder}.", folder=place.logs)
    else:
        return 0
    return 1


def _open(place: DemoFolder, wishes: argparse.Namespace, teller: Teller) -> State:
    teller.say("The first start makes the school; later ones take seconds.")
    place.begin()
    state = opening.open_school(opening.Plan(place, WORKBOOK, wishes.weeks, teller))
    place.keep(state)
    return state


def _run(place: DemoFolder, state: State, wishes: argparse.Namespace, teller: Teller) -> None:
    surroundings = running.environment(teller.language)
    with (
        running.stopped_by_signals(),
        closing(Network(wishes.port_base)) as network,
        programs(environment.ROOT, place.logs, surroundings) as started,
    ):
        with teller.step("central and two computers started"):
            shows = folder.goes_on_at(state)
            running.start_all(started, place, shows, wishes.port_base, network)
        running.show_table(teller, state, wishes.port_base)
        teller.say("One-time passwords of everybody else are in {file}.", file=place.slips)
        teller.say("It is {time} at school.", time=running.school_time(place.now()))
        teller.say("Everything is in {folder}. Ctrl-C stops all three.", folder=place.path)
        running.listen_to_keyboard(teller, network)
        if wishes.browser:
            running.open_browser(wishes.port_base)
        by_keyboard = running.stay(started, place, state)
        teller.line()
        with teller.step("all three stopped"):
            if by_keyboard:
                started.heard_the_keyboard()
            started.end_all()


def _wishes(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--check", action="store_true", help="tell the story and check each step")
    parser.add_argument("--data", type=Path, default=DATA, help="where everything is kept")
    parser.add_argument("--port-base", type=_port, default=8800, help="central's port; 8800")
    parser.add_argument("--no-browser", dest="browser", action="store_false")
    parser.add_argument("--weeks", type=int, help="how many weeks of lessons lie behind; all")
    parser.add_argument("--language", choices=("en", "ru"), default=_language())
    return parser.parse_args(given)


def _port(text: str) -> int:
    port = int(text)
    if not 1024 <= port <= 65_000:
        raise argparse.ArgumentTypeError("1024 to 65000")
    return port


def _language() -> Language:
    """Return Russian for a computer that speaks it, English for any other."""
    spoken = locale.getlocale()[0] or ""
    return "ru" if spoken.lower().startswith("ru") else "en"


if __name__ == "__main__":
    sys.exit(main())
