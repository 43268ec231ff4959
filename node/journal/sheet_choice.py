"""Which page of the journal is opened: the groups a person may choose from, and the terms.

A person who teaches a group, or substitutes in it once, reads its page of that term; so do the
class teacher and the heads of the school. What may be written there is asked cell by cell.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sync.projections import calendars, groups
from sync.projections.groups import Group
from sync.school import people as names
from sync.school import permissions
from sync.school.people import Role
from sync.school.permissions import Action, Relation
from sync.school.school_year import SchoolYear
from sync.store.connection import Connection

#: Chosen instead of a term where a class has none.
WHOLE_YEAR = "year"


@dataclass(frozen=True)
class Period:
    """What a page shows: a term, or the whole year; both dates included."""

    id: str
    name: str
    first: date
    last: date


@dataclass(frozen=True)
class Reader:
    """Who opens a page: a person of the staff with the roles of the account."""

    person: str
    roles: frozenset[Role]


def periods_of(calendar: SchoolYear, group: Group) -> list[Period]:
    """Return the terms of the group's year of study in their order; never empty."""
    terms = calendar.terms_of(group.year_of_study)
    found = [Period(term.id, term.name, term.starts, term.ends) for term in terms]
    return found or [Period(WHOLE_YEAR, calendar.label, calendar.starts, calendar.ends)]


def period_for(periods: list[Period], wished: str | None, today: date) -> Period | None:
    """Return the wished period; without a wish the one of today, else the last that has begun.

    None if there is no such period.
    """
    if wished is not None:
        return next((one for one in periods if one.id == wished), None)
    begun = [one for one in periods if one.first <= today]
    return begun[-1] if begun else periods[0]


def may_read(connection: Connection, reader: Reader, group: Group, period: Period) -> bool:
    """Tell whether a person may read a group's page of a period."""
    relations = _relations(connection, reader.person, group, period)
    return bool(permissions.may(reader.roles, Action.READ_JOURNAL, *relations))


@dataclass(frozen=True)
class Offer:
    """The groups to choose from: those the person teaches, and others that may be read."""

    taught: Sequence[Group]
    others: Sequence[Group]

    @property
    def first(self) -> Group | None:
        """Return the group to begin with; None if there is none."""
        return next(iter([*self.taught, *self.others]), None)

    def has(self, group: Group) -> bool:
        """Tell whether a group is among them."""
        return any(one.id == group.id for one in (*self.taught, *self.others))


def offer(connection: Connection, reader: Reader, today: date) -> Offer:
    """Return the groups to choose from around today, in the order of classes and subjects."""
    calendar = calendars.current(connection)
    if calendar is None:
        return Offer((), ())
    first, last = _around(calendar, today)
    ids = groups.taught_between(connection, reader.person, first, last)
    ids |= groups.substituted_between(connection, reader.person, first, last)
    own = _in_order(found for found in (groups.group(connection, one) for one in ids) if found)
    every = permissions.may(reader.roles, Action.READ_JOURNAL)
    classes = [
        one.id
        for one in groups.all_classes(connection)
        if every
        or (Role.HOMEROOM_TEACHER in reader.roles and one.homeroom_teacher == reader.person)
    ]
    others = [one for one in _of_classes(connection, classes) if one.id not in ids]
    return Offer(own, _in_order(others))


def _relations(
    connection: Connection, person: str, group: Group, period: Period
) -> Iterator[Relation]:
    if group.id in groups.taught_between(connection, person, period.first, period.last):
        yield Relation.ASSIGNED
    if group.id in groups.substituted_between(connection, person, period.first, period.last):
        yield Relation.SUBSTITUTE
    for class_id in group.classes:
        found = groups.school_class(connection, class_id)
        if found is not None and found.homeroom_teacher == person:
            yield Relation.OWN_CLASS


def _around(calendar: SchoolYear, today: date) -> tuple[date, date]:
    """Return the longest term that today is in; the whole year outside all terms."""
    current = [term for term in calendar.terms if term.starts <= today <= term.ends]
    if not current:
        return calendar.starts, calendar.ends
    return min(term.starts for term in current), max(term.ends for term in current)


def _of_classes(connection: Connection, classes: Iterable[str]) -> Iterator[Group]:
    for class_id in classes:
        yield from groups.groups_of_class(connection, class_id)


def _in_order(found: Iterable[Group]) -> list[Group]:
    by_id = {one.id: one for one in found}
    return sorted(by_id.values(), key=_order)


def _order(group: Group) -> tuple[object, ...]:
    classes = [names.class_sort_key(name) for name in group.class_names]
    return (classes, names.sort_key(group.subject_name), group.subgroup or 0, group.id)
