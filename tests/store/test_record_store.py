"""Records: a small database in which the loser of a race is told."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sync.store.document_store import DocumentStore
from sync.store.record_store import RecordStore
from tests.contracts.record_store_contract import RecordStoreContract
from tests.store.stores import open_store

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=4)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DocumentStore]:
    store = open_store(tmp_path / "journal.db")
    yield store
    store.close()


@pytest.fixture
def records(store: DocumentStore) -> RecordStore:
    return store.records


class TestSqliteRecordStore(RecordStoreContract):
    """All of the contract."""


@given(st.lists(_TEXT, unique=True, max_size=12), _TEXT)
@example(["\ud7ff", "\ud7ffa", "\ue000"], "\ud7ff")  # what follows it are no characters
@example(["", "a"], "")
def test_prefix_finds_exactly_the_keys_that_begin_with_it(
    prefixes: DocumentStore, keys: list[str], prefix: str
) -> None:
    with prefixes.transaction() as running:
        for record in list(running.records.scan("c")):
            running.records.delete("c", record.key)
        for key in [*keys, prefix + "\U0010ffff\U0010ffff"]:
            running.records.overwrite("c", key, {})

    expected = {key for key in keys if key.startswith(prefix)} | {prefix + "\U0010ffff\U0010ffff"}
    found = [record.key for record in prefixes.records.scan("c", prefix)]

    assert found == sorted(expected)
    assert prefixes.records.count("c", prefix) == len(expected)


@pytest.fixture(scope="module")
def prefixes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DocumentStore]:
    store = open_store(tmp_path_factory.mktemp("records") / "journal.db")
    yield store
    store.close()


def test_many_keys_and_prefixes_are_looked_for_at_once(records):
    for key in ("a/1", "a/2", "b", "ё/1", "a%"):
        records.put("c", key, {}, None)
    records.put("other", "z/1", {}, None)

    assert records.existing("c", ["a/1", "b", "z/1", "a/"]) == {"a/1", "b"}
    assert records.with_prefixes("c", ["a/", "b/", "ё/", "z/", "a%"]) == {"a/", "ё/", "a%"}
    assert records.existing("c", []) == records.with_prefixes("c", []) == set()
