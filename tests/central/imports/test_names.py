import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.imports import names
from sync.school.people import parse_name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Семенов Пётр Ильич", "Семёнов Пётр Ильич"),
        ("Семёнов Петр Ильич", "Семёнов Пётр Ильич"),
        ("Семёнов Пётр Илич", "Семёнов Пётр Ильич"),
        ("Семёнов Птёр Ильич", "Семёнов Пётр Ильич"),
        ("Семёнов Ильич Пётр", "Семёнов Пётр Ильич"),
        ("Пётр Семёнов Ильич", "Семёнов Пётр Ильич"),
        ("Семёнов Пётр", "Семёнов Пётр Ильич"),
        ("Семёнов П. И.", "Семёнов Пётр Ильич"),
        ("Семёнов П.И.", "Семёнов Пётр Ильич"),
        ("Семёнов Павел Ильич", "Семёнов Пётр Ильич"),
        ("Семёнов Пётр Иванович", "Семёнов Пётр Ильич"),
    ],
)
def test_names_that_may_be_one_person_are_near(one: str, other: str) -> None:
    assert names.are_near(parse_name(one), parse_name(other))
    assert names.are_near(parse_name(other), parse_name(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Семёнов Пётр Ильич", "Семёнова Полина Олеговна"),
        ("Семёнов Пётр Ильич", "Орлов Пётр Ильич"),
        ("Семёнов Пётр Ильич", "Семёнов Олег Ильич"),
        ("Семёнов Пётр Ильич", "Семёнов Олег"),
    ],
)
def test_names_of_different_people_are_not_near(one: str, other: str) -> None:
    assert not names.are_near(parse_name(one), parse_name(other))


def test_same_initials_in_one_list_are_two_people() -> None:
    one, other = parse_name("Семёнов Павел Ильич"), parse_name("Семёнов Пётр Иванович")

    assert names.are_near(one, other)
    assert not names.are_typed_alike(one, other)


@given(st.text("абв", max_size=6), st.text("абв", max_size=6))
def test_one_slip_is_symmetric_and_agrees_with_its_definition(one: str, other: str) -> None:
    expected = one == other or other in slips_of(one) or one in slips_of(other)

    assert names.is_one_slip_apart(one, other) is expected
    assert names.is_one_slip_apart(other, one) is expected


def slips_of(text: str) -> set[str]:
    """Return every text that one slip makes of ``text``, worked out the slow way."""
    found = set()
    for place in range(len(text) + 1):
        found |= {text[:place] + sign + text[place:] for sign in "абв"}
    for place in range(len(text)):
        found |= {text[:place] + sign + text[place + 1 :] for sign in "абв"}
        found.add(text[:place] + text[place + 1 :])
        if place + 1 < len(text):
            found.add(text[:place] + text[place + 1] + text[place] + text[place + 2 :])
    return found


@pytest.mark.parametrize("typed", ["5А", "5а", "5 А", "5-А", "5 «А»", "5A", "5a", " 5А "])
def test_class_is_the_same_however_it_is_typed(typed: str) -> None:
    assert names.class_key(typed) == names.class_key("5А")


def test_classes_of_one_letter_and_other_years_differ() -> None:
    assert len({names.class_key(name) for name in ("1А", "11А", "1Б", "10А")}) == 4


@pytest.mark.parametrize("typed", ["Б-0001", "б-0001", "Б0001", "Б 0001", "Б—0001", "Б/0001"])
def test_file_number_is_the_same_however_it_is_typed(typed: str) -> None:
    assert names.file_key(typed) == names.file_key("Б-0001")


def test_latin_letters_in_a_file_number_are_the_russian_ones() -> None:
    assert names.file_key("A-0001") == names.file_key("А-0001")
    assert names.file_key("А-0001") != names.file_key("Б-0001")


@pytest.mark.parametrize("typed", ["+7 964 329-59-68", "8 (964) 329-59-68", "9643295968"])
def test_telephone_is_the_same_however_it_is_typed(typed: str) -> None:
    assert names.phone_key(typed) == "9643295968"


@pytest.mark.parametrize("typed", ["", "нет", "112"])
def test_what_is_no_telephone_joins_nobody(typed: str) -> None:
    assert names.phone_key(typed) == ""
