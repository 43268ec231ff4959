"""The reader in C takes nothing that the exact checks refuse, and reads it as they do."""

from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import errors
from sync.documents import canonical, entry, kinds, plain
from sync.documents.entry import Entry

DOC = "mark:g1:2026-10-14:1:s1:1"
KEY = bytes(range(32))
STEP = Entry("value", None, 5, "p1", "n1", "e1", 7, datetime(2026, 10, 14, 7, 31, 5, tzinfo=UTC))
EDGES = [
    *(None, True, False, -1, 0, 1, 5, 10, 11, 20, 21, 100, 101, 200, 201, 240, 241),
    *(kinds.MAX_INTEGER, kinds.MAX_INTEGER + 1, -kinds.MAX_INTEGER, -kinds.MAX_INTEGER - 1, 2**70),
    *(0.0, 1.0, 5.0, 0.5, 1e300, [], {}, [1], {"mac": 1.5}),
    *(
        "",
        "5",
        "x" * 22,
        "я" * 22,
        "😀" * 40,
        "😀" * 41,
        "я" * 500,
        "я" * 501,
        "x" * 4_000,
        "x" * 4_001,
    ),
    *(
        "2026-10-14T07:31:05Z",
        "2026-10-14t07:31:05Z",
        "2026-10-14T07:31:05z",
        "2026-10-14 07:31:05Z",
    ),
    *(
        "2026-10-14T07:31:05+00:00",
        "2026-10-14T07:31:05.5Z",
        "2026-10-14T07:31Z",
        "2026-10-14T24:00:00Z",
    ),
    *(
        "2026-10-14T23:59:60Z",
        "2026-02-30T07:31:05Z",
        "٢026-10-14T07:31:05Z",
        "0000-01-01T00:00:00Z",
    ),
    *(
        "mark",
        "lesson",
        *sorted(kinds.WORK_KINDS)[:2],
        *sorted(kinds.MARK_SIGNS),
        *sorted(kinds.REASONS),
    ),
    *sorted(kinds.PRESENCES),
]
GONE = object()
changes = st.sampled_from([GONE, *EDGES])
kinds_of_documents = st.sampled_from(sorted(kinds.FIELDS))


def sealed(step: Entry = STEP) -> dict[str, Any]:
    return entry.seal(DOC, step, KEY).as_json()


def changed(whole: dict[str, Any], by: dict[str, Any]) -> dict[str, Any]:
    return {name: part for name, part in {**whole, **by}.items() if part is not GONE}


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A document of some kind, and a little of it changed, more often than not for the worse."""
    kind = draw(kinds_of_documents)
    names = ["kind", "schema", "entries", "later", *kinds.CENTRAL_FIELDS, *kinds.FIELDS[kind]]
    parts = [*sealed(), "later", "clock_offset", "clock_suspect", "reason"]
    entries = [
        changed(sealed(), draw(st.dictionaries(st.sampled_from(parts), changes, max_size=2)))
        for _ in range(draw(st.integers(0, 2)))
    ]
    value = {**kinds.empty(kind), "entries": entries}
    return kind, changed(value, draw(st.dictionaries(st.sampled_from(names), changes, max_size=2)))


def is_exactly_well(kind: str, value: dict[str, Any]) -> bool:
    try:
        for raw in entry.entries_of(value):
            entry.parse(raw)
    except errors.MalformedEntry:
        return False
    return kinds.check(kind, value) == []


def holds_what_it_does_not_know(kind: str, value: dict[str, Any]) -> bool:
    """Tell whether there is a field of a newer version, or something nested."""
    known = {"kind", "schema", "entries", *kinds.FIELDS[kind], *kinds.CENTRAL_FIELDS}
    of_entry = {*sealed(), "clock_offset", "clock_suspect", "reason"}
    return not value.keys() <= known or any(
        not raw.keys() <= of_entry
        or isinstance(raw["old"], dict | list)
        or isinstance(raw["new"], dict | list)
        for raw in value["entries"]
    )


@given(documents())
def test_what_is_read_is_what_the_exact_checks_take(given: tuple[str, dict[str, Any]]) -> None:
    kind, value = given

    read = plain.read(kind, value)

    if read is None:
        # Too strict is allowed only where a newer version may have written.
        assert not is_exactly_well(kind, value) or holds_what_it_does_not_know(kind, value)
        return
    assert is_exactly_well(kind, value)
    assert canonical.encode_plain(value) == canonical.encode(value)
    for view, raw in zip(read, value["entries"], strict=True):
        exact = entry.parse(raw)
        names = [*(one.name for one in fields(Entry)), "key"]
        assert [getattr(view, name) for name in names] == [getattr(exact, name) for name in names]
        assert [type(getattr(view, name)) for name in names] == [
            type(getattr(exact, name)) for name in names
        ]


@given(kinds_of_documents, st.data())
def test_every_value_that_the_table_allows_is_read(kind: str, data: st.DataObject) -> None:
    value = kinds.empty(kind) | {
        name: data.draw(st.sampled_from([one for one in EDGES if rule.allows(one)]), label=name)
        for name, rule in kinds.FIELDS[kind].items()
    }

    assert plain.read(kind, value) == []


@pytest.mark.parametrize("kind", ["subject", "decision", "", "nothing"])
def test_documents_of_other_kinds_are_not_read(kind: str) -> None:
    assert plain.read(kind, kinds.empty("mark") | {"kind": kind}) is None
