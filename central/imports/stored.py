"""The school as the journal has it now, read once before a comparison.

``base`` is what the last import said, record by record: for a document its fields in ``said``; for
lists that hold from a date (a timetable, an enrolment) the list as the file had it in ``said`` and
the digest of the list that was written in ``wrote``. What differs from it in a document was changed
in the journal; what differs from it in the file was changed in the file.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from central.imports import names
from central.imports.known import Known, KnownClass
from sync.documents import identifiers
from sync.school.people import PersonName
from sync.store.document_store import DocumentStore

BASE = "import_base"

_KINDS = (
    "calendar",
    "subject",
    "staff",
    "class",
    "student",
    "student_card",
    "guardian",
    "teaching_group",
    "assignment",
    "timetable",
    "plan",
)
_PAGE = 500


@dataclass(frozen=True)
class Document:
    """A stored document: its revision and its value, entries included."""

    rev: str
    value: Mapping[str, Any]


class Stored:
    """Reference documents by kind and opaque id, and the records of the last import."""

    def __init__(
        self,
        documents: Mapping[str, Mapping[str, Document]],
        base: Mapping[str, Mapping[str, Any]],
    ) -> None:
        """Hold what ``read`` found."""
        self._documents = documents
        self.base = base

    def all(self, kind: str) -> Mapping[str, Document]:
        """Return the documents of a kind by opaque id."""
        return self._documents.get(kind, {})

    def get(self, kind: str, opaque: str) -> Document | None:
        """Return one document, or None."""
        return self.all(kind).get(opaque)

    def said(self, kind: str, opaque: str) -> Mapping[str, Any]:
        """Return the fields of a document as the last import said them; {} if it said nothing."""
        record = self.base.get(identifiers.reference_id(kind, opaque), {})
        said: Mapping[str, Any] = record.get("said", {})
        return said

    def calendar(self, label: str | None) -> str | None:
        """Return the school year with a label, None if it is new."""
        for opaque, document in self.all("calendar").items():
            if document.value["label"] == label:
                return opaque
        return None

    def known(self, label: str | None) -> Known:
        """Return the keys by which rows of a workbook of this school year may name what is here."""
        calendar = self.calendar(label)
        return Known(
            subjects=self._by_text("subject"),
            staff=self._by_name("staff"),
            staff_names={
                names.person_key(name_of(document.value)): name_of(document.value)
                for document in self.all("staff").values()
            },
            classes=self._classes(calendar),
            last_year=self._last_year(label),
            students=self._students(),
            class_of_student=self._class_of_student(calendar),
        )

    def _by_text(self, kind: str) -> dict[str, str]:
        """Return keys to ids; the name last imported leads there too, if nobody else has it."""
        found = {
            names.text_key(said["name"]): opaque
            for opaque in self.all(kind)
            if "name" in (said := self.said(kind, opaque))
        }
        for opaque, document in self.all(kind).items():
            found[names.text_key(document.value["name"])] = opaque
        return found

    def _by_name(self, kind: str) -> dict[str, str]:
        found = {
            names.person_key(name_of(said)): opaque
            for opaque in self.all(kind)
            if "last" in (said := self.said(kind, opaque))
        }
        for opaque, document in self.all(kind).items():
            found[names.person_key(name_of(document.value))] = opaque
        return found

    def _classes(self, calendar: str | None) -> dict[str, KnownClass]:
        found = {}
        for opaque, document in self.all("class").items():
            value = document.value
            if calendar is not None and value["calendar"] == calendar:
                known = KnownClass(
                    opaque, value["name"], value["year_of_study"], value.get("shift") or 1
                )
                found[names.class_key(value["name"])] = known
        return found

    def _last_year(self, label: str | None) -> dict[str, str]:
        if label is None:
            return {}
        start = int(label[:4])
        return {
            key: known.id
            for key, known in self._classes(self.calendar(f"{start - 1}/{start}")).items()
        }

    def _students(self) -> dict[str, str]:
        found = {
            names.file_key(said["file_number"]): opaque
            for opaque in self.all("student_card")
            if "file_number" in (said := self.said("student_card", opaque))
        }
        for opaque, document in self.all("student_card").items():
            found[names.file_key(document.value["file_number"])] = opaque
        return found

    def _class_of_student(self, calendar: str | None) -> dict[str, str]:
        key_of = {known.id: key for key, known in self._classes(calendar).items()}
        found = {}
        for key, opaque in self._students().items():
            student = self.get("student", opaque)
            for enrollment in student.value["enrollments"] if student else ():
                if enrollment["ends"] is None and enrollment["class"] in key_of:
                    found[key] = key_of[enrollment["class"]]
        return found


def read(store: DocumentStore) -> Stored:
    """Return all reference documents that an import compares, and the records of the last one."""
    documents = {kind: dict(_documents(store, kind)) for kind in _KINDS}
    base = {record.key: record.value for record in store.records.scan(BASE)}
    return Stored(documents, base)


def _documents(store: DocumentStore, kind: str) -> Iterator[tuple[str, Document]]:
    start: str = identifiers.reference_id(kind, "")
    end = f"{kind};"  # the sign after the colon
    skip = 0
    while True:
        page = store.all_docs(startkey=start, endkey=end, skip=skip, limit=_PAGE, include_docs=True)
        for row in page.rows:
            if row.rev is not None and row.value is not None:
                yield identifiers.opaque_of(row.id), Document(row.rev, row.value)
        if len(page.rows) < _PAGE:
            return
        start, skip = page.rows[-1].id, 1


def name_of(fields: Mapping[str, Any]) -> PersonName:
    """Return the name in the fields of a person."""
    return PersonName(fields["last"], fields["first"], fields.get("patronymic") or "")
