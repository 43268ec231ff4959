"""The third-party peers start from their lock and behave as CouchDB peers do."""

import pytest

from tests.support.peers import PouchDB, PouchError


def test_pouchdb_keeps_what_it_is_given(pouchdb: PouchDB) -> None:
    pouchdb.call("журнал", "put", {"_id": "1", "тема": "Дроби"})

    assert pouchdb.call("журнал", "get", "1")["тема"] == "Дроби"
    with pytest.raises(PouchError) as caught:
        pouchdb.call("журнал", "get", "2")
    assert caught.value.status == 404


def test_pouchdb_replicates_both_ways_with_another_server(
    pouchdb: PouchDB, express_pouchdb: str
) -> None:
    there = express_pouchdb + "both-ways"
    pouchdb.call("here", "put", {"_id": "from-here"})
    pouchdb.call(there, "put", {"_id": "from-there"})

    result = pouchdb.sync("here", there)

    assert result["push"]["docs_written"] == result["pull"]["docs_written"] == 1
    for database in ("here", there):
        rows = pouchdb.call(database, "allDocs")["rows"]
        assert [row["id"] for row in rows] == ["from-here", "from-there"]
