"""Which document a row is about: the one it matches, or a new one.

Rows match by their keys (file number, full name, name of the subject); what matches nothing but is
near to something is asked, never doubled and never guessed. Ids are opaque and random.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from central.imports import layout, names
from central.imports.draft import Draft, GroupKey, StaffMember, Student, Subject
from central.imports.interview import Doubt, Interview, Question
from central.imports.known import Known
from central.imports.problems import Problems
from central.imports.stored import Stored, name_of
from sync.documents import identifiers
from sync.documents.identifiers import Randomness
from sync.school import people


@dataclass
class Identities:
    """Ids by the keys of the draft; of guardians by the number of the row."""

    calendar: str
    subjects: dict[str, str] = field(default_factory=dict)
    staff: dict[str, str] = field(default_factory=dict)
    classes: dict[str, str] = field(default_factory=dict)
    students: dict[str, str] = field(default_factory=dict)
    guardians: dict[int, str] = field(default_factory=dict)
    groups: dict[GroupKey, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Matching:
    """All that is needed to say which document a row is about."""

    draft: Draft
    stored: Stored
    known: Known
    interview: Interview
    problems: Problems
    randomness: Randomness
    left_out: set[str] = field(default_factory=set)  # keys of students whose rows are unusable

    def new_id(self) -> str:
        """Return a fresh id."""
        return identifiers.new_id(self.randomness)


def identify(matching: Matching) -> Identities:
    """Return the ids of all rows but the guardians'; rows found to be doubles leave the draft."""
    draft, known = matching.draft, matching.known
    label = draft.school.label if draft.school else None
    found = Identities(matching.stored.calendar(label) or matching.new_id())
    found.subjects = {**known.subjects, **_subjects(matching)}
    found.staff = {**known.staff, **_staff(matching)}
    found.classes = {key: one.id for key, one in known.classes.items()}
    for key in draft.classes:
        found.classes.setdefault(key, matching.new_id())
    found.students = {**known.students, **_students(matching)}
    _leave_out_rows_about_nobody(matching)
    _groups(matching, found)
    return found


# --------------------------------------------------------------------------------------- subjects


def _subjects(matching: Matching) -> dict[str, str]:
    draft, known = matching.draft.subjects, matching.known.subjects
    found = {key: known[key] for key in draft if key in known}
    free = set(matching.stored.all("subject")) - set(found.values())
    for key, row in draft.items():
        if key not in found:
            found[key] = _subject_in_doubt(matching, row, free) or matching.new_id()
            free.discard(found[key])
    return found


def _subject_in_doubt(matching: Matching, row: Subject, free: set[str]) -> str | None:
    typed = people.search_key(row.name)
    for opaque in sorted(free):
        known = matching.stored.all("subject")[opaque].value["name"]
        folded = people.search_key(known)
        if typed == folded or names.is_one_slip_apart(typed, folded):
            question = Question(Doubt.STORED, layout.SUBJECTS.title, row.row, row.name, known)
            if matching.interview.is_same(question):
                return opaque
    return None


# ------------------------------------------------------------------------------------------ staff


def _staff(matching: Matching) -> dict[str, str]:
    draft, known = matching.draft.staff, matching.known.staff
    found = {key: known[key] for key in draft if key in known}
    free = set(matching.stored.all("staff")) - set(found.values())
    new: list[StaffMember] = []
    for key, row in list(draft.items()):
        if key in found:
            continue
        match = _person_in_doubt(matching, row, free)
        double = None if match else _typed_before(matching, row, new)
        if match is not None:
            found[key] = match
            free.discard(match)
        elif double is not None:
            # Other sheets may name either spelling; both mean the one row that is kept.
            found[key] = found[double.key]
            heading = layout.STAFF.heading("last")
            title = layout.STAFF.title
            matching.problems.refuse(title, row.row, heading, "person_twice", other=double.row)
            del draft[key]
        else:
            found[key] = matching.new_id()
            new.append(row)
    return found


def _person_in_doubt(matching: Matching, row: StaffMember, free: set[str]) -> str | None:
    for opaque in sorted(free):
        known = name_of(matching.stored.all("staff")[opaque].value)
        if names.are_near(known, row.name):
            typed = row.name.full()
            question = Question(Doubt.STORED, layout.STAFF.title, row.row, typed, known.full())
            if matching.interview.is_same(question):
                return opaque
    return None


def _typed_before(
    matching: Matching, row: StaffMember, new: list[StaffMember]
) -> StaffMember | None:
    for other in new:
        if names.are_typed_alike(other.name, row.name):
            question = Question(
                Doubt.TYPED_TWICE, layout.STAFF.title, row.row, row.name.full(), other.name.full()
            )
            if matching.interview.is_same(question):
                return other
    return None


# --------------------------------------------------------------------------------------- students


