"""Golden vectors: the canonical form and the revision hash are in every stored document."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.documents import canonical, strict_json

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"b": 1, "a": [True, None, "ё"]}, '{"a":[true,null,"ё"],"b":1}'),
        ({"я": 1, "Я": 2, "a": 3, "😀": 4, "\uffff": 5}, '{"a":3,"Я":2,"я":1,"\uffff":5,"😀":4}'),
        ('"\\/\n\t\u0001\u007f', '"\\"\\\\/\\n\\t\\u0001\u007f"'),
        (2**53 + 1, "9007199254740993"),
        ({}, "{}"),
    ],
)
def test_canonical_form_is_the_golden_one(value: object, expected: str) -> None:
    assert canonical.encode(value) == expected.encode("utf-8")


@pytest.mark.parametrize(
    ("parent", "deleted", "value", "revision"),
    [
        (None, False, {}, "1-a6585dafacfcf8012993b0edfb127604"),
        (None, False, {"kind": "mark", "value": 5}, "1-81b3f2ac62728f09160e882f59a09a25"),
        (
            "1-b7e2d28bb60b6d4fa41a9fa8b4d5e4ec",
            False,
            {"тема": "Дроби"},
            "2-1209f73b3202171eef56d6be6cd4ac4d",
        ),
        ("2-0", True, {}, "3-ed6ad186a241274bed19640ec0987f33"),
    ],
)
def test_revision_is_the_golden_one(
    parent: str | None, deleted: bool, value: dict[str, object], revision: str
) -> None:
    assert canonical.revision_of(parent, deleted, value) == revision


def test_revision_depends_on_every_part() -> None:
    revisions = {
        canonical.revision_of(None, False, {"a": 1}),
        canonical.revision_of(None, True, {"a": 1}),
        canonical.revision_of(None, False, {"a": 2}),
        canonical.revision_of("1-a", False, {"a": 1}),
        canonical.revision_of("1-b", False, {"a": 1}),
    }

    assert len(revisions) == 5


@given(JSON_VALUES)
def test_canonical_form_survives_a_strict_reading(value: object) -> None:
    encoded = canonical.encode(value)

    assert canonical.encode(strict_json.loads(encoded)) == encoded


@given(st.dictionaries(st.text(max_size=5), st.integers(), max_size=6))
def test_order_of_keys_does_not_matter(value: dict[str, int]) -> None:
    backwards = dict(reversed(list(value.items())))

    if any("\ud800" <= c <= "\udfff" for key in value for c in key):
        return
    assert canonical.encode(value) == canonical.encode(backwards)


@pytest.mark.parametrize("text", ["", "1", "1-", "-a", "0-a", "x-a", "1.5-a", "²-a"])
def test_generation_of_something_else_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"^.*$"):
        canonical.generation_of(text or "-")
