"""People as the school's rules see them: their roles, their names, and how names are ordered.

Two columns go with every text that people sort or search by, because SQLite compares bytes:

    text            sort_key (ORDER BY)      search_key (LIKE, =)
    Елизаров        елизаров                 елизаров
    Ёлкина          е<top>лкина              елкина          typed as «Елкина» it is found too
    Жуков           жуков                    жуков

Ё is a letter of its own between Е and Ж, but its code point lies behind Я; so in a sort key it is
written as Е followed by a sign above all others. Class names have digits that count as numbers:
``class_sort_key`` puts 2А before 10А. All keys are plain text for a plain ``ORDER BY``.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from sync import errors

# The highest code point that is a character and not a "noncharacter", so JSON, UTF-8 and every
# store pass it on. Its UTF-8 bytes are above those of any letter, as its code point is.
_ABOVE_ALL_LETTERS = "\U0010fffd"

# Word processors put other dashes, quotes and spaces into lists; they must not change the order.
_HYPHENS = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")
_APOSTROPHES = dict.fromkeys(map(ord, "\u2019\u02bc`\u00b4"), "'")
_SAME_SIGN = _HYPHENS | _APOSTROPHES | {0x00AD: None}

# Nine digits are more than any class, room or lesson number has.
_DIGITS_OF_A_NUMBER = 9


class Role(StrEnum):
    """What a person is to the school. One person may hold several.

    There is no role for students: they are forbidden to work with the journal (clause A5 of the
    school's regulation).
    """

    DIRECTOR = "director"
    DEPUTY_HEAD = "deputy_head"
    TECHNICAL_ADMIN = "technical_admin"
    TEACHER = "teacher"
    HOMEROOM_TEACHER = "homeroom_teacher"
    GUARDIAN = "guardian"


STAFF_ROLES = frozenset(Role) - {Role.GUARDIAN}


@dataclass(frozen=True)
class PersonName:
    """A name as Russian papers write it; the patronymic may be missing."""

    last: str
    first: str
    patronymic: str = ""

    def full(self) -> str:
        """Return ``Иванов Иван Петрович``."""
        return " ".join(part for part in (self.last, self.first, self.patronymic) if part)

    def short(self) -> str:
        """Return ``Иванов И. П.``; a double first name gives ``Иванова А.-М. П.``."""
        initials = [_initials(self.first), _initials(self.patronymic)]
        return " ".join(part for part in (self.last, *initials) if part)

    def sort_key(self) -> str:
        """Return the key that orders people by last name, first name, patronymic."""
        return sort_key(self.full())

    def search_key(self) -> str:
        """Return the key in which a part of the name is searched."""
        return search_key(self.full())


def parse_name(text: str) -> PersonName:
    """Return the name written as ``Last First Patronymic`` with any spaces between.

    The first word is the last name and the second the first name; all others are the patronymic
    (``Алиев Гейдар Рза оглы``).

    Raises:
        errors.NameNotUnderstood: there are fewer than two words.
    """
    words = text.split()
    if len(words) < 2:
        raise errors.NameNotUnderstood
    return PersonName(words[0], words[1], " ".join(words[2:]))


def sort_key(text: str) -> str:
    """Return plain text that sorts as the Russian alphabet does, Ё after Е, case ignored.

    Digits, hyphens and Latin letters keep their usual order before the Cyrillic ones.
    """
    return _folded(text).replace("ё", "е" + _ABOVE_ALL_LETTERS)


def search_key(text: str) -> str:
    """Return the text for searching: case ignored, Ё as Е, one space between words."""
    return _folded(text).replace("ё", "е")


def class_sort_key(name: str) -> str:
    """Return plain text that sorts class names naturally: 2А, 10А, 10Б; ``10 «А»`` as ``10А``."""
    bare = re.sub("[«»„“”\"']", "", name)
    joined = re.sub(r"(?<=[0-9])[\s-]+(?=[^\W\d_])", "", bare.strip())
    return re.sub("[0-9]+", _padded, sort_key(joined))


def _padded(number: re.Match[str]) -> str:
    return number.group().lstrip("0").rjust(_DIGITS_OF_A_NUMBER, "0")


def _folded(text: str) -> str:
    composed = unicodedata.normalize("NFC", text).translate(_SAME_SIGN)
    # Folding may leave letters and their signs apart, hence composed once more.
    return unicodedata.normalize("NFC", " ".join(composed.split()).casefold())


def _initials(name: str) -> str:
    first_word = name.split()[0] if name.split() else ""
    return "-".join(f"{part[0].upper()}." for part in first_word.split("-") if part)
