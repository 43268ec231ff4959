"""Which groups a teacher has to do with in a stretch of time: by an assignment, by a substitution.

``groups`` answers for one date; a page of a whole term asks here, so that a teacher who came or
left in its middle, or substituted once, finds it.
"""

from datetime import date

from sync.store.connection import Connection


def assigned(connection: Connection, teacher: str, first: date, last: date) -> set[str]:
    """Return the ids of groups the teacher is assigned to on any day between, both included."""
    rows = connection.execute(
        "SELECT DISTINCT group_id FROM assignment WHERE teacher = ? AND starts <= ? AND ends >= ?",
        (teacher, last.isoformat(), first.isoformat()),
    ).fetchall()
    return {row[0] for row in rows}


def substituted(connection: Connection, teacher: str, first: date, last: date) -> set[str]:
    """Return the ids of groups in which the teacher substitutes on any day between."""
    rows = connection.execute(
        "SELECT DISTINCT group_id FROM substitution WHERE teacher = ? AND date BETWEEN ? AND ?"
        " AND kind <> 'cancelled'",
        (teacher, first.isoformat(), last.isoformat()),
    ).fetchall()
    return {row[0] for row in rows}
