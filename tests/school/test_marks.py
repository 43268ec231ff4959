from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import errors
from sync.school import marks
from sync.school.marks import Mark, Sign, WorkKind

numbers = st.integers(2, 5)
any_value = st.one_of(numbers, st.sampled_from([sign.value for sign in Sign]))
any_mark = st.builds(
    Mark,
    value=any_value,
    weight=st.integers(0, 10),
    counts=st.booleans(),
    withdrawn=st.booleans(),
)
fractions = st.fractions(min_value=0, max_value=100)


def weighed(*pairs):
    return [Mark(value, weight) for value, weight in pairs]


# ------------------------------------------------------------------------------ what is typed


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("5", 5),
        (" 2 ", 2),
        ("зач", "pass"),
        ("ЗАЧ", "pass"),
        ("зачёт", "pass"),
        ("зачет", "pass"),
        ("незач", "fail"),
        ("Незачёт", "fail"),
        ("н/з", "fail"),
        ("осв", "exempt"),
        ("Освобождён", "exempt"),
        (".", "debt"),
        (",", "debt"),
    ],
)
def test_a_typed_mark_is_understood(typed, stored):
    value = marks.parse_mark(typed, marks.FIVE_POINT)

    assert value == stored
    assert type(value) in (int, str)


@pytest.mark.parametrize(
    "typed", ["", "  ", "пять", "5+", "5-", "н", "55 5 5", "4.5", "-3", "٥", "²"]
)
def test_what_is_no_mark_is_refused_with_what_is_allowed(typed):
    with pytest.raises(errors.MarkNotUnderstood) as refused:
        marks.parse_mark(typed, marks.FIVE_POINT)

    assert refused.value.params["allowed"] == "5 4 3 2 зач незач осв ."


@pytest.mark.parametrize("typed", ["1", "0", "6", "10", "100", "н/а"])
def test_a_mark_of_another_scale_or_place_is_refused(typed):
    with pytest.raises(errors.MarkOutsideScale):
        marks.parse_mark(typed, marks.FIVE_POINT)


def test_one_is_a_mark_only_when_the_school_switched_it_on():
    assert marks.parse_mark("1", marks.FIVE_POINT_WITH_ONE) == 1


def test_not_attested_is_for_terms_and_debt_for_lessons():
    assert marks.parse_mark("н/а", marks.FIVE_POINT, in_term=True) == "not_attested"
    with pytest.raises(errors.MarkOutsideScale):
        marks.parse_mark(".", marks.FIVE_POINT, in_term=True)


@pytest.mark.parametrize("scale", [marks.MARKLESS, marks.PASS_FAIL])
@pytest.mark.parametrize("typed", ["2", "5", "1"])
def test_a_scale_without_numbers_takes_no_digits(scale, typed):
    with pytest.raises(errors.MarkOutsideScale):
        marks.parse_mark(typed, scale)

    assert marks.parse_mark("зач", scale) == "pass"


def test_the_ten_point_scale_has_its_bands():
    assert marks.parse_mark("10", marks.TEN_POINT) == 10
    assert (marks.TEN_POINT.best, marks.TEN_POINT.good, marks.TEN_POINT.sufficient) == (9, 7, 5)


@pytest.mark.parametrize("value", [True, False, None, 5.0, "5", "", [], {}, 1, 6, "зач", "unknown"])
def test_a_document_may_not_hold_what_is_no_mark(value):
    with pytest.raises(errors.MarkOutsideScale):
        marks.check_mark(value, marks.FIVE_POINT)


@pytest.mark.parametrize("in_term", [False, True])
@pytest.mark.parametrize("scale", marks.SCALES.values(), ids=lambda scale: scale.name)
def test_what_is_shown_can_be_typed_again(scale, in_term):
    for value in marks.allowed_values(scale, in_term=in_term):
        assert marks.parse_mark(marks.mark_text(value), scale, in_term=in_term) == value


def test_a_stored_mark_of_a_newer_version_is_shown_as_it_is():
    assert marks.mark_text("not_seen_before") == "not_seen_before"


# ------------------------------------------------------------------------------------ weights


@pytest.mark.parametrize("weight", range(11))
def test_whole_weights_from_0_to_10_are_taken(weight):
    assert marks.check_weight(weight) == weight


@pytest.mark.parametrize("weight", [-1, 11, True, None, "3", 2.0])
def test_other_weights_are_refused(weight):
    with pytest.raises(errors.WeightOutsideRange):
        marks.check_weight(weight)


