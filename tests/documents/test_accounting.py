"""Which entries account for a value: one branch, several that meet, and who may settle the rest."""

from datetime import UTC, datetime
from typing import Any

import pytest

from sync.documents import accounting, entry, kinds
from sync.documents.accounting import NotAccountedFor
from sync.documents.entry import Entry

AT = datetime(2026, 10, 14, 7, 31, 5, tzinfo=UTC)


def step(
    old: Any, new: Any, author: str = "a", *, central: bool = False, on: str = "value"
) -> Entry:
    node = entry.CENTRAL_NODE if central else f"n{author}"
    return Entry(on, old, new, author, node, "e1", 1, AT, mac="m" * 22)


def value_of(*steps: Entry) -> dict[str, Any]:
    value = entry.fold(kinds.empty("mark"), steps)
    value["entries"] = [one.as_json() for one in steps]
    return value


EMPTY = kinds.empty("mark")
FIVE = value_of(step(None, 5))
#: a wrote 5; b, not knowing of it, wrote 3.
PARTED = (step(None, 5, "a"), step(None, 3, "b"))


@pytest.mark.parametrize(
    ("base", "fresh", "reached"),
    [
        (EMPTY, [step(None, 5)], 5),
        (EMPTY, [step(None, 5), step(5, 4, "b"), step(4, None)], None),
        (FIVE, [step(5, 4, "b")], 4),
        # Two that came to the same: one of them is the value, the other meets it.
        (EMPTY, [step(None, 5), step(None, 5, "b")], 5),
        (EMPTY, [step(None, 5), step(None, 3, "b"), step(3, 5, "b")], 5),
        (EMPTY, [step(None, 3, "b"), step(None, 5), step(3, 5, "b")], 5),
        (FIVE, [step(None, 3, "b"), step(5, 3)], 3),
        # Central settles, whatever was open, and from whatever value.
        (EMPTY, [*PARTED, step(5, 4, "dep", central=True)], 4),
        (EMPTY, [*PARTED, step(None, 3, "dep", central=True), step(3, 2)], 2),
        # The author of all the values settles by going on from the reached one.
        (EMPTY, [step(None, 5), step(None, 3), step(5, 5)], 5),
        (EMPTY, [step(None, 5), step(None, 3), step(5, 4)], 4),
    ],
)
def test_entries_that_lead_to_one_value(base: Any, fresh: list[Entry], reached: Any) -> None:
    assert accounting.account(base, fresh)["value"] == reached
    assert accounting.unaccounted(base, fresh) == set()


@pytest.mark.parametrize(
    ("base", "fresh"),
    [
        (EMPTY, [step(2, 5)]),  # there never was a 2
        (FIVE, [step(4, 3)]),
        (EMPTY, list(PARTED)),  # left open
        (EMPTY, [*PARTED, step(5, 5, "c")]),  # a third person
        (EMPTY, [*PARTED, step(5, 4, "a")]),  # one of the two
        (EMPTY, [*PARTED, step(5, 4, "b")]),
        (EMPTY, [*PARTED, step(3, 4, "b")]),
        (FIVE, [step(None, 3, "b"), step(5, 4, "b")]),  # the author of the open one alone
        (EMPTY, [step(None, 1), step(True, 3)]),  # 1 is not true
    ],
)
def test_entries_that_lead_nowhere_are_refused(base: Any, fresh: list[Entry]) -> None:
    with pytest.raises(NotAccountedFor, match="value"):
        accounting.account(base, fresh)
    assert accounting.unaccounted(base, fresh) == {"value"}


def test_fields_stand_for_themselves() -> None:
    fresh = [*PARTED, step(None, "ок", on="comment"), step(5, 4, "dep", central=True)]

    reached = accounting.account(EMPTY, fresh)

    assert (reached["value"], reached["comment"]) == (4, "ок")
    assert accounting.unaccounted(EMPTY, fresh[:-1]) == {"value"}


def test_unknown_field_goes_on_from_nothing() -> None:
    assert accounting.account(EMPTY, [step(None, 1, on="later")])["later"] == 1
    with pytest.raises(NotAccountedFor):
        accounting.account(EMPTY, [step(0, 1, on="later")])
