"""The laws of revision trees, on random forests."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import errors
from sync.store import revision_tree
from sync.store.revision_tree import Insertion, Known, Revision
from sync.store.values import RevisionPath
from tests.store import forests
from tests.store.stores import Oracle


@dataclass
class Tree:
    """A tree in memory that grows by plans alone."""

    parents: dict[Revision, Revision | None] = field(default_factory=dict)
    leaves: dict[Revision, bool] = field(default_factory=dict)
    open_roots: int = 0
    lookups: int = 0

    def insert(self, given_path: RevisionPath) -> Insertion:
        path = revision_tree.parse_path(given_path.revisions)
        roots = [node for node, up in self.parents.items() if up is None and node.generation > 1]
        plan = revision_tree.plan_insertion(self._lookup, path, roots)
        self.parents.update(plan.added)
        self.parents.update(plan.attached)
        for parent in plan.parents:
            self.leaves.pop(parent, None)
        if plan.leaf:
            self.leaves[path[0]] = given_path.deleted
        self.open_roots += plan.open_roots
        return plan

    def _lookup(self, revision: Revision) -> Known | None:
        self.lookups += 1
        if revision not in self.parents:
            return None
        return Known(self.parents[revision] is not None)


@given(forests.paths())
def test_tree_is_the_union_of_all_paths(paths: list[RevisionPath]) -> None:
    tree, oracle = Tree(), Oracle()

    for path in paths:
        tree.insert(path)
        oracle.add(path)

        assert {node: {up} - {None} for node, up in tree.parents.items()} == oracle.parents
        assert set(tree.leaves) == oracle.leaves()
        assert tree.open_roots == sum(
            not up and node.generation > 1 for node, up in oracle.parents.items()
        )


@given(forests.paths(), st.randoms(use_true_random=False))
def test_order_of_arrival_does_not_matter(
    paths: list[RevisionPath], random: forests.Random
) -> None:
    one, two = Tree(), Tree()
    shuffled = list(paths)
    random.shuffle(shuffled)

    for path in paths:
        one.insert(path)
    for path in shuffled:
        two.insert(path)

    assert (one.parents, one.leaves, one.open_roots) == (two.parents, two.leaves, two.open_roots)


@given(forests.paths())
def test_path_that_arrives_again_adds_nothing(paths: list[RevisionPath]) -> None:
    tree = Tree()
    for path in paths:
        tree.insert(path)

    for path in paths:
        plan = tree.insert(path)
        assert not plan.added
        assert not plan.attached
        assert not plan.leaf


@given(forests.paths())
def test_winner_is_that_of_couchdb(paths: list[RevisionPath]) -> None:
    tree, oracle = Tree(), Oracle()
    for path in paths:
        tree.insert(path)
        oracle.add(path)

    assert revision_tree.winner(tree.leaves) == oracle.winner()


@given(
    st.dictionaries(
        st.builds(Revision, st.integers(1, 12), st.text("09afz", min_size=1, max_size=3)),
        st.booleans(),
        min_size=1,
    )
)
def test_winner_lives_if_any_leaf_does_and_is_the_newest_of_its_kind(
    leaves: dict[Revision, bool],
) -> None:
    winner = revision_tree.winner(leaves)

    assert leaves[winner] == all(leaves.values())
    rivals = [leaf for leaf, deleted in leaves.items() if deleted == leaves[winner]]
    assert winner.generation == max(leaf.generation for leaf in rivals)
    assert winner.digest == max(
        leaf.digest for leaf in rivals if leaf.generation == winner.generation
    )


def test_edit_of_a_leaf_is_looked_up_in_two_steps_whatever_the_tree() -> None:
    tree = Tree()
    for number in range(500):
        tree.insert(RevisionPath("a", (f"2-{number:03}", "1-a"), False, {}))
    history = tuple(f"{generation}-x" for generation in range(900, 0, -1))
    tree.insert(RevisionPath("a", history, False, {}))

    tree.lookups = 0
    tree.insert(RevisionPath("a", ("901-x", *history), False, {}))

    assert tree.lookups == 2


@given(forests.paths(), st.integers(1, 6))
def test_forgetting_old_ancestors_keeps_leaves_and_their_newest_ancestors(
    paths: list[RevisionPath], limit: int
) -> None:
    tree = Tree()
    for path in paths:
        tree.insert(path)

    cut = revision_tree.beyond_limit(tree.parents, set(tree.leaves), limit)

    needed: set[Revision] = set()
    for leaf in tree.leaves:
        node: Revision | None = leaf
        for _ in range(limit):
            if node is not None:
                needed.add(node)
                node = tree.parents[node]
    assert set(tree.parents) - cut == needed


@given(forests.paths())
def test_leaves_below_a_revision_are_those_whose_history_holds_it(
    paths: list[RevisionPath],
) -> None:
    tree = Tree()
    for path in paths:
        tree.insert(path)

    def history(leaf: Revision) -> set[Revision]:
        found, node = set(), tree.parents[leaf]
        found.add(leaf)
        while node is not None:
            found.add(node)
            node = tree.parents[node]
        return found

    for revision in tree.parents:
        assert revision_tree.leaves_below(tree.parents, set(tree.leaves), revision) == {
            leaf for leaf in tree.leaves if revision in history(leaf)
        }


def test_contradicting_parents_do_not_break_the_tree() -> None:
    tree = Tree()
    tree.insert(RevisionPath("a", ("3-c", "2-b", "1-a"), False, {}))

    tree.insert(RevisionPath("a", ("4-d", "3-c", "2-forged", "1-forged"), False, {}))

    assert tree.leaves == {Revision(4, "d"): False}
    assert tree.parents[Revision(3, "c")] == Revision(2, "b")
    assert Revision(2, "forged") not in tree.parents


@pytest.mark.parametrize("text", ["1-a", "999999999999-f", "2-a-b", "10-ё "])
def test_revision_is_read_and_written_alike(text: str) -> None:
    assert str(revision_tree.parse(text)) == text


@pytest.mark.parametrize(
    "text", ["", "-", "1-", "-a", "0-a", "01-a", "٣-a", "1e3-a", "9" * 13 + "-a"]
)
def test_text_that_is_no_revision_is_refused(text: str) -> None:
    with pytest.raises(errors.ProtocolViolation) as refused:
        revision_tree.parse(text)

    assert refused.value.code == "bad_revision"