def _students(matching: Matching) -> dict[str, str]:
    draft, known = matching.draft.students, matching.known.students
    found = {key: known[key] for key in draft if key in known}
    for key in list(found):
        if not _is_still_the_same(matching, draft[key], found[key]):
            heading = layout.STUDENTS.heading("file_number")
            title = layout.STUDENTS.title
            matching.problems.refuse(title, draft[key].row, heading, "file_number_of_another")
            del found[key]
            del draft[key]
            matching.left_out.add(key)
    people_here = _people_by_birth(matching, set(found.values()))
    seen: dict[tuple[str, str], Student] = {}
    for key, row in list(draft.items()):
        if key in found:
            continue
        match = _renumbered(matching, row, people_here)
        if match is None and _is_double(matching, row, seen):
            del draft[key]
            matching.left_out.add(key)
            continue
        found[key] = match or matching.new_id()
    return found


def _leave_out_rows_about_nobody(matching: Matching) -> None:
    """Drop guardians and members of students whose own rows were found unusable just now."""
    draft, gone = matching.draft, matching.left_out
    for guardian in draft.guardians:
        if guardian.student in gone:
            heading = layout.GUARDIANS.heading("file_number")
            title = layout.GUARDIANS.title
            matching.problems.refuse(title, guardian.row, heading, "student_left_out")
    for member in draft.members:
        if member.student in gone:
            heading = layout.MEMBERS.heading("file_number")
            title = layout.MEMBERS.title
            matching.problems.refuse(title, member.row, heading, "student_left_out")
    draft.guardians = [row for row in draft.guardians if row.student not in gone]
    draft.members = [row for row in draft.members if row.student not in gone]


def _is_still_the_same(matching: Matching, row: Student, opaque: str) -> bool:
    """Tell whether the file number leads to the person of the row, asking if nothing else fits."""
    student = matching.stored.get("student", opaque)
    card = matching.stored.get("student_card", opaque)
    if student is None or card is None:
        return True
    known = name_of(student.value)
    born = row.birth_date.isoformat() if row.birth_date else None
    if people.search_key(known.full()) == people.search_key(row.name.full()):
        return True
    if born is not None and card.value["birth_date"] == born:
        return True
    if names.are_near(known, row.name):
        return True
    return matching.interview.is_same(
        Question(
            Doubt.NUMBER_REUSED,
            layout.STUDENTS.title,
            row.row,
            row.name.full(),
            known.full(),
            row.file_number,
        )
    )


def _people_by_birth(matching: Matching, taken: set[str]) -> Mapping[tuple[str, str], str]:
    found = {}
    for opaque, card in matching.stored.all("student_card").items():
        student = matching.stored.get("student", opaque)
        if student is not None and opaque not in taken and card.value["birth_date"]:
            name = people.search_key(name_of(student.value).full())
            found[(name, card.value["birth_date"])] = opaque
    return found


def _renumbered(
    matching: Matching, row: Student, people_here: Mapping[tuple[str, str], str]
) -> str | None:
    """Return the student of the same name and birthday under another file number, if it is one."""
    opaque = people_here.get(_name_and_birth(row)) if row.birth_date else None
    if opaque is None:
        return None
    number = matching.stored.all("student_card")[opaque].value["file_number"]
    typed = f"{row.name.full()}, {row.file_number}"
    known = f"{row.name.full()}, {number}"
    question = Question(Doubt.STORED, layout.STUDENTS.title, row.row, typed, known)
    return opaque if matching.interview.is_same(question) else None


def _is_double(matching: Matching, row: Student, seen: dict[tuple[str, str], Student]) -> bool:
    if row.birth_date is None:
        return False
    other = seen.setdefault(_name_and_birth(row), row)
    if other is row:
        return False
    typed = f"{row.name.full()}, {row.file_number}"
    known = f"{other.name.full()}, {other.file_number}"
    title = layout.STUDENTS.title
    if not matching.interview.is_same(Question(Doubt.TYPED_TWICE, title, row.row, typed, known)):
        return False
    heading = layout.STUDENTS.heading("file_number")
    matching.problems.refuse(title, row.row, heading, "person_twice", other=other.row)
    return True


def _name_and_birth(row: Student) -> tuple[str, str]:
    born = row.birth_date.isoformat() if row.birth_date else ""
    return people.search_key(row.name.full()), born


# ----------------------------------------------------------------------------------------- groups


def _groups(matching: Matching, found: Identities) -> None:
    """Find the teaching group of each row of the load: subject, classes, number of the part."""
    here = {}
    for opaque, document in matching.stored.all("teaching_group").items():
        value = document.value
        if value["calendar"] == found.calendar:
            here[(value["subject"], frozenset(value["classes"]), value["subgroup"])] = opaque
    for group in _group_keys(matching.draft):
        classes = frozenset(found.classes[key] for key in group.classes)
        place = (found.subjects[group.subject], classes, group.subgroup)
        found.groups[group] = here.get(place) or matching.new_id()


def _group_keys(draft: Draft) -> Iterator[GroupKey]:
    yield from dict.fromkeys(load.group for load in draft.load)
