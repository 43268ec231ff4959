"""Passwords: made, kept as argon2id verifiers, checked, and judged for strength.

A password that an administrator hands out is a phrase of three Russian words («лавина сосед
корабль»): 2048 words each, 33 bits, easy to read out and to type. One that a person chooses must be
as hard to guess, as zxcvbn counts it, and it is judged once as typed and once as the same keys give
it in the other keyboard layout, so that «йцукенгшщзхъ» is as weak as ``qwertyuiop[]``.

Verifying costs the same for a login that does not exist: without a verifier the password is
checked against one that nobody knows. argon2id takes 64 MiB a time, so only ``at_once`` checks run
at the same moment; the others wait their turn.
"""

import hashlib
import re
import secrets
import threading
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache

import argon2
from mnemonic import Mnemonic
from zxcvbn import matching, scoring

from sync import errors

Randomness = Callable[[int], bytes]

LEAST_LENGTH = 10
# Long enough for any phrase; argon2 itself would take megabytes and the time to send them.
MOST_LENGTH = 128
# 33 bits: at 150 ms a guess one core needs 40 years for all of them, also from a stolen verifier.
LEAST_GUESSES = 2**33

_LEAST_WORD = 3
_WORDS_IN_PHRASE = 3
_WORDS_IN_LIST = 2048
# The list as published has one word with a letter lost in a wrong decoding.
_DAMAGED_WORDS = {"сно\ufffd\ufffdа": "снова"}

_ENGLISH_KEYS = "`qwertyuiop[]asdfghjkl;'zxcvbnm,."
_RUSSIAN_KEYS = "ёйцукенгшщзхъфывапролджэячсмитьбю"
_OTHER_LAYOUT = str.maketrans(_ENGLISH_KEYS + _RUSSIAN_KEYS, _RUSSIAN_KEYS + _ENGLISH_KEYS)
# zxcvbn's work grows with the cube of the length; this much of a password is judged.
_JUDGED_LENGTH = 64


@dataclass(frozen=True)
class Effort:
    """What one verification costs; RFC 9106's second choice, with one lane for small machines."""

    memory_kib: int = 64 * 1024
    passes: int = 3
    lanes: int = 1


class Verifiers:
    """Makes and checks verifiers (argon2id in PHC text form, salt included)."""

    def __init__(self, effort: Effort | None = None, *, at_once: int = 2) -> None:
        """Use ``effort`` for new verifiers; run at most ``at_once`` checks together."""
        effort = effort or Effort()
        self._hasher = argon2.PasswordHasher(
            time_cost=effort.passes, memory_cost=effort.memory_kib, parallelism=effort.lanes
        )
        self._turn = threading.BoundedSemaphore(at_once)
        self._nobodys = self.make(secrets.token_urlsafe(32))

    def make(self, password: str) -> str:
        """Return a new verifier of ``password``."""
        with self._turn:
            return self._hasher.hash(normalized(password))

    def matches(self, verifier: str | None, password: str) -> bool:
        """Tell whether ``password`` is the one; always False, at the same cost, without verifier.

        A verifier that cannot be read counts as none.
        """
        if len(password) > MOST_LENGTH:
            return False
        typed = normalized(password)
        with self._turn:
            if verifier is not None and is_verifier(verifier):
                return self._check(verifier, typed)
            self._check(self._nobodys, typed)
            return False

    def _check(self, verifier: str, password: str) -> bool:
        try:
            return self._hasher.verify(verifier, password)
        except argon2.exceptions.VerificationError:
            return False


def normalized(password: str) -> str:
    """Return the form that is hashed: composed letters, no spaces around, one space between.

    So a phrase copied with a line break, or typed on a keyboard that composes й of two signs, is
    the same phrase.
    """
    return " ".join(unicodedata.normalize("NFC", password).split())


def digest_of(verifier: str) -> str:
    """Return a short name of a verifier, to say which one a change was based on."""
    return hashlib.sha256(verifier.encode()).hexdigest()[:32]


def new_phrase(randomness: Randomness = secrets.token_bytes) -> str:
    """Return three random Russian words with spaces between: 33 bits."""
    words = phrase_words()
    # 2048 divides 65536, so two random bytes give every word the same chance.
    numbers = (int.from_bytes(randomness(2)) % _WORDS_IN_LIST for _ in range(_WORDS_IN_PHRASE))
    return " ".join(words[number] for number in numbers)


@cache
def phrase_words() -> tuple[str, ...]:
    """Return the 2048 words of which phrases are made.

    Raises:
        RuntimeError: the list of this installation is not the one phrases were designed for.
    """
    listed = Mnemonic("russian").wordlist
    words = tuple(unicodedata.normalize("NFC", _DAMAGED_WORDS.get(word, word)) for word in listed)
    whole = all(re.fullmatch("[а-яё]{3,}", word) for word in words)
    if len(set(words)) != _WORDS_IN_LIST or not whole:
        raise RuntimeError("the word list for passwords is not whole")
    return words


def check_strength(password: str, personal_words: Collection[str] = ()) -> None:
    """Refuse a password that could be guessed.

    Args:
        personal_words: login, names, school: what a neighbour would try first.
    Raises:
        errors.WeakPassword: ``password_too_short`` or ``password_too_long`` (params: ``length``,
            in characters), or ``weak_password``.
    """
    typed = normalized(password)
    if len(typed) < LEAST_LENGTH:
        raise errors.WeakPassword(code="password_too_short", length=LEAST_LENGTH)
    if len(typed) > MOST_LENGTH:
        raise errors.WeakPassword(
            code="password_too_long", hint="choose_shorter_password", length=MOST_LENGTH
        )
    known = _known_words(personal_words)
    lowered = typed.lower()
    if min(_guesses(form, known) for form in (typed, lowered.translate(_OTHER_LAYOUT))) < (
        LEAST_GUESSES
    ):
        raise errors.WeakPassword


def _known_words(personal_words: Collection[str]) -> dict[str, int]:
    """Return words with their rank: what is personal is tried first, then the words of phrases."""
    personal = [part for word in personal_words for part in {word, *re.split(r"[\W_]+", word)}]
    ranked: dict[str, int] = {}
    for word in (*personal, *phrase_words()):
        if len(word) >= _LEAST_WORD:
            ranked.setdefault(word.lower(), len(ranked) + 1)
    return ranked


def _guesses(password: str, known: dict[str, int]) -> int:
    judged = password[:_JUDGED_LENGTH]
    # zxcvbn() itself keeps the personal words in a table shared by all threads; this does not.
    tables = {**matching.RANKED_DICTIONARIES, "user_inputs": known}
    found = matching.omnimatch(judged, tables)
    return int(scoring.most_guessable_match_sequence(judged, found)["guesses"])


def is_verifier(text: str) -> bool:
    """Tell whether ``text`` is an argon2id verifier that can be checked."""
    try:
        argon2.extract_parameters(text)
    except argon2.exceptions.InvalidHashError:
        return False
    return text.startswith("$argon2id$")
