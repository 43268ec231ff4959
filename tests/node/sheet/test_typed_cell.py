"""What was typed into a cell, as a wish."""

import pytest

from node.journal import typed_cell
from node.journal.typed_cell import KEEP, CellRules, Wish
from sync import errors
from sync.school import marks
from sync.school.attendance import AbsenceCode, TypedAbsence

OWN = CellRules(marks.FIVE_POINT)
WORK = CellRules(marks.FIVE_POINT, holds_absence=False)
MARKLESS = CellRules(marks.MARKLESS)
TEN = CellRules(marks.TEN_POINT)

ABSENT = TypedAbsence(AbsenceCode.UNKNOWN)
LATE = TypedAbsence(AbsenceCode.LATE)


@pytest.mark.parametrize(
    ("typed", "value"),
    [("5", 5), (" 2 ", 2), ("зач", "pass"), ("НЕЗАЧ", "fail"), ("осв", "exempt"), (".", "debt")],
)
def test_mark_leaves_the_absence_sign_as_it_is(typed: str, value: int | str) -> None:
    assert typed_cell.read(typed, OWN) == Wish(mark=value, absence=KEEP)


@pytest.mark.parametrize(
    ("typed", "absence"),
    [
        ("н", ABSENT),
        ("Н", ABSENT),
        ("от", ABSENT),
        ("о", LATE),
        ("ОП", LATE),
        ("оп10", TypedAbsence(AbsenceCode.LATE, 10)),
        ("ОП 5", TypedAbsence(AbsenceCode.LATE, 5)),
        ("б", TypedAbsence(AbsenceCode.ILL)),
        ("уп", TypedAbsence(AbsenceCode.EXCUSED)),
        ("д", TypedAbsence(AbsenceCode.REMOTE)),
    ],
)
def test_absence_letters_leave_the_mark_as_it_is(typed: str, absence: TypedAbsence) -> None:
    assert typed_cell.read(typed, OWN) == Wish(mark=KEEP, absence=absence)


@pytest.mark.parametrize("typed", ["о4", "ОП4", "оп/4", "4/оп", "о / 4"])
def test_letters_and_a_mark_are_both(typed: str) -> None:
    assert typed_cell.read(typed, OWN) == Wish(mark=4, absence=LATE)


def test_digits_after_letters_are_a_mark_only_if_the_scale_has_it() -> None:
    assert typed_cell.read("о7", OWN) == Wish(absence=TypedAbsence(AbsenceCode.LATE, 7))
    assert typed_cell.read("о7", TEN) == Wish(mark=7, absence=LATE)


def test_nothing_typed_takes_back_what_stands_there() -> None:
    assert typed_cell.read("  ", OWN) == Wish(mark=None, absence=None)
    assert typed_cell.read("", WORK) == Wish(mark=None, absence=KEEP)


@pytest.mark.parametrize(("typed", "meant"), [("y", "н"), ("Y", "Н"), ("j", "о"), ("pfx", "зач")])
def test_letters_typed_in_the_latin_layout_are_those_of_the_same_keys(
    typed: str, meant: str
) -> None:
    assert typed_cell.read(typed, OWN) == typed_cell.read(meant, OWN)


@pytest.mark.parametrize("typed", ["ъ", "пять", "5/5", "н/н", "4+", "н/о", "//"])
def test_what_is_no_mark_says_what_may_stand_there(typed: str) -> None:
    with pytest.raises(errors.MarkNotUnderstood) as refused:
        typed_cell.read(typed, OWN)

    assert refused.value.params["allowed"] == "5 4 3 2 зач незач осв . Н Б УП НП ОП осв Д"


@pytest.mark.parametrize("typed", ["1", "6", "45", "н/1", "н/а"])
def test_mark_of_another_scale_is_refused(typed: str) -> None:
    with pytest.raises(errors.MarkOutsideScale):
        typed_cell.read(typed, OWN)


def test_late_for_longer_than_a_double_lesson_is_refused() -> None:
    with pytest.raises(errors.LateMinutesOutsideRange):
        typed_cell.read("оп 500", OWN)


def test_column_of_a_further_work_holds_no_absences() -> None:
    assert typed_cell.read("4", WORK) == Wish(mark=4)
    with pytest.raises(errors.MarkNotUnderstood) as refused:
        typed_cell.read("н", WORK)

    assert "Н" not in str(refused.value.params["allowed"])


@pytest.mark.parametrize("typed", ["5", "зач", "н/4", "7"])
def test_group_without_marks_takes_no_mark_at_all(typed: str) -> None:
    with pytest.raises(errors.EntryRefused):
        typed_cell.read(typed, MARKLESS)

    assert typed_cell.read("н", MARKLESS) == Wish(absence=ABSENT)


def test_everything_the_page_offers_is_understood() -> None:
    for rules in (OWN, WORK, MARKLESS, TEN):
        for token in typed_cell.vocabulary(rules):
            wish = typed_cell.read(token.typed, rules)

            if token.mark is not None:
                assert wish == Wish(mark=token.mark)
            else:
                assert wish.absence == TypedAbsence(AbsenceCode(token.absence))


def test_page_offers_no_digits_where_no_marks_are_given() -> None:
    typed = {token.typed for token in typed_cell.vocabulary(MARKLESS)}

    assert not typed & set("12345")
    assert {"н", "о"} <= typed


def test_page_offers_one_only_where_the_scale_has_it() -> None:
    with_one = CellRules(marks.FIVE_POINT_WITH_ONE)

    assert "1" not in {token.typed for token in typed_cell.vocabulary(OWN)}
    assert "1" in {token.typed for token in typed_cell.vocabulary(with_one)}
