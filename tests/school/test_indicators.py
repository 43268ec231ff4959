from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.school import indicators, marks
from sync.school.indicators import MarkCounts, Standing

term_mark = st.one_of(
    st.none(), st.integers(2, 5), st.sampled_from(["pass", "fail", "exempt", "not_attested"])
)


def test_the_figures_of_the_published_example():
    figures = indicators.indicators(MarkCounts(fives=4, fours=10, threes=9, twos=1, not_attested=1))

    assert figures.success_percent == 92
    assert figures.quality_percent == 56
    assert figures.learning_percent == Fraction(5548, 100)
    assert marks.average_text(figures.average) == "3.71"


def test_exempt_students_and_those_without_an_entry_are_not_counted():
    counts = indicators.count_marks([5, 4, "exempt", None, "not_attested", "pass"])

    assert counts == MarkCounts(fives=1, fours=1, not_attested=1)
    assert counts.counted == 3
    assert indicators.indicators(counts).success_percent == Fraction(200, 3)


def test_a_subject_without_marks_has_no_figures():
    figures = indicators.indicators(MarkCounts())

    assert figures == indicators.Indicators(None, None, None, None)


def test_a_class_where_nobody_was_attested_has_no_average():
    figures = indicators.indicators(MarkCounts(not_attested=2))

    assert figures.average is None
    assert (figures.success_percent, figures.quality_percent) == (0, 0)
    assert figures.learning_percent == 7


@given(st.lists(term_mark, max_size=30))
def test_figures_stay_in_their_bounds(term_marks):
    figures = indicators.indicators(indicators.count_marks(term_marks))

    if figures.success_percent is not None:
        assert 0 <= figures.quality_percent <= figures.success_percent <= 100
        assert 7 <= figures.learning_percent <= 100
    if figures.average is not None:
        assert 2 <= figures.average <= 5


@given(st.lists(term_mark, max_size=30))
def test_the_average_is_that_of_the_numbers(term_marks):
    figures = indicators.indicators(indicators.count_marks(term_marks))

    given_marks = [marks.Mark(value) for value in term_marks if value is not None]
    assert figures.average == marks.plain_average(given_marks)


@pytest.mark.parametrize(
    ("period_marks", "expected"),
    [
        ([5, 5, 5], {Standing.EXCELLENT}),
        ([5, 5, "pass", "exempt"], {Standing.EXCELLENT}),
        ([5, 4, 4], {Standing.GOOD}),
        ([4, 4, 4], {Standing.GOOD}),
        ([5, 5, 4], {Standing.GOOD, Standing.ONE_FOUR}),
        ([5, 4, 3], {Standing.ONE_THREE}),
        ([5, 3, 3], set()),
        ([5, 3, 2], {Standing.FAILING}),
        ([5, 5, 1], {Standing.FAILING}),
        ([5, 5, "not_attested"], {Standing.NOT_ATTESTED}),
        ([2, 5, "not_attested"], {Standing.FAILING, Standing.NOT_ATTESTED}),
        ([], set()),
        (["exempt", "pass"], set()),
    ],
)
def test_a_students_standing_follows_from_all_marks(period_marks, expected):
    assert indicators.standings(period_marks) == expected


def test_the_quality_of_a_class_is_the_share_of_good_and_excellent_students():
    students = [indicators.standings(row) for row in ([5, 5], [5, 4], [5, 3], [2, 5])]

    assert indicators.quality_of_class(students) == 50
    assert indicators.quality_of_class([]) is None


def test_marks_are_too_thin_below_one_in_three_lessons():
    assert indicators.fullness(10, 30) == Fraction(1, 3)
    assert not indicators.is_too_thin(10, 30)
    assert indicators.is_too_thin(9, 30)
    assert not indicators.is_too_thin(0, 0)
    assert indicators.is_too_thin(10, 30, least=Fraction(1, 2))
