import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.replication import wire
from sync.store.values import RevisionPath

GOOD = {"_id": "a", "_rev": "2-b", "_revisions": {"start": 2, "ids": ["b", "a"]}, "x": 1}
digests = st.text("0123456789abcdef", min_size=1, max_size=40)


@given(
    st.text(min_size=1).filter(lambda text: not text.startswith("_")),
    st.integers(0, 10**9),
    st.lists(digests, min_size=1, max_size=20),
    st.booleans(),
    st.dictionaries(st.text().filter(lambda name: not name.startswith("_")), st.integers()),
)
def test_a_revision_survives_the_wire(doc_id, cut, ids, deleted, value):
    start = cut + len(ids)
    revisions = tuple(f"{start - age}-{digest}" for age, digest in enumerate(ids))
    path = RevisionPath(doc_id, revisions, deleted, value)

    assert wire.path_of(wire.document_of(path)) == path


def test_a_document_without_history_is_a_path_of_one():
    assert wire.path_of({"_id": "a", "_rev": "3-c"}).revisions == ("3-c",)


@pytest.mark.parametrize(
    "change",
    [
        {"_id": 1},
        {"_id": ""},
        {"_id": None},
        {"_id": "_x"},
        {"_id": "_local/x"},
        {"_id": "_design/"},
        {"_rev": None},
        {"_rev": "abc"},
        {"_rev": "1-"},
        {"_rev": "0-a"},
        {"_rev": "02-a"},
        {"_rev": "-1-a"},
        {"_rev": "٣-a"},
        {"_rev": "9" * 30 + "-a"},
        {"_rev": "1-" + "a" * 1000},
        {"_revisions": []},
        {"_revisions": {"start": 2}},
        {"_revisions": {"start": True, "ids": ["b"]}},
        {"_revisions": {"start": 2, "ids": []}},
        {"_revisions": {"start": 2, "ids": ["b", "a", "z"]}},
        {"_revisions": {"start": 2, "ids": ["b", 1]}},
        {"_revisions": {"start": 2, "ids": ["c", "a"]}},
        {"_revisions": {"start": 3, "ids": ["b", "a"]}},
        {"_deleted": 1},
        {"_unknown": 1},
    ],
)
def test_what_couchdb_would_not_take_is_malformed(change):
    with pytest.raises(wire.MalformedDocument):
        wire.path_of(GOOD | change)


@pytest.mark.parametrize("document", [None, 1, "x", [], [GOOD]])
def test_only_an_object_is_a_document(document):
    with pytest.raises(wire.MalformedDocument):
        wire.path_of(document)


def test_attachments_are_noticed_and_an_empty_list_of_them_is_not():
    assert wire.has_attachments(wire.path_of(GOOD | {"_attachments": {"a": {}}}).value)
    assert not wire.has_attachments(wire.path_of(GOOD | {"_attachments": {}}).value)


def test_what_answers_add_to_a_document_is_not_part_of_its_value():
    path = wire.path_of(GOOD | {"_conflicts": ["2-c"], "_revs_info": [], "_local_seq": 3})

    assert path.value == {"x": 1}
