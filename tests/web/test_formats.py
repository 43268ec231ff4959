"""Dates, times, marks and figures as people read them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from flask_babel import force_locale

from sync.school.marks import MarkValue
from sync.web import formats
from tests.support.shell_program import MORNING, make_program

WEDNESDAY = date(2026, 10, 14)


@pytest.fixture
def russian() -> Iterator[None]:
    with make_program().app.test_request_context("/"), force_locale("ru"):
        yield


@pytest.fixture
def english() -> Iterator[None]:
    with make_program().app.test_request_context("/"), force_locale("en"):
        yield


def plain(text: str) -> str:
    """Return the text with ordinary spaces; months and years are kept together by others."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.usefixtures("russian")
class TestRussian:
    def test_days(self) -> None:
        assert formats.day(WEDNESDAY) == "ср, 14 октября"
        assert plain(formats.full_day(WEDNESDAY)) == "14 октября 2026 г."
        assert formats.short_day(WEDNESDAY) == "14.10"

    def test_times_are_in_the_schools_zone(self) -> None:
        assert formats.clock_time(MORNING) == "08:44"
        assert plain(formats.full_time(MORNING)) == "14 октября 2026 г., 08:44"

    @pytest.mark.parametrize(
        ("passed", "text"),
        [
            (timedelta(0), "только что"),
            (timedelta(seconds=59), "только что"),
            (timedelta(seconds=-30), "только что"),
            (timedelta(minutes=1), "1 мин назад"),
            (timedelta(minutes=5, seconds=59), "5 мин назад"),
            (timedelta(minutes=59), "59 мин назад"),
            (timedelta(hours=1), "1 ч назад"),
            (timedelta(hours=5, minutes=59), "5 ч назад"),
            (timedelta(hours=8), "8 ч назад"),  # 00:44 of the same day
            (timedelta(hours=10), "вчера, 22:44"),
            (timedelta(hours=30), "вчера, 02:44"),
            (timedelta(days=2), "12 окт."),
            (timedelta(days=400), "9 сент. 2025"),
            (timedelta(hours=-3), "14 октября 2026 г., 11:44"),  # a clock that is ahead
        ],
    )
    def test_times_are_relative_up_to_a_day(self, passed: timedelta, text: str) -> None:
        assert plain(formats.ago(MORNING - passed)) == text

    def test_relative_time_does_not_break_over_lines(self) -> None:
        assert formats.ago(MORNING - timedelta(minutes=5)) == "5\u00a0мин\u00a0назад"

    @pytest.mark.parametrize(
        ("value", "text"), [(5, "5"), ("pass", "зач"), ("not_attested", "н/а"), (None, "–")]
    )
    def test_marks(self, value: MarkValue | None, text: str) -> None:
        assert formats.mark(value) == text

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (Fraction(40, 9), "4,44"),
            (Fraction(929, 200), "4,65"),  # 4.645, half up and not to even
            (Fraction(4), "4,00"),
            (Decimal("3.5"), "3,50"),
            (Decimal("4.645"), "4,65"),
            (None, "–"),
        ],
    )
    def test_averages(self, value: Fraction | Decimal | None, text: str) -> None:
        assert formats.average(value) == text

    def test_numbers(self) -> None:
        assert formats.number(9758) == "9\u00a0758"


@pytest.mark.usefixtures("english")
class TestEnglish:
    def test_days(self) -> None:
        assert formats.day(WEDNESDAY) == "Wed, 14 October"
        assert formats.short_day(WEDNESDAY) == "14.10"

    def test_times(self) -> None:
        assert formats.ago(MORNING - timedelta(minutes=5)) == "5\u00a0min\u00a0ago"
        assert formats.ago(MORNING - timedelta(hours=30)) == "yesterday, 02:44"

    def test_figures(self) -> None:
        assert formats.average(Fraction(40, 9)) == "4.44"
        assert formats.number(9758) == "9,758"


def test_zone_with_daylight_saving_is_followed() -> None:
    program = make_program(timezone="Europe/Berlin")
    with program.app.test_request_context("/"):
        summer, winter = (datetime(2026, month, 24, 22, 30, tzinfo=UTC) for month in (10, 11))

        assert plain(formats.full_time(summer)) == "25 октября 2026 г., 00:30"
        assert plain(formats.full_time(winter)) == "24 ноября 2026 г., 23:30"


def test_filters_stand_in_templates() -> None:
    app = make_program().app
    with app.test_request_context("/"):
        template = app.jinja_env.from_string(
            "{{ d | day }}; {{ d | full_day }}; {{ d | short_day }}; {{ at | clock_time }};"
            "{{ at | full_time }}; {{ at | ago }}; {{ none | mark }}; {{ f | average }};"
            "{{ 1000 | number }}"
        )

        text = template.render(d=WEDNESDAY, at=MORNING, f=Fraction(9, 2))
    assert plain(text).startswith("ср, 14 октября; 14 октября 2026 г.; 14.10; 08:44;")
