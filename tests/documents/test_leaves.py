"""Of two leaves a node shows its own, and central what both agree on."""

from dataclasses import replace
from typing import Any

import pytest

from sync.documents import entry, kinds, leaves
from sync.documents.entry import Entry
from tests.documents.test_entry import DOC, KEY, STEP


def value_with(*steps: Entry) -> dict[str, Any]:
    made = entry.fold(kinds.empty("mark"), steps)
    made["entries"] = [entry.seal(DOC, step, KEY).as_json() for step in steps]
    return made


FIRST = STEP
OURS = replace(STEP, old=5, new=4, seq=8)
THEIRS = replace(STEP, old=5, new=3, node="n2", author="p2", seq=1)


@pytest.mark.parametrize(("node", "index"), [("n1", 1), ("n2", 0), ("n3", 0)])
def test_node_shows_the_leaf_with_its_own_unshared_entries(node: str, index: int) -> None:
    both = [value_with(FIRST, THEIRS), value_with(FIRST, OURS)]

    assert leaves.own_leaf(both, node) == index


def test_single_leaf_is_shown_as_it_is() -> None:
    assert leaves.own_leaf([value_with(FIRST)], "n1") == 0
    assert leaves.undisputed("mark", [value_with(FIRST)]) == value_with(FIRST)


def test_central_shows_what_was_there_before_the_leaves_parted() -> None:
    shown = leaves.undisputed("mark", [value_with(FIRST, OURS), value_with(FIRST, THEIRS)])

    assert shown["value"] == 5
    assert len(shown["entries"]) == 1


def test_two_first_creations_share_nothing() -> None:
    other = replace(STEP, node="n2", new=2)

    shown = leaves.undisputed("mark", [value_with(FIRST), value_with(other)])

    assert shown["value"] is None
    assert shown["entries"] == []
