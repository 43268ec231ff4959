from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import errors
from sync.school import school_year
from sync.school.school_year import Holiday, Parity
from tests.school import calendars

YEAR = calendars.school_year()
SIX_DAYS = calendars.school_year(weekdays=6)

around = st.dates(date(2026, 7, 1), date(2027, 8, 1))
years_of_study = st.integers(1, 12)


# -------------------------------------------------------------------------------------- terms


@pytest.mark.parametrize(
    ("day", "year_of_study", "term"),
    [
        (date(2026, 9, 1), 5, "q1"),
        (date(2026, 10, 25), 5, "q1"),
        (date(2026, 10, 26), 5, None),
        (date(2026, 11, 3), 9, "q2"),
        (date(2026, 10, 30), 10, "h1"),
        (date(2026, 12, 30), 11, "h1"),
        (date(2026, 12, 31), 5, None),
        (date(2027, 1, 1), 11, None),
        (date(2027, 5, 26), 1, "q4"),
        (date(2027, 5, 27), 1, None),
        (date(1970, 1, 1), 5, None),
        (date(2026, 9, 1), 12, None),
    ],
)
def test_a_date_is_in_the_term_of_its_year_of_study(day, year_of_study, term):
    found = YEAR.term_of(day, year_of_study)

    assert (found.id if found else None) == term


@given(around, years_of_study)
def test_a_date_is_in_one_term_at_most(day, year_of_study):
    holding = [term for term in YEAR.terms_of(year_of_study) if term.starts <= day <= term.ends]

    assert len(holding) <= 1
    assert YEAR.term_of(day, year_of_study) == (holding[0] if holding else None)


spans = st.tuples(
    st.dates(date(2026, 9, 1), date(2027, 5, 26)), st.dates(date(2026, 9, 1), date(2027, 5, 26))
).map(sorted)


@given(st.lists(st.tuples(spans, st.frozensets(st.integers(1, 4), min_size=1)), max_size=5))
def test_a_year_that_can_be_made_has_one_term_a_date_at_most(parts):
    terms = tuple(
        calendars.quarter(f"t{number}", starts, ends, years)
        for number, ((starts, ends), years) in enumerate(parts)
    )
    edges = {edge for (starts, ends), _ in parts for edge in (starts, ends)}
    twice = any(
        sum(term.starts <= day <= term.ends and year in term.years_of_study for term in terms) > 1
        for day in edges
        for year in range(1, 5)
    )

    if twice:
        with pytest.raises(errors.CalendarRefused) as refused:
            calendars.school_year(terms=terms)
        assert refused.value.code == "terms_overlap"
    else:
        assert calendars.school_year(terms=terms).terms == terms


def test_terms_of_a_year_of_study_come_in_order():
    mixed = calendars.school_year(terms=tuple(reversed(YEAR.terms)))

    assert [term.id for term in mixed.terms_of(3)] == ["q1", "q2", "q3", "q4"]
    assert [term.id for term in mixed.terms_of(10)] == ["h1", "h2"]
    assert mixed.terms_of(12) == ()


# -------------------------------------------------------------------------------- teaching days


@pytest.mark.parametrize(
    ("day", "taught"),
    [
        (date(2026, 8, 31), False),
        (date(2026, 9, 1), True),
        (date(2026, 9, 5), False),  # Saturday
        (date(2026, 9, 6), False),  # Sunday
        (date(2026, 10, 23), True),
        (date(2026, 10, 26), False),
        (date(2026, 11, 3), True),
        (date(2026, 11, 4), False),
        (date(2026, 12, 30), True),
        (date(2026, 12, 31), False),
        (date(2027, 1, 1), False),
        (date(2027, 1, 11), True),
        (date(2027, 5, 26), True),
        (date(2027, 5, 27), False),
        (date(1970, 1, 1), False),
    ],
)
def test_teaching_days_of_a_five_day_school(day, taught):
    assert YEAR.is_teaching_day(day, 5, "5a") is taught


