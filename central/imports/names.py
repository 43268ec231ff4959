"""Keys by which the rows of a workbook find each other, and when two names may be one person.

A key ignores letter case, spaces and the look-alikes of the two alphabets (a Latin A in «5A» is the
commonest mistake of all), but tells ё from е: whether «Семенов» is «Семёнов» is asked, not guessed.

Two names are *near* when they could be one person mistyped:

    Семенов Пётр Ильич      Семёнов Пётр Ильич       ё or е
    Семёнов Петр Ильин      Семёнов Пётр Ильич       one letter wrong, missing, too many or swapped
    Пётр Семёнов Ильич      Семёнов Пётр Ильич       words swapped
    Семёнов Пётр            Семёнов Пётр Ильич       no patronymic
    Семёнов П. И.           Семёнов Пётр Ильич       the same surname and initials
"""

import re
from dataclasses import dataclass

from sync.school import people
from sync.school.people import PersonName

_LOOK_ALIKES = str.maketrans("abcehkmoptxy", "авсенкмортху")


def text_key(text: str) -> str:
    """Return the key of a text such as a subject's name."""
    return people.sort_key(text)


def person_key(name: PersonName) -> str:
    """Return the key of a full name."""
    return name.sort_key()


def class_key(name: str) -> str:
    """Return the key of a class: 5А, «5 а», 5-А and 5A with a Latin letter are one class."""
    return people.class_sort_key(name).translate(_LOOK_ALIKES)


def file_key(number: str) -> str:
    """Return the key of a student's file number: «Б-0001», «б 0001» and «Б0001» are one."""
    return re.sub(r"[\W_]+", "", people.sort_key(number)).translate(_LOOK_ALIKES)


@dataclass(frozen=True)
class _Folded:
    whole: str
    words: tuple[str, ...]
    initials: tuple[str, ...]


def are_near(one: PersonName, other: PersonName) -> bool:
    """Tell whether two different full names may be one person; see above."""
    first, second = _folded(one), _folded(other)
    if first.whole == second.whole or sorted(first.words) == sorted(second.words):
        return True
    if first.words[:1] == second.words[:1] and first.initials[1:] == second.initials[1:]:
        return True
    if first.words[:2] == second.words[:2] and 2 in (len(first.words), len(second.words)):
        return True
    return is_one_slip_apart(first.whole, second.whole)


def are_typed_alike(one: PersonName, other: PersonName) -> bool:
    """Tell whether two names in one list look like one person typed twice.

    Narrower than ``are_near``: in one list two people with the same initials are two people.
    """
    first, second = _folded(one), _folded(other)
    if first.whole == second.whole or sorted(first.words) == sorted(second.words):
        return True
    return is_one_slip_apart(first.whole, second.whole)


def same_but_surname(one: PersonName, other: PersonName) -> bool:
    """Tell whether only the surnames differ, as after a marriage."""
    first, second = _folded(one), _folded(other)
    return len(first.words) > 2 and first.words[1:] == second.words[1:]


def is_one_slip_apart(one: str, other: str) -> bool:
    """Tell whether one letter is wrong, missing, too many, or swapped with the next."""
    if abs(len(one) - len(other)) > 1:
        return False
    if len(one) > len(other):
        one, other = other, one
    place = next((n for n, sign in enumerate(one) if sign != other[n]), len(one))
    rest, other_rest = one[place:], other[place:]
    if len(one) != len(other):
        return rest == other_rest[1:]
    swapped = rest[1:2] + rest[:1] + rest[2:]
    return rest[1:] == other_rest[1:] or swapped == other_rest


def phone_key(phone: str) -> str:
    """Return the digits that tell telephone numbers apart: without +7 or 8 in front; "" if none."""
    digits = re.sub(r"\D", "", phone)
    return digits[-10:] if len(digits) >= 6 else ""


def _folded(name: PersonName) -> _Folded:
    whole = people.search_key(name.full())
    words = tuple(re.split(r"[\s.]+", whole.strip(". ")))
    return _Folded(whole, words, tuple(word[:1] for word in words))
