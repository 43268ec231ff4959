"""The brief form says the same documents, to the byte and in their order, or is refused whole."""

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.documents import canonical, compact_json, strict_json
from sync.replication import brief_form, http_answers, wire
from sync.store.values import RevisionPath
from tests.support import pairs
from tests.support.pairs import Link, everything

DIGESTS = st.text("ABCDEFabcdef019-_", min_size=22, max_size=22)
FIELDS = st.dictionaries(
    st.sampled_from(["field", "old", "new", "seq", "ё", "mac2"]),
    st.none() | st.integers(-5, 5) | st.text(max_size=5),
    max_size=4,
)


@st.composite
def entries(draw):
    entry = dict(draw(FIELDS))
    shape = draw(st.sampled_from(["usual", "usual", "usual", "first", "swapped", "long", "none"]))
    previous, mac = draw(DIGESTS), draw(DIGESTS)
    if shape == "none":
        return entry
    if shape == "swapped":
        return {**entry, "mac": mac, "previous": previous}
    if shape == "long":
        return {**entry, "previous": previous, "mac": mac + "x"}
    return {**entry, "previous": "" if shape == "first" else previous, "mac": mac}


@st.composite
def paths(draw):
    """Mostly revisions as our own programs make them; some of any other kind."""
    value = dict(draw(FIELDS))
    if draw(st.booleans()):
        value = {"kind": "mark", "entries": draw(st.lists(entries(), max_size=3)), **value}
    elif draw(st.booleans()):
        value["entries"] = draw(st.sampled_from([None, "text", 5, [1], [[]], {}]))
    doc_id = draw(st.sampled_from(["a", "mark:b:c", "ё"]))
    older = [
        f"{number}-{draw(st.integers(0, 2**128 - 1)):032x}"
        for number in range(draw(st.integers(0, 3)), 0, -1)
    ]
    deleted = draw(st.integers(0, 9)) == 0
    rev = canonical.revision_of(older[0] if older else None, deleted, value)
    revisions = (rev, *older)
    if draw(st.integers(0, 9)) == 0:
        revisions = revisions[:1]  # cut short
    if len(revisions) > 1 and draw(st.integers(0, 9)) == 0:
        revisions = (*revisions[:-1], f"{revisions[-1].partition('-')[0]}-foreign")
    return RevisionPath(doc_id, revisions, deleted, value)


def completed(body: bytes):
    return brief_form.completed(strict_json.loads(body, max_depth=http_answers.MAX_DEPTH))


@given(st.lists(paths(), max_size=6))
def test_what_is_completed_is_what_was_sent(batch):
    documents, _hashed = completed(brief_form.bulk_of(batch))

    assert [wire.path_of(document) for document in documents] == batch
    written = [compact_json.encode(wire.path_of(document).value) for document in documents]
    assert written == [compact_json.encode(path.value) for path in batch]  # the order of keys, too


def edited(number: int) -> RevisionPath:
    """A document with two entries, as a mark that was corrected."""
    digests = [f"{number:04d}{which}" * 4 + "AB" for which in "wxyz"]
    value = {
        "kind": "mark",
        "entries": [
            {"field": "value", "new": 5, "previous": digests[0], "mac": digests[1]},
            {"field": "value", "new": 4, "previous": digests[2], "mac": digests[3]},
        ],
        "value": 4,
    }
    parent = f"1-{number:032x}"
    rev = canonical.revision_of(parent, False, value)
    return RevisionPath(f"mark:{number}", (rev, parent), False, value)


BATCH = [edited(number) for number in range(20)]


def changed(change):
    body = json.loads(brief_form.bulk_of(BATCH))
    change(body)
    return body


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body["brief"].update(sum="0" * 32),
        lambda body: body["brief"].pop("sum"),
        lambda body: body["brief"].update(ids=body["brief"]["ids"][:-32]),
        lambda body: body["brief"].update(ids=body["brief"]["ids"] + "0" * 32),
        lambda body: body["brief"].update(macs=body["brief"]["macs"][:-1]),
        lambda body: body["brief"].update(macs=body["brief"]["macs"] + "0" * 22),
        lambda body: body["brief"].update(previous=None),
        lambda body: body["brief"].update(previous=body["brief"]["previous"][22:] + "A" * 22),
        lambda body: body.update(brief=None),
        lambda body: body.update(brief=[]),
        lambda body: body.update(docs={}),
        lambda body: body["docs"].append("text"),
        lambda body: body["docs"].append({"_id": "a"}),
        lambda body: body["docs"].reverse(),
        lambda body: body["docs"][0].update(value=3),
        lambda body: body["docs"][0].update(_revisions=10**15),
        lambda body: body["docs"][0].update(_revisions=-1),
        lambda body: body["docs"][0].update(entries="text"),
        lambda body: body["docs"][0].update(entries={"a": 1}),
        lambda body: body["docs"][0].update(entries=[None, None]),
        lambda body: body["docs"][0].pop("entries"),
    ],
)
def test_what_does_not_fit_is_refused_whole(change):
    with pytest.raises(brief_form.NotBrief):
        brief_form.completed(changed(change))


