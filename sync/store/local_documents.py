"""Local documents: CouchDB's ``_local/…``, kept beside the others and never replicated.

They have no history: a revision is ``0-N`` and only counts writes. Checkpoints live here.
"""

from collections.abc import Mapping
from typing import Any

from sync import errors
from sync.store import bodies
from sync.store.connection import Connection


def get(connection: Connection, local_id: str) -> tuple[str, dict[str, Any]] | None:
    """Return (revision, value), or None."""
    row = connection.execute(
        "SELECT number, json FROM local_document WHERE id = ?", (local_id,)
    ).fetchone()
    return None if row is None else (_revision(row[0]), bodies.decode_object(row[1]))


def put(connection: Connection, local_id: str, value: Mapping[str, Any], parent: str | None) -> str:
    """Write and return the new revision; without ``parent`` overwrite.

    Raises:
        errors.RevisionConflict: ``parent`` is given and is not the present revision.
    """
    number = _number(connection, local_id)
    _refuse_other(local_id, number, parent)
    connection.execute(
        "INSERT INTO local_document (id, number, json) VALUES (?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET number = excluded.number, json = excluded.json",
        (local_id, number + 1, bodies.encode_object(value)),
    )
    return _revision(number + 1)


def delete(connection: Connection, local_id: str, parent: str | None) -> bool:
    """Remove; False if there was none. errors.RevisionConflict as in ``put``."""
    number = _number(connection, local_id)
    _refuse_other(local_id, number, parent)
    connection.execute("DELETE FROM local_document WHERE id = ?", (local_id,))
    return number > 0


def _number(connection: Connection, local_id: str) -> int:
    row = connection.execute(
        "SELECT number FROM local_document WHERE id = ?", (local_id,)
    ).fetchone()
    return 0 if row is None else int(row[0])


def _refuse_other(local_id: str, number: int, parent: str | None) -> None:
    if parent is not None and parent != _revision(number):
        raise errors.RevisionConflict(id=local_id)


def _revision(number: int) -> str:
    return f"0-{number}"
