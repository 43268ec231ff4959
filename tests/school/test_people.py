import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlcipher3 import dbapi2

from sync import errors
from sync.school import people

ALPHABET = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"

cyrillic = st.text(alphabet=ALPHABET + ALPHABET.upper(), max_size=12)
written = st.text(max_size=20)


def in_alphabet_order(text):
    return [ALPHABET.index(letter) for letter in text.lower()]


def sorted_by_sqlite(keys):
    connection = dbapi2.connect(":memory:")
    try:
        connection.execute("create table names (key text)")
        connection.executemany("insert into names values (?)", [(key,) for key in keys])
        return [row[0] for row in connection.execute("select key from names order by key")]
    finally:
        connection.close()


def test_there_is_no_role_for_students():
    assert {role.value for role in people.Role} == {
        "director",
        "deputy_head",
        "technical_admin",
        "teacher",
        "homeroom_teacher",
        "guardian",
    }
    assert people.Role.GUARDIAN not in people.STAFF_ROLES


@pytest.mark.parametrize(
    ("name", "full", "short"),
    [
        (people.PersonName("Иванов", "Иван", "Петрович"), "Иванов Иван Петрович", "Иванов И. П."),
        (people.PersonName("Ким", "Александр"), "Ким Александр", "Ким А."),
        (
            people.PersonName("Ланге", "анна-мария", "Карловна"),
            "Ланге анна-мария Карловна",
            "Ланге А.-М. К.",
        ),
        (
            people.PersonName("Алиев", "Гейдар", "Рза оглы"),
            "Алиев Гейдар Рза оглы",
            "Алиев Г. Р.",
        ),
    ],
)
def test_a_name_is_written_in_full_and_short(name, full, short):
    assert name.full() == full
    assert name.short() == short


def test_a_full_name_is_taken_apart_at_any_spaces():
    assert people.parse_name("  Сорокина \u00a0Алина  Юрьевна ") == people.PersonName(
        "Сорокина", "Алина", "Юрьевна"
    )
    assert people.parse_name("Ким Александр") == people.PersonName("Ким", "Александр", "")
    assert people.parse_name("Алиев Гейдар Рза оглы").patronymic == "Рза оглы"


@pytest.mark.parametrize("text", ["", "   ", "Сорокина"])
def test_half_a_name_is_refused_without_repeating_it(text):
    with pytest.raises(errors.NameNotUnderstood) as refused:
        people.parse_name(text)

    assert refused.value.params == {}


def test_yo_stands_between_ye_and_zhe():
    names = ["Жуков", "Ёлкина", "Еременко", "Яшин", "Ельцов", "Елкина", "Абрамов"]

    assert sorted(names, key=people.sort_key) == [
        "Абрамов",
        "Елкина",
        "Ельцов",
        "Еременко",
        "Ёлкина",
        "Жуков",
        "Яшин",
    ]


@given(cyrillic, cyrillic)
def test_sort_keys_compare_as_the_alphabet_does(one, other):
    by_key = people.sort_key(one) < people.sort_key(other)

    assert by_key == (in_alphabet_order(one) < in_alphabet_order(other))


@given(st.lists(st.one_of(cyrillic, written), max_size=20))
def test_sqlite_orders_keys_as_python_does(texts):
    keys = [people.sort_key(text) for text in texts if "\0" not in text]
    keys = [key.encode(errors="ignore").decode() for key in keys]

    assert sorted_by_sqlite(keys) == sorted(keys)


@given(written)
def test_keys_do_not_depend_on_case_or_spaces(text):
    padded = f"  {text} \u00a0"

    assert people.sort_key(padded) == people.sort_key(text)
    assert people.search_key(padded) == people.search_key(text)


@given(cyrillic)
def test_keys_do_not_depend_on_case(text):
    assert people.sort_key(text.upper()) == people.sort_key(text.lower())
    assert people.search_key(text.upper()) == people.search_key(text.lower())


def test_composed_and_decomposed_letters_are_one():
    assert people.sort_key("Ёлкин") == people.sort_key("Е\u0308лкин")
    assert people.search_key("Майя") == people.search_key("Маи\u0306я")


def test_hyphens_and_digits_keep_their_order_and_latin_comes_first():
    texts = ["Иванова", "Иванов-Яров", "Ivanov", "Иванов", "7Б", "Иванов Пётр"]

    assert sorted(texts, key=people.sort_key) == [
        "7Б",
        "Ivanov",
        "Иванов",
        "Иванов Пётр",
        "Иванов-Яров",
        "Иванова",
    ]
    assert people.sort_key("Иванов\u2011Яров") == people.sort_key("Иванов-Яров")


def test_yo_is_found_as_ye_and_the_other_way_round():
    assert people.search_key("СЕЛЕЗНЁВА Любовь") == people.search_key("Селезнева  любовь")
    assert people.search_key("елк") in people.PersonName("Ёлкина", "Анна").search_key()


def test_namesakes_differ_by_first_name_and_patronymic():
    older = people.PersonName("Иванов", "Иван", "Петрович")
    younger = people.PersonName("Иванов", "Иван", "Сергеевич")

    assert older.sort_key() < younger.sort_key()


def test_classes_are_ordered_by_number_then_letter():
    names = ["10А", "2Б", "11А", "2А", "10 «Ё»", "10Е", "1А", "10Ж", "9А"]

    assert sorted(names, key=people.class_sort_key) == [
        "1А",
        "2А",
        "2Б",
        "9А",
        "10А",
        "10Е",
        "10 «Ё»",
        "10Ж",
        "11А",
    ]


def test_one_class_written_differently_has_one_key():
    keys = {people.class_sort_key(name) for name in ["10А", "10 А", "10-а", '10 "А"', "010А"]}

    assert len(keys) == 1


@given(
    st.integers(0, 10**9 - 1),
    st.integers(0, 10**9 - 1),
    st.sampled_from(ALPHABET),
    st.sampled_from(ALPHABET),
)
def test_class_keys_compare_numbers_as_numbers(one, other, letter, other_letter):
    by_key = people.class_sort_key(f"{one}{letter}") < people.class_sort_key(
        f"{other}{other_letter}"
    )

    assert by_key == ((one, in_alphabet_order(letter)) < (other, in_alphabet_order(other_letter)))
