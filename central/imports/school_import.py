"""Brings a school's workbook into the journal: all of it in one transaction, or nothing.

    file ──> sheets ──> rows ──> checked draft ──> ids ──> comparison ──> one transaction
         limits   headings  problems        questions   kept, conflicts

Nothing is written while there are rows that cannot be used (unless they are to be left out) or
questions without an answer. The same file again writes nothing.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from central.imports import (
    compare_lessons,
    compare_people,
    compare_plans,
    compare_year,
    identities,
    identities_of_guardians,
    layout,
    read_workbook,
    rows,
    stored,
    workbook,
)
from central.imports.comparison import Comparison, Finding
from central.imports.draft import Draft
from central.imports.identities import Matching
from central.imports.interview import Ask, Interview, Question, nobody
from central.imports.problems import Problem, Problems
from central.imports.rows import Ignored
from central.imports.settle import WRITING, Status
from central.imports.stored import BASE, Stored
from central.reference import ReferenceWriter
from central.storage import Storage
from sync import errors
from sync.documents import entry, identifiers
from sync.school import people, school_year

#: The record of the last import that wrote anything: its time, and how many documents.
LAST_IMPORT = "last_import"

#: Told what is being done, how much is done, and of how much (0: not known).
Progress = Callable[[str, int, int], None]


def no_progress(step: str, done: int, total: int) -> None:
    """Say nothing."""


@dataclass(frozen=True)
class Wishes:
    """How to import.

    Attributes:
        effective: when timetable, load and groups take effect; None: a new school year from its
            start, else today.
        skip_bad_rows: leave out rows that cannot be used instead of refusing the file.
        answers: answers given beforehand, by the code of the question.
        ask: asks a person; the default asks nobody.
    """

    effective: date | None = None
    skip_bad_rows: bool = False
    answers: Mapping[str, bool] = field(default_factory=dict)
    ask: Ask = nobody


@dataclass(frozen=True)
class Report:
    """What an import did, or why it did nothing.

    ``rows`` and ``counts`` are by sheet title; ``written`` counts documents.
    """

    rows: Mapping[str, int]
    counts: Mapping[tuple[str, Status], int]
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    questions: tuple[Question, ...]
    ignored: tuple[Ignored, ...]
    findings: tuple[Finding, ...]
    effective: date | None
    written: int
    imported: bool

    @property
    def changes(self) -> int:
        """Return how many rows were added, changed or ended."""
        return sum(number for (_, status), number in self.counts.items() if status in WRITING)


def import_school(
    path: Path, storage: Storage, wishes: Wishes, progress: Progress = no_progress
) -> Report:
    """Bring the workbook at ``path`` into the journal and return what was done.

    A report that is not ``imported`` has serious ``problems`` or open ``questions``; nothing was
    written then.

    Raises:
        errors.WorkbookRefused: the file cannot be read at all; see ``workbook``.
        errors.ImportRefused: the date in ``wishes`` is not in the school year
            (``from_outside_year``).
        errors.StoreUnavailable, errors.RevisionConflict: nothing was written.
    """
    problems = Problems()
    sheets = workbook.read(path, progress=lambda title, number: progress("read", number, 0))
    tables, ignored = rows.tables_of(sheets, problems)
    progress("check", 0, 0)
    here = stored.read(storage.store)
    draft = read_workbook.check(tables, here.known, problems)
    report = Report(
        rows=read_workbook.figures(tables).rows,
        counts={},
        problems=tuple(problems.serious()),
        warnings=tuple(problems.warnings()),
        questions=(),
        ignored=tuple(ignored),
        findings=(),
        effective=None,
        written=0,
        imported=False,
    )
    if problems.structural() or draft.school is None:
        return report
    return _compare_and_write(storage, wishes, progress, draft, here, problems, report)


def _compare_and_write(
    storage: Storage,
    wishes: Wishes,
    progress: Progress,
    draft: Draft,
    here: Stored,
    problems: Problems,
    report: Report,
) -> Report:
    interview = Interview(wishes.answers, wishes.ask)
    label = draft.school.label if draft.school else None
    known = here.known(label)
    matching = Matching(draft, here, known, interview, problems, storage.randomness)
    found = identities.identify(matching)
    identities_of_guardians.identify(matching, found)
    report = replace(
        report,
        problems=tuple(problems.serious()),
        warnings=tuple(problems.warnings()),
        questions=tuple(interview.open),
    )
    if interview.open or (problems.serious() and not wishes.skip_bad_rows):
        return report
    progress("compare", 0, 0)
    day = effective_day(draft, here, wishes.effective, storage)
    comparison = Comparison(
        draft, here, found, known.last_year, day, lambda: identifiers.new_id(storage.randomness)
    )
    compare(comparison)
    _write(storage, comparison, progress)
    return replace(
        report,
        counts=_counts(comparison),
        findings=_in_order(comparison.findings),
        effective=day,
        written=len(comparison.writes),
        imported=True,
    )


def compare(comparison: Comparison) -> None:
    """Settle everything, what others refer to first."""
    if comparison.draft.school is not None:
        compare_year.compare(comparison, comparison.draft.school)
    compare_people.compare(comparison)
    compare_lessons.compare(comparison)
    compare_plans.compare(comparison)


def effective_day(draft: Draft, here: Stored, wished: date | None, storage: Storage) -> date:
    """Return the day from which timetable, load and groups hold.

    Raises:
        errors.ImportRefused: the wished day is not in the school year.
    """
    school = draft.school
    starts, ends = draft.year_starts, draft.year_ends
    if wished is not None:
        if not starts <= wished <= ends:
            raise errors.ImportRefused(
                code="from_outside_year",
                hint="choose_another_date",
                starts=starts.isoformat(),
                ends=ends.isoformat(),
            )
        return wished
    if school is None or here.calendar(school.label) is None:
        return starts
    today = school_year.local_today(storage.clock.now(), school.timezone)
    return min(max(today, starts), ends)


def _write(storage: Storage, comparison: Comparison, progress: Progress) -> None:
    """Write everything in one transaction; nothing at all if nothing is new."""
    if not comparison.writes and not comparison.bases:
        return
    total = len(comparison.writes)
    store = storage.store
    with store.transaction() as tx:
        with ReferenceWriter(tx, storage.maker, store.epoch, storage.clock.now()) as writer:
            for number, write in enumerate(comparison.writes.values(), start=1):
                writer.put(write.doc_id, write.value, parent=write.parent)
                progress("write", number, total)
        for key, record in comparison.bases.items():
            tx.records.overwrite(BASE, key, record)
        last = {"at": entry.instant_text(storage.clock.now()), "documents": total}
        tx.records.overwrite(LAST_IMPORT, LAST_IMPORT, last)
        progress("commit", total, total)


def _in_order(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return findings by sheet and row; those without a row by what they are about."""
    order = {sheet.title: number for number, sheet in enumerate(layout.ALL)}
    return tuple(
        sorted(
            findings,
            key=lambda one: (order[one.sheet], one.row or 0, people.sort_key(one.label)),
        )
    )


def _counts(comparison: Comparison) -> Mapping[tuple[str, Status], int]:
    order = {sheet.title: number for number, sheet in enumerate(layout.ALL)}
    in_order = sorted(comparison.counts.items(), key=lambda item: order[item[0][0]])
    return Counter(dict(in_order))
