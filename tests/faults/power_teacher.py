"""A teacher who saves at random and remembers what was acknowledged, outside of any store."""

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

from sync import errors
from sync.clock import FixedClock
from sync.documents import entry, identifiers
from sync.entries.door import Maker, Saved
from sync.entries.journal import Journal, Presence
from sync.store import bodies
from sync.store.connection import Connection
from sync.store.document_store import DocumentStore
from tests.support import sample_school as school

LESSONS = (school.LESSON_1, school.LESSON_2)
STUDENTS = school.ROSTER_5A[:5]

_LEAVES = """
    SELECT d.id, b.json FROM document d
    JOIN revision r ON r.document = d.document AND r.leaf = 1
    JOIN body b ON b.revision = r.revision
"""


_SCHOOL = "central"  # the sample school's own documents, whose entries are all number one


class Teacher:
    """Makes random saves through the door; ``told`` holds (document, field, value)."""

    def __init__(
        self, chance: Random, clock: FixedClock, maker: Maker, life: str = "first"
    ) -> None:
        """Sit down; ``life`` tells the tokens of this teacher's saves from those of others."""
        self.told: set[tuple[str, str, Any]] = set()
        self.maker = maker
        self._chance = chance
        self._clock = clock
        self._life = life
        self._saves = 0

    def save(self, store: DocumentStore) -> Saved | None:
        """Make one save; now and then send it twice, as a page does whose answer was lost.

        Returns None if it was refused.
        """
        self._saves += 1
        self._clock.advance(timedelta(minutes=1))
        doc_id, field, value, save = self._wish(
            store, f"{self._life}-{self.maker.node}-{self._saves}"
        )
        try:
            saved = save()
        except errors.EntryRefused:
            return None  # another value is shown than the one that wins here
        if self._chance.random() < 0.2 and save() != saved:
            raise AssertionError("the same save was made twice")
        if saved.entries:
            self.told.add((doc_id, field, value))
        return saved

    def _wish(self, store: DocumentStore, token: str) -> tuple[str, str, Any, Callable[[], Saved]]:
        """Return the document, the field, the value to be, and how to save it."""
        chance = self._chance
        journal = Journal(store, self.maker, self._clock)
        lesson, student = chance.choice(LESSONS), chance.choice(STUDENTS)
        verb = chance.choice(["mark", "mark", "mark", "topic", "absence"])
        if verb == "mark":
            doc_id, field = identifiers.mark_id(lesson, student), "value"
            value: Any = chance.choice([2, 3, 4, 5, None])
            shown = _shown(store, doc_id, field)

            def save() -> Saved:
                return journal.record_mark(
                    school.SOKOLOVA, lesson, student, value, seen=shown, token=token
                )
        elif verb == "topic":
            doc_id, field = identifiers.lesson_id(lesson), "topic"
            value = "Ц" * chance.randint(1, 400)
            seen = {field: _shown(store, doc_id, field)}

            def save() -> Saved:
                return journal.describe_lesson(
                    school.SOKOLOVA, lesson, {field: value}, seen=seen, token=token
                )
        else:
            doc_id, field = identifiers.absence_id(lesson, student), "presence"
            shown = _shown(store, doc_id, field)
            value = None if shown else "absent"
            stated = None if shown else Presence("absent")

            def save() -> Saved:
                return journal.record_absence(
                    school.SOKOLOVA, lesson, student, stated, seen=shown, token=token
                )

        return doc_id, field, value, save


def _shown(store: DocumentStore, doc_id: str, field: str) -> Any:
    leaf = store.get(doc_id)
    return None if leaf is None else leaf.value.get(field)


def assert_entries_are_whole(
    reader: Connection, told: set[tuple[str, str, Any]], gone: frozenset[str] = frozenset()
) -> None:
    """Each acknowledged value has its entry, and no entry is there twice or in two forms.

    ``gone`` are documents that were taken out on purpose.
    """
    kept: set[tuple[str, str, Any]] = set()
    numbers: dict[tuple[str, str, int], tuple[str, str]] = {}
    for doc_id, text in reader.execute(_LEAVES).fetchall():
        entries = entry.entries_of(bodies.decode_object(text))
        entries = [one for one in entries if one["node"] != _SCHOOL]
        macs = [one["mac"] for one in entries]
        assert len(set(macs)) == len(macs), f"an entry is twice in {doc_id}"
        for one in entries:
            kept.add((doc_id, one["field"], one["new"]))
            place = (one["node"], one["epoch"], one["seq"])
            meant = (doc_id, one["mac"])
            assert numbers.setdefault(place, meant) == meant, f"{place} is used twice"
    lost = {one for one in told - kept if one[0] not in gone}
    assert not lost, f"acknowledged and not there: {lost}"
