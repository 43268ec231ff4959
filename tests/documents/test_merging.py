"""Leaves are merged by what was touched; what several touched differently waits for a person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sync.documents import accounting, entry, kinds, merging, settling
from sync.documents.entry import CENTRAL_NODE, Entry
from sync.documents.merging import Disputed, Merged

AT = datetime(2026, 10, 14, 7, 31, 5, tzinfo=UTC)
Value = dict[str, Any]


@dataclass
class World:
    """A document in the hands of several computers, each of which only adds to what it knows.

    ``live`` are the leaves that central knows, ``known`` is every revision that some computer may
    still have on its screen.
    """

    kind: str
    live: list[Value] = field(default_factory=list)
    known: list[Value] = field(default_factory=list)
    count: int = 0

    def __post_init__(self) -> None:
        self.known.append(kinds.empty(self.kind))

    def step(self, value: Value, name: str, new: Any, author: str, node: str) -> Value:
        """Return what an edit makes of a value."""
        return self.stepped(value, name, value.get(name), new, author, node)

    def stepped(self, value: Value, name: str, old: Any, new: Any, author: str, node: str) -> Value:
        self.count += 1
        at = AT + timedelta(seconds=self.count)
        made = Entry(name, old, new, author, node, "e1", self.count, at, mac="m" * 22)
        edited = entry.fold(value, [made])
        edited["entries"] = [*value["entries"], made.as_json()]
        return edited

    def edit(self, on: int, name: str, new: Any, author: str) -> None:
        """Somebody edits a revision that was known once, and central hears of it."""
        base = self.known[on % len(self.known)]
        if base.get(name) == new:
            return
        edited = self.step(base, name, new, author, f"n{author}")
        check_accounted(base, edited)
        self.live = [value for value in self.live if value is not base] + [edited]
        self.known.append(edited)

    def settle(self) -> Merged | Disputed | None:
        """Central merges and closes what it can."""
        if len(self.live) < 2:
            return None
        found = merging.merge(self.kind, self.live)
        if isinstance(found, Merged):
            if found.is_new:
                check_accounted(self.live[found.onto], found.value)
            self._take(found.value)
        else:
            self.live = [self.live[index] for index in found.open]
        return found

    def decide(self, picks: int, author: str, node: str) -> None:
        """Central, or an author of all the values, writes one revision that settles everything."""
        made = settling.ground(self.kind, self.live)
        if not isinstance(made.found, Disputed):
            return
        if node != CENTRAL_NODE:
            own = {dispute.own_author for dispute in made.found.disputes}
            if own != {author}:
                return
        value: Value = made.value
        for dispute in made.found.disputes:
            chosen = dispute.versions[picks % len(dispute.versions)]
            for name in dispute.fields:
                old, new = made.old(name), chosen.values[name]
                value = self.stepped(value, name, old, new, author, node)
        if node != CENTRAL_NODE and not accounted(self.live[made.onto], value):
            return  # the program refuses and the desk is asked
        check_accounted(self.live[made.onto], value)
        self._take(value)

    def _take(self, value: Value) -> None:
        self.live = [value]
        self.known.append(value)


def fresh_of(base: Mapping[str, Any], value: Mapping[str, Any]) -> list[Entry]:
    before = base["entries"]
    assert value["entries"][: len(before)] == before
    return [entry.parse(raw) for raw in value["entries"][len(before) :]]


def accounted(base: Value, value: Value) -> bool:
    try:
        reached = accounting.account(base, fresh_of(base, value))
    except accounting.NotAccountedFor:
        return False
    return without_entries(reached) == without_entries(value)


def check_accounted(base: Value, value: Value) -> None:
    reached = accounting.account(base, fresh_of(base, value))
    assert without_entries(reached) == without_entries(value)
    check_is_fold(value)


def check_is_fold(value: Mapping[str, Any]) -> None:
    folded = entry.fold(kinds.empty(value["kind"]), map(entry.parse, value["entries"]))
    assert without_entries(folded) == without_entries(value)


def without_entries(value: Mapping[str, Any]) -> Value:
    return {name: part for name, part in value.items() if name != "entries"}


FIELDS: Mapping[str, Sequence[tuple[str, Any]]] = {
    "mark": [("value", 2), ("value", 5), ("value", None), ("weight", 1), ("comment", "ок")],
    "absence": [
        ("presence", "late"),
        ("presence", "absent"),
        ("minutes", 5),
        ("minutes", None),
        ("reason", "illness"),
    ],
    "lesson": [("topic", "Дроби"), ("topic", "Углы"), ("homework", "№ 5"), ("homework", None)],
}

AUTHORS = st.sampled_from(["a", "b"])


@st.composite
def histories(draw: st.DrawFn) -> tuple[str, list[tuple[Any, ...]]]:
    kind = draw(st.sampled_from(sorted(FIELDS)))
    edit = st.tuples(st.just("edit"), st.integers(0, 20), st.sampled_from(FIELDS[kind]), AUTHORS)
    settle = st.tuples(st.just("settle"))
    decide = st.tuples(st.just("decide"), st.integers(0, 3), AUTHORS, st.booleans())
    return kind, draw(st.lists(st.one_of(edit, edit, edit, settle, decide), max_size=14))


def lived(kind: str, steps: list[tuple[Any, ...]]) -> World:
    world = World(kind)
    for what, *told in steps:
        if what == "edit":
            on, (name, new), author = told
            world.edit(on, name, new, author)
        elif what == "settle":
            world.settle()
        elif world.live:
            picks, author, at_central = told
            world.decide(picks, author, CENTRAL_NODE if at_central else f"n{author}")
    return world


@settings(max_examples=400, deadline=None)
@given(histories())
def test_every_merge_and_decision_is_accounted_for_by_its_entries(history: Any) -> None:
    world = lived(*history)
    for value in world.known:
        check_is_fold(value)
        # A central that lost everything gets it back in one piece.
        check_accounted(kinds.empty(world.kind), value)


@settings(max_examples=400, deadline=None)
@given(histories(), st.randoms(use_true_random=False))
def test_order_of_the_losing_leaves_does_not_change_what_is_disputed(
    history: Any, random: Any
) -> None:
    world = lived(*history)
    if len(world.live) < 2:
        return
    winner, *others = world.live
    shuffled = random.sample(others, len(others))
    one, other = (merging.merge(world.kind, [winner, *rest]) for rest in (others, shuffled))

    assert questions(one) == questions(other)
    assert type(one) is type(other)
    if isinstance(one, Merged) and isinstance(other, Merged):
        assert without_entries(one.value) == without_entries(other.value)
    else:
        assert without_entries(one.safe) == without_entries(other.safe)


def questions(found: Merged | Disputed) -> list[Any]:
    if isinstance(found, Merged):
        return []
    return sorted(
        (dispute.fields, sorted((repr(v.values), v.author, v.node) for v in dispute.versions))
        for dispute in found.disputes
    )


@settings(max_examples=300, deadline=None)
@given(histories())
def test_merge_made_twice_is_the_same_and_holds_all_its_leaves(history: Any) -> None:
    world = lived(*history)
    if not world.live:
        return
    found = merging.merge(world.kind, world.live)
    assert merging.merge(world.kind, world.live) == found
    if isinstance(found, Merged):
        again = merging.merge(world.kind, [found.value, *world.live])
        assert isinstance(again, Merged)
        assert (again.is_new, again.onto) == (False, 0)
        held = [raw for value in world.live for raw in value["entries"]]
        assert all(raw in found.value["entries"] for raw in held)
    else:
        check_is_fold(found.safe)
        assert all(len(dispute.versions) > 1 for dispute in found.disputes)


def two_marks(first: dict[str, Any], second: dict[str, Any]) -> Merged | Disputed:
    """What becomes of two marks that two people put in one cell."""
    world = World("mark")
    leaves = []
    for author, fields in (("a", first), ("b", second)):
        value = kinds.empty("mark")
        for name, new in fields.items():
            value = world.step(value, name, new, author, f"n{author}")
        leaves.append(value)
    return merging.merge("mark", leaves)


def test_marks_of_different_kinds_of_work_are_settled_as_a_whole() -> None:
    found = two_marks({"value": 4, "work_kind": "control"}, {"value": 5})

    assert isinstance(found, Disputed)
    (dispute,) = found.disputes
    assert dispute.fields == ("value", "weight", "work_kind")
    assert [dict(version.values) for version in dispute.versions] == [
        {"value": 4, "weight": None, "work_kind": "control"},
        {"value": 5, "weight": None, "work_kind": None},
    ]
    assert (found.safe["value"], found.safe["work_kind"]) == (None, None)


def test_equal_marks_of_different_kinds_of_work_are_not_equal() -> None:
    assert isinstance(two_marks({"value": 2, "work_kind": "control"}, {"value": 2}), Disputed)


def test_marks_of_one_kind_of_work_differ_in_their_value_alone() -> None:
    kind = {"work_kind": "control"}
    found = two_marks({"value": 4} | kind, {"value": 5} | kind)

    assert isinstance(found, Disputed)
    assert [dispute.fields for dispute in found.disputes] == [("value",)]
    assert isinstance(two_marks({"value": 4} | kind, {"value": 4} | kind), Merged)
