"""What left this computer's scope and is still here: no page shows it, until it may leave the disk.

A document that this computer is to hold no longer stays while anything of it can be lost: unsent,
put aside, disputed, or accepted since central's last backup. Meanwhile it is for nobody's eyes: the
day, the lesson and the sheet show nothing of a lesson of which anything is leaving, and nothing can
be written there. Its author finds it on the page of the sync, as waiting to be sent.

    lesson   of which any document is leaving: its group is kept on other computers now
    student  whose own document is leaving: in no list of names
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sync import errors
from sync.documents import identifiers
from sync.documents.identifiers import LessonKey
from sync.store.record_store import RecordStore

#: Records of documents that are to leave, by id: {"since": instant of central}.
LEAVING = "leaving"

#: Why nothing is shown or written there any more.
LEFT = "left_this_computer"
_HINT = "open_on_other_computer"

_OF_STUDENTS = ("absence", "mark", "work")  # ids that begin with the lesson's
_STUDENT = "student"


@dataclass(frozen=True)
class Departed:
    """What is leaving, as pages of one group ask: documents, their lessons, and students (ids)."""

    documents: frozenset[str] = frozenset()
    lessons: frozenset[LessonKey] = frozenset()
    students: frozenset[str] = frozenset()


def documents(records: RecordStore) -> set[str]:
    """Return all documents that are to leave."""
    return {one.key for one in records.scan(LEAVING)}


def among(records: RecordStore, doc_ids: Collection[str]) -> set[str]:
    """Return those of the documents that are to leave."""
    return records.existing(LEAVING, doc_ids)


def of_group(records: RecordStore, group: str) -> Departed:
    """Return what is leaving of a group's journal."""
    found = frozenset(
        record.key
        for kind in ("lesson", *_OF_STUDENTS)
        for record in records.scan(LEAVING, f"{kind}:{group}:")
    )
    lessons = frozenset(identifiers.parse_journal(one).lesson for one in found)
    return Departed(found, lessons, students(records))


def lessons_among(records: RecordStore, keys: Iterable[LessonKey]) -> set[LessonKey]:
    """Return those of the lessons of which anything is leaving."""
    by_prefix = {f"{kind}:{key}:": key for key in keys for kind in _OF_STUDENTS}
    by_id = {identifiers.lesson_id(key): key for key in by_prefix.values()}
    found = {by_prefix[one] for one in records.with_prefixes(LEAVING, list(by_prefix))}
    return found | {by_id[one] for one in records.existing(LEAVING, list(by_id))}


def students(records: RecordStore) -> frozenset[str]:
    """Return the students whose own documents are leaving."""
    found = records.scan(LEAVING, f"{_STUDENT}:")
    return frozenset(identifiers.opaque_of(one.key) for one in found)


def refuse_page(records: RecordStore, lesson: LessonKey) -> None:
    """Refuse to show a lesson that is leaving.

    Raises:
        errors.NotPermitted: ``left_this_computer``.
    """
    if lessons_among(records, [lesson]):
        raise errors.NotPermitted(code=LEFT, hint=_HINT)


def refuse_write(records: RecordStore, lesson: LessonKey, student: str | None) -> None:
    """Refuse to write into a lesson that is leaving, or about a student who is.

    Raises:
        errors.EntryRefused: ``left_this_computer``.
    """
    about = () if student is None else (identifiers.reference_id(_STUDENT, student),)
    if lessons_among(records, [lesson]) or among(records, about):
        raise errors.EntryRefused(code=LEFT, hint=_HINT)