def test_every_kind_of_work_has_a_default_weight():
    assert set(marks.DEFAULT_WEIGHTS) == set(WorkKind)
    assert marks.DEFAULT_WEIGHTS[WorkKind.ANSWER] == 1
    assert marks.DEFAULT_WEIGHTS[WorkKind.HOMEWORK] == 1
    assert marks.DEFAULT_WEIGHTS[WorkKind.INDEPENDENT] == 2
    assert marks.DEFAULT_WEIGHTS[WorkKind.LABORATORY] == 2
    assert marks.DEFAULT_WEIGHTS[WorkKind.CONTROL] == 3
    for weight in marks.DEFAULT_WEIGHTS.values():
        marks.check_weight(weight)


# ----------------------------------------------------------------------------------- averages


def test_weighted_average_of_the_public_example():
    average = marks.weighted_average(weighed((5, 3), (5, 1), (4, 5)))

    assert average == Fraction(40, 9)
    assert marks.average_text(average) == "4.44"


def test_plain_average_ignores_weights():
    assert marks.plain_average(weighed((5, 3), (5, 1), (4, 5))) == Fraction(14, 3)
    assert marks.average_text(Fraction(14, 3)) == "4.67"


def test_signs_withdrawn_and_uncounted_marks_never_enter():
    cell = [Mark(4), *(Mark(sign.value, 5) for sign in Sign)]
    cell += [Mark(2, withdrawn=True), Mark(2, counts=False)]

    assert marks.weighted_average(cell) == 4
    assert marks.plain_average(cell) == 4


def test_there_is_no_average_of_nothing():
    assert marks.weighted_average([]) is None
    assert marks.plain_average([Mark("debt")]) is None
    assert marks.weighted_average([Mark(5, weight=0)]) is None
    assert marks.average_text(None) == ""