def test_how_much_was_hashed_is_told_of_each_document_whose_revision_was_made_here():
    documents, hashed = completed(
        brief_form.bulk_of([*BATCH, RevisionPath("a", ("1-b",), False, {})])
    )

    assert [wire.path_of(*pair).hashed_bytes for pair in zip(documents, hashed, strict=True)] == [
        *(canonical.revision_and_size(path.revisions[1], False, path.value)[1] for path in BATCH),
        None,
    ]


@pytest.mark.parametrize("field", ["_deleted", "_rev", "_attachments", "_unknown"])
def test_no_field_is_taken_that_the_revision_would_not_cover(field):
    """The sum is over ids and revisions, and whoever sends it can make one that fits."""
    path = edited(1)
    told = {**path.value, field: True}
    rev = canonical.revision_of(path.revisions[1], False, told)
    body = json.loads(brief_form.bulk_of([path]))
    body["docs"][0][field] = True
    body["brief"]["sum"] = hashlib.sha256(f"{path.id} {rev}".encode()).hexdigest()[:32]

    with pytest.raises(brief_form.NotBrief):
        brief_form.completed(body)


def test_a_float_is_refused_in_this_form():
    """What msgspec and Python write of it differs, so the revisions would."""
    path = edited(1)
    value = {**path.value, "weight": 1e16}
    rev = canonical.revision_of(path.revisions[1], False, value)
    floating = RevisionPath(path.id, (rev, path.revisions[1]), False, value)

    with pytest.raises(brief_form.NotBrief):
        completed(brief_form.bulk_of([floating]))


def test_it_takes_three_quarters_of_the_bytes():
    plain = http_answers.packed(wire.bulk_of(map(wire.written, BATCH)))
    brief = http_answers.packed(brief_form.bulk_of(BATCH))

    assert len(brief.data) < 0.8 * len(plain.data)


def test_edits_are_pushed_in_the_brief_form_to_a_server_that_takes_it(
    databases, name, remote, local, monkeypatch
):
    sent = _bodies_sent(monkeypatch)
    local.insert(BATCH)
    link = Link(local, pairs.remote_peer(databases.url, name), remote.uuid)

    outcome = link.push.run_pass()

    assert (outcome.written, outcome.refused) == (20, 0)
    assert everything(remote) == everything(local)
    assert [b'"brief"' in body for body in sent] == [True]


def test_a_batch_that_does_not_fit_is_sent_again_as_it_is(
    databases, name, remote, local, monkeypatch
):
    """One of the revisions is not the hash of its document: nobody here can make it anew."""
    sent = _bodies_sent(monkeypatch)
    strange = RevisionPath("strange", ("2-" + "f" * 32, "1-" + "e" * 32), False, {"entries": []})
    local.insert([*BATCH, strange])
    link = Link(local, pairs.remote_peer(databases.url, name), remote.uuid)

    assert link.push.run_pass().written == 21

    assert everything(remote) == everything(local)
    assert [b'"brief"' in body for body in sent] == [True, False]


def test_a_server_that_does_not_say_so_is_sent_documents_as_they_are(
    databases, name, remote, local, monkeypatch
):
    sent = _bodies_sent(monkeypatch)
    peer = pairs.remote_peer(databases.url, name)

    peer.upload(BATCH)  # it was not asked what it takes

    assert [b'"brief"' in body for body in sent] == [False]
    assert remote.info().doc_count == 20


def test_first_revisions_and_few_documents_go_as_they_are():
    first = [RevisionPath(f"d{n}", (f"1-{n:032x}",), False, {"n": n}) for n in range(500)]

    assert brief_form.is_worth_it(BATCH)
    assert not brief_form.is_worth_it(BATCH[:7])
    assert not brief_form.is_worth_it(first)
    assert not brief_form.is_worth_it([*BATCH, *first])


def _bodies_sent(monkeypatch):
    """Return a list that grows by the body of each upload."""
    sent = []
    packed = http_answers.packed

    def noted(data, *level):
        if b'"docs"' in data and b'"new_edits"' in data:
            sent.append(data)
        return packed(data, *level)

    monkeypatch.setattr(http_answers, "packed", noted)
    return sent
