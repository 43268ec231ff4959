"""Collects what an import would write: documents, the records for the next import, and findings.

Nothing is written here. A document is written only if its value changes, and a record only if it
says something new, so that the same file imported again writes nothing at all.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from central.imports import names
from central.imports.dated import holds_from
from central.imports.draft import Draft, Student
from central.imports.identities import Identities
from central.imports.settle import (
    ABSENT,
    WRITING,
    SettledList,
    Status,
    digest_of,
    settle,
    weightiest,
)
from central.imports.stored import Document, Stored, name_of
from sync.documents import identifiers, kinds

#: Lists of a document whose elements are settled one by one, and what names an element.
Path = tuple[str, ...]


@dataclass(frozen=True)
class Finding:
    """Something a person should see: kept, in conflict, or missing from the file.

    ``label`` names the row for people; ``column`` is the heading, None for the whole row.
    """

    status: Status
    sheet: str
    row: int | None
    label: str
    column: str | None = None
    in_file: str = ""
    in_journal: str = ""


@dataclass(frozen=True)
class Place:
    """Where a document comes from: its sheet and row, and what people call it."""

    sheet: str
    row: int | None
    label: str


@dataclass(frozen=True)
class Write:
    """A new value of a document, without its entries; ``parent`` None: a new document."""

    doc_id: str
    parent: str | None
    before: Mapping[str, Any] | None
    value: Mapping[str, Any]


@dataclass
class Comparison:
    """The three-way comparison of one draft with the journal.

    ``day`` is when dated lists take effect; ``last_year`` leads from keys to last year's classes.
    """

    draft: Draft
    stored: Stored
    ids: Identities
    last_year: Mapping[str, str]
    day: date
    new_id: Callable[[], str]
    writes: dict[str, Write] = field(default_factory=dict)
    bases: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    counts: Counter[tuple[str, Status]] = field(default_factory=Counter)
    _student_keys: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        """Note how to come from a student's id back to the row."""
        self._student_keys = {opaque: key for key, opaque in self.ids.students.items()}
        for key in self.draft.students:
            self._student_keys[self.ids.students[key]] = key

    # -------------------------------------------------------------------------------- documents

    def document(
        self,
        kind: str,
        opaque: str,
        place: Place,
        said: Mapping[Path, Any],
        lists: Mapping[str, SettledList] | None = None,
        *,
        element_lists: Sequence[str] = (),
    ) -> dict[Path, Status]:
        """Settle the fields of one document and note what is to be written.

        Args:
            said: what the file says, by path: ``("room",)``, or ``("children", "<student>")`` for
                one element of a list whose elements are settled one by one.
            lists: dated lists, settled already.
            element_lists: the lists of elements, which a document has even when they are empty.
        Returns:
            The status of each path and of each list; all ``ADDED`` for a new document.
        """
        existing = self.stored.get(kind, opaque)
        doc_id = identifiers.reference_id(kind, opaque)
        base = self.stored.base.get(doc_id, {})
        base_said = base.get("said", {})
        before = None if existing is None else _without_entries(existing.value)
        value = dict(before) if before else {"kind": kind, "schema": kinds.SCHEMA}
        for name in element_lists:
            value.setdefault(name, [])
        now_said = dict(base_said)
        statuses: dict[Path, Status] = {}
        for path, wanted in said.items():
            current = _get(value, path)
            said_before = base_said.get("/".join(path), ABSENT)
            is_new_element = len(path) > 1 and current is ABSENT and said_before is ABSENT
            status = Status.ADDED
            if existing is not None and not is_new_element:
                status = settle(said_before, current, wanted)
            if status in (Status.ADDED, Status.CHANGED):
                _set(value, path, wanted)
            if status is not Status.CONFLICT:
                now_said["/".join(path)] = wanted
            statuses[path] = status
            self._note_difference(status, place, path, wanted, current)
        for name, settled in (lists or {}).items():
            value[name] = settled.value
            statuses[(name,)] = settled.status
            self._note_difference(settled.status, place, (name,), None, None)
        self._note_write(doc_id, existing, before, value)
        self.remember(doc_id, now_said, lists)
        return statuses

    def _note_write(
        self,
        doc_id: str,
        existing: Document | None,
        before: Mapping[str, Any] | None,
        value: Mapping[str, Any],
    ) -> None:
        """Note that a document is to be written, if its value has changed."""
        if value != before:
            parent = None if existing is None else existing.rev
            self.writes[doc_id] = Write(doc_id, parent, before, value)

    def remember(self, key: str, said: Any, lists: Mapping[str, SettledList] | None = None) -> None:
        """Keep what the file said for the next import, unless it is known already."""
        record: dict[str, Any] = {"said": said}
        if lists:
            record["lists"] = {name: dict(one.base) for name, one in lists.items()}
        if self.stored.base.get(key) != record:
            self.bases[key] = record

    def base_of_list(self, doc_id: str, name: str) -> Mapping[str, Any] | None:
        """Return what the last import said and wrote of a dated list; None if nothing."""
        lists = self.stored.base.get(doc_id, {}).get("lists", {})
        found: Mapping[str, Any] | None = lists.get(name) or None
        return found

    def remember_list(
        self, key: str, name: str, settled: SettledList, written: Sequence[Any]
    ) -> None:
        """Keep what the file said of a list whose rows are documents of their own."""
        base = dict(settled.base)
        if settled.status in WRITING:
            base["wrote"] = digest_of(written)
        record = {"said": {}, "lists": {name: base}}
        if base and self.stored.base.get(key) != record:
            self.bases[key] = record

    def replace_whole(self, kind: str, opaque: str, fields: Mapping[str, Any]) -> None:
        """Note a document whose fields were settled together with others; ``id`` is left out."""
        existing = self.stored.get(kind, opaque)
        before = None if existing is None else _without_entries(existing.value)
        value = dict(before) if before else {"kind": kind, "schema": kinds.SCHEMA}
        value |= {name: part for name, part in fields.items() if name != "id"}
        self._note_write(identifiers.reference_id(kind, opaque), existing, before, value)

    def value_of(self, kind: str, opaque: str) -> Mapping[str, Any] | None:
        """Return a document's value as it will be after the import, if that is settled already."""
        write = self.writes.get(identifiers.reference_id(kind, opaque))
        stored = self.stored.get(kind, opaque)
        return write.value if write else stored.value if stored else None

    # ----------------------------------------------------------------------------------- report

    def report_list(
        self,
        sheet: str,
        row: int,
        label: str,
        settled: SettledList,
        rows: int,
        before: Sequence[Mapping[str, Any]] | None,
    ) -> None:
        """Count the rows of a dated list: new from the day on, ended, as before."""
        if settled.status in (Status.KEPT, Status.CONFLICT):
            self.findings.append(Finding(settled.status, sheet, row, label))
        if settled.status is not Status.CHANGED:
            self.count(sheet, settled.status, rows)
            return
        in_force = [one for one in settled.value if holds_from(one, self.day)]
        stayed = sum(1 for one in in_force if one in (before or []))
        ended = sum(1 for one in before or [] if holds_from(one, self.day)) - stayed
        changed = len(in_force) - stayed
        self.count(sheet, Status.UNCHANGED, stayed)
        self.count(sheet, Status.CHANGED, changed)
        self.count(sheet, Status.ENDED, max(ended - changed, 0))

    def count(self, sheet: str, statuses: Sequence[Status] | Status, times: int = 1) -> None:
        """Count a row of a sheet; of several statuses the weightiest stands for it."""
        status = statuses if isinstance(statuses, Status) else weightiest(list(statuses))
        if times:
            self.counts[(sheet, status)] += times

    def missing(self, sheet: str, label: str, times: int = 1) -> None:
        """Note something that earlier imports brought and the file does not have; it stays."""
        self.findings.append(Finding(Status.MISSING, sheet, None, label))
        self.count(sheet, Status.MISSING, times)

    def kept(self, sheet: str, row: int | None, label: str) -> None:
        """Note a row that was changed in the journal and stays as it is there."""
        self.findings.append(Finding(Status.KEPT, sheet, row, label))

    def missing_documents(
        self, kind: str, seen: set[str]
    ) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield the documents that an earlier import brought and this file does not name."""
        for opaque, document in self.stored.all(kind).items():
            doc_id = identifiers.reference_id(kind, opaque)
            if opaque not in seen and doc_id in self.stored.base:
                yield opaque, document.value

    def _note_difference(
        self, status: Status, place: Place, path: Path, wanted: Any, current: Any
    ) -> None:
        if status not in (Status.KEPT, Status.CONFLICT):
            return
        self.findings.append(
            Finding(
                status,
                place.sheet,
                place.row,
                place.label,
                path[0],
                self._shown(wanted),
                self._shown(current),
            )
        )

    def _shown(self, value: Any) -> str:
        """Return a value as people read it: of an id, the name of the person."""
        if value is None or value is ABSENT:
            return ""
        if isinstance(value, Mapping):
            parts = (self._shown(part) for name, part in value.items() if name != "id")
            return ", ".join(part for part in parts if part)
        if isinstance(value, list):
            return ", ".join(self._shown(part) for part in value)
        staff = self.stored.get("staff", value) if isinstance(value, str) else None
        return name_of(staff.value).full() if staff else str(value)

    # ------------------------------------------------------------------------------------ names

    def class_names(self, keys: Sequence[str]) -> str:
        """Return the names of classes as people write them."""
        shown = []
        for key in sorted(keys):
            row = self.draft.classes.get(key)
            stored = self.stored.get("class", self.ids.classes[key])
            shown.append(row.name if row else stored.value["name"] if stored else key)
        return ", ".join(shown)

    def year_of(self, key: str) -> int:
        """Return the year of study of a class of the file or of the journal."""
        row = self.draft.classes.get(key)
        stored = self.stored.get("class", self.ids.classes[key])
        return row.year if row else int(stored.value["year_of_study"]) if stored else 0

    def subject_name(self, key: str) -> str:
        """Return the name of a subject."""
        row = self.draft.subjects.get(key)
        stored = self.stored.get("subject", self.ids.subjects[key])
        return row.name if row else str(stored.value["name"]) if stored else key

    def student_row(self, opaque: str) -> Student | None:
        """Return the row of a student in the file, by id; None if there is none."""
        return self.draft.students.get(self._student_keys.get(opaque, ""))

    def student_label(self, opaque: str) -> str:
        """Return the name and, if the student is in the file, the file number."""
        row = self.student_row(opaque)
        if row is not None:
            return f"{row.name.full()}, {row.file_number}"
        stored = self.stored.get("student", opaque)
        return name_of(stored.value).full() if stored else opaque


def element_key(text: str, seen: Counter[str]) -> str:
    """Return what names an element that has only a text: its key and which of that key it is."""
    key = names.text_key(text)
    seen[key] += 1
    return f"{key}#{seen[key]}"


def _without_entries(value: Mapping[str, Any]) -> dict[str, Any]:
    return {name: part for name, part in value.items() if name != "entries"}


def _get(value: Mapping[str, Any], path: Path) -> Any:
    if len(path) == 1:
        return value.get(path[0], ABSENT)
    return _elements(value, path[0]).get(path[1], ABSENT)


def _set(value: dict[str, Any], path: Path, wanted: Any) -> None:
    if len(path) == 1:
        value[path[0]] = wanted
        return
    elements = _elements(value, path[0])
    elements[path[1]] = wanted
    value[path[0]] = list(elements.values())


def _elements(value: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the elements of a list by what names them, in their order."""
    seen: Counter[str] = Counter()
    found = {}
    for element in value.get(name) or []:
        if name == "children":
            key = element["student"]
        else:
            key = element.get("id") or element_key(element["name"], seen)
        found[key] = element
    return found
