"""Reads subjects, staff, classes, students and guardians from the workbook."""

import re

from central.imports import layout, names, vocabulary
from central.imports.draft import (
    Draft,
    Guardian,
    SchoolClass,
    StaffMember,
    Student,
    Subject,
)
from central.imports.known import Known
from central.imports.lookup import Lookup
from central.imports.problems import Problems
from central.imports.read_year import years_of
from central.imports.rows import Reader, Tables
from sync.school.people import PersonName, Role
from sync.school.school_year import HIGHEST_YEAR_OF_STUDY, LOWEST_YEAR_OF_STUDY

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_MAX_NAME = 60
_MAX_ROOM = 40
_SHIFTS = (1, 3)


def read_subjects(tables: Tables, draft: Draft, problems: Problems) -> None:
    """Fill the subjects."""
    for row in tables[layout.SUBJECTS.title]:
        reader = Reader(layout.SUBJECTS, row, problems)
        name = reader.needed("name")
        years = years_of(reader, "markless") if reader.has("markless") else ()
        key = names.text_key(name)
        if key in draft.subjects:
            reader.refuse("name", "row_twice", other=draft.subjects[key].row)
        if reader.good:
            draft.subjects[key] = Subject(row.number, key, name, years)


def read_staff(tables: Tables, draft: Draft, problems: Problems) -> None:
    """Fill the staff."""
    for row in tables[layout.STAFF.title]:
        reader = Reader(layout.STAFF, row, problems)
        name = _name(reader)
        roles = _roles(reader)
        room = reader.text("room", _MAX_ROOM) or None
        key = names.person_key(name)
        if key in draft.staff:
            reader.refuse("last", "row_twice", other=draft.staff[key].row)
        if reader.good:
            draft.staff[key] = StaffMember(row.number, key, name, roles, room)


def _name(reader: Reader) -> PersonName:
    return PersonName(
        reader.needed("last", _MAX_NAME),
        reader.needed("first", _MAX_NAME),
        reader.text("patronymic", _MAX_NAME),
    )


def _roles(reader: Reader) -> tuple[str, ...]:
    roles = set()
    for part in re.split("[;,]", reader.needed("roles")):
        if not part.strip():
            continue
        role = vocabulary.ROLES.get(vocabulary.folded(part))
        if role is None:
            reader.refuse("roles", "unknown_role", typed=part.strip()[:60])
        else:
            roles.add(role.value)
    return tuple(sorted(roles))


def read_classes(tables: Tables, draft: Draft, known: Known, problems: Problems) -> None:
    """Fill the classes; their homeroom teachers must be on the staff."""
    lookup = Lookup(draft, known)
    for row in tables[layout.CLASSES.title]:
        reader = Reader(layout.CLASSES, row, problems)
        found = _class(reader, lookup, known)
        if found is not None and found.key in draft.classes:
            reader.refuse("name", "row_twice", other=draft.classes[found.key].row)
        elif found is not None:
            draft.classes[found.key] = found
            _warn_of_missing_role(reader, found, draft)


def _class(reader: Reader, lookup: Lookup, known: Known) -> SchoolClass | None:
    name = reader.needed("name", _MAX_ROOM)
    year = reader.needed_number("year", LOWEST_YEAR_OF_STUDY, HIGHEST_YEAR_OF_STUDY)
    letter = reader.text("letter", _MAX_ROOM)
    homeroom = lookup.staff_member(reader, "homeroom")
    shift = reader.number_between("shift", *_SHIFTS) or 1
    continues = reader.text("continues")
    former = names.class_key(continues) if continues else None
    if former is not None and former not in known.last_year:
        reader.refuse("continues", "unknown_class_of_last_year", typed=continues[:40])
    if not reader.good:
        return None
    key = names.class_key(name)
    return SchoolClass(reader.number, key, name, year, letter, homeroom, shift, former)


def _warn_of_missing_role(reader: Reader, found: SchoolClass, draft: Draft) -> None:
    teacher = draft.staff.get(found.homeroom or "")
    if teacher is not None and Role.HOMEROOM_TEACHER not in teacher.roles:
        reader.warn("homeroom", "homeroom_teacher_without_role", other=teacher.row)


def read_students(tables: Tables, draft: Draft, known: Known, problems: Problems) -> None:
    """Fill the students; their classes must be there."""
    lookup = Lookup(draft, known)
    for row in tables[layout.STUDENTS.title]:
        reader = Reader(layout.STUDENTS, row, problems)
        student = _student(reader, lookup)
        if student.key in draft.students:
            reader.refuse("file_number", "row_twice", other=draft.students[student.key].row)
        if reader.good:
            _check_dates(reader, student, draft)
        if reader.good:
            draft.students[student.key] = student


def _student(reader: Reader, lookup: Lookup) -> Student:
    number = reader.needed("file_number", _MAX_ROOM)
    key = names.file_key(number)
    if number and not key:
        reader.refuse("file_number", "no_file_number")
    typed_sex = reader.text("sex")
    sex = vocabulary.SEXES.get(vocabulary.folded(typed_sex))
    if typed_sex and sex is None:
        reader.refuse("sex", "unknown_sex", typed=typed_sex[:20])
    return Student(
        row=reader.number,
        key=key,
        file_number=number,
        name=_name(reader),
        birth_date=reader.day("birth_date"),
        sex=sex,
        school_class=lookup.school_class(reader, "class"),
        enrolled=reader.day("enrolled"),
    )


def _check_dates(reader: Reader, student: Student, draft: Draft) -> None:
    if student.enrolled is None:
        return
    if student.birth_date is not None and student.enrolled <= student.birth_date:
        reader.refuse("birth_date", "born_after_enrolment")
    elif draft.terms and student.enrolled > draft.year_ends:
        reader.refuse("enrolled", "enrolled_after_the_year")


def read_guardians(tables: Tables, draft: Draft, known: Known, problems: Problems) -> None:
    """Fill the guardians, a row each person and child; the children must be there."""
    lookup = Lookup(draft, known)
    rows_of: dict[tuple[str, str], int] = {}
    for row in tables[layout.GUARDIANS.title]:
        reader = Reader(layout.GUARDIANS, row, problems)
        guardian = _guardian(reader, lookup)
        key = (names.person_key(guardian.name), guardian.student)
        if reader.good and key in rows_of:
            reader.refuse("last", "row_twice", other=rows_of[key])
        if reader.good:
            rows_of[key] = row.number
            draft.guardians.append(guardian)


def _guardian(reader: Reader, lookup: Lookup) -> Guardian:
    email = reader.text("email", 100)
    if email and not _EMAIL.fullmatch(email):
        reader.refuse("email", "not_an_email", typed=email[:60])
    phone = reader.text("phone", _MAX_NAME)
    if phone and not names.phone_key(phone):
        reader.refuse("phone", "not_a_phone", typed=phone[:40])
    return Guardian(
        row=reader.number,
        name=_name(reader),
        phone=phone or None,
        email=email.casefold() or None,
        student=lookup.student(reader),
        relation=reader.text("relation", _MAX_NAME) or None,
    )
