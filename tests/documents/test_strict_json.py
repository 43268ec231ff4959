"""What Python's own reader would let through is refused, each with its reason."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync import errors
from sync.documents import strict_json


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b'{"a":1,"a":2}', "duplicate_key"),
        (b'[{"b":{"a":1,"a":1}}]', "duplicate_key"),
        (b"[NaN]", "not_finite"),
        (b"[-Infinity]", "not_finite"),
        (b"[1e400]", "not_finite"),
        (b'["\\ud800"]', "lone_surrogate"),
        (b'{"\\udfff":1}', "lone_surrogate"),
        (b"\xff", "not_utf8"),
        ('{"a":1}'.encode("utf-16"), "not_utf8"),
        (b"[" * 100_000 + b"]" * 100_000, "too_deep"),
        (b"[" * 21 + b"]" * 21, "too_deep"),
        (b'{"a":1', "not_json"),
        (b"", "not_json"),
        (b'["\x01"]', "not_json"),
        (b"9" * 5_000, "number_too_long"),
    ],
)
def test_it_is_refused_with_its_reason(data: bytes, problem: str) -> None:
    with pytest.raises(errors.MalformedJson) as refused:
        strict_json.loads(data)

    assert refused.value.params["problem"] == problem


def test_text_over_the_limit_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(errors.MalformedJson) as refused:
        strict_json.loads(b'{"a": ' + b" " * 100 + b"1", max_bytes=64)

    assert refused.value.params["problem"] == "too_long"


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b'"\\ud83d\\ude00"', "😀"),
        (b"9007199254740993", 2**53 + 1),
        (b"1.0", 1.0),
        (b'{"brackets":"[[[[[[[[[[[[[[[[[[[[[[[[[["}', {"brackets": "[" * 26}),
        ("[" * 20 + "]" * 20, None),
    ],
)
def test_what_is_right_is_read(data: bytes | str, value: object) -> None:
    raw = data if isinstance(data, bytes) else data.encode()

    read = strict_json.loads(raw)

    assert value is None or read == value


def test_many_shallow_objects_are_not_deep() -> None:
    assert len(strict_json.loads(b"[" + b",".join([b'{"a":[]}'] * 1_000) + b"]")) == 1_000


TOKENS = [
    *(b"{", b"}", b"[", b"]", b",", b":", b'"a":', b'"a"', b'"', b"\n", b"-", b"0", b"1", b"17"),
    *(b"1.5", b"1e400", b"1E5", b"1e16", b"-0", b"NaN", b"null", b"true", b"\\u0041", b"\\ud800"),
    *(b"\\n", b"\\/", b"\x7f", b"\xd1\x91", b"\xed\xa0\x80", b"9" * 399, b"9" * 400, b"9" * 401),
]


def outcome(data: bytes) -> object:
    """What is read, with the types of its parts, or why it is refused."""
    try:
        return repr(strict_json.loads(data, max_depth=3))
    except errors.MalformedJson as refused:
        return refused.params


@settings(max_examples=1_000)
@given(st.lists(st.sampled_from(TOKENS), max_size=9).map(b"".join))
def test_the_fast_way_says_what_the_slow_way_says(data: bytes) -> None:
    # With a space in front the text is never what would be written: that is the slow way.
    assert outcome(data) == outcome(b" " + data)


@pytest.mark.parametrize(
    "data",
    [
        *(b'{"a":1,"a":1}', b"[[[[]]]]", b"[[[]]]", b'{"a":{"b":{"c":{}}}}', b"[1,\n2]\n", b"1\n2"),
        *(b"[1e16]", b"[1e+16]", b"[10000000000000000.0]", b"[-0]", b"[1.0]", b'["a\\nb"]'),
        *(b"9" * count for count in (398, 399, 400, 401, 5_000)),
        *(b"-" + b"9" * count for count in (398, 399, 400, 401)),
    ],
)
def test_the_fast_way_says_what_the_slow_way_says_at_the_edges(data: bytes) -> None:
    assert outcome(data) == outcome(b" " + data)


def test_digests_in_rows_are_read_in_the_fast_way(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "".join(f"{number:032d}" for number in range(500))
    monkeypatch.setattr(strict_json, "_read_slowly", None)

    assert strict_json.loads(b'{"ids":"%s"}' % ("0a" * 20 + rows[:399]).encode()) is not None
    with pytest.raises(TypeError):  # a row of 400 digits is looked at slowly, wherever it stands
        strict_json.loads(b'{"ids":"%s"}' % rows.encode())
