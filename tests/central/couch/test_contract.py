"""A store whose authority is CouchDB keeps every promise of a document store, and of records.

The stand-in, express-pouchdb, is always there, and our own server; an Apache CouchDB where
COUCHDB_URL names one.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.store.document_store import DocumentStore
from sync.store.record_store import RecordStore
from tests.contracts.document_store_contract import DocumentStoreContract
from tests.contracts.record_store_contract import RecordStoreContract
from tests.store.stores import assert_figures_are_true
from tests.support.couch_site import central_on, new_address
from tests.support.pairs import everything


class _OnCouch:
    """What the fixture makes of a server's address.

    At the end of each test a second central finds in CouchDB what the first one has in its file.
    """

    not_found_again: frozenset[str] = frozenset()
    compares_bodies = False  # JavaScript rounds the numbers of one test

    @pytest.fixture
    def store(
        self, tmp_path: Path, server: str, request: pytest.FixtureRequest
    ) -> Iterator[DocumentStore]:
        address = new_address(server)
        with central_on(tmp_path / "journal.db", address) as central:
            yield central.store
            assert_figures_are_true(central.store)
            if request.node.originalname in self.not_found_again:
                return
            with central_on(tmp_path / "other.db", address, writes=False) as other:
                if self.compares_bodies:
                    assert everything(other.store) == everything(central.store)
                assert trees(other.store) == trees(central.store)
                assert record_names(other.store) == record_names(central.store)

    @pytest.fixture
    def records(self, store: DocumentStore) -> RecordStore:
        return store.records


def trees(store: DocumentStore) -> dict[str, set[tuple[tuple[str, ...], bool]]]:
    """All documents with the history of each leaf."""
    return {
        row.id: {(store.path(row.id, one.rev), one.deleted) for one in store.leaves(row.id)}
        for row in store.changes(0).rows
    }


def record_names(store: DocumentStore) -> list[tuple[str, str]]:
    """All records."""
    read = store.database.read()
    return read.execute("SELECT collection, key FROM record ORDER BY 1, 2").fetchall()


class _OnServers(_OnCouch):
    # PouchDB drops a path whose newest revision it knows, CouchDB joins it to the tree. The gateway
    # takes whole paths only, so the journal never depends on it.
    not_found_again = frozenset(
        {
            "test_tree_does_not_depend_on_the_order_of_arrival",
            "test_history_that_arrives_late_joins_the_tree",
        }
    )

    @pytest.fixture
    def server(self, couch_server: str) -> str:
        return couch_server


class TestDocumentsOnCouchDB(_OnServers, DocumentStoreContract):
    """All of the contract."""


class TestRecordsOnCouchDB(_OnServers, RecordStoreContract):
    """All of the contract."""


class TestDocumentsOnOwnServer(_OnCouch, DocumentStoreContract):
    """All of the contract, and every byte found again."""

    compares_bodies = True

    @pytest.fixture
    def server(self, own_server: str) -> str:
        return own_server
