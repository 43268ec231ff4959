"""The running figures of a database: last N, living and deleted documents."""

from dataclasses import dataclass

from sync.store.connection import Connection


@dataclass(frozen=True)
class Tally:
    """``seq`` is the N of the last change; the others count documents."""

    seq: int
    documents: int
    deleted_documents: int


def read(connection: Connection) -> Tally:
    """Return the present figures."""
    rows = connection.execute("SELECT seq, documents, deleted_documents FROM tally").fetchall()
    return Tally(*rows[0])


def write(connection: Connection, tally: Tally) -> None:
    """Replace the figures; in a write transaction."""
    connection.execute(
        "UPDATE tally SET seq = ?, documents = ?, deleted_documents = ?",
        (tally.seq, tally.documents, tally.deleted_documents),
    )


def next_record_revision(connection: Connection) -> int:
    """Return a number that no record has had before; in a write transaction."""
    rows = connection.execute(
        "UPDATE tally SET record_revision = record_revision + 1 RETURNING record_revision"
    ).fetchall()
    return int(rows[0][0])
