from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import errors
from sync.school import attendance
from sync.school.attendance import DEFAULT_LETTERS, AbsenceCode, Presence, Reason

MONDAY = date(2026, 10, 12)
TUESDAY = date(2026, 10, 13)
WEDNESDAY = date(2026, 10, 14)

codes = st.sampled_from(list(AbsenceCode))


@pytest.mark.parametrize(
    ("presence", "reason", "code", "missed"),
    [
        (None, None, None, False),
        (Presence.ABSENT, None, "absent_unknown", True),
        (Presence.ABSENT, Reason.ILL, "absent_ill", True),
        (Presence.ABSENT, Reason.EXCUSED, "absent_excused", True),
        (Presence.ABSENT, Reason.UNEXCUSED, "absent_unexcused", True),
        (Presence.LATE, None, "late", False),
        (Presence.REMOTE, None, "remote", False),
        (Presence.EXEMPT_PRESENT, None, "exempt_present", False),
    ],
)
def test_presence_and_reason_give_the_code(presence, reason, code, missed):
    assert attendance.code_of(presence, reason) == code
    assert attendance.counts_as_missed(attendance.code_of(presence, reason)) is missed


@given(codes)
def test_a_code_falls_into_its_halves_and_back(code):
    halves = (attendance.presence_of(code), attendance.reason_of(code))

    assert attendance.code_of(*halves) == code


@pytest.mark.parametrize("reason", list(Reason))
@pytest.mark.parametrize("presence", [None, Presence.LATE, Presence.REMOTE])
def test_a_reason_without_an_absence_changes_nothing(presence, reason):
    assert attendance.code_of(presence, reason) == attendance.code_of(presence)


def test_every_detail_belongs_to_a_reason():
    assert set(attendance.REASON_OF_DETAIL) == set(attendance.ReasonDetail)


@pytest.mark.parametrize(
    ("typed", "code", "minutes"),
    [
        ("н", "absent_unknown", None),
        ("Н", "absent_unknown", None),
        ("от", "absent_unknown", None),
        ("б", "absent_ill", None),
        ("уп", "absent_excused", None),
        ("П", "absent_excused", None),
        ("нп", "absent_unexcused", None),
        (" ОП ", "late", None),
        ("оп 10", "late", 10),
        ("о5", "late", 5),
        ("ОСВ", "exempt_present", None),
        ("д", "remote", None),
    ],
)
def test_letters_are_understood(typed, code, minutes):
    assert DEFAULT_LETTERS.parse(typed) == attendance.TypedAbsence(AbsenceCode(code), minutes)


@pytest.mark.parametrize("typed", ["", " ", "5", "ю", "нн", "оп оп", "оп5п", "оп-5", "10 оп"])
def test_other_letters_are_refused_with_those_allowed(typed):
    with pytest.raises(errors.AbsenceNotUnderstood) as refused:
        DEFAULT_LETTERS.parse(typed)

    assert refused.value.params["allowed"] == "Н Б УП НП ОП осв Д"


@pytest.mark.parametrize("typed", ["оп 0", "оп 101", "н 5", "д5", "оп999999999"])
def test_wrong_minutes_are_refused(typed):
    with pytest.raises(errors.LateMinutesOutsideRange):
        DEFAULT_LETTERS.parse(typed)


@pytest.mark.parametrize("minutes", [0, -1, 101, True])
def test_minutes_are_1_to_100(minutes):
    with pytest.raises(errors.LateMinutesOutsideRange):
        attendance.check_late_minutes(Presence.LATE, minutes)

    assert attendance.check_late_minutes(Presence.LATE, 1) == 1
    assert attendance.check_late_minutes(Presence.LATE, None) is None
    assert attendance.check_late_minutes(None, None) is None


