"""The stage of the check: programs in a folder of their own, computers, browsers, a network.

    central ◄── network that can be cut ◄─┬─ computer 1
                                          └─ computer 2

The stories told on it are in ``check`` and ``disagreement``.
"""

import socket
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TypeVar

from demonstration import running, visits
from demonstration.folder import DemoFolder
from demonstration.network import Network
from demonstration.pages import Browser
from demonstration.parts import Slip
from demonstration.programs import Program, ProgramFailed, Programs, wait_for
from demonstration.words import Teller
from sync.accounts import passwords

READY_SECONDS = 60

Seen = TypeVar("Seen")


class CheckFailed(Exception):
    """A step did not hold; the text says what was expected and what was seen."""


class Stage:
    """Where a story is told: what was started, and how to start more."""

    def __init__(
        self, folder: DemoFolder, started: Programs, teller: Teller, stack: ExitStack
    ) -> None:
        """Nothing is done yet; what ``stack`` is given ends with it."""
        self.folder = folder
        self.programs = started
        self.teller = teller
        self.stack = stack

    # --------------------------------------------------------------------------- the programs

    def central(self, command: str, *arguments: str) -> str:
        """Run a command of central and return what it printed."""
        where = ("--demo", "--data", str(self.folder.central))
        return self.programs.run("commands", "central", [command, *arguments, *where])

    def node(self, number: int, command: str, *arguments: str) -> str:
        """Run a command of a computer, the first or the second, and return what it printed."""
        where = ("--demo", "--data", str(self.folder.nodes[number - 1]))
        return self.programs.run("commands", "node", [command, *arguments, *where])

    def serve_central(self) -> tuple[Program, Network]:
        """Start central and the network that leads to it."""
        central = self._serve("central", free_port())
        network = Network(port_of(central))
        self.stack.callback(network.close)
        return central, network

    def connect(self, number: int, room: str, network: Network) -> Program:
        """Enrol a computer, start its program, and let it fetch the school's data."""
        code = self.central("enrol-node", "--room", room).split()[0]
        address = f"http://{running.HOST}:{network.port}"
        self.node(number, "enrol", "--central", address, "--code", code)
        node = self._serve(f"node-{number}", free_port())
        self.node(number, "sync-now")
        return node

    def _serve(self, name: str, port: int) -> Program:
        url = f"http://{running.HOST}:{port}"
        places = ("central", "node-1", "node-2")
        data = self.folder.programs()[places.index(name)]
        program = running.start(self.programs, name, data, port, url)
        self.programs.wait_for_page(program, visits.SIGN_IN, READY_SECONDS)
        return program

    def expect_alone(self, number: int, network: Network) -> None:
        """Make sure that a computer tries to reach central, and does not."""
        before = network.refused
        try:
            said = self.node(number, "sync-now")
        except ProgramFailed:
            if network.refused > before:
                return
            raise CheckFailed("the computer did not try to reach central") from None
        raise CheckFailed(f"the computer reached central through a cut network\n{said}")

    def cut_power(self, node: Program) -> Program:
        """Kill the program of a computer, wait until nothing of it answers, and start it again."""

        def is_gone() -> bool:
            with socket.socket() as probe:
                return probe.connect_ex((running.HOST, port_of(node))) != 0

        node.kill()
        self.programs.forget(node)
        wait_for(is_gone, READY_SECONDS)
        return self._serve(node.name, port_of(node))

    def end(self, ended: Sequence[Program]) -> None:
        """Let programs end in good order."""
        for program in ended:
            program.ask_to_end()
        left = self.programs.wait_for_ends(READY_SECONDS)
        codes = {program.name: program.process.returncode for program in ended}
        if left or any(codes.values()):
            words = "\n".join(program.last_words() for program in ended)
            raise CheckFailed(f"exit codes {codes}\n{words}")

    # ----------------------------------------------------------------------------- the people

    def browser(self, program: Program) -> Browser:
        """Return a browser of one more person."""
        browser = Browser(program.url)
        self.stack.callback(browser.close)
        return browser

    def newcomer(self, program: Program, slip: Slip, own: str) -> Browser:
        """Let a person sign in for the first time and choose a password."""
        browser = self.browser(program)
        visits.first_sign_in(browser, slip.login, slip.one_time, own)
        return browser

    def wait(
        self,
        ask: Callable[[], Seen],
        suits: Callable[[Seen], bool],
        told: Callable[[Seen], str],
        seconds: float,
    ) -> Seen:
        """Ask again and again until the answer suits, and return it.

        Raises:
            CheckFailed: it did not in time; the text is what was last ``told``.
        """
        seen: list[Seen] = []

        def look() -> bool:
            self.programs.check()
            seen[:] = [ask()]
            return suits(seen[0])

        try:
            wait_for(look, seconds)
        except TimeoutError:
            raise CheckFailed(f"after {seconds:.0f} s: {told(seen[0])}") from None
        return seen[0]


def new_password() -> str:
    """Return a phrase as the product hands out; a person would choose something like it."""
    return passwords.new_phrase()


def port_of(program: Program) -> int:
    """Return the port of a program's pages."""
    return int(program.url.rsplit(":", 1)[1])


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind((running.HOST, 0))
        port: int = probe.getsockname()[1]
        return port
