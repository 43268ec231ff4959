"""What is not genuine never gets as far as the question of rights."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from central.endpoint import examination
from central.endpoint.examination import Refused
from sync.documents import canonical, entry, kinds
from sync.documents.entry import Entry
from sync.store.values import RevisionPath

DOC = "mark:g1:2026-10-14:1:s1:1"
KEYS = {"n1": bytes(range(32)), "n2": bytes(range(1, 33))}
AT = datetime(2026, 10, 14, 7, 31, 5, tzinfo=UTC)
FIRST = Entry("value", None, 5, "p1", "n1", "e1", 1, AT)
SECOND = Entry("value", 5, 4, "p1", "n1", "e1", 2, AT)


def value_of(*steps: Entry, key: bytes | None = None) -> dict[str, Any]:
    value = entry.fold(kinds.empty("mark"), steps)
    value["entries"] = [entry.seal(DOC, step, key or KEYS[step.node]).as_json() for step in steps]
    return value


def path_of(*values: dict[str, Any]) -> RevisionPath:
    """Return the path of a document that went through these values, the last one its leaf."""
    revisions: list[str] = []
    for value in values:
        parent = revisions[0] if revisions else None
        revisions.insert(0, canonical.revision_of(parent, False, value))
    return RevisionPath(DOC, tuple(revisions), False, values[-1])


def refused_code(call: Any, *arguments: Any) -> str:
    with pytest.raises(Refused) as refused:
        call(*arguments)
    return refused.value.code


ONE = value_of(FIRST)
TWO = value_of(FIRST, SECOND)
EMPTY = kinds.empty("mark")


def test_genuine_first_and_second_step_are_found_new() -> None:
    path = path_of(ONE, TWO)
    examination.check_revision(path)

    both = examination.new_entries(path, EMPTY, 2, KEYS.get)
    second = examination.new_entries(path, ONE, 1, KEYS.get)

    assert [one.view.new for one in both] == [5, 4]
    assert [one.view.new for one in second] == [4]


@pytest.mark.parametrize(
    "path",
    [
        RevisionPath(DOC, ("999999-" + "f" * 32,), False, ONE),
        RevisionPath(DOC, ("1-" + "f" * 32,), False, ONE),
        replace(path_of(ONE), value=TWO),
        replace(path_of(ONE), deleted=True),
        replace(path_of(ONE, TWO), revisions=path_of(ONE, TWO).revisions[:1]),
        replace(path_of(ONE), revisions=(*path_of(ONE).revisions, "1-aa")),
        RevisionPath(DOC, ("x-1",), False, ONE),
    ],
)
def test_revision_that_is_not_the_hash_of_its_content_is_refused(path: RevisionPath) -> None:
    assert refused_code(examination.check_revision, path) == "bad_revision"


def test_revision_made_here_is_hashed_once_and_only_of_a_value_without_floats() -> None:
    made = replace(path_of(ONE), hashed_bytes=99)
    other = RevisionPath(DOC, ("1-" + "f" * 32,), False, ONE, hashed_bytes=99)

    assert examination.check_revision(made, is_plain=True) == 99
    assert refused_code(examination.check_revision, other) == "bad_revision"


@pytest.mark.parametrize(
    ("value", "base", "steps", "code"),
    [
        (TWO, EMPTY, 3, "entries_missing"),
        (ONE, ONE, 1, "entries_missing"),
        (value_of(SECOND), ONE, 1, "entries_changed"),
        ({**TWO, "entries": TWO["entries"][::-1]}, ONE, 1, "entries_changed"),
        (value_of(FIRST, key=KEYS["n2"]), EMPTY, 1, "bad_mac"),
        ({**ONE, "entries": [{**ONE["entries"][0], "author": "p2"}]}, EMPTY, 1, "bad_mac"),
        ({**ONE, "entries": [{**ONE["entries"][0], "node": "n9"}]}, EMPTY, 1, "unknown_maker"),
        ({**ONE, "entries": ["5"]}, EMPTY, 1, "malformed_entry"),
        ({**ONE, "value": 3}, EMPTY, 1, "value_without_entry"),
        ({**ONE, "weight": 3}, EMPTY, 1, "value_without_entry"),
        ({**ONE, "later": "slipped in"}, EMPTY, 1, "value_without_entry"),
        (value_of(replace(FIRST, old=2)), EMPTY, 1, "value_without_entry"),
        (value_of(replace(FIRST, field="kind", old="mark", new="x")), EMPTY, 1, "malformed_entry"),
    ],
)
def test_altered_document_is_refused(
    value: dict[str, Any], base: dict[str, Any], steps: int, code: str
) -> None:
    path = RevisionPath(DOC, ("1-a",), False, value)

    assert refused_code(examination.new_entries, path, base, steps, KEYS.get) == code


def test_base_without_a_body_is_rebuilt_from_the_entries_it_had() -> None:
    path = path_of(ONE, TWO)

    assert examination.rebuilt_base(path, path.revisions[1]) == ONE
    assert examination.rebuilt_base(replace(path, revisions=("2-a", "1-b")), "1-b") is None


def central_document(**changes: Any) -> RevisionPath:
    value: dict[str, Any] = {"kind": "class", "schema": 1, "name": "5А"}
    made = Entry("*", None, examination.whole_digest(value), "central", "central", "e", 1, AT)
    value["entries"] = [entry.seal("class:c1", made, KEYS["n1"]).as_json()]
    value |= changes
    return RevisionPath("class:c1", ("1-a",), False, value)


def test_central_takes_back_what_it_wrote_and_nothing_else() -> None:
    examination.check_central_document(central_document(), KEYS["n1"])

    for forged in (
        central_document(name="5Б"),
        central_document(entries=[]),
        replace(central_document(), deleted=True),
        replace(central_document(), id="class:c2"),
    ):
        assert refused_code(examination.check_central_document, forged, KEYS["n1"]) == (
            "central_only"
        )
    assert refused_code(examination.check_central_document, central_document(), KEYS["n2"]) == (
        "central_only"
    )
