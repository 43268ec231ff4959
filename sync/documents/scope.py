"""Scope keys: who may hold a document, said by the document itself.

Each document carries keys; a node holds a set of keys, and gets the documents that share one with
it. Keys are teaching groups, classes and students, never rooms or people's names. Whatever has no
rule here is for central only: a forgotten kind stays at home instead of travelling everywhere.
"""

from collections.abc import Mapping
from typing import Any

from sync import errors
from sync.documents import identifiers

SCHOOL = "school"  # held by every node: nothing personal but the staff's names
CENTRAL = "central"  # held by no node

_SCHOOL_WIDE = frozenset(
    {
        "calendar",
        "subject",
        "staff",
        "class",
        "teaching_group",
        "assignment",
        "substitution",
        "timetable",
        "lock",
    }
)
_ABOUT_A_DOCUMENT = frozenset({"decision", "rejection"})


def group_key(group: str) -> str:
    """Return the key of a teaching group's documents."""
    return f"group:{group}"


def class_key(school_class: str) -> str:
    """Return the key of a class's documents."""
    return f"class:{school_class}"


def student_key(student: str) -> str:
    """Return the key of a student's documents."""
    return f"student:{student}"


def keys_of(doc_id: str, value: Mapping[str, Any]) -> frozenset[str]:
    """Return the scope keys of a document; tombstones included, whose value may be empty."""
    kind = identifiers.kind_of(doc_id)
    if kind in _SCHOOL_WIDE:
        return frozenset({SCHOOL})
    if kind in identifiers.JOURNAL_KINDS:
        return _journal_keys(doc_id)
    if kind == "plan":
        return frozenset({group_key(str(value.get("group")))})
    if kind == "student":
        return _student_keys(doc_id, value)
    if kind in _ABOUT_A_DOCUMENT:
        return _keys_of_settled(value)
    return frozenset({CENTRAL})


def is_told_by_id(doc_id: str) -> bool:
    """Tell whether ``keys_of`` needs no value for this document."""
    return identifiers.kind_of(doc_id) not in {"plan", "student", *_ABOUT_A_DOCUMENT}


def _journal_keys(doc_id: str) -> frozenset[str]:
    try:
        parsed = identifiers.parse_journal(doc_id)
    except errors.BadDocumentId:
        return frozenset({CENTRAL})
    group = group_key(parsed.lesson.group)
    if parsed.student is None:
        return frozenset((group,))
    return frozenset((group, student_key(parsed.student)))


def _keys_of_settled(value: Mapping[str, Any]) -> frozenset[str]:
    """Return the keys of the journal document that a decision or a rejection is about."""
    settled = value.get("document")
    return _journal_keys(settled) if isinstance(settled, str) else frozenset({CENTRAL})


def _student_keys(doc_id: str, value: Mapping[str, Any]) -> frozenset[str]:
    keys = {student_key(identifiers.opaque_of(doc_id))}
    enrollments = value.get("enrollments")
    for enrollment in enrollments if isinstance(enrollments, list) else []:
        if isinstance(enrollment, dict) and "class" in enrollment:
            keys.add(class_key(str(enrollment["class"])))
    return frozenset(keys)
