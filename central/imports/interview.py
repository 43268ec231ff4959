"""Questions that only a person can answer: is this the same human being, typed differently?

Each question has a code that is the same for the same doubt, so that the answers can be written in
a file and the import be run again. A question answered "the same" or "another" does not come back:
the import then knows the name.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sync import errors

_CODE_LENGTH = 6
_MOST_ANSWER_BYTES = 1 << 20
_YES = frozenset({"да", "д", "yes", "y", "1"})
_NO = frozenset({"нет", "н", "no", "n", "0"})


class Doubt(StrEnum):
    """What is asked."""

    STORED = "stored"  # is the row the person (or subject) that the journal has under ``known``?
    TYPED_TWICE = "typed_twice"  # are two rows one person?
    NUMBER_REUSED = "number_reused"  # does the file number still belong to the person ``known``?
    SAME_GUARDIAN = "same_guardian"  # is the guardian of two children one person?


@dataclass(frozen=True)
class Question:
    """One doubt. ``typed`` stands in the row, ``known`` is what it may be the same as."""

    doubt: Doubt
    sheet: str
    row: int
    typed: str
    known: str
    detail: str = ""

    @property
    def code(self) -> str:
        """Return the name of the question in a file of answers."""
        parts = "\n".join((self.doubt, self.sheet, self.typed, self.known, self.detail))
        return hashlib.sha256(parts.encode()).hexdigest()[:_CODE_LENGTH]


#: Asks a person; None means that nobody is there to answer.
Ask = Callable[[Question], bool | None]


def nobody(question: Question) -> bool | None:
    """Answer nothing: for imports without a person in front of the screen."""
    return None


class Interview:
    """Finds the answer in the file of answers, or asks; what stays open is listed."""

    def __init__(self, answers: Mapping[str, bool], ask: Ask = nobody) -> None:
        """Look in ``answers`` (by code) before asking."""
        self._answers = dict(answers)
        self._ask = ask
        self.open: list[Question] = []

    def is_same(self, question: Question) -> bool:
        """Return the answer; an open question counts as no until the import is refused for it."""
        answer = self._answers.get(question.code)
        if answer is None:
            answer = self._ask(question)
        if answer is None:
            self.open.append(question)
            return False
        self._answers[question.code] = answer
        return answer


def understood(typed: str) -> bool | None:
    """Return what «да», «нет», yes, no and their first letters say; None for anything else."""
    said = typed.strip().casefold()
    return True if said in _YES else False if said in _NO else None


def read_answers(path: Path) -> dict[str, bool]:
    """Return the answers in a text file: lines of a code and «да» or «нет», # begins a remark.

    Raises:
        errors.WorkbookRefused: the file cannot be read (``answers_unreadable``) or a line is
            something else (``answer_not_understood``, params: ``line``).
    """
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_ANSWER_BYTES).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise errors.WorkbookRefused(code="answers_unreadable", hint="check_file_name") from error
    answers = {}
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        said = understood(words[1]) if len(words) == 2 else None
        if said is None:
            raise errors.WorkbookRefused(
                code="answer_not_understood", hint="correct_answers", line=number
            )
        answers[words[0].casefold()] = said
    return answers
