"""What msgspec writes is to the byte what Python's own writer writes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.documents import compact_json

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    SCALARS | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=20,
)


def by_python(value, *, sort_keys):
    text = json.dumps(
        value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=sort_keys
    )
    return text.encode("utf-8")


def test_every_character_is_written_as_python_writes_it():
    every = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]

    assert compact_json.encode(every) == by_python(every, sort_keys=False)
    assert compact_json.encode_sorted(every) == by_python(every, sort_keys=True)


@given(VALUES)
def test_every_value_is_written_as_python_writes_it(value):
    assert compact_json.encode(value) == by_python(value, sort_keys=False)
    assert compact_json.encode_sorted(value) == by_python(value, sort_keys=True)


@pytest.mark.parametrize("number", [1e16, 1e-7, 1.0, 2**53, 2**64, -(2**70), 10**400])
def test_numbers_are_written_as_python_writes_them(number):
    value = {"b": [number], "a": {"inner": number}}

    assert compact_json.encode_sorted(value) == by_python(value, sort_keys=True)


def test_keys_are_ordered_by_code_points_beyond_the_basic_plane():
    value = {"\U00010000": 1, "\uffff": 2, "ё": 3, "e": 4}

    assert list(json.loads(compact_json.encode_sorted(value))) == ["e", "ё", "\uffff", "\U00010000"]


@pytest.mark.parametrize(
    "value", [float("nan"), {"a": [float("inf")]}, "\ud800", {"\udfff": 1}, [1.5, "\ud800"]]
)
def test_what_is_no_json_is_refused(value):
    with pytest.raises(ValueError):  # noqa: PT011 - UnicodeEncodeError is one, too
        compact_json.encode(value)
    with pytest.raises(ValueError):  # noqa: PT011
        compact_json.encode_sorted(value)
