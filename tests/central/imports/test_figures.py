"""Both sample schools, with the figures that are known of them; and the same file again."""

from collections import Counter
from pathlib import Path

import pytest

from central.imports import school_import
from central.imports.school_import import Wishes
from central.imports.settle import Status
from central.storage import Storage
from sync.documents import entry, identifiers, kinds
from tests.support import workbooks

FIGURES = {
    "school.xlsx": {
        "Школа": 4, "Периоды": 6, "Звонки": 8, "Предметы": 21, "Сотрудники": 37, "Классы": 20,
        "Каникулы": 9, "Ученики": 522, "Родители": 811, "Нагрузка": 264, "Подгруппы": 534,
        "Расписание": 564, "КТП": 9758,
    },
    "school-small.xlsx": {
        "Школа": 4, "Периоды": 6, "Звонки": 8, "Предметы": 21, "Сотрудники": 17, "Классы": 4,
        "Каникулы": 9, "Ученики": 106, "Родители": 159, "Нагрузка": 60, "Подгруппы": 159,
        "Расписание": 128, "КТП": 2992,
    },
}  # fmt: skip
DOCUMENTS = {
    "school.xlsx": {
        "calendar": 1, "subject": 21, "staff": 37, "class": 20, "student": 522,
        "student_card": 522, "guardian": 811, "teaching_group": 264, "assignment": 264,
        "timetable": 264, "plan": 264,
    },
    "school-small.xlsx": {
        "calendar": 1, "subject": 21, "staff": 17, "class": 4, "student": 106,
        "student_card": 106, "guardian": 159, "teaching_group": 60, "assignment": 60,
        "timetable": 60, "plan": 60,
    },
}  # fmt: skip


@pytest.mark.parametrize("name", FIGURES)
def test_sample_school_is_imported_and_the_same_file_again_writes_nothing(
    central: Storage, name: str
) -> None:
    path = workbooks.DATA / name

    first = school_import.import_school(path, central, Wishes())

    assert first.imported
    assert first.rows == FIGURES[name]
    assert first.counts == {(sheet, Status.ADDED): rows for sheet, rows in FIGURES[name].items()}
    assert not first.problems
    assert not first.warnings
    assert not first.questions
    assert not first.ignored
    assert not first.findings
    assert stored_kinds(central) == DOCUMENTS[name]
    assert first.written == sum(DOCUMENTS[name].values())

    before = state_of(central)
    again = school_import.import_school(path, central, Wishes())

    assert again.imported
    assert again.changes == 0
    assert again.written == 0
    assert again.counts == {
        (sheet, Status.UNCHANGED): rows for sheet, rows in FIGURES[name].items()
    }
    assert not again.findings
    assert state_of(central) == before


def stored_kinds(central: Storage) -> dict[str, int]:
    page = central.store.all_docs()
    return dict(Counter(identifiers.kind_of(row.id) for row in page.rows))


def state_of(central: Storage) -> object:
    """Return everything that writing would change: the sequence, and each record's revision."""
    records = [(one.key, one.revision) for one in central.store.records.scan("import_base")]
    with central.store.transaction() as tx:
        head = tx.meta_get("journal.head")
    return central.store.update_seq(), records, head


def test_second_import_after_a_restart_writes_nothing_either(tmp_path: Path) -> None:
    path = workbooks.DATA / "school-small.xlsx"
    with workbooks.opened(tmp_path) as central:
        school_import.import_school(path, central, Wishes())
        number = central.store.update_seq().partition("-")[0]

    with workbooks.opened(tmp_path) as central:
        report = school_import.import_school(path, central, Wishes())

        assert report.changes == 0
        assert central.store.update_seq().partition("-")[0] == number


def test_another_school_under_the_same_year_is_asked_about_and_not_mixed_in(
    central: Storage,
) -> None:
    """The two samples share file numbers: nobody's marks may go to somebody else."""
    school_import.import_school(workbooks.DATA / "school-small.xlsx", central, Wishes())
    before = central.store.update_seq()

    report = school_import.import_school(workbooks.DATA / "school.xlsx", central, Wishes())

    assert not report.imported
    assert len(report.questions) >= 90
    assert central.store.update_seq() == before


def test_every_document_is_sealed_and_numbered_without_gaps(school: Storage) -> None:
    page = school.store.all_docs(include_docs=True)
    key = school.keys.entry_keys().central
    entries = []
    for row in page.rows:
        assert row.value is not None
        (raw,) = entry.entries_of(row.value)
        assert entry.is_genuine(row.id, raw, key)
        entries.append((entry.parse(raw), entry.digest_of(row.id, raw)))

    in_order = sorted(entries, key=lambda one: one[0].seq)
    assert [one.seq for one, _ in in_order] == list(range(1, len(entries) + 1))
    previous = [entry.NO_PREVIOUS, *(digest for _, digest in in_order[:-1])]
    assert [one.previous for one, _ in in_order] == previous
    assert {(one.author, one.node, one.field) for one, _ in in_order} == {
        (entry.CENTRAL_AUTHOR, "central", entry.WHOLE)
    }


def test_ids_are_opaque_and_hold_no_name_or_number(school: Storage) -> None:
    page = school.store.all_docs(include_docs=True)

    assert all(identifiers.is_reference(row.id) for row in page.rows)
    assert {row.value["kind"] for row in page.rows if row.value} >= {"student", "guardian"}
    assert {row.value["schema"] for row in page.rows if row.value} == {kinds.SCHEMA}


class PowerCut(Exception):
    """Stands for the end of the process in the middle of a write."""


@pytest.mark.parametrize("written", [1, 300, 654])
def test_crash_in_the_middle_leaves_nothing(central: Storage, written: int) -> None:
    def cut(step: str, done: int, total: int) -> None:
        if step == "write" and done == written:
            raise PowerCut

    before = state_of(central)
    path = workbooks.DATA / "school-small.xlsx"
    with pytest.raises(PowerCut):
        school_import.import_school(path, central, Wishes(), cut)

    assert state_of(central) == before
    assert central.store.info().doc_count == 0

    assert school_import.import_school(path, central, Wishes()).imported
    assert stored_kinds(central) == DOCUMENTS["school-small.xlsx"]


def test_progress_tells_what_is_done_and_how_much(central: Storage) -> None:
    told: list[tuple[str, int, int]] = []
    path = workbooks.DATA / "school-small.xlsx"

    school_import.import_school(path, central, Wishes(), lambda *step: told.append(step))

    steps = list(dict.fromkeys(step for step, _, _ in told))
    assert steps == ["read", "check", "compare", "write", "commit"]
    assert [done for step, done, _ in told if step == "write"] == list(range(1, 655))
    assert {total for step, _, total in told if step == "write"} == {654}