@given(st.lists(any_mark, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_marks_does_not_matter(given_marks, random):
    shuffled = random.sample(given_marks, len(given_marks))

    assert marks.weighted_average(shuffled) == marks.weighted_average(given_marks)
    assert marks.plain_average(shuffled) == marks.plain_average(given_marks)


@given(st.lists(any_mark, max_size=12))
def test_an_average_lies_between_the_lowest_and_the_highest_mark(given_marks):
    counted = [mark.number for mark in given_marks if mark.number is not None]

    for average in (marks.plain_average(given_marks), marks.weighted_average(given_marks)):
        if average is not None:
            assert min(counted) <= average <= max(counted)


@given(st.lists(numbers, min_size=1, max_size=12), st.integers(1, 10))
def test_with_equal_weights_both_averages_agree(values, weight):
    same = [Mark(value, weight) for value in values]

    assert marks.weighted_average(same) == marks.plain_average(same)


@given(st.lists(st.tuples(numbers, st.integers(1, 10)), min_size=1, max_size=8))
def test_a_weight_is_so_many_equal_marks(pairs):
    repeated = [Mark(value) for value, weight in pairs for _ in range(weight)]

    assert marks.weighted_average(weighed(*pairs)) == marks.plain_average(repeated)


@pytest.mark.parametrize(
    ("average", "text"),
    [
        (Fraction(929, 200), "4.65"),  # 4.645; round() on a float gives 4.64 or 4.65 by luck
        (Fraction(33, 8), "4.13"),  # 4.125; half to even would give 4.12
        (Fraction(5), "5.00"),
        (Fraction(8999, 2000), "4.50"),
        (Fraction(1, 200), "0.01"),
    ],
)
def test_halves_are_shown_rounded_up(average, text):
    assert marks.average_text(average) == text


@given(fractions)
def test_rounding_moves_by_half_a_step_at_most_and_halves_go_up(average):
    shown = Fraction(marks.rounded(average))

    assert -Fraction(1, 200) < shown - average <= Fraction(1, 200) or shown == average
    assert marks.rounded(average).as_tuple().exponent == -2


@given(st.integers(0, 1000))
def test_an_exact_half_goes_up_where_half_to_even_would_not(hundredths):
    half = Fraction(2 * hundredths + 1, 200)

    assert marks.rounded(half) == Decimal(hundredths + 1).scaleb(-2)


# ---------------------------------------------------------------------------------- proposals


@pytest.mark.parametrize(
    ("profile", "average", "mark"),
    [
        (marks.ARITHMETIC, Fraction(9, 2), 5),
        (marks.ARITHMETIC, Fraction(449, 100), 4),
        (marks.ARITHMETIC, Fraction(7, 2), 4),
        (marks.ARITHMETIC, Fraction(5, 2), 3),
        (marks.ARITHMETIC, Fraction(249, 100), 2),
        (marks.REGIONAL, Fraction(465, 100), 5),
        (marks.REGIONAL, Fraction(4645, 1000), 4),  # is shown as 4.65
        (marks.REGIONAL, Fraction(365, 100), 4),
        (marks.REGIONAL, Fraction(265, 100), 3),
        (marks.REGIONAL, Fraction(264, 100), 2),
        (marks.STRICT, Fraction(47, 10), 5),
        (marks.STRICT, Fraction(469, 100), 4),
        (marks.STRICT, Fraction(37, 10), 4),
        (marks.STRICT, Fraction(27, 10), 3),
        (marks.STRICT, Fraction(2), 2),
    ],
)
def test_thresholds_are_compared_with_the_exact_average(profile, average, mark):
    assert marks.mark_for_average(average, profile) == mark


def test_what_is_shown_does_not_decide():
    average = Fraction(929, 200)

    assert marks.average_text(average) == "4.65"
    assert marks.mark_for_average(average, marks.REGIONAL) == 4


def test_a_proposal_follows_the_weighted_average_unless_the_school_says_plain():
    term = weighed((5, 3), (3, 1), (3, 1))

    assert marks.suggested_term_mark(term) == 4
    assert marks.suggested_term_mark(weighed((5, 5), (3, 1), (3, 1))) == 4
    assert marks.suggested_term_mark(weighed((5, 10), (3, 1))) == 5
    plain = marks.ProposalRule(weighted=False)
    assert marks.suggested_term_mark(weighed((5, 10), (3, 1)), plain) == 4


def test_nothing_is_proposed_when_nothing_counts():
    assert marks.suggested_term_mark([]) is None
    assert marks.suggested_term_mark([Mark("exempt"), Mark("debt")]) is None


def test_an_uncorrected_failure_bars_the_best_mark_only_when_the_option_is_on():
    term = weighed(*[(5, 1)] * 9, (2, 1))

    assert marks.suggested_term_mark(term) == 5
    assert marks.suggested_term_mark(term, marks.ProposalRule(no_best_with_failure=True)) == 4


def test_a_corrected_failure_bars_nothing():
    term = [*weighed(*[(5, 1)] * 9), Mark(2, withdrawn=True)]

    assert marks.suggested_term_mark(term, marks.ProposalRule(no_best_with_failure=True)) == 5


def test_the_last_control_work_holds_the_proposal_down_only_when_the_option_is_on():
    control = Mark(3, 1, work_kind=WorkKind.CONTROL)
    earlier = Mark(5, 1, work_kind=WorkKind.TEST)
    term = [*weighed(*[(5, 1)] * 8), earlier, control, Mark("pass", work_kind=WorkKind.CONTROL)]

    assert marks.suggested_term_mark(term) == 5
    assert marks.suggested_term_mark(term, marks.ProposalRule(control_step=1)) == 4


@given(st.lists(any_mark, max_size=12))
def test_a_proposal_is_always_a_mark_of_the_scale(term):
    proposal = marks.suggested_term_mark(term)

    assert proposal is None or proposal in marks.FIVE_POINT.numbers


@given(fractions, fractions, st.sampled_from(sorted(marks.PROFILES)))
def test_a_better_average_never_gives_a_worse_mark(one, other, name):
    profile = marks.PROFILES[name]
    low, high = sorted((one, other))

    assert marks.mark_for_average(low, profile) <= marks.mark_for_average(high, profile)


@given(st.fractions(min_value=1, max_value=10))
def test_other_scales_are_proposed_by_rounding(average):
    profile = marks.rounding_profile(marks.TEN_POINT)

    assert marks.mark_for_average(average, profile) == marks.whole_half_up(average)


def test_the_rounding_profile_of_the_five_point_scale_is_the_arithmetic_one():
    rounding = marks.rounding_profile(marks.FIVE_POINT)

    assert rounding.thresholds == marks.ARITHMETIC.thresholds
    assert rounding.otherwise == marks.ARITHMETIC.otherwise


@pytest.mark.parametrize("kind", list(marks.WorkKind))
@pytest.mark.parametrize("weight", [0, 1, 2, 3, 10])
def test_what_a_mark_states_means_the_kind_and_weight_it_was_given_with(
    kind: marks.WorkKind, weight: int
) -> None:
    assert marks.meant(*marks.stated(kind.value, weight)) == (kind.value, weight)


def test_an_answer_of_the_usual_weight_states_nothing() -> None:
    assert marks.stated("answer", 1) == (None, None)
    assert marks.stated("control", 3) == ("control", None)
    assert marks.stated("control", 1) == ("control", 1)


def test_the_usual_weights_are_those_with_which_marks_were_given() -> None:
    """They are part of what documents mean, so they never change."""
    usual = {kind.value: weight for kind, weight in marks.DEFAULT_WEIGHTS.items()}

    assert usual == {
        "answer": 1,
        "homework": 1,
        "independent": 2,
        "laboratory": 2,
        "practical": 2,
        "control": 3,
        "dictation": 3,
        "test": 3,
        "essay": 3,
    }
