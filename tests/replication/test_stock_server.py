"""Our replicator as the active side against a stock server, express-pouchdb."""

import itertools

import pytest
import requests

from sync.documents.judgement import Outcome
from sync.replication.outcome import Ending
from tests.support import pairs
from tests.support.pairs import Link, disputed, everything, fill

_NUMBERS = itertools.count()


@pytest.fixture
def stock(express_pouchdb):
    name = f"db{next(_NUMBERS)}"
    requests.put(express_pouchdb + name, timeout=10).raise_for_status()
    return express_pouchdb, name


def link_to(stock, local):
    url, name = stock
    peer = pairs.remote_peer(url, name)
    return Link(local, peer, peer.info().uuid)


def test_two_stores_become_equal_through_a_stock_server(stock, open_store):
    one, other = open_store("one.sqlite"), open_store("other.sqlite")
    fill(one, range(150), "one")
    fill(other, range(150), "other")
    disputed(one, "disputed", leaves=4)
    for store in (one, other):
        store.put("met", {"by": store.uuid}, parent=None)
        rev = store.put(f"gone-{store.uuid}", {"x": 1}, parent=None)
        store.put(f"gone-{store.uuid}", {"why": "left"}, parent=rev, deleted=True)
    for doc_id in ("a/b", "a?b", "ä", "😀", "a%b", "_design/x"):
        one.put(doc_id, {"n": 1}, parent=None)

    for _ in range(2):
        for store in (one, other):
            outcomes = link_to(stock, store).both()
            assert [outcome.ended_because for outcome in outcomes] == [Ending.COMPLETE] * 2

    assert everything(one) == everything(other)
    assert len(one.leaves("met")) == 2


def test_what_is_at_the_stock_server_is_not_sent_again(stock, local):
    fill(local, range(120))
    link = link_to(stock, local)
    assert link.push.run_pass().written == 120

    again = link_to(stock, local)

    assert again.push.run_pass().read == 0
    assert [outcome.sent for outcome in again.both()] == [0, 0]


def test_attachments_of_a_stock_server_are_refused_and_the_rest_is_pulled(stock, local):
    url, name = stock
    attachment = {"x.txt": {"data": "eA==", "content_type": "text/plain"}}
    docs = [{"_id": "with", "_attachments": attachment}, {"_id": "without", "n": 1}]
    requests.post(f"{url}{name}/_bulk_docs", json={"docs": docs}, timeout=10).raise_for_status()

    outcome = link_to(stock, local).pull.run_pass()

    assert [(one.id, one.outcome, one.code) for one in outcome.verdicts] == [
        ("with", Outcome.REFUSED, "attachments_not_kept")
    ]
    assert local.get("without").value == {"n": 1}
    assert local.get("with") is None
