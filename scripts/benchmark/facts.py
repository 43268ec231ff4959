"""The facts of a school's days: lessons, marks, absences, in the proportions of a real school.

Of 100 facts 27 are lessons, 68 are marks and 5 are absences, as in a school of 1,000 pupils over a
year. They come in two forms. *Plain* ones are documents such as any CouchDB application keeps,
about 250 bytes each: that is what PouchDB is measured with, and our store without school rules.
*Sealed* ones are the same facts written through the door of ``entries``, by a teacher on a node.
"""

import random
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any

from benchmark import school as schools
from benchmark.school import School
from benchmark.sizes import Sizes
from sync.documents import identifiers
from sync.documents.identifiers import LessonKey
from sync.entries.door import Maker, Step
from sync.store.connection import Database
from sync.store.document_store import DocumentStore

_FILE = "plain.sqlite"
_MARKED, _ABSENT = 0.0857, 0.0056  # of the students of a lesson
_LESSONS_OF_A_GROUP = 117
_STUDENTS = 30
_FACTS_OF_A_LESSON = 1 + _STUDENTS * (_MARKED + _ABSENT)
_TOPICS = (
    "Сложение и вычитание смешанных чисел",
    "Главные и второстепенные члены предложения",
    "Древняя Русь в IX–XII веках",
    "Строение растительной клетки",
    "Present Perfect: употребление",
)
_HOMEWORK = ("§ {0}, № {1}, {2}", "Стр. {1}–{2}, вопросы письменно", "Упр. {1}; повторить § {0}")
_PER_CALL = 500
_AFTER_SCHOOL = time(12, 0)

Plain = dict[str, Any]
Wished = tuple[LessonKey, list[Step]]


def school_for(documents: int) -> School:
    """Return a school in which so many facts are kept, and a few more."""
    of_a_group = _LESSONS_OF_A_GROUP * _FACTS_OF_A_LESSON * 0.97
    sizes = Sizes(students=_STUDENTS, lessons=_LESSONS_OF_A_GROUP)
    return School(sizes, groups=int(documents / of_a_group) + 1)


def sealed(store: DocumentStore, maker: Maker, facts: Iterator[Wished], most: int) -> int:
    """Write the next ``most`` facts through the door, a lesson in a commit; return how many.

    The rest of the last lesson is passed over.
    """
    written = 0
    for lesson, steps in facts:
        some = steps[: most - written]
        at = datetime.combine(lesson.date, _AFTER_SCHOOL, UTC)
        schools.write(store, maker, at, some)
        written += len(some)
        if written == most:
            break
    return written


def plain(school: School, most: int) -> list[Plain]:
    """Return the first ``most`` facts as plain documents, in the same order."""
    every = (_plain(lesson, step) for lesson, steps in wished(school) for step in steps)
    return list(islice(every, most))


def edited(documents: list[Plain], edits: int) -> list[Plain]:
    """Return the first marks of ``documents`` with another value."""
    marks = (one for one in documents if one["kind"] == "mark")
    return [_with_other_mark(one) for one in islice(marks, edits)]


def keep(folder: Path, documents: list[Plain]) -> None:
    """Put plain documents into a new store in ``folder``."""
    store = opened(folder)
    try:
        for start in range(0, len(documents), _PER_CALL):
            with store.transaction() as tx:
                for one in documents[start : start + _PER_CALL]:
                    tx.put(one["_id"], _value(one), parent=None)
    finally:
        store.close()


def opened(folder: Path) -> DocumentStore:
    """Open the store of a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / _FILE
    epoch = f"bench{file.stat().st_mtime_ns if file.exists() else 0}"
    return DocumentStore(Database(file), epoch=epoch, uuid="bench")


def copied(kept: Path, folder: Path) -> Path:
    """Copy a kept store, so that each round begins with the same; return ``folder``."""
    shutil.copytree(kept, folder)
    return folder


def edit(store: DocumentStore, edits: int) -> list[str]:
    """Give the first marks of a store of plain documents another value; return their ids."""
    ids = [row.id for row in store.changes(0).rows if identifiers.kind_of(row.id) == "mark"]
    with store.transaction() as tx:
        for doc_id in ids[:edits]:
            leaf = tx.get(doc_id)
            if leaf is not None:
                tx.put(doc_id, _with_other_mark(leaf.value), parent=leaf.rev)
    return ids[:edits]


def wished(school: School) -> Iterator[Wished]:
    """Yield the steps of each lesson, by day; always the same ones for a school."""
    drawn = random.Random(2311)  # noqa: S311 - facts to measure with, no secret
    for number, (day, ordinal) in enumerate(school.hours):
        for group in school.groups:
            lesson = LessonKey(group.id, day, ordinal)
            steps = [_lesson(lesson, number, drawn)]
            for student in group.students:
                chance = drawn.random()
                if chance < _MARKED:
                    steps.append(schools.mark_step(lesson, student, drawn.choice((5, 5, 4, 4, 3))))
                elif chance < _MARKED + _ABSENT:
                    fields = {"presence": "absent", "minutes": None}
                    steps.append(Step(identifiers.absence_id(lesson, student), fields))
            yield lesson, steps


def _lesson(lesson: LessonKey, number: int, drawn: random.Random) -> Step:
    pages = (number % 60 + 1, drawn.randrange(10, 400), drawn.randrange(400, 800))
    fields = {
        "topic": _TOPICS[number % len(_TOPICS)],
        "homework": _HOMEWORK[drawn.randrange(len(_HOMEWORK))].format(*pages),
    }
    return Step(identifiers.lesson_id(lesson), fields)


def _plain(lesson: LessonKey, step: Step) -> Plain:
    """Return a fact as an application without entries would keep it."""
    parsed = identifiers.parse_journal(step.doc_id)
    return {
        "_id": step.doc_id,
        "kind": parsed.kind,
        "group": lesson.group,
        "date": lesson.date.isoformat(),
        **({} if parsed.student is None else {"student": parsed.student}),
        **step.fields,
        "author": schools.TEACHER,
        "written_at": _instant(lesson.date, step.doc_id),
    }


def _instant(day: date, doc_id: str) -> str:
    seconds = sum(doc_id.encode()) % 3600
    return f"{day.isoformat()}T{9 + seconds % 3:02d}:{seconds // 60:02d}:{seconds % 60:02d}Z"


def _value(document: Plain) -> Plain:
    return {name: part for name, part in document.items() if not name.startswith("_")}


def _with_other_mark(document: Plain) -> Plain:
    return {**document, "value": schools.edited(document["value"])}
