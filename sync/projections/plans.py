"""The thematic plan (КТП) of a teaching group, and where in it the group stands.

The position moves by itself: the next topic is the one after the last that a lesson took, a topic
of several hours counting once for each. Topics that were skipped stay visible, since a plan is
fulfilled by its topics and not by its last line.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from sync.documents.identifiers import LessonKey
from sync.projections.tables import Row, RowsOfDocuments
from sync.store.connection import Connection
from sync.store.projector import DocumentChange


class PlanTables(RowsOfDocuments):
    """Table ``plan_topic``: one row a topic, in the order of the plan."""

    name = "plans"
    kinds = frozenset({"plan"})
    schema: ClassVar[Mapping[str, str]] = {
        "plan_topic": "doc_id TEXT NOT NULL, group_id TEXT NOT NULL, position INTEGER NOT NULL,"
        " id TEXT NOT NULL, title TEXT NOT NULL, hours INTEGER NOT NULL, homework TEXT"
    }
    indexes = ("CREATE INDEX plan_topic_group ON plan_topic (group_id, position)",)

    def rows_of(self, change: DocumentChange) -> Iterable[tuple[str, Row]]:
        """Yield a row per topic."""
        value = change.leaves[0].value
        for position, topic in enumerate(value["topics"], start=1):
            named = (topic["id"], topic["title"], topic.get("hours") or 1, topic.get("homework"))
            yield "plan_topic", (change.id, value["group"], position, *named)


@dataclass(frozen=True)
class PlanTopic:
    """A topic of the plan; ``position`` counts from 1, ``taken`` is how many lessons took it."""

    id: str
    position: int
    title: str
    hours: int
    homework: str | None
    taken: int


def topics(connection: Connection, group: str) -> list[PlanTopic]:
    """Return the plan of a group in its order, with how often each topic was taken."""
    rows = connection.execute(
        "SELECT p.id, p.position, p.title, p.hours, p.homework,"
        " (SELECT count(*) FROM lesson_row l WHERE l.group_id = p.group_id"
        " AND l.plan_topic = p.id) FROM plan_topic p WHERE p.group_id = ? ORDER BY p.position",
        (group,),
    ).fetchall()
    return [PlanTopic(*row) for row in rows]


def next_topic(connection: Connection, lesson: LessonKey) -> PlanTopic | None:
    """Return the topic that a lesson would take by one key; None when the plan is at its end."""
    last = connection.execute(
        "SELECT p.position FROM lesson_row l JOIN plan_topic p"
        " ON p.group_id = l.group_id AND p.id = l.plan_topic"
        " WHERE l.group_id = ? AND (l.date, l.ordinal) < (?, ?)"
        " ORDER BY l.date DESC, l.ordinal DESC LIMIT 1",
        (lesson.group, lesson.date.isoformat(), lesson.ordinal),
    ).fetchone()
    reached = 0 if last is None else int(last[0])
    for topic in topics(connection, lesson.group):
        if topic.position >= reached and topic.taken < topic.hours:
            return topic
    return None
