"""What every document store promises of its feed, its local documents and its transactions.

The second half of ``document_store_contract``.
"""

import threading
from typing import Any

import pytest

from sync import errors
from sync.store.document_store import DocumentStore
from sync.store.values import RevisionPath


def path(doc_id: str, *revisions: str, deleted: bool = False, **value: Any) -> RevisionPath:
    """A path whose body is ``value``."""
    return RevisionPath(doc_id, revisions, deleted, value)


class FeedContract:
    """The promises, as tests that use public methods only."""

    # --------------------------------------------------------------------------- changes

    def test_changes_names_each_document_once_at_its_last_change(
        self, store: DocumentStore
    ) -> None:
        first = store.put("a", {"n": 1}, parent=None)
        store.put("b", {"n": 1}, parent=None)
        second = store.put("a", {"n": 2}, parent=first)

        page = store.changes(0)

        assert [row.id for row in page.rows] == ["b", "a"]
        assert page.rows[1].revs == (second,)
        assert page.last_seq == page.rows[1].seq == store.update_seq()
        assert page.pending == 0

    def test_changes_can_be_read_page_by_page(self, store: DocumentStore) -> None:
        store.insert([path(f"d{n}", "1-a", n=n) for n in range(10)])

        seen, since, pendings = [], "0", []
        while True:
            page = store.changes(since, limit=4)
            seen += [row.id for row in page.rows]
            pendings.append(page.pending)
            since = page.last_seq
            if not page.pending:
                break

        assert seen == [f"d{n}" for n in range(10)]
        assert pendings == [6, 2, 0]
        assert store.changes(since).rows == ()

    def test_changes_after_a_sequence(self, store: DocumentStore) -> None:
        store.put("a", {}, parent=None)
        since = store.update_seq()
        store.put("b", {}, parent=None)

        assert [row.id for row in store.changes(since).rows] == ["b"]
        assert store.changes("now").rows == ()
        assert store.changes("now").last_seq == store.update_seq()

    def test_changes_in_descending_order(self, store: DocumentStore) -> None:
        store.insert([path(f"d{n}", "1-a") for n in range(5)])

        page = store.changes(0, descending=True, limit=2)

        assert [row.id for row in page.rows] == ["d4", "d3"]
        assert page.pending == 3

    def test_changes_of_named_documents(self, store: DocumentStore) -> None:
        store.insert([path(f"d{n}", "1-a") for n in range(5)])

        page = store.changes(0, doc_ids=["d3", "d1", "d3", "x"])

        assert [row.id for row in page.rows] == ["d1", "d3"]
        assert page.last_seq == store.update_seq()
        first = store.changes(0, doc_ids=["d3", "d1"], limit=1)
        assert ([row.id for row in first.rows], first.pending) == (["d1"], 1)
        assert [row.id for row in store.changes(first.last_seq, doc_ids=["d3", "d1"]).rows] == [
            "d3"
        ]

    def test_changes_names_all_leaves_only_when_asked(self, store: DocumentStore) -> None:
        store.insert([path("a", "1-a"), path("a", "1-b"), path("a", "2-c", deleted=True)])

        assert store.changes(0).rows[0].revs == ("1-b", "1-a", "2-c")
        assert store.changes(0, style_all=False).rows[0].revs == ("1-b",)

    def test_tombstone_is_a_change(self, store: DocumentStore) -> None:
        store.put("a", {}, parent=store.put("a", {}, parent=None), deleted=True)

        assert [(row.id, row.deleted) for row in store.changes(0).rows] == [("a", True)]

    @pytest.mark.parametrize("since", ["", "x", "-1", "1.5", "1-", "٣", "1 ", -1, True, "1-a b"])
    def test_text_that_is_no_sequence_is_refused(
        self, store: DocumentStore, since: str | int
    ) -> None:
        with pytest.raises(errors.BadSequence):
            store.changes(since)

    # ----------------------------------------------------------------------- all documents

    def test_counts_follow_every_kind_of_change(self, store: DocumentStore) -> None:
        def counts() -> tuple[int, int]:
            info = store.info()
            return info.doc_count, info.doc_del_count

        seen = [counts()]
        rev = store.put("a", {}, parent=None)
        seen.append(counts())
        store.insert([path("b", "1-a", deleted=True)])
        seen.append(counts())
        store.put("a", {}, parent=rev, deleted=True)
        seen.append(counts())
        store.insert([path("b", "1-b")])
        seen.append(counts())
        store.insert([path("b", "2-c", "1-b", deleted=True)])
        seen.append(counts())
        store.put("a", {}, parent=None)
        seen.append(counts())

        assert seen == [(0, 0), (1, 0), (1, 1), (0, 2), (1, 1), (0, 2), (1, 1)]

    def test_all_docs_lists_living_documents_in_order_of_bytes(self, store: DocumentStore) -> None:
        store.insert([path(doc_id, "1-a") for doc_id in ("ё", "b", "Я", "a", "B", "😀", "\uffff")])
        store.insert([path("aa", "1-a", deleted=True)])

        page = store.all_docs()

        assert [row.id for row in page.rows] == ["B", "a", "b", "Я", "ё", "\uffff", "😀"]
        assert page.total == 7
        assert {row.rev for row in page.rows} == {"1-a"}
        assert {row.value is None for row in page.rows} == {True}

    def test_all_docs_of_a_range(self, store: DocumentStore) -> None:
        store.insert([path(letter, "1-a", letter=letter) for letter in "abcdefg"])

        def ids(**options: Any) -> str:
            return "".join(row.id for row in store.all_docs(**options).rows)

        assert ids(startkey="c", endkey="e") == "cde"
        assert ids(startkey="c", endkey="e", inclusive_end=False) == "cd"
        assert ids(startkey="e", endkey="c", descending=True) == "edc"
        assert ids(startkey="e", endkey="c", descending=True, inclusive_end=False) == "ed"
        assert ids(startkey="bb", skip=1, limit=2) == "de"
        assert ids(limit=0) == ""
        assert ids(startkey="e", endkey="c") == ""
        assert store.all_docs(startkey="c", skip=1).offset == 3
        assert store.all_docs(startkey="c", descending=True).offset == 4
        assert [row.value for row in store.all_docs(endkey="a", include_docs=True).rows] == [
            {"letter": "a"}
        ]

    def test_all_docs_of_keys_keeps_their_order(self, store: DocumentStore) -> None:
        store.insert([path("a", "1-a", n=1), path("b", "1-b", deleted=True), path("c", "1-c")])

        page = store.all_docs(keys=["c", "x", "b", "a", "c"], include_docs=True)

        assert [(row.id, row.rev, row.deleted, row.value) for row in page.rows] == [
            ("c", "1-c", False, {}),
            ("x", None, False, None),
            ("b", "1-b", True, None),
            ("a", "1-a", False, {"n": 1}),
            ("c", "1-c", False, {}),
        ]
        middle = store.all_docs(keys=["c", "x", "b", "a"], skip=1, limit=2)
        assert [row.id for row in middle.rows] == ["x", "b"]
        backwards = store.all_docs(keys=["c", "a"], descending=True)
        assert [row.id for row in backwards.rows] == ["a", "c"]

    # --------------------------------------------------------------------- local documents

    def test_local_document_is_overwritten_and_counted(self, store: DocumentStore) -> None:
        assert store.get_local("c") is None
        assert store.put_local("c", {"n": 1}) == "0-1"
        assert store.put_local("c", {"n": 2}) == "0-2"
        assert store.put_local("c", {"n": 3}, parent="0-2") == "0-3"

        assert store.get_local("c") == ("0-3", {"n": 3})

    def test_local_document_of_another_revision_is_a_conflict(self, store: DocumentStore) -> None:
        store.put_local("c", {"n": 1})

        with pytest.raises(errors.RevisionConflict):
            store.put_local("c", {"n": 2}, parent="0-2")
        with pytest.raises(errors.RevisionConflict):
            store.put_local("new", {"n": 2}, parent="0-1")
        with pytest.raises(errors.RevisionConflict):
            store.delete_local("c", parent="0-7")

        assert store.get_local("c") == ("0-1", {"n": 1})

    def test_local_document_is_no_document(self, store: DocumentStore) -> None:
        store.put_local("c", {"n": 1})

        assert store.changes(0).rows == ()
        assert store.info().doc_count == 0
        assert store.delete_local("c", parent="0-1") is True
        assert store.delete_local("c") is False
        assert store.get_local("c") is None

    # ------------------------------------------------------------------------ transactions

    def test_transaction_sees_its_own_writes_and_others_do_not(self, store: DocumentStore) -> None:
        with store.transaction() as running:
            rev = running.put("a", {"n": 1}, parent=None)
            running.put_local("l", {"n": 1})
            running.meta_set("k", ["v"])
            running.records.put("c", "k", {"n": 1}, None)

            seen = running.get("a")
            assert seen is not None
            assert seen.rev == rev
            assert running.leaves("a") == (seen,)
            assert running.path("a", rev) == (rev,)
            assert running.revs_diff({"a": [rev]}) == {}
            assert running.fetch([("a", rev)])[0] is not None
            assert running.get_local("l") == ("0-1", {"n": 1})
            assert running.meta_get("k") == ["v"]
            assert running.records.get("c", "k") is not None
            assert store.get("a") is None
            assert store.get_local("l") is None
            assert store.meta_get("k") is None
            assert store.records.get("c", "k") is None

        assert store.get("a") is not None
        assert store.meta_get("k") == ["v"]

    def test_transaction_that_fails_leaves_nothing(self, store: DocumentStore) -> None:
        before = store.update_seq()

        with pytest.raises(KeyError):
            _write_everything_and_fail(store)

        assert store.update_seq() == before
        assert store.changes(0).rows == ()
        assert store.get_local("l") is None
        assert store.records.count("c") == 0
        assert store.meta_get("k") is None

    def test_write_inside_a_transaction_of_the_same_thread_is_a_bug(
        self, store: DocumentStore
    ) -> None:
        with pytest.raises(RuntimeError), store.transaction():
            store.put("a", {}, parent=None)

        assert store.put("a", {}, parent=None)

    def test_two_threads_that_write_at_once_lose_nothing(self, store: DocumentStore) -> None:
        store.put("shared", {"n": 0}, parent=None)
        failures: list[BaseException] = []

        def work(name: str) -> None:
            try:
                for number in range(25):
                    store.put(f"{name}:{number}", {"n": number}, parent=None)
                    _add_one(store)
            except BaseException as error:  # noqa: BLE001 - shown by the main thread
                failures.append(error)

        threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert failures == []
        leaf = store.get("shared")
        assert leaf is not None
        assert leaf.value == {"n": 100}
        assert store.info().doc_count == 101
        assert len({row.seq for row in store.changes(0).rows}) == 101

    # ----------------------------------------------------------------------------- waiting

    def test_waiting_ends_with_a_change(self, store: DocumentStore) -> None:
        since = store.update_seq()
        woken: list[bool] = []
        waiter = threading.Thread(
            target=lambda: woken.append(store.wait_for_change(since, timeout_seconds=30))
        )
        waiter.start()

        store.put("a", {}, parent=None)
        waiter.join()

        assert woken == [True]
        assert store.wait_for_change(since, timeout_seconds=30) is True

    def test_waiting_ends_without_a_change(self, store: DocumentStore) -> None:
        store.put("a", {}, parent=None)
        store.put_local("l", {})

        assert store.wait_for_change(store.update_seq(), timeout_seconds=0.01) is False

    def test_commits_that_change_documents_are_told(self, store: DocumentStore) -> None:
        told: list[int] = []
        store.on_commit(lambda: told.append(store.info().doc_count))

        store.put("a", {}, parent=None)
        store.insert([path("a", "1-x")])
        store.insert([path("a", "1-x")])
        store.put_local("l", {})
        store.records.overwrite("c", "k", {})

        assert told == [1, 1]

    # -------------------------------------------------------------------------- compaction

    def test_compaction_drops_the_bodies_of_ancestors_only(self, store: DocumentStore) -> None:
        first = store.put("a", {"n": 1}, parent=None)
        second = store.put("a", {"n": 2}, parent=first)
        store.insert([path("b", "1-a", n=1), path("b", "1-b", deleted=True, n=2)])
        before = store.changes(0)

        store.compact()

        assert store.get("a", first) is None
        assert store.get("a", second) is not None
        assert store.path("a", second) == (second, first)
        assert [leaf.value for leaf in store.leaves("b")] == [{"n": 1}, {"n": 2}]
        assert store.changes(0) == before


def _write_everything_and_fail(store: DocumentStore) -> None:
    with store.transaction() as running:
        running.put("a", {"n": 1}, parent=None)
        running.insert([path("b", "1-a")])
        running.put_local("l", {})
        running.records.overwrite("c", "k", {})
        running.meta_set("k", 1)
        raise KeyError


def _add_one(store: DocumentStore) -> None:
    """Count one up in a shared document, as often as it takes."""
    while True:
        leaf = store.get("shared")
        assert leaf is not None
        try:
            store.put("shared", {"n": leaf.value["n"] + 1}, parent=leaf.rev)
        except errors.RevisionConflict:
            continue
        return
