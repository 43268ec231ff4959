"""The refusals of the replication protocol: a status, and CouchDB's two words for it."""

from collections.abc import Mapping


class Refusal(Exception):
    """Ends a request with ``{"error": ..., "reason": ...}`` and a status of 400 or above."""

    def __init__(
        self, status: int, error: str, reason: str, headers: Mapping[str, str] | None = None
    ) -> None:
        """Say it in CouchDB's words where it has some: programs of others read them."""
        super().__init__(f"{status} {error}")
        self.status = status
        self.error = error
        self.reason = reason
        self.headers = dict(headers or {})


def bad_request(reason: str, error: str = "bad_request") -> Refusal:
    """Return 400: the request is not understood."""
    return Refusal(400, error, reason)


def unauthorized(reason: str = "You are not authorized to access this db.") -> Refusal:
    """Return 401: unknown credentials, or none."""
    return Refusal(401, "unauthorized", reason, {"WWW-Authenticate": 'Basic realm="journal"'})


def forbidden(reason: str) -> Refusal:
    """Return 403: known credentials that may not do this."""
    return Refusal(403, "forbidden", reason)


def not_found(reason: str = "missing") -> Refusal:
    """Return 404."""
    return Refusal(404, "not_found", reason)


def no_database() -> Refusal:
    """Return 404 for a database that is not there."""
    return not_found("Database does not exist.")


def method_not_allowed() -> Refusal:
    """Return 405."""
    return Refusal(405, "method_not_allowed", "This is not done here with this method.")


def conflict() -> Refusal:
    """Return 409: the document has moved on."""
    return Refusal(409, "conflict", "Document update conflict.")


def database_exists() -> Refusal:
    """Return 412 for a database that is already there."""
    return Refusal(
        412, "file_exists", "The database could not be created, the file already exists."
    )


def too_large(reason: str = "the request entity is too large") -> Refusal:
    """Return 413: send less at once."""
    return Refusal(413, "too_large", reason)


def unsupported(reason: str) -> Refusal:
    """Return 415: not kept in this form."""
    return Refusal(415, "unsupported_media_type", reason)


def one_at_a_time() -> Refusal:
    """Return 429: send it again when the other one of yours has its answer; others are waiting."""
    return Refusal(429, "too_many_requests", "Others are waiting: send one after the other.")


def busy(seconds: int) -> Refusal:
    """Return 503: come back after so many seconds."""
    return Refusal(
        503, "service_unavailable", "Please come back later.", {"Retry-After": str(seconds)}
    )
