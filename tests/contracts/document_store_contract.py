"""What every document store promises, whatever it keeps its documents in.

A store's own tests derive a class from ``DocumentStoreContract`` and give it a fixture ``store``.
"""

from typing import Any

import pytest

from sync import errors
from sync.documents import canonical
from sync.store.document_store import DocumentStore
from sync.store.values import (
    LeafRevision,
    MissingRevisions,
    RevisionInfo,
    RevisionPath,
    RevisionState,
)
from tests.contracts.feed_contract import FeedContract, path


class DocumentStoreContract(FeedContract):
    """The promises, as tests that use public methods only."""

    # ---------------------------------------------------------------------------- new edits

    def test_unknown_document_is_none(self, store: DocumentStore) -> None:
        assert store.get("a") is None
        assert store.get("a", "1-a") is None
        assert store.leaves("a") == ()
        assert store.path("a", "1-a") == ()

    def test_put_value_can_be_read(self, store: DocumentStore) -> None:
        rev = store.put("a", {"topic": "Дроби"}, parent=None)

        leaf = store.get("a")

        assert leaf is not None
        assert (leaf.id, leaf.rev, leaf.deleted) == ("a", rev, False)
        assert leaf.value == {"topic": "Дроби"}

    def test_revision_is_the_canonical_hash_of_the_edit(self, store: DocumentStore) -> None:
        first = store.put("a", {"n": 1}, parent=None)
        second = store.put("a", {"n": 2}, parent=first)

        assert first == canonical.revision_of(None, False, {"n": 1})
        assert second == canonical.revision_of(first, False, {"n": 2})
        assert store.path("a", second) == (second, first)

    def test_edit_of_an_outdated_revision_is_a_conflict(self, store: DocumentStore) -> None:
        first = store.put("a", {"n": 1}, parent=None)
        store.put("a", {"n": 2}, parent=first)

        with pytest.raises(errors.RevisionConflict):
            store.put("a", {"n": 3}, parent=first)
        with pytest.raises(errors.RevisionConflict):
            store.put("a", {"n": 3}, parent=None)
        with pytest.raises(errors.RevisionConflict):
            store.put("a", {"n": 3}, parent="1-unknown")

        assert len(store.leaves("a")) == 1

    def test_edit_of_an_unknown_document_with_a_parent_is_a_conflict(
        self, store: DocumentStore
    ) -> None:
        with pytest.raises(errors.RevisionConflict):
            store.put("a", {}, parent="1-a")

        assert store.info().doc_count == 0

    def test_recreated_document_continues_the_generation(self, store: DocumentStore) -> None:
        first = store.put("a", {"n": 1}, parent=None)
        gone = store.put("a", {"why": "left"}, parent=first, deleted=True)
        again = store.put("a", {"n": 1}, parent=None)

        assert [canonical.generation_of(rev) for rev in (first, gone, again)] == [1, 2, 3]
        assert store.path("a", again) == (again, gone, first)
        assert store.leaves("a") == (store.get("a"),)

    def test_tombstone_is_read_as_winner_with_its_fields(self, store: DocumentStore) -> None:
        first = store.put("a", {"n": 1}, parent=None)
        store.put("a", {"why": "left"}, parent=first, deleted=True)

        leaf = store.get("a")

        assert leaf is not None
        assert leaf.deleted
        assert leaf.value == {"why": "left"}

    def test_tombstone_may_be_named_as_parent_of_a_living_edit_only(
        self, store: DocumentStore
    ) -> None:
        gone = store.put("a", {}, parent=store.put("a", {}, parent=None), deleted=True)

        with pytest.raises(errors.RevisionConflict):
            store.put("a", {}, parent=gone, deleted=True)
        with pytest.raises(errors.RevisionConflict):
            store.put("a", {}, parent=None, deleted=True)

        assert store.put("a", {"n": 2}, parent=gone).startswith("3-")

    def test_losing_living_leaf_may_be_edited(self, store: DocumentStore) -> None:
        store.insert([path("a", "1-a", n=1), path("a", "1-b", n=2)])

        rev = store.put("a", {}, parent="1-a", deleted=True)

        assert [leaf.rev for leaf in store.leaves("a")] == ["1-b", rev]

    @pytest.mark.parametrize("text", ["", "a", "1", "1-", "-a", "0-a", "01-a", "-1-a", "x-a"])
    def test_text_that_is_no_revision_is_refused(self, store: DocumentStore, text: str) -> None:
        with pytest.raises(errors.ProtocolViolation) as refused:
            store.put("a", {}, parent=text)

        assert refused.value.code == "bad_revision"
        with pytest.raises(errors.ProtocolViolation):
            store.insert([path("a", text)])
        with pytest.raises(errors.ProtocolViolation):
            store.get("a", text)

    @pytest.mark.parametrize(
        "value",
        [
            {"big": 2**80, "neg": -(2**63) - 1, "float": 1.0, "tiny": 5e-324},
            {"unknown": {"deep": [[], {}, None, True, False, "", "ё\u0000\U0001f600"]}},
            {"order": {"z": 1, "a": 2}},
            {},
        ],
    )
    def test_value_survives_unchanged(self, store: DocumentStore, value: dict[str, Any]) -> None:
        store.put("put", value, parent=None)
        store.insert([RevisionPath("inserted", ("1-a",), False, value)])

        for doc_id in ("put", "inserted"):
            leaf = store.get(doc_id)
            assert leaf is not None
            assert repr(leaf.value) == repr(value)

    @pytest.mark.parametrize(
        "doc_id", ["a/b", "?", "#", "%", "+", " ", "ä", "\u0000", "😀", "x" * 9000]
    )
    def test_any_text_may_be_an_id(self, store: DocumentStore, doc_id: str) -> None:
        rev = store.put(doc_id, {"n": 1}, parent=None)

        assert store.get(doc_id, rev) is not None
        assert [row.id for row in store.changes(0).rows] == [doc_id]
        assert store.revs_diff({doc_id: [rev]}) == {}
        assert [row.id for row in store.all_docs().rows] == [doc_id]

    def test_handed_out_value_is_a_copy(self, store: DocumentStore) -> None:
        store.put("a", {"list": [1]}, parent=None)

        leaf = store.get("a")
        assert leaf is not None
        leaf.value["list"].append(2)

        again = store.get("a")
        assert again is not None
        assert again.value == {"list": [1]}

    # ------------------------------------------------------------------- existing revisions

    def test_inserted_revision_keeps_its_id_and_history(self, store: DocumentStore) -> None:
        report = store.insert([path("a", "3-Zürich", "2-b", "1-a", n=3)])

        assert report.inserted == (("a", "3-Zürich"),)
        assert report.known == ()
        assert store.path("a", "3-Zürich") == ("3-Zürich", "2-b", "1-a")
        assert store.get("a", "2-b") is None

    def test_same_path_again_changes_nothing(self, store: DocumentStore) -> None:
        paths = [
            path("a", "2-b", "1-a", n=2),
            path("a", "2-c", "1-a", deleted=True),
            path("b", "1-a"),
        ]
        store.insert(paths)
        before = store.changes(0)

        report = store.insert(paths)

        assert report.inserted == ()
        assert len(report.known) == 3
        assert store.changes(0) == before

    def test_same_edit_in_two_places_is_one_revision(self, store: DocumentStore) -> None:
        first = store.put("a", {"n": 1}, parent=None)
        here = store.put("a", {"n": 2}, parent=first)
        there = canonical.revision_of(first, False, {"n": 2})

        report = store.insert([path("a", there, first, n=2)])

        assert report.known == (("a", here),)
        assert len(store.leaves("a")) == 1

    def test_conflict_is_kept_and_the_winner_comes_first(self, store: DocumentStore) -> None:
        store.insert([path("a", "2-b", "1-a", n=1), path("a", "2-c", "1-a", n=2)])

        assert [leaf.rev for leaf in store.leaves("a")] == ["2-c", "2-b"]
        assert store.leaf_revisions("a") == (LeafRevision("2-c", False), LeafRevision("2-b", False))
        assert store.get("a") == store.get("a", "2-c")

    def test_living_leaf_wins_over_a_newer_tombstone(self, store: DocumentStore) -> None:
        store.insert([path("a", "9-z", deleted=True), path("a", "1-a", n=1)])

        assert [leaf.rev for leaf in store.leaves("a")] == ["1-a", "9-z"]
        assert store.info().doc_count == 1

    def test_generation_is_compared_as_a_number(self, store: DocumentStore) -> None:
        store.insert([path("a", "9-z", n=9), path("a", "10-a", n=10)])

        leaf = store.get("a")

        assert leaf is not None
        assert leaf.rev == "10-a"

    def test_tree_does_not_depend_on_the_order_of_arrival(self, store: DocumentStore) -> None:
        paths = [
            path("?", "4-d", "3-c", n=4),
            path("?", "3-c", "2-b", n=3),
            path("?", "2-b", "1-a", n=2),
            path("?", "3-x", "2-b", "1-a", n=5),
        ]
        for doc_id, order in (("a", paths), ("b", list(reversed(paths)))):
            for one in order:
                store.insert([RevisionPath(doc_id, one.revisions, one.deleted, one.value)])

        assert store.path("a", "4-d") == store.path("b", "4-d") == ("4-d", "3-c", "2-b", "1-a")
        assert store.leaf_revisions("a") == store.leaf_revisions("b")
        assert [leaf.rev for leaf in store.leaves("a")] == ["4-d", "3-x"]

    def test_history_that_arrives_late_joins_the_tree(self, store: DocumentStore) -> None:
        store.insert([path("a", "2-b", "1-a", n=2)])
        store.insert([path("a", "5-e", n=5)])
        assert len(store.leaves("a")) == 2

        store.insert([path("a", "5-e", "4-d", "3-c", "2-b", n=5)])

        assert [leaf.rev for leaf in store.leaves("a")] == ["5-e"]
        assert store.path("a", "5-e") == ("5-e", "4-d", "3-c", "2-b", "1-a")

    def test_body_of_a_known_ancestor_is_kept_when_it_comes(self, store: DocumentStore) -> None:
        store.insert([path("a", "2-b", "1-a", n=2)])
        before = store.update_seq()

        report = store.insert([path("a", "1-a", n=1)])

        assert report.known == (("a", "1-a"),)
        assert store.update_seq() == before
        ancestor = store.get("a", "1-a")
        assert ancestor is not None
        assert ancestor.value == {"n": 1}

    @pytest.mark.parametrize("revisions", [(), ("3-c", "1-a"), ("1-a", "2-b"), ("2-b", "2-a")])
    def test_path_with_gaps_is_refused_and_nothing_is_stored(
        self, store: DocumentStore, revisions: tuple[str, ...]
    ) -> None:
        with pytest.raises(errors.ProtocolViolation):
            store.insert([path("good", "1-a"), RevisionPath("a", revisions, False, {})])

        assert store.info().doc_count == 0
        assert store.get("good") is None

    def test_leaves_of_one_document_get_one_sequence_together(self, store: DocumentStore) -> None:
        store.insert([path("a", f"1-{n:03}", n=n) for n in range(50)])

        page = store.changes(0)

        assert len(page.rows) == 1
        assert len(page.rows[0].revs) == 50
        assert page.last_seq.startswith("1-")

    # ---------------------------------------------------------------- what the endpoint asks

    def test_revisions_info_says_what_can_be_read(self, store: DocumentStore) -> None:
        store.insert([path("a", "2-b", "1-a", deleted=True), path("a", "3-c", "2-b", n=3)])

        assert store.revisions_info("a", "3-c") == (
            RevisionInfo("3-c", RevisionState.AVAILABLE),
            RevisionInfo("2-b", RevisionState.DELETED),
            RevisionInfo("1-a", RevisionState.MISSING),
        )

    def test_latest_follows_a_revision_to_its_leaves(self, store: DocumentStore) -> None:
        store.insert(
            [
                path("a", "1-a", n=1),
                path("a", "3-c", "2-b", "1-a", n=3),
                path("a", "2-d", "1-a", deleted=True),
                path("a", "1-x", n=9),
            ]
        )

        assert [leaf.rev for leaf in store.latest("a", "1-a")] == ["3-c", "2-d"]
        assert [leaf.rev for leaf in store.latest("a", "2-b")] == ["3-c"]
        assert [leaf.rev for leaf in store.latest("a", "1-x")] == ["1-x"]
        assert store.latest("a", "7-q") == ()
        assert store.latest("b", "1-a") == ()

    def test_revs_diff_names_unknown_revisions_and_possible_ancestors(
        self, store: DocumentStore
    ) -> None:
        store.insert([path("a", "2-b", "1-a", n=2), path("a", "3-q", "2-p", n=3)])

        answer = store.revs_diff(
            {"a": ["2-b", "1-a", "2-x", "3-d"], "new": ["1-a"], "known": [], "a2": ["1-a"]}
        )

        assert answer == {
            "a": MissingRevisions(("2-x", "3-d"), ("2-b",)),
            "new": MissingRevisions(("1-a",), ()),
            "a2": MissingRevisions(("1-a",), ()),
        }

    def test_fetch_gives_bodies_with_paths_in_the_order_asked(self, store: DocumentStore) -> None:
        stored = [path("b", "1-b", n=2), path("a", "3-c", "2-b", "1-a", deleted=True, n=1)]
        store.insert(stored)

        found = store.fetch([("a", "3-c"), ("x", "1-a"), ("b", "1-b"), ("a", "2-b"), ("a", "9-z")])

        assert found == [stored[1], None, stored[0], None, None]