def test_saturday_is_taught_in_a_six_day_school():
    saturday, sunday = date(2026, 9, 5), date(2026, 9, 6)

    assert SIX_DAYS.is_teaching_day(saturday, 5)
    assert not SIX_DAYS.is_teaching_day(sunday, 5)
    assert calendars.school_year(weekdays=7).is_teaching_day(sunday, 5)


def test_holidays_of_a_year_or_a_class_are_not_everybodys():
    first_years, quarantine = date(2027, 2, 16), date(2027, 2, 9)

    assert not YEAR.is_teaching_day(first_years, 1, "1a")
    assert YEAR.is_teaching_day(first_years, 2, "2a")
    assert YEAR.is_teaching_day(first_years)
    assert not YEAR.is_teaching_day(quarantine, 7, "7b")
    assert YEAR.is_teaching_day(quarantine, 7, "7a")
    assert YEAR.is_teaching_day(quarantine, 7)
    assert YEAR.holiday_on(quarantine, 7, "7b").name == "карантин 7Б"


def test_a_holiday_may_name_years_and_classes_together():
    holiday = Holiday("", date(2027, 2, 1), date(2027, 2, 1), frozenset({1}), frozenset({"7b"}))

    assert holiday.is_for(1, "1a")
    assert holiday.is_for(7, "7b")
    assert not holiday.is_for(7, "7a")
    assert not holiday.is_for(None, None)


def test_a_day_between_terms_is_not_taught_even_without_a_holiday():
    bare = calendars.school_year(holidays=())

    assert not bare.is_teaching_day(date(2026, 10, 27), 5)
    assert bare.is_teaching_day(date(2026, 10, 27), 10)
    assert bare.is_teaching_day(date(2026, 10, 27), 12)


def test_days_are_counted_after_the_earlier_up_to_the_later():
    friday, monday = date(2026, 10, 23), date(2026, 10, 26)

    assert YEAR.teaching_days_between(friday, friday, 5) == 0
    assert YEAR.teaching_days_between(friday, monday, 5) == 0
    assert YEAR.teaching_days_between(friday, date(2026, 11, 3), 5) == 1
    assert YEAR.teaching_days_between(date(2026, 9, 4), date(2026, 9, 7), 5) == 1
    assert SIX_DAYS.teaching_days_between(date(2026, 9, 4), date(2026, 9, 7), 5) == 2
    assert YEAR.teaching_days_between(date(2026, 9, 7), date(2026, 9, 4), 5) == 0


def test_new_year_is_crossed_without_counting_the_holidays():
    assert YEAR.teaching_days_between(date(2026, 12, 30), date(2027, 1, 12), 5) == 2
    assert YEAR.teaching_day_after(date(2026, 12, 30), 1, 5) == date(2027, 1, 11)
    assert YEAR.teaching_day_before(date(2027, 1, 11), 1, 5) == date(2026, 12, 30)


@given(around, around, around, years_of_study)
def test_counting_of_days_adds_up(one, two, three, year_of_study):
    earlier, middle, later = sorted((one, two, three))

    whole = YEAR.teaching_days_between(earlier, later, year_of_study)

    assert whole == YEAR.teaching_days_between(
        earlier, middle, year_of_study
    ) + YEAR.teaching_days_between(middle, later, year_of_study)


@given(around, st.integers(1, 60), st.sampled_from([5, 6, 7]))
def test_the_nth_teaching_day_is_n_days_away(day, count, weekdays):
    year = calendars.school_year(weekdays=weekdays)
    reached = year.teaching_day_after(day, count, 5)

    counted = year.teaching_days_between(day, reached, 5)

    assert counted == count or (reached == max(day, year.ends) and counted < count)


@given(st.dates(date(2026, 9, 1), date(2027, 5, 26)), st.integers(0, 30))
def test_the_teaching_day_before_leaves_so_many_days(day, count):
    found = YEAR.teaching_day_before(day, count, 5)
    left = YEAR.teaching_days_between(found, day, 5)

    assert found <= day
    assert left == count or (found == YEAR.starts and left < count)


