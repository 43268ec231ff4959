"""An entry cannot be changed, moved, or made without the key."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sync import errors
from sync.documents import canonical, entry, kinds

KEY = bytes(range(32))
DOC = "mark:g1:2026-10-14:1:s1:1"
STEP = entry.Entry(
    field="value",
    old=None,
    new=5,
    author="p1",
    node="n1",
    epoch="e1",
    seq=7,
    written_at=datetime(2026, 10, 14, 7, 31, 5, tzinfo=UTC),
)


def test_mac_and_digest_are_the_golden_ones() -> None:
    sealed = entry.seal(DOC, STEP, KEY)

    assert sealed.mac == "ieGPLCJJ5ZBgR3BYLLe4hQ"
    assert entry.digest_of(DOC, sealed.as_json()) == "Cl0IC-RSFkYaLNOrywGuOw"


def test_what_was_sealed_is_genuine_and_reads_back() -> None:
    sealed = entry.seal(DOC, replace(STEP, reason="описка", clock_offset=-3), KEY)

    assert entry.is_genuine(DOC, sealed.as_json(), KEY)
    assert entry.parse(sealed.as_json()) == sealed


def test_field_of_a_newer_version_is_covered_by_the_mac() -> None:
    raw = entry.seal(DOC, STEP, KEY).as_json() | {"later": 1}

    assert not entry.is_genuine(DOC, raw, KEY)


@pytest.mark.parametrize("name", list(STEP.as_json()))
def test_changed_entry_is_not_genuine(name: str) -> None:
    raw = entry.seal(DOC, STEP, KEY).as_json()
    raw[name] = 4 if isinstance(raw[name], int) else "x"

    assert not entry.is_genuine(DOC, raw, KEY)


def test_entry_of_another_document_or_key_is_not_genuine() -> None:
    raw = entry.seal(DOC, STEP, KEY).as_json()

    assert not entry.is_genuine("mark:g1:2026-10-14:1:s2:1", raw, KEY)
    assert not entry.is_genuine(DOC, raw, bytes(32))
    assert not entry.is_genuine(DOC, raw | {"mac": None}, KEY)


@pytest.mark.parametrize(
    "change",
    [
        {"seq": True},
        {"seq": 0},
        {"seq": "7"},
        {"written_at": "yesterday"},
        {"author": None},
        {"mac": "short"},
        {"clock_suspect": 1},
        {"reason": "x" * 501},
    ],
)
def test_malformed_entry_is_refused(change: dict[str, object]) -> None:
    raw = entry.seal(DOC, STEP, KEY).as_json() | change

    with pytest.raises(errors.MalformedEntry):
        entry.parse(raw)


def test_value_is_the_fold_of_its_entries() -> None:
    later = replace(STEP, old=5, new=4, seq=8)

    assert entry.fold(kinds.empty("mark"), [STEP, later])["value"] == 4


def test_common_ancestor_is_the_entries_that_all_leaves_hold() -> None:
    first = entry.seal(DOC, STEP, KEY).as_json()
    ours = entry.seal(DOC, replace(STEP, new=4, seq=8), KEY).as_json()
    theirs = entry.seal(DOC, replace(STEP, new=3, node="n2"), KEY).as_json()

    shared = entry.shared_prefix([{"entries": [first, ours]}, {"entries": [first, theirs]}])

    assert shared == [first]
    assert entry.shared_prefix([]) == []


@pytest.mark.parametrize(
    ("kind", "change", "field"),
    [
        ("mark", {"value": 101}, "value"),
        ("mark", {"value": True}, "value"),
        ("mark", {"value": "five"}, "value"),
        ("mark", {"weight": 11}, "weight"),
        ("mark", {"comment": "x" * 501}, "comment"),
        ("mark", {"later": 2**53}, "number"),
        ("mark", {"later": [0.5]}, "number"),
        ("mark", {"kind": "lesson"}, "kind"),
        ("mark", {"entries": {}}, "entries"),
        ("lesson", {"topic": "x" * 501}, "topic"),
        ("lesson", {"homework": "x" * 4_001}, "homework"),
        ("lesson", {"roll_call": -1}, "roll_call"),
        ("absence", {"presence": "asleep"}, "presence"),
        ("lesson", {"later": "x" * 262_144}, ""),
    ],
)
def test_value_outside_its_limits_is_a_violation(
    kind: str, change: dict[str, object], field: str
) -> None:
    value = kinds.empty(kind) | change

    assert [violation.field for violation in kinds.check(kind, value)] == [field]


def test_unknown_fields_and_empty_values_are_allowed_and_newer_schema_is_named() -> None:
    assert kinds.check("mark", kinds.empty("mark") | {"later": "kept"}) == []
    newer = kinds.check("mark", kinds.empty("mark") | {"schema": 2, "value": "?"})
    assert [violation.code for violation in newer] == ["newer_schema"]
    assert canonical.generation_of("12-ab") == 12


@pytest.mark.parametrize(
    "text",
    [
        "2026-10-14T07:31:05",
        "2026-10-14 07:31:05Z",
        "2026-10-14T07:31:05+00:00",
        "2026-W42-3T07:31:05Z",
        "2026-10-14T07:31:05.5Z",
        "2026-10-14T24:00:00Z",
        "2026-02-30T07:31:05Z",
        "٢٠٢٦-10-14T07:31:05Z",
    ],
)
def test_instant_has_one_form_only(text: str) -> None:
    with pytest.raises(errors.MalformedEntry):
        entry.instant(text)


def test_instant_reads_what_is_written() -> None:
    assert entry.instant(entry.instant_text(STEP.written_at)) == STEP.written_at
