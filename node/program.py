"""What the pages stand on: the opened node, the log of syncs, the way to wake the worker.

Made once at start by ``app``; within a request ``current()`` returns it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app

from node.passes import PassLog
from node.storage import Node
from sync.replication.outcome import Progress
from sync.store.connection import Connection

_EXTENSION = "journal_node"


@dataclass(frozen=True)
class Program:
    """The running program.

    ``wake_worker`` asks for a sync now and returns at once; ``is_syncing`` tells whether one runs,
    ``progress`` how far it is with what it fetches, if it fetches anything.
    """

    node: Node
    passes: PassLog
    wake_worker: Callable[[], None]
    is_syncing: Callable[[], bool]
    progress: Callable[[], Progress | None] = lambda: None

    def read(self) -> Connection:
        """Return this thread's connection for reading."""
        return self.node.store.database.read()


def install(app: Flask, program: Program) -> None:
    """Make ``program`` the one of ``app``."""
    app.extensions[_EXTENSION] = program


def current() -> Program:
    """Return the program that serves this request."""
    return cast(Program, current_app.extensions[_EXTENSION])
