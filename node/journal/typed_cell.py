"""What was typed into one cell of the sheet, as a wish for the journal.

A cell has two places, the mark and the absence sign; they are two documents with two authors at
times, and a cell may show both:

    typed         wish
    5             the mark 5; a sign that stands there stays
    н             absent; a mark that stands there stays
    о4, о/4       late, and the mark 4
    ОП 10, оп10   ten minutes late
    (nothing)     both taken back

A single digit right after letters is a mark if the scale has it: whoever types «о» and «4» one
after the other means two things. Other numbers are the minutes of being late, as everywhere.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from node.journal import cells
from sync import errors
from sync.school import marks
from sync.school.attendance import TypedAbsence
from sync.school.marks import MarkScale, MarkValue

#: Longer texts are no cells; nobody needs them back in a message either.
MAX_TYPED = 40

_LETTERS_AND_DIGIT = re.compile(r"([^\W\d_]+)([0-9])")


class Keep(Enum):
    """Says of a place of the cell that the wish does not touch it."""

    KEEP = "keep"


KEEP: Final = Keep.KEEP


@dataclass(frozen=True)
class Wish:
    """What shall stand in the two places of a cell; None takes back what stands there."""

    mark: MarkValue | Keep | None = KEEP
    absence: TypedAbsence | Keep | None = KEEP


@dataclass(frozen=True)
class CellRules:
    """What may be typed in a column; a further work's column holds no absences."""

    scale: MarkScale
    holds_absence: bool = True

    @property
    def allowed(self) -> str:
        """Return everything that may be typed, for a message."""
        texts = [] if self.scale is marks.MARKLESS else [marks.allowed_texts(self.scale)]
        if self.holds_absence:
            texts.extend(cells.LETTERS.shown.values())
        return " ".join(texts)


TAKE_BACK = Wish(mark=None, absence=None)
TAKE_MARK_BACK = Wish(mark=None)


def read(text: str, rules: CellRules) -> Wish:
    """Return what was wished with a text; letters are understood in either keyboard layout.

    Raises:
        errors.MarkNotUnderstood: nothing that may stand in this cell; says what may.
        errors.MarkOutsideScale: a mark that is not used here.
        errors.LateMinutesOutsideRange: minutes that cannot be.
        errors.EntryRefused: ``markless``, a mark in a group that is taught without marks.
    """
    typed = " ".join(text.split())
    if not typed:
        return TAKE_BACK if rules.holds_absence else TAKE_MARK_BACK
    wish = _read(typed, rules)
    if wish is None:
        wish = _read(cells.in_cyrillic(typed), rules)
    if wish is None:
        raise errors.MarkNotUnderstood(typed=typed[:20], allowed=rules.allowed)
    return wish


def _read(typed: str, rules: CellRules) -> Wish | None:
    if rules.scale is marks.MARKLESS and (sign := _absence(typed)) is not None:
        return Wish(absence=sign)  # «осв» cannot be the mark of the same letters here
    mark = _mark(typed, rules)
    if mark is not None:
        return Wish(mark=mark)
    if not rules.holds_absence:
        return None
    for letters, beside in _halves(typed, rules):
        absence, mark = _absence(letters), _mark(beside, rules)
        if absence is not None and mark is not None:
            return Wish(mark=mark, absence=absence)
    absence = _absence(typed)
    return None if absence is None else Wish(absence=absence)


def _halves(typed: str, rules: CellRules) -> Iterator[tuple[str, str]]:
    """Yield (letters of an absence, mark) in the ways in which the text may be cut in two."""
    left, slash, right = typed.partition("/")
    if slash:
        yield left, right
        yield right, left
    adjoining = _LETTERS_AND_DIGIT.fullmatch(typed)
    if adjoining is not None and int(adjoining[2]) in rules.scale.numbers:
        yield adjoining[1], adjoining[2]


def _mark(typed: str, rules: CellRules) -> MarkValue | None:
    """Return the mark that was typed; None if it is none at all."""
    markless = rules.scale is marks.MARKLESS
    try:
        value = marks.parse_mark(typed, marks.FIVE_POINT if markless else rules.scale)
    except errors.MarkNotUnderstood:
        return None
    if markless:
        raise errors.EntryRefused(code="markless", hint="use_comment")
    return value


def _absence(typed: str) -> TypedAbsence | None:
    try:
        return cells.LETTERS.parse(typed)
    except errors.AbsenceNotUnderstood:
        return None


@dataclass(frozen=True)
class Token:
    """One thing that can be typed, for the page to show at once what it means.

    ``mark`` or ``absence`` is the stored word; ``shown`` is what the cell then shows.
    """

    typed: str
    shown: str
    mark: MarkValue | None = None
    absence: str | None = None


def vocabulary(rules: CellRules) -> list[Token]:
    """Return what the page understands by itself; other spellings only the program knows."""
    tokens = []
    if rules.scale is not marks.MARKLESS:
        for value in marks.allowed_values(rules.scale):
            text = marks.mark_text(value)
            tokens.append(Token(text, text, mark=value))
    if rules.holds_absence:
        taken = {token.typed for token in tokens}
        letters = cells.LETTERS
        every = [(text, code) for code, text in letters.shown.items()]
        every += list(letters.understood.items())
        for text, code in every:
            # «осв» is a mark in the cell; the sign of the same letters is set in the detail.
            if text.casefold() not in taken:
                shown = letters.letter(code)
                tokens.append(Token(text.casefold(), shown, absence=code.value))
    return tokens