@given(codes, st.one_of(st.none(), st.integers(1, 100)))
def test_what_is_shown_can_be_typed_again(code, minutes):
    minutes = minutes if code is AbsenceCode.LATE else None

    typed = DEFAULT_LETTERS.parse(DEFAULT_LETTERS.text(code, minutes))

    assert typed == attendance.TypedAbsence(code, minutes)


def test_letters_are_a_setting():
    theirs = attendance.AbsenceLetters(
        shown=dict(DEFAULT_LETTERS.shown) | {AbsenceCode.UNEXCUSED: "Н", AbsenceCode.UNKNOWN: "НЗ"},
    )

    assert theirs.parse("н").code is AbsenceCode.UNEXCUSED
    assert theirs.letter(AbsenceCode.UNKNOWN) == "НЗ"
    with pytest.raises(errors.AbsenceNotUnderstood):
        theirs.parse("от")


def test_a_mark_beside_an_absence_is_plausible_only_for_a_work_made_up():
    assert attendance.mark_is_plausible(None, made_up_later=False)
    assert attendance.mark_is_plausible(AbsenceCode.LATE, made_up_later=False)
    assert not attendance.mark_is_plausible(AbsenceCode.ILL, made_up_later=False)
    assert attendance.mark_is_plausible(AbsenceCode.ILL, made_up_later=True)


def test_totals_count_lessons_by_reason():
    counted = attendance.totals(
        [
            AbsenceCode.ILL,
            AbsenceCode.ILL,
            AbsenceCode.UNKNOWN,
            AbsenceCode.UNEXCUSED,
            AbsenceCode.EXCUSED,
            AbsenceCode.LATE,
            AbsenceCode.REMOTE,
            AbsenceCode.EXEMPT_PRESENT,
            None,
        ]
    )

    assert counted == attendance.AbsenceTotals(
        unknown=1, ill=2, excused=1, unexcused=1, late=1, remote=1, exempt_present=1
    )
    assert counted.missed == 5


@given(st.lists(st.one_of(st.none(), codes)))
def test_what_is_missed_is_the_sum_of_its_reasons(given_codes):
    missed = sum(attendance.counts_as_missed(code) for code in given_codes)

    assert attendance.totals(given_codes).missed == missed


def test_a_day_is_missed_when_every_lesson_held_was_missed():
    assert attendance.day_is_missed(["m1", "m2"], {"m1", "m2", "other"})
    assert not attendance.day_is_missed(["m1", "m2"], {"m1"})
    assert not attendance.day_is_missed([], {"m1"})


def test_full_days_are_counted_under_one_reason_each():
    held = {MONDAY: ["m1", "m2", "m3"], TUESDAY: ["t1", "t2"], WEDNESDAY: ["w1", "w2"]}
    recorded = {
        "m1": AbsenceCode.ILL,
        "m2": AbsenceCode.ILL,
        "m3": AbsenceCode.UNKNOWN,
        "t1": AbsenceCode.EXCUSED,
        "t2": AbsenceCode.UNEXCUSED,
        "w1": AbsenceCode.ILL,
        "w2": AbsenceCode.LATE,
    }

    days = attendance.full_days_missed(held, recorded)

    assert days == attendance.AbsenceTotals(ill=1, unexcused=1)
    assert days.missed == 2


@given(
    st.dictionaries(
        st.dates(date(2026, 9, 1), date(2026, 9, 20)),
        st.lists(st.one_of(st.none(), codes), max_size=7),
        max_size=10,
    )
)
def test_full_days_never_outnumber_days_and_agree_with_the_definition(by_day):
    held = {day: [(day, number) for number in range(len(row))] for day, row in by_day.items()}
    recorded = {
        (day, number): code
        for day, row in by_day.items()
        for number, code in enumerate(row)
        if code is not None
    }

    days = attendance.full_days_missed(held, recorded)

    assert days.missed == sum(
        bool(row) and all(attendance.counts_as_missed(code) for code in row)
        for row in by_day.values()
    )
    assert days.late == days.remote == days.exempt_present == 0
