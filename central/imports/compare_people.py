"""Compares subjects, staff, classes, students and guardians: a document each, two of a student."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from central.imports import dated, layout
from central.imports.comparison import Comparison, Path, Place
from central.imports.draft import Student
from central.imports.identities_of_guardians import contacts_by_id
from central.imports.settle import SettledList, settle_list
from central.imports.stored import name_of
from sync.school import people
from sync.school.people import PersonName


def compare(comparison: Comparison) -> None:
    """Settle all people, and what they are sorted into."""
    _subjects(comparison)
    _staff(comparison)
    _classes(comparison)
    _students(comparison)
    _guardians(comparison)


def _name(name: PersonName) -> dict[Path, Any]:
    return {("last",): name.last, ("first",): name.first, ("patronymic",): name.patronymic}


def _subjects(comparison: Comparison) -> None:
    title = layout.SUBJECTS.title
    ids = comparison.ids.subjects
    for key, row in comparison.draft.subjects.items():
        said: dict[Path, Any] = {
            ("name",): row.name,
            ("markless_years",): list(row.markless_years),
        }
        place = Place(title, row.row, row.name)
        statuses = comparison.document("subject", ids[key], place, said)
        comparison.count(title, list(statuses.values()))
    seen = {ids[key] for key in comparison.draft.subjects}
    for _, value in comparison.missing_documents("subject", seen):
        comparison.missing(title, value["name"])


def _staff(comparison: Comparison) -> None:
    title = layout.STAFF.title
    ids = comparison.ids.staff
    for key, row in comparison.draft.staff.items():
        said = _name(row.name) | {("roles",): list(row.roles), ("room",): row.room}
        place = Place(title, row.row, row.name.full())
        statuses = comparison.document("staff", ids[key], place, said)
        comparison.count(title, list(statuses.values()))
    seen = {ids[key] for key in comparison.draft.staff}
    for _, value in comparison.missing_documents("staff", seen):
        comparison.missing(title, name_of(value).full())


def _classes(comparison: Comparison) -> None:
    title = layout.CLASSES.title
    ids, last_year = comparison.ids, comparison.last_year
    for key, row in comparison.draft.classes.items():
        said: dict[Path, Any] = {
            ("calendar",): ids.calendar,
            ("name",): row.name,
            ("year_of_study",): row.year,
            ("letter",): row.letter,
            ("homeroom_teacher",): ids.staff[row.homeroom] if row.homeroom else None,
            ("shift",): row.shift,
            ("continues",): last_year[row.continues] if row.continues else None,
        }
        place = Place(title, row.row, row.name)
        statuses = comparison.document("class", ids.classes[key], place, said)
        comparison.count(title, list(statuses.values()))
    seen = {ids.classes[key] for key in comparison.draft.classes}
    for _, value in comparison.missing_documents("class", seen):
        if value["calendar"] == ids.calendar:
            comparison.missing(title, value["name"])


# --------------------------------------------------------------------------------------- students


def _students(comparison: Comparison) -> None:
    title = layout.STUDENTS.title
    ids = comparison.ids.students
    distinctions = _distinctions(comparison)
    for key, row in comparison.draft.students.items():
        place = Place(title, row.row, comparison.student_label(ids[key]))
        said = _name(row.name) | {("distinction",): distinctions.get(key)}
        enrollments = {"enrollments": _enrollments(comparison, row, ids[key])}
        person = comparison.document("student", ids[key], place, said, enrollments)
        card: dict[Path, Any] = {
            ("file_number",): row.file_number,
            ("birth_date",): row.birth_date.isoformat() if row.birth_date else None,
            ("sex",): row.sex,
        }
        papers = comparison.document("student_card", ids[key], place, card)
        comparison.count(title, [*person.values(), *papers.values()])
    seen = {ids[key] for key in comparison.draft.students}
    for _, value in comparison.missing_documents("student", seen):
        comparison.missing(title, name_of(value).full())


def _enrollments(comparison: Comparison, row: Student, opaque: str) -> SettledList:
    stored = comparison.stored.get("student", opaque)
    before = stored.value["enrollments"] if stored else None
    school_class = comparison.ids.classes[row.school_class]
    said = {
        "class": school_class,
        "enrolled": row.enrolled.isoformat() if row.enrolled else None,
    }
    base = comparison.base_of_list(f"student:{opaque}", "enrollments")
    return settle_list(
        before,
        base,
        said,
        lambda: dated.enrollments_from(
            before or [], school_class, row.enrolled, comparison.day, comparison.draft.year_starts
        ),
    )


def _distinctions(comparison: Comparison) -> Mapping[str, str]:
    """Return what tells students apart who have one name in one class.

    The patronymic where it does; else a number in the order of the file numbers, since a birthday
    is nobody's business on a class list.
    """
    namesakes: dict[tuple[str, str], list[Student]] = defaultdict(list)
    for row in comparison.draft.students.values():
        name = people.search_key(f"{row.name.last} {row.name.first}")
        namesakes[(row.school_class, name)].append(row)
    found = {}
    for rows in namesakes.values():
        if len(rows) < 2:
            continue
        patronymics = {row.name.patronymic for row in rows}
        by_patronymic = len(patronymics) == len(rows) and "" not in patronymics
        for number, row in enumerate(sorted(rows, key=lambda one: one.key), start=1):
            found[row.key] = row.name.patronymic if by_patronymic else str(number)
    return found


# -------------------------------------------------------------------------------------- guardians


def _guardians(comparison: Comparison) -> None:
    title = layout.GUARDIANS.title
    ids = comparison.ids
    rows_of: dict[str, list[int]] = defaultdict(list)
    for number, row in enumerate(comparison.draft.guardians):
        rows_of[ids.guardians[row.row]].append(number)
    contacts = contacts_by_id(comparison.draft.guardians, ids.guardians)
    for opaque, numbers in rows_of.items():
        rows = [comparison.draft.guardians[number] for number in numbers]
        phone, email = contacts[opaque]
        said = _name(rows[0].name) | {("phone",): phone, ("email",): email}
        children: dict[Path, Any] = {
            ("children", ids.students[row.student]): {
                "student": ids.students[row.student],
                "relation": row.relation,
            }
            for row in rows
        }
        place = Place(title, rows[0].row, rows[0].name.full())
        statuses = comparison.document(
            "guardian", opaque, place, said | children, element_lists=("children",)
        )
        own = [statuses[path] for path in said]
        for number, row in enumerate(rows):
            child = statuses[("children", ids.students[row.student])]
            comparison.count(title, [child, *(own if number == 0 else [])])
    _missing_guardians(comparison, set(rows_of))


def _missing_guardians(comparison: Comparison, seen: set[str]) -> None:
    """Note guardians, and single children of guardians, that the file does not have any more."""
    title = layout.GUARDIANS.title
    for _, value in comparison.missing_documents("guardian", seen):
        comparison.missing(title, name_of(value).full(), len(value["children"]) or 1)
    named = {
        (comparison.ids.guardians[row.row], comparison.ids.students[row.student])
        for row in comparison.draft.guardians
    }
    for opaque in seen:
        said = comparison.stored.said("guardian", opaque)
        gone = [
            path for path in said
            if path.startswith("children/") and (opaque, path.partition("/")[2]) not in named
        ]  # fmt: skip
        if gone:
            comparison.missing(title, name_of(said).full(), len(gone))
