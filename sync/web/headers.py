"""Headers of every answer: what a browser may load, keep and tell others.

Pages are never kept (``no-store``): on a shared PC the back button must show nothing. Files are
asked for with a version in the address, made of their content, and may be kept for a year.
"""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app, request
from flask.wrappers import Response

from sync.web import access, frame

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_VERSION = "v"
_KEEP_FOR_A_YEAR = "public, max-age=31536000, immutable"


def set_headers(response: Response) -> Response:
    """Add the headers; answers of blueprints with their own guard keep theirs."""
    response.headers["X-Content-Type-Options"] = "nosniff"
    rule = access.rule_of(current_app, request.endpoint) if request.endpoint else None
    if rule is not None and rule.kind == "own":
        return response
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if frame.current().secure_cookies:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    if _is_static(request.endpoint):
        if _VERSION in request.args and response.status_code == 200:
            response.headers["Cache-Control"] = _KEEP_FOR_A_YEAR
    else:
        response.headers["Cache-Control"] = "no-store"
        response.vary.add("Cookie")
    return response


def add_version(app: Flask, endpoint: str, values: dict[str, Any]) -> None:
    """Put the version of a static file into its address."""
    if not _is_static(endpoint) or "filename" not in values:
        return
    blueprint = app.blueprints.get(endpoint.rpartition(".")[0])
    folder = (blueprint or app).static_folder
    if folder is not None:
        file = Path(folder) / values["filename"]
        if file.is_file():
            values[_VERSION] = _version_of(file, file.stat().st_mtime_ns)


def _is_static(endpoint: str | None) -> bool:
    return endpoint is not None and endpoint.rpartition(".")[2] == "static"


@cache
def _version_of(file: Path, changed_at: int) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]
