"""One cell of the sheet, and the figures at the end of a student's row.

A cell has two places, the mark and the absence sign. In a lesson's own column both may stand, in
the column of a further work only a mark. What the page and its modules know of a cell is
``Cell.as_json``: the same in the page, in the answer to a save and in a look at the states.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from node.entry_states import HERE, REFUSED, SERVER, States
from node.journal import cells, settled, sheet_words
from node.journal.sheet_choice import Period
from sync import errors
from sync.documents import identifiers
from sync.documents.identifiers import LessonKey
from sync.projections import absences, journal_sheet, marks
from sync.projections.absences import KeptAbsence
from sync.projections.marks import KeptMark
from sync.school import attendance
from sync.store.connection import Connection
from sync.web import formats

_MOST_URGENT_FIRST = (REFUSED, HERE, SERVER)


@dataclass(frozen=True)
class CellKey:
    """Which cell: a student in a column of a lesson."""

    lesson: LessonKey
    column: str
    student: str

    @property
    def mark_id(self) -> str:
        """Return the id of the mark's document."""
        return identifiers.mark_id(self.lesson, self.student, self.column)

    @property
    def absence_id(self) -> str | None:
        """Return the id of the absence's document; None in the column of a further work."""
        if self.column != identifiers.OWN_COLUMN:
            return None
        return identifiers.absence_id(self.lesson, self.student)

    @property
    def documents(self) -> list[str]:
        """Return the ids of the documents that make up the cell."""
        return [one for one in (self.mark_id, self.absence_id) if one is not None]

    def __str__(self) -> str:
        """Return the key as the page has it: ``2026-10-14:1:1:<student>``."""
        return f"{column_key(self.lesson, self.column)}:{self.student}"


def column_key(lesson: LessonKey, column: str) -> str:
    """Return the part of a cell's key that all cells of its column share."""
    return f"{lesson.date.isoformat()}:{lesson.ordinal}:{column}"


def parse_key(group: str, text: object) -> CellKey:
    """Return the cell of a group that a page names.

    Raises:
        errors.BadDocumentId: the text names no cell.
    """
    parts = text.split(":") if isinstance(text, str) else []
    if len(parts) != 4:
        raise errors.BadDocumentId(id=str(text)[:80])
    day, ordinal, column, student = parts
    parsed = identifiers.parse_journal(f"mark:{group}:{day}:{ordinal}:{student}:{column}")
    return CellKey(parsed.lesson, column, student)


@dataclass(frozen=True)
class Cell:
    """What stands in a cell.

    ``code`` says why the server has not accepted it; ``settling`` what differs, or what a person
    did not accept, in a sentence.
    """

    mark: KeptMark | None
    absence: KeptAbsence | None
    state: str = SERVER
    code: str | None = None
    settling: str = ""

    @property
    def is_blank(self) -> bool:
        """Tell whether there is nothing to show: neither a value nor what became of one."""
        return self.mark is None and self.absence is None and not self.settling

    @property
    def look(self) -> tuple[object, ...]:
        """Return all that a page shows of the cell: cells that share it are drawn once."""
        mark, absence = self.mark, self.absence
        return (
            mark and (mark.value, mark.weight, bool(mark.comment), mark.disputed),
            absence and (absence.presence, absence.reason, absence.minutes, absence.disputed),
            self.state,
            self.code,
            self.settling,
        )

    @property
    def mark_text(self) -> str:
        """Return the mark as the cell shows it."""
        return cells.mark_text(None if self.mark is None else self.mark.value)

    @property
    def sign_text(self) -> str:
        """Return the absence letters as the cell shows them; minutes do not fit and are told."""
        code = None if self.absence is None else journal_sheet.absence_code(self.absence)
        return "" if code is None else cells.LETTERS.letter(code)

    @property
    def dots(self) -> str:
        """Return the sign of the mark's weight; only numbers have one."""
        if self.mark is None or not isinstance(self.mark.value, int) or self.mark.weight is None:
            return ""
        return sheet_words.weight_dots(self.mark.weight)

    @property
    def disputed(self) -> bool:
        """Tell whether two people wrote here and nobody has settled it yet."""
        return any(one is not None and one.disputed for one in (self.mark, self.absence))

    @property
    def comment(self) -> str | None:
        """Return the comment to the mark."""
        return None if self.mark is None else self.mark.comment

    @property
    def last_step(self) -> tuple[str | None, str | None]:
        """Return who wrote here last and when, as stored."""
        steps = [
            (one.written_at, one.author) for one in (self.mark, self.absence) if one is not None
        ]
        written_at, author = max(steps, key=lambda step: step[0] or "", default=(None, None))
        return author, written_at

    def as_json(self) -> dict[str, Any]:
        """Return what the page's modules know of the cell; what is usual is left out."""
        told = self._mark_json() | self._absence_json()
        if self.disputed:
            told["disputed"] = True
        if self.state != SERVER:
            told["state"] = self.state
        if self.settling:
            told["note"] = self.settling
        elif self.state == REFUSED:
            told["note"] = sheet_words.refused_sentence(self.code)
        return told

    def _mark_json(self) -> dict[str, Any]:
        mark = self.mark
        told: dict[str, Any] = {}
        if mark is not None and mark.value is not None:
            told = {"mark": self.mark_text, "value": mark.value}
            told["mark_name"] = sheet_words.mark_name(mark.value)
        if self.dots and mark is not None:
            told |= {"dots": self.dots, "weight": mark.weight}
        if self.comment:
            told["comment"] = True
        return told

    def _absence_json(self) -> dict[str, Any]:
        absence = self.absence
        if absence is None:
            return {}
        told = {"reason": absence.reason} if absence.reason is not None else {}
        code = journal_sheet.absence_code(absence)
        if code is None:
            return told
        minutes = absence.minutes if code is attendance.AbsenceCode.LATE else None
        told |= {"sign": self.sign_text, "sign_name": sheet_words.absence_name(code, minutes)}
        return told | {"presence": str(absence.presence)}


