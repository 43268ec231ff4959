"""What the node's other commands may ask of the running program; how they find it: ``web.control``.

POST /control/sync-now      one sync, now; answers when it is over
GET  /control/status        how the sync stands
"""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, jsonify

from sync.web import access, control


def create_blueprint(
    secret: str,
    *,
    sync_now: Callable[[], Mapping[str, Any]],
    status: Callable[[], Mapping[str, Any]],
) -> Blueprint:
    """Return the routes; both answers are JSON objects."""
    blueprint = Blueprint("control", __name__, url_prefix="/control")

    @blueprint.before_request
    def refuse() -> Response | None:
        """Be nothing at all for whoever lacks the secret."""
        return None if control.shows_secret(secret) else Response(status=HTTPStatus.NOT_FOUND)

    @blueprint.post("/sync-now")
    def run_sync() -> Response:
        """Sync once, and say what came of it."""
        return jsonify(sync_now())

    @blueprint.get("/status")
    def tell_status() -> Response:
        """Say how the sync stands."""
        return jsonify(status())

    return access.own_guard(blueprint)
