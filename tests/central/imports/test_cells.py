from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.imports import cells

# A date in Excel is a date and time without a zone.
MIDNIGHT = datetime(2026, 9, 1)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (104, "104"),
        (104.0, "104"),
        (0.5, "0.5"),
        ("  Рябова \u00a0  Анна\n", "Рябова Анна"),
        ("\ufeffиюль\u200b", "июль"),
        ("и\u0306ог", "йог"),
        ("а\x00б", "а б"),
        (True, "да"),
        (MIDNIGHT, "2026-09-01"),
    ],
)
def test_cell_is_the_text_that_a_person_sees(value: object, text: str) -> None:
    assert cells.text(value) == text


@given(st.text())
def test_text_of_any_cell_can_be_stored(typed: str) -> None:
    text = cells.text(typed)

    assert text == cells.text(text)
    assert text.encode("utf-8").decode("utf-8") == text
    assert text == text.strip()


@pytest.mark.parametrize(
    "value",
    [date(2026, 9, 1), MIDNIGHT, "01.09.2026", "1.9.2026", "2026-09-01",
     "01.09.2026 г."],
)  # fmt: skip
def test_date_is_understood_as_excel_and_as_people_write_it(value: object) -> None:
    assert cells.day(value) == date(2026, 9, 1)


@pytest.mark.parametrize("value", [46266, 1.5, "1 сентября", "31.02.2026", "", "01.09.26", None])
def test_what_is_no_date_is_not_guessed(value: object) -> None:
    with pytest.raises(cells.NotUnderstood):
        cells.day(value)


@pytest.mark.parametrize(
    "value", ["08:30", "8:30", "8.30", "08:30:00", time(8, 30), 8.5 / 24, timedelta(hours=8.5)]
)
def test_time_is_understood_as_excel_and_as_people_write_it(value: object) -> None:
    assert cells.time_of_day(value) == "08:30"


@pytest.mark.parametrize("value", ["25:00", "8:75", "утром", None, 830, 1.5, timedelta(days=2)])
def test_what_is_no_time_is_not_guessed(value: object) -> None:
    with pytest.raises(cells.NotUnderstood):
        cells.time_of_day(value)


@pytest.mark.parametrize("value", [5, 5.0, "5", " 5 ", "5,0"])
def test_whole_number_is_understood(value: object) -> None:
    assert cells.whole_number(value) == 5


@pytest.mark.parametrize("value", ["5а", 5.5, "-1", None, True, "5.5"])
def test_what_is_no_whole_number_is_not_guessed(value: object) -> None:
    with pytest.raises(cells.NotUnderstood):
        cells.whole_number(value)


def test_errors_of_excel_are_noticed() -> None:
    assert cells.is_error("#N/A")
    assert cells.is_error("#REF!")
    assert not cells.is_error("№ 5")
