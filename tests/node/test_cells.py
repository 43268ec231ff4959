"""What a teacher types, in either keyboard layout, and how it is shown."""

from collections.abc import Callable
from typing import Any

import pytest

from node.journal import cells
from sync import errors
from sync.documents.identifiers import LessonKey
from sync.entries.journal import Presence
from sync.projections.absences import KeptAbsence
from sync.school import marks
from tests.support import sample_school


def kept(
    presence: str | None, reason: str | None = None, minutes: int | None = None
) -> KeptAbsence:
    lesson = LessonKey(sample_school.MATH_5A, sample_school.DAY, 1)
    return KeptAbsence(lesson, "st1", presence, minutes, reason, "1-a", False, None, None)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("5", 5),
        (" 4 ", 4),
        ("зач", "pass"),
        ("ЗАЧ", "pass"),
        ("pfx", "pass"),
        (".", "debt"),
        ("", None),
        ("   ", None),
    ],
)
def test_mark_is_understood(typed: str, value: marks.MarkValue | None) -> None:
    assert cells.read_mark(typed, marks.FIVE_POINT) == value


@pytest.mark.parametrize("typed", ["7", "1", "12"])
def test_mark_outside_the_scale_is_refused_with_what_is_possible(typed: str) -> None:
    with pytest.raises(errors.MarkOutsideScale) as refused:
        cells.read_mark(typed, marks.FIVE_POINT)

    assert "5 4 3 2" in str(refused.value.params["allowed"])


@pytest.mark.parametrize("typed", ["хорошо", "5+", "5-", "abc"])
def test_text_that_is_no_mark_is_refused(typed: str) -> None:
    with pytest.raises(errors.MarkNotUnderstood):
        cells.read_mark(typed, marks.FIVE_POINT)


@pytest.mark.parametrize(
    ("typed", "presence"),
    [
        ("н", Presence("absent")),
        ("Н", Presence("absent")),
        ("y", Presence("absent")),
        ("оп", Presence("late")),
        ("оп 10", Presence("late", 10)),
        ("ОП15", Presence("late", 15)),
        ("jg 5", Presence("late", 5)),
        ("д", Presence("remote")),
        ("осв", Presence("exempt_present")),
        ("", None),
    ],
)
def test_presence_is_understood(typed: str, presence: Presence | None) -> None:
    assert cells.read_presence(typed) == presence


@pytest.mark.parametrize("typed", ["б", "уп", "НП", ","])
def test_letters_that_state_a_reason_are_left_to_the_class_teacher(typed: str) -> None:
    with pytest.raises(errors.EntryRefused) as refused:
        cells.read_presence(typed)

    assert refused.value.code == "reason_not_yours"
    assert refused.value.params["letter"] == "Н"


@pytest.mark.parametrize(("typed", "presence"), [("б", Presence("absent")), ("", None)])
def test_roll_call_takes_a_letter_of_a_reason_for_an_absence(
    typed: str, presence: Presence | None
) -> None:
    assert cells.read_stated(typed) == presence


@pytest.mark.parametrize("read", [cells.read_presence, cells.read_stated])
@pytest.mark.parametrize("typed", ["5", "здесь", "оп 500", "н 5", "q"])
def test_other_text_is_no_presence(read: Callable[[str], Any], typed: str) -> None:
    with pytest.raises(errors.EntryRefused):
        read(typed)


@pytest.mark.parametrize(
    ("absence", "shown"),
    [
        (None, ""),
        (kept(None), ""),
        (kept("absent"), "Н"),
        (kept("absent", reason="ill"), "Б"),
        (kept("late", minutes=10), "ОП 10"),
        (kept("late"), "ОП"),
        (kept("late", reason="ill"), "ОП"),
    ],
)
def test_presence_is_shown_in_letters(absence: KeptAbsence | None, shown: str) -> None:
    assert cells.presence_text(absence) == shown
