"""The pupils of the demonstration: how well each does, and on which days each is not there.

Everything is drawn from the seed and from what stays the same from import to import (class and
place in the class list), never from ids, which each import makes anew: the same workbook gives the
same weeks.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sync.projections import groups, people
from sync.school.attendance import Reason
from sync.store.connection import Connection

_FALLS_ILL = 0.008  # each day
_SPELL_DAYS = (2, 6)
_SINGLE_DAYS = 0.01
_RELEASED_FROM_SPORT = 0.04


@dataclass(frozen=True)
class Pupil:
    """One pupil.

    Attributes:
        ability: the mark that an usual answer is worth, as a number.
        care: how much a mark lies above the ability where the work was prepared at home.
        away: the days on which the pupil is not at school, with the reason stated later.
        released: takes part in sport lessons without exercise.
    """

    id: str
    school_class: str
    ability: float
    care: float
    away: dict[date, Reason]
    released: bool


def pupils_of_school(connection: Connection, seed: str, days: Sequence[date]) -> dict[str, Pupil]:
    """Return every pupil enrolled on the last of ``days``, by id."""
    found = {}
    for school_class in groups.all_classes(connection):
        enrolled = people.students_of_classes(connection, [school_class.id], days[-1])
        for place, person in enumerate(enrolled, start=1):
            draw = random.Random(f"{seed}, {school_class.name}, pupil {place}")  # noqa: S311
            found[person.id] = Pupil(
                id=person.id,
                school_class=school_class.id,
                ability=min(4.9, max(2.7, draw.gauss(3.95, 0.5))),
                care=draw.uniform(-0.2, 0.3),
                away=_days_away(draw, days),
                released=draw.random() < _RELEASED_FROM_SPORT,
            )
    return found


def _days_away(draw: random.Random, days: Sequence[date]) -> dict[date, Reason]:
    away = {}
    for day in days:
        if draw.random() < _SINGLE_DAYS:
            away[day] = draw.choice((Reason.EXCUSED, Reason.EXCUSED, Reason.UNEXCUSED))
    for place, _ in enumerate(days):
        if draw.random() < _FALLS_ILL:
            for day in days[place : place + draw.randint(*_SPELL_DAYS)]:
                away[day] = Reason.ILL
    return away
