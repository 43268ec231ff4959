"""The programs that run as processes of their own while something is measured.

    python -m benchmark.children node FOLDER               the node's pages, and an empty one
    python -m benchmark.children push FOLDER --errand …    a node that syncs

``node`` prints one line of JSON with its port when it is ready, ``push`` one with what it measured.
"""

import argparse
import json
import os
import threading
from pathlib import Path
from typing import Any

from flask import Flask, request
from flask.typing import ResponseReturnValue
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from benchmark import folders, pushing
from node import app, settings, storage
from node.passes import PassLog
from node.program import Program
from node.serve import LIMITS
from node.settings import Settings
from sync.web import serving

#: Beside the node's pages in the same server: a Flask application that does nothing.
EMPTY = "/empty"


def main() -> None:
    """Be one of the programs."""
    options = _options()
    if options.program == "node":
        _serve_node(options.folder)
    else:
        told = json.loads(options.errand)
        _say(pushing.run(pushing.Errand(folder=options.folder, **told)))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("program", choices=["node", "push"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--errand", help="the rest of a pushing.Errand, as JSON")
    return parser.parse_args()


def _say(said: dict[str, Any]) -> None:
    print(json.dumps(said), flush=True)


def _serve_node(folder: Path) -> None:
    """Serve an enrolled node as ``node.serve`` does, but without its worker.

    The worker writes down how its syncs ended, and those commits would be counted as a save's.
    """
    chosen = Settings(folder, demonstration=True)
    with (
        storage.opened(chosen, folders.identity_of(folder)) as node,
        serving.listening(settings.HOST, 0) as listener,
    ):
        running = Program(node, PassLog(node.store), lambda: None, lambda: False)
        pages = app.create_app(running)
        beside = DispatcherMiddleware(pages.wsgi_app, {EMPTY: _empty_app()})
        pages.wsgi_app = beside  # type: ignore[method-assign]
        _say({"port": listener.getsockname()[1], "process": os.getpid()})
        serving.serve(pages, listener, LIMITS, threading.Event())


def _empty_app() -> Flask:
    empty = Flask("empty")

    @empty.get("/")
    def page() -> ResponseReturnValue:
        return ""

    @empty.post("/")
    def save() -> ResponseReturnValue:
        request.get_json()
        return {}

    return empty


if __name__ == "__main__":
    main()
