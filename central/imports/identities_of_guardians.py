"""Which guardian each row is about: a row is a person and one child; a person may have several.

Rows of the same full name are one guardian when they share a telephone number or an address, or
when the journal knows that guardian of that child. The same name without anything in common may be
a namesake: that is asked. So is a name that is only near to that of a guardian of the same child.

    Рябова Светлана Владимировна   +7 964 …   Б-0001  ┐ one person by the telephone
    Рябова Светлана Владимировна   +7 964 …   Б-0417  ┘
    Рябова Светлана Владимеровна   +7 964 …   Б-0001    one letter, same child: asked
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from central.imports import layout, names
from central.imports.draft import Guardian
from central.imports.identities import Identities, Matching
from central.imports.interview import Doubt, Question
from central.imports.stored import name_of
from sync.school.people import PersonName

_SHEET = layout.GUARDIANS


class _Person:
    """Rows found to be one person, and who it is if the journal has them."""

    def __init__(self, row: Guardian) -> None:
        self.rows = [row]
        self.name_key = names.person_key(row.name)
        self.contacts = _contacts(row.phone, row.email)
        self.id: str | None = None

    def take(self, other: "_Person") -> None:
        self.rows += other.rows
        self.contacts |= other.contacts
        self.id = self.id or other.id


def identify(matching: Matching, found: Identities) -> None:
    """Give every row of the guardians an id; rows found to be doubles leave the draft."""
    people = _Register(matching, found)
    people.match_known_ones()
    people.join_by_contact()
    for person in people.without_id():
        people.find_or_ask(person)
    for person in people.all:
        for row in person.rows:
            found.guardians[row.row] = person.id or ""


class _Register:
    """The persons of the sheet while it is found out who they are."""

    def __init__(self, matching: Matching, found: Identities) -> None:
        self._matching = matching
        self._found = found
        self.all = [_Person(row) for row in matching.draft.guardians]
        self._of_child: dict[str, list[str]] = defaultdict(list)
        self._names: dict[str, PersonName] = {}
        self._name_keys: dict[str, set[str]] = defaultdict(set)
        self._by_name: dict[str, list[str]] = defaultdict(list)
        for opaque, document in matching.stored.all("guardian").items():
            name = name_of(document.value)
            said = matching.stored.said("guardian", opaque)
            keys = {names.person_key(name)} | (
                {names.person_key(name_of(said))} if "last" in said else set()
            )
            self._names[opaque] = name
            self._name_keys[opaque] = keys
            for key in keys:
                self._by_name[key].append(opaque)
            for child in document.value["children"]:
                self._of_child[child["student"]].append(opaque)
        self._taken: set[str] = set()
        self._alike: dict[str, list[_Person]] = defaultdict(list)
        self._in_rows_of: dict[str, list[_Person]] = defaultdict(list)

    def match_known_ones(self) -> None:
        """Match rows whose name is that of a guardian of the same child."""
        for person in self.all:
            for opaque in self._of_child[self._child(person.rows[0])]:
                if person.name_key in self._name_keys[opaque]:
                    self._is(person, opaque)
                    break

    def join_by_contact(self) -> None:
        """Join rows of one name that share a telephone number, an address, or the guardian."""
        by_name: dict[str, list[_Person]] = defaultdict(list)
        for person in self.all:
            same = [one for one in by_name[person.name_key] if _are_joined(one, person)]
            if same:
                same[0].take(person)
                for other in same[1:]:
                    if other.id is None or same[0].id in (None, other.id):
                        same[0].take(other)
                        by_name[person.name_key].remove(other)
            else:
                by_name[person.name_key].append(person)
        self.all = [person for people in by_name.values() for person in people]
        self._alike = by_name
        for person in self.all:
            for row in person.rows:
                self._in_rows_of[row.student].append(person)

    def without_id(self) -> Iterator[_Person]:
        """Yield who is not known yet."""
        for person in list(self.all):
            if person.id is None:
                yield person

    def find_or_ask(self, person: _Person) -> None:
        """Find the guardian, asking where it could be one, else make a new one."""
        match = (
            self._by_contact(person)
            or self._near_at_the_child(person)
            or self._same_name_elsewhere(person)
        )
        if match is not None:
            self._is(person, match)
            return
        if self._is_typed_twice(person):
            return
        for other in self._alike[person.name_key]:
            if other is person:
                continue
            is_new_too = other.id is not None and other.id not in self._names
            if is_new_too and self._is_same(
                Doubt.SAME_GUARDIAN, person.rows[0], _described(other.rows[0])
            ):
                person.id = other.id
                return
        person.id = self._matching.new_id()

    def _is(self, person: _Person, opaque: str) -> None:
        person.id = opaque
        self._taken.add(opaque)

    def _child(self, row: Guardian) -> str:
        return self._found.students[row.student]

    def _by_contact(self, person: _Person) -> str | None:
        for opaque in self._by_name[person.name_key]:
            value = self._matching.stored.all("guardian")[opaque].value
            if person.contacts & _contacts(value["phone"], value["email"]):
                return opaque
        return None

    def _near_at_the_child(self, person: _Person) -> str | None:
        for row in person.rows:
            for opaque in self._of_child[self._child(row)]:
                known = self._names[opaque]
                could_be = names.are_near(known, row.name) or names.same_but_surname(
                    known, row.name
                )
                if opaque in self._taken or not could_be:
                    continue
                if self._is_same(Doubt.STORED, row, known.full()):
                    return opaque
        return None

    def _same_name_elsewhere(self, person: _Person) -> str | None:
        for opaque in self._by_name[person.name_key]:
            value = self._matching.stored.all("guardian")[opaque].value
            parts = (name_of(value).full(), value["phone"], value["email"])
            known = ", ".join(part for part in parts if part)
            if self._is_same(Doubt.SAME_GUARDIAN, person.rows[0], known):
                return opaque
        return None

    def _is_typed_twice(self, person: _Person) -> bool:
        """Tell whether the person stands in an earlier row of the same child, misspelt."""
        for row, earlier, other in self._rows_of_the_same_children(person):
            if not names.are_typed_alike(earlier.name, row.name):
                continue
            if self._is_same(Doubt.TYPED_TWICE, row, earlier.name.full()):
                self._leave_out(person, row, earlier)
                person.id = other.id
                return True
        return False

    def _rows_of_the_same_children(
        self, person: _Person
    ) -> Iterator[tuple[Guardian, Guardian, _Person]]:
        """Yield (row of this person, row of another known by now, the other) of one child each."""
        for row in list(person.rows):
            for other in self._in_rows_of[row.student]:
                if other is person or other.id is None:
                    continue
                for earlier in other.rows:
                    if earlier.student == row.student:
                        yield row, earlier, other

    def _leave_out(self, person: _Person, row: Guardian, earlier: Guardian) -> None:
        heading = _SHEET.heading("last")
        problems = self._matching.problems
        problems.refuse(_SHEET.title, row.row, heading, "person_twice", other=earlier.row)
        self._matching.draft.guardians.remove(row)
        person.rows.remove(row)

    def _is_same(self, doubt: Doubt, row: Guardian, known: str) -> bool:
        typed = _described(row) if doubt is Doubt.SAME_GUARDIAN else row.name.full()
        question = Question(doubt, _SHEET.title, row.row, typed, known, row.student)
        return self._matching.interview.is_same(question)


def _are_joined(one: _Person, other: _Person) -> bool:
    if one.id is not None and other.id is not None:
        return one.id == other.id
    return bool(one.contacts & other.contacts)


def _contacts(phone: str | None, email: str | None) -> set[str]:
    found = {names.phone_key(phone or ""), (email or "").casefold()}
    return found - {""}


def _described(row: Guardian) -> str:
    return ", ".join(part for part in (row.name.full(), row.phone, row.email) if part)


def contacts_by_id(
    rows: list[Guardian], ids: Mapping[int, str]
) -> dict[str, tuple[str | None, str | None]]:
    """Return the telephone number and the address of each guardian: the first that is given."""
    found: dict[str, tuple[str | None, str | None]] = {}
    for row in rows:
        phone, email = found.get(ids[row.row], (None, None))
        found[ids[row.row]] = (phone or row.phone, email or row.email)
    return found