def test_counting_is_quick_for_a_clock_at_1970():
    assert YEAR.teaching_days_between(date(1970, 1, 1), date(2026, 9, 1), 5) == 1
    assert list(YEAR.teaching_days(date.min, date(2026, 9, 2), 5)) == [
        date(2026, 9, 1),
        date(2026, 9, 2),
    ]
    assert YEAR.teaching_day_after(date(1970, 1, 1), 1, 5) == date(2026, 9, 1)


# --------------------------------------------------------------------------------------- weeks


def test_the_week_in_which_the_year_starts_is_odd():
    assert YEAR.week_parity(date(2026, 9, 1)) is Parity.ODD  # a Tuesday
    assert YEAR.week_parity(date(2026, 9, 6)) is Parity.ODD
    assert YEAR.week_parity(date(2026, 9, 7)) is Parity.EVEN
    assert YEAR.week_parity(date(2026, 8, 31)) is Parity.ODD
    assert YEAR.week_parity(date(2026, 8, 30)) is Parity.EVEN


def test_parity_goes_on_over_new_year():
    assert YEAR.week_parity(date(2026, 12, 31)) is YEAR.week_parity(date(2027, 1, 1))
    assert YEAR.week_parity(date(2027, 1, 4)) is not YEAR.week_parity(date(2027, 1, 1))


@given(st.dates(date(1970, 1, 1), date(2100, 1, 1)))
def test_parity_changes_every_monday_only(day):
    week_later = day + timedelta(days=7)
    monday = day - timedelta(days=day.weekday())

    assert YEAR.week_parity(week_later) is not YEAR.week_parity(day)
    assert YEAR.week_parity(monday) is YEAR.week_parity(day)


# ---------------------------------------------------------------------------------------- time


def test_the_date_is_the_schools_and_not_the_computers():
    late_evening_utc = datetime(2026, 10, 13, 21, 30, tzinfo=UTC)

    assert school_year.local_today(late_evening_utc, "Europe/Moscow") == date(2026, 10, 14)
    assert school_year.local_today(late_evening_utc, "Europe/Kaliningrad") == date(2026, 10, 13)
    assert school_year.local_today(late_evening_utc, "Asia/Kamchatka") == date(2026, 10, 14)


@given(
    st.integers(0, 4_000_000_000).map(lambda second: datetime.fromtimestamp(second, UTC)),
    st.integers(-12, 14),
)
def test_the_zone_of_the_computer_changes_nothing(now, hours):
    elsewhere = now.astimezone(timezone(timedelta(hours=hours)))

    assert YEAR.today(elsewhere) == YEAR.today(now)


def test_new_year_comes_with_the_schools_midnight():
    before = datetime(2026, 12, 31, 20, 59, 59, tzinfo=UTC)

    assert YEAR.today(before) == date(2026, 12, 31)
    assert YEAR.today(before + timedelta(seconds=1)) == date(2027, 1, 1)


def test_a_clock_at_1970_gives_a_day_outside_the_year():
    today = YEAR.today(datetime(1970, 1, 1, tzinfo=UTC))

    assert today == date(1970, 1, 1)
    assert not YEAR.contains(today)
    assert not YEAR.is_teaching_day(today)


def test_an_instant_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        YEAR.today(datetime(2026, 10, 14, 10, 0))  # noqa: DTZ001 - that is what is tested


@pytest.mark.parametrize(
    ("now", "shown"),
    [
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "02:30"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "02:30"),  # the hour that comes twice
        (datetime(2027, 3, 28, 0, 59, tzinfo=UTC), "01:59"),
        (datetime(2027, 3, 28, 1, 0, tzinfo=UTC), "03:00"),  # the hour that is skipped
        (datetime(2026, 10, 24, 22, 0, tzinfo=UTC), "00:00"),
        (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), "00:00"),  # the day had 25 hours
    ],
)
def test_summer_time_is_followed(now, shown):
    berlin = calendars.school_year(timezone="Europe/Berlin")

    assert berlin.local(now).strftime("%H:%M") == shown


