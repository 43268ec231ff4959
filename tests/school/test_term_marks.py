from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.school import term_marks
from sync.school.school_year import TermKind
from sync.school.term_marks import HalfRule, NotAttestedRule

numbers = st.integers(2, 5)


@pytest.mark.parametrize(
    ("weekly_hours", "kind", "least"),
    [
        (Fraction(1, 2), "quarter", 3),
        (1, "quarter", 3),
        (2, "quarter", 3),
        (Fraction(5, 2), "quarter", 5),
        (5, "quarter", 5),
        (1, "trimester", 3),
        (3, "trimester", 5),
        (1, "half_year", 5),
        (5, "half_year", 5),
        (1, "year", 5),
    ],
)
def test_the_least_number_of_marks_follows_the_weekly_hours(weekly_hours, kind, least):
    assert term_marks.minimum_of_marks(weekly_hours, TermKind(kind)) == least


def test_a_long_illness_lowers_the_minimum_and_never_raises_it():
    lowered = term_marks.minimum_of_marks(5, TermKind.QUARTER, after_long_illness=True)
    strange = term_marks.MinimumOfMarks(above=1)

    assert lowered == 2
    assert (
        term_marks.minimum_of_marks(5, TermKind.QUARTER, after_long_illness=True, table=strange)
        == 1
    )


def test_a_school_has_its_own_table():
    table = term_marks.MinimumOfMarks(by_weekly_hours=((Fraction(3), 4),), above=7, half_year=6)

    assert term_marks.minimum_of_marks(3, TermKind.QUARTER, table=table) == 4
    assert term_marks.minimum_of_marks(4, TermKind.QUARTER, table=table) == 7
    assert term_marks.minimum_of_marks(4, TermKind.HALF_YEAR, table=table) == 6


@pytest.mark.parametrize(
    ("given_marks", "lessons_left", "missing", "feasible"),
    [(3, 0, 0, True), (7, 0, 0, True), (1, 2, 2, True), (1, 1, 2, False), (0, 0, 3, False)],
)
def test_missing_marks_are_compared_with_the_lessons_left(
    given_marks, lessons_left, missing, feasible
):
    needed = term_marks.marks_needed(given_marks, 3, lessons_left)

    assert (needed.missing, needed.feasible) == (missing, feasible)


@pytest.mark.parametrize(
    ("given_marks", "missed", "both", "either"),
    [(2, 6, True, True), (2, 5, False, True), (3, 6, False, True), (3, 5, False, False)],
)
def test_not_attested_needs_few_marks_and_more_than_half_missed(given_marks, missed, both, either):
    case = (given_marks, 3, missed, 10)

    assert term_marks.may_be_not_attested(*case) is both
    assert term_marks.may_be_not_attested(*case, rule=NotAttestedRule.EITHER) is either


@pytest.mark.parametrize(
    ("proposed", "given_mark", "step", "needed"),
    [
        (4, 4, 0, False),
        (4, 5, 0, True),
        (4, 5, 1, False),
        (3, 5, 1, True),
        (5, 4, 0, True),
        (None, 5, 0, False),
        (4, "not_attested", 3, True),
        (4, "exempt", 0, True),
    ],
)
def test_a_deviation_from_the_proposal_needs_a_reason(proposed, given_mark, step, needed):
    assert term_marks.deviation_needs_reason(proposed, given_mark, step) is needed


# ----------------------------------------------------------------------------- year and final


@pytest.mark.parametrize(
    ("terms", "year_mark"),
    [
        ([3, 3, 4, 4], 4),
        ([4, 4, 3, 3], 4),
        ([3, 3, 3, 4], 3),
        ([5, 5, 4, 4], 5),
        ([2, 2, 3, 3], 3),
        ([4], 4),
        ([4, 5], 5),
        (["exempt", 4, 4, 5], 4),
        (["pass", "pass"], None),
        ([4, "not_attested", 4, 4], None),
        ([], None),
    ],
)
def test_the_year_mark_is_the_mean_with_halves_up(terms, year_mark):
    assert term_marks.suggested_year_mark(terms) == year_mark


@pytest.mark.parametrize(
    ("terms", "year_mark"),
    [
        ([3, 3, 4, 4], 4),
        ([4, 4, 3, 3], 3),
        ([5, 4], 4),
        ([4, 5], 5),
        ([3, 4, 4], 4),
        ([4, 4, 3], 4),
    ],
)
def test_the_last_term_decides_about_a_half_where_the_school_says_so(terms, year_mark):
    assert term_marks.suggested_year_mark(terms, HalfRule.LAST_TERM) == year_mark


@pytest.mark.parametrize(
    ("year_mark", "examination", "final"),
    [(4, 5, 5), (5, 4, 5), (3, 5, 4), (3, 4, 4), (4, 4, 4), (5, 2, 4), (4, None, 4)],
)
def test_the_final_mark_of_year_9_takes_the_examination_in(year_mark, examination, final):
    assert term_marks.suggested_final_mark_of_year_9(year_mark, examination) == final


@pytest.mark.parametrize(
    ("year_10", "year_11", "final"),
    [
        ([4, 4, 4], [5, 5, 5], 5),
        ([4, 4, 4], [4, 5, 5], 4),
        ([3, 3, 3], [4, 4, 4], 4),
        ([5, 5, 5], [5, 5, 5], 5),
        ([], [4, 5, 5], 5),
        ([], [], None),
    ],
)
def test_the_final_mark_of_year_11_is_the_mean_of_both_years(year_10, year_11, final):
    assert term_marks.suggested_final_mark_of_year_11(year_10, year_11) == final


@given(st.lists(numbers, min_size=1, max_size=6), st.sampled_from(list(HalfRule)))
def test_a_year_mark_is_within_a_half_of_the_mean(terms, halves):
    year_mark = term_marks.suggested_year_mark(terms, halves)

    assert abs(year_mark - Fraction(sum(terms), len(terms))) <= Fraction(1, 2)


@given(st.lists(numbers, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_terms_does_not_matter_when_halves_go_up(terms, random):
    shuffled = random.sample(terms, len(terms))

    assert term_marks.suggested_year_mark(shuffled) == term_marks.suggested_year_mark(terms)


@pytest.mark.parametrize(
    ("mark", "disputed", "blocked"),
    [
        (4, 0, None),
        ("n/a", 0, None),
        (4, 1, term_marks.Blocked.DISPUTED_MARK),
        (4, 2, term_marks.Blocked.DISPUTED_MARK),
        (None, 0, term_marks.Blocked.NO_MARK),
        (None, 1, term_marks.Blocked.NO_MARK),
    ],
)
def test_a_disputed_mark_blocks_confirming_the_term_mark(mark, disputed, blocked):
    assert term_marks.blocks_confirming(mark, disputed) == blocked
