"""What the other commands of central may ask of the running program; see ``sync.web.control``.

    GET  /control/commands     {"commands": [name, ...]}
    POST /control/run          {"command", "values", "language"}
                               {"exit_code", "said": [["out" | "err", text], ...]}

A command runs in the thread of its request, with the storage that is open and a screen of its own;
one at a time, so that none builds on what another is about to change. When the program is told to
stop, a command ends at its next step and nothing of it stays.
"""

import threading
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import Any

import click
from flask import Blueprint, Response, abort, jsonify, request
from flask_babel import force_locale

from central.commands.offered import COMMANDS
from central.commands.screen import Recording
from central.commands.store_command import StoreCommand
from central.storage import Storage
from sync import errors
from sync.web import access, command_line, control, languages
from sync.web.control import Call

_MOST_BYTES = 64 * 1024
_COMMANDS: Mapping[str, StoreCommand] = {str(one.name): one for one in COMMANDS}


def create_blueprint(
    storage: Storage, call: Call, is_ending: Callable[[], bool] = lambda: False
) -> Blueprint:
    """Return the routes; without the secret of ``call``, or from elsewhere, they do not exist.

    Args:
        is_ending: tells whether the program has been told to stop.
    """
    blueprint = Blueprint("control", __name__, url_prefix="/control")
    turn = threading.Lock()

    def check_still_wanted() -> None:
        if is_ending():
            raise errors.StoreUnavailable(code="store_closed", hint="restart_program")

    @blueprint.before_request
    def refuse() -> None:
        """Be a page that is not there for everybody else."""
        if not _is_this_computer(call) or not control.shows_secret(call.secret):
            abort(404)

    @blueprint.get("/commands")
    def tell_commands() -> Response:
        """Say what can be run."""
        return jsonify({"commands": sorted(_COMMANDS)})

    @blueprint.post("/run")
    def run() -> Response:
        """Run a command to its end, and say what it said."""
        command, values, language = _asked()
        screen = Recording(check_still_wanted)
        with force_locale(language), turn:
            try:
                check_still_wanted()
                code = command.run(storage, screen, values)
            except errors.JournalError as error:
                screen.note(command_line.explained(error))
                code = 1
        answer = jsonify({"exit_code": code, "said": screen.said})
        answer.headers["Cache-Control"] = "no-store"  # passwords, codes
        return answer

    return access.own_guard(blueprint)


def _is_this_computer(call: Call) -> bool:
    """Tell whether the request comes from here: also if only an outer address is listened on."""
    address = request.remote_addr or ""
    try:
        return address == call.host or ip_address(address).is_loopback
    except ValueError:
        return False


def _asked() -> tuple[StoreCommand, dict[str, Any], str]:
    request.max_content_length = _MOST_BYTES
    asked = request.get_json(silent=True)
    if not isinstance(asked, dict) or not isinstance(asked.get("values"), dict):
        abort(400)
    command = _COMMANDS.get(str(asked.get("command")))
    language = str(asked.get("language"))
    if command is None or language not in languages.LANGUAGES:
        abort(400)
    try:
        return command, command.values_of(asked["values"]), language
    except click.UsageError:
        abort(400)
