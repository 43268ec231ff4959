"""Finds what a row names: in the workbook itself, else in what the journal already knows."""

import re
from collections.abc import Iterator

from central.imports import names
from central.imports.draft import Draft
from central.imports.known import Known
from central.imports.rows import Reader
from sync import errors
from sync.school import people
from sync.school.people import PersonName


class Lookup:
    """Answers for one workbook; what is not found is noted as a problem of the row."""

    def __init__(self, draft: Draft, known: Known) -> None:
        """Look in ``draft``, which grows while sheets are read, then in ``known``."""
        self._draft = draft
        self._known = known

    def subject(self, reader: Reader, name: str = "subject") -> str:
        """Return the key of the subject named in a cell."""
        typed = reader.needed(name)
        key = names.text_key(typed)
        if typed and key not in self._draft.subjects and key not in self._known.subjects:
            reader.refuse(name, "unknown_subject", typed=typed[:60])
        return key

    def staff_member(self, reader: Reader, name: str) -> str | None:
        """Return the key of the person named in a cell; None if it is empty or unknown.

        ё and е count as the same here, and initials will do, as long as only one person is meant:
        a name in another sheet cannot make a second person, so it need not be asked about.
        """
        typed = reader.text(name)
        if not typed:
            return None
        try:
            wanted = people.parse_name(typed)
        except errors.NameNotUnderstood:
            reader.refuse(name, "name_not_understood", typed=typed[:60])
            return None
        key = names.person_key(wanted)
        if key in self._draft.staff or key in self._known.staff:
            return key
        alike = {found for found, known in self._staff() if _is_spelled_so(known, wanted)}
        if len(alike) == 1:
            return alike.pop()
        near = [known.full() for _, known in self._staff() if names.are_near(known, wanted)]
        if len(alike) > 1:
            reader.refuse(name, "staff_ambiguous", typed=typed[:60])
        elif near:
            reader.refuse(name, "unknown_staff_near", typed=typed[:60], near=near[0])
        else:
            reader.refuse(name, "unknown_staff", typed=typed[:60])
        return None

    def classes(self, reader: Reader, name: str) -> tuple[str, ...]:
        """Return the sorted keys of the classes in a cell such as «5А» or «5А, 5Б»."""
        typed = reader.needed(name)
        keys = []
        for part in re.split("[,;+]", typed):
            key = names.class_key(part)
            if not part.strip():
                continue
            if self.year_of(key) is None:
                reader.refuse(name, "unknown_class", typed=part.strip()[:40])
            keys.append(key)
        if typed and not keys:
            reader.refuse(name, "unknown_class", typed=typed[:40])
        return tuple(sorted(set(keys)))

    def school_class(self, reader: Reader, name: str) -> str:
        """Return the key of the one class in a cell."""
        keys = self.classes(reader, name)
        if len(keys) > 1:
            reader.refuse(name, "one_class_wanted")
        return keys[0] if keys else ""

    def student(self, reader: Reader, name: str = "file_number") -> str:
        """Return the key of the student whose file number is in a cell."""
        typed = reader.needed(name)
        key = names.file_key(typed)
        if typed and key not in self._draft.students and key not in self._known.students:
            reader.refuse(name, "unknown_student", typed=typed[:40])
        return key

    def class_of_student(self, key: str) -> str | None:
        """Return the key of the class a student is in now."""
        found = self._draft.students.get(key)
        return found.school_class if found else self._known.class_of_student.get(key)

    def year_of(self, class_key: str) -> int | None:
        """Return the year of study of a class of this school year; None if there is no such."""
        found = self._draft.classes.get(class_key)
        if found is not None:
            return found.year
        known = self._known.classes.get(class_key)
        return known.year if known else None

    def shift_of(self, class_key: str) -> int:
        """Return the shift of a class."""
        found = self._draft.classes.get(class_key) or self._known.classes.get(class_key)
        return found.shift if found else 1

    def class_name(self, class_key: str) -> str:
        """Return the name of a class as people write it."""
        found = self._draft.classes.get(class_key) or self._known.classes.get(class_key)
        return found.name if found else class_key

    def person(self, key: str) -> PersonName:
        """Return the name of a member of staff by key."""
        found = self._draft.staff.get(key)
        return found.name if found else self._known.staff_names[key]

    def _staff(self) -> Iterator[tuple[str, PersonName]]:
        for key, row in self._draft.staff.items():
            yield key, row.name
        for key, name in self._known.staff_names.items():
            if key not in self._draft.staff:
                yield key, name


def _is_spelled_so(known: PersonName, wanted: PersonName) -> bool:
    written = people.search_key(wanted.full())
    short = people.search_key(known.short())
    return written == people.search_key(known.full()) or (
        written.replace(" ", "") == short.replace(" ", "")
    )