def test_a_lesson_begins_at_its_hour_before_and_after_the_clocks_move():
    berlin = calendars.school_year(timezone="Europe/Berlin")

    assert berlin.instant(date(2026, 10, 23), time(8, 30)) == datetime(
        2026, 10, 23, 6, 30, tzinfo=UTC
    )
    assert berlin.instant(date(2026, 10, 26), time(8, 30)) == datetime(
        2026, 10, 26, 7, 30, tzinfo=UTC
    )
    assert berlin.instant(date(2027, 3, 28), time(2, 30)) == datetime(
        2027, 3, 28, 1, 30, tzinfo=UTC
    )


@given(around, st.times(timezones=st.none()))
def test_an_hour_at_school_is_an_instant_and_back_where_clocks_stand_still(day, at):
    local = YEAR.local(YEAR.instant(day, at))

    assert (local.date(), local.time()) == (day, at.replace(fold=0))


# ------------------------------------------------------------------------- calendars that cannot be


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"timezone": "Europe/Mosow"}, "unknown_timezone"),
        ({"timezone": ""}, "unknown_timezone"),
        ({"timezone": "../etc/passwd"}, "unknown_timezone"),
        ({"timezone": "Europe"}, "unknown_timezone"),
        ({"weekdays": 0}, "school_week_outside_range"),
        ({"weekdays": 8}, "school_week_outside_range"),
        ({"ends": date(2026, 8, 31)}, "year_ends_before_start"),
        ({"ends": date(2206, 5, 26)}, "year_too_long"),
        (
            {"terms": (calendars.quarter("q", date(2026, 10, 1), date(2026, 9, 30)),)},
            "term_ends_before_start",
        ),
        (
            {"terms": (calendars.quarter("q", date(2026, 8, 31), date(2026, 9, 30)),)},
            "term_outside_year",
        ),
        (
            {
                "terms": (
                    calendars.quarter("q1", date(2026, 9, 1), date(2026, 10, 25)),
                    calendars.half_year(
                        "h1", date(2026, 10, 25), date(2026, 12, 30), frozenset({9})
                    ),
                )
            },
            "terms_overlap",
        ),
        (
            {
                "terms": (
                    calendars.quarter("q1", date(2026, 9, 1), date(2026, 10, 25)),
                    calendars.quarter("q1", date(2026, 11, 3), date(2026, 12, 30)),
                )
            },
            "term_id_twice",
        ),
        (
            {"holidays": (Holiday("зимние", date(2027, 1, 10), date(2026, 12, 31)),)},
            "holiday_ends_before_start",
        ),
    ],
)
def test_a_calendar_that_contradicts_itself_is_refused(changes, code):
    with pytest.raises(errors.CalendarRefused) as refused:
        calendars.school_year(**changes)

    assert refused.value.code == code
    assert code in (school_year.__doc__ or "")


# ------------------------------------------------------------------------------ years of study


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("1", {1}),
        ("1-9", set(range(1, 10))),
        ("10–11", {10, 11}),
        (" 1 - 4 , 10 ", {1, 2, 3, 4, 10}),
        ("5; 7", {5, 7}),
        ("9-9", {9}),
    ],
)
def test_years_of_study_are_read_as_written(text, years):
    assert school_year.parse_years(text) == years


@pytest.mark.parametrize("text", ["", "все", "9-1", "0-3", "1-13", "1-", "-4", "5А", "1,,2", "99"])
def test_other_texts_are_no_years_of_study(text):
    with pytest.raises(errors.YearsNotUnderstood):
        school_year.parse_years(text)


@given(st.frozensets(st.integers(1, 12), min_size=1))
def test_years_written_are_read_again(years):
    assert school_year.parse_years(school_year.years_text(years)) == years


def test_years_are_written_shortly():
    assert school_year.years_text(frozenset({1, 2, 3, 4, 10})) == "1–4, 10"