def make_cell(mark: KeptMark | None, absence: KeptAbsence | None, states: States) -> Cell:
    """Return a cell; of the states of its two documents the more urgent one."""
    ids = [one.id for one in (mark, absence) if one is not None]
    return make_cell_of(ids, mark, absence, states)


def make_cell_of(
    doc_ids: Sequence[str], mark: KeptMark | None, absence: KeptAbsence | None, states: States
) -> Cell:
    """Return a cell of documents of which some may not be there: their first entry was refused."""
    found = [states.of(doc_id) for doc_id in doc_ids]
    found.sort(key=lambda one: _MOST_URGENT_FIRST.index(one[0]))
    state, code = found[0] if found else (SERVER, None)
    return Cell(mark, absence, state, code, _settling(doc_ids, states))


def _settling(doc_ids: Sequence[str], states: States) -> str:
    if not states.disputes and not states.refusals:
        return ""
    sentences = []
    for doc_id in doc_ids:
        dispute, refusal = states.dispute_of(doc_id), states.refusal_of(doc_id)
        if dispute is not None:
            sentences.append(settled.dispute_sentence(dispute, dict(states.names)))
        if refusal is not None:
            sentences.append(settled.refusal_sentence(refusal))
    return " ".join(sentences)


@dataclass(frozen=True)
class Totals:
    """The figures at the end of a row, as texts; empty where there is nothing to count.

    ``unsettled``: a mark among them is in dispute, so that no term mark can be confirmed.
    """

    average: str
    weighted: str
    missed: str
    ill: str
    unsettled: bool = False

    @property
    def note(self) -> str:
        """Return why the averages are not certain; empty if they are."""
        return sheet_words.unsettled_sentence() if self.unsettled else ""

    def as_json(self) -> list[str]:
        """Return the figures in the order of their columns, then ``note`` if there is one."""
        figures = [self.average, self.weighted, self.missed, self.ill]
        return [*figures, self.note] if self.unsettled else figures


def totals_of(given: Sequence[KeptMark], away: Sequence[KeptAbsence]) -> Totals:
    """Return the figures of one student from all marks and absences of the period."""
    plain, weighted = journal_sheet.average_of(given, with_disputed=True)
    codes = [journal_sheet.absence_code(one) for one in away]
    missed = sum(1 for code in codes if attendance.counts_as_missed(code))
    ill = sum(1 for code in codes if code is attendance.AbsenceCode.ILL)
    return Totals(
        average="" if plain is None else formats.average(plain),
        weighted="" if weighted is None else formats.average(weighted),
        missed=str(missed or ""),
        ill=str(ill or ""),
        unsettled=any(mark.disputed for mark in given),
    )


@dataclass(frozen=True)
class StudentsPart:
    """What one student has in a group in a period, for answers about single cells."""

    marks: Sequence[KeptMark]
    absences: Sequence[KeptAbsence]

    def cell(self, key: CellKey, states: States) -> Cell:
        """Return one cell as it stands."""
        mark = next((one for one in self.marks if one.id == key.mark_id), None)
        absence = next((one for one in self.absences if one.id == key.absence_id), None)
        return make_cell_of(key.documents, mark, absence, states)

    @property
    def totals(self) -> Totals:
        """Return the figures at the end of the row."""
        return totals_of(self.marks, self.absences)


def students_part(connection: Connection, group: str, period: Period, student: str) -> StudentsPart:
    """Return what a student has in a group between the period's dates."""
    first, last = period.first, period.last
    given = marks.marks_of_student(connection, student, first, last)
    away = absences.absences_of_student(connection, student, first, last)
    return StudentsPart(
        [one for one in given if one.lesson.group == group],
        [one for one in away if one.lesson.group == group],
    )
