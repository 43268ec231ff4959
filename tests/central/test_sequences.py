"""Sequences in which other systems lose something, each by its name."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from central import alarms, merging
from central.desk import deciding, putting_aside
from central.desk.deciding import Choice, How
from sync import errors
from sync.documents import canonical, entry, identifiers, kinds, settling
from sync.documents.entry import Entry
from sync.projections import decisions, disputes, lessons
from sync.store.values import RevisionPath
from tests.support import classrooms, sample_school
from tests.support.classrooms import MARK, Room, School
from tests.support.sample_school import DEPUTY, LESSON_1, SOKOLOVA, YOLKIN

VALUE = ("value",)
LESSON = identifiers.lesson_id(LESSON_1)


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    with classrooms.opened(tmp_path) as opened:
        yield opened


@pytest.fixture
def first(school: School) -> Room:
    return school.room("n1")


@pytest.fixture
def second(school: School) -> Room:
    return school.room("n2")


def share(*stores: Any) -> None:
    """Let Ёлкин teach the group beside Соколова."""
    fields = {"group": sample_school.MATH_5A, "teacher": YOLKIN, "room": "22"}
    for store in stores:
        sample_school.put(store, "assignment:gm5a2", **fields, starts="2026-09-01", ends=None)


def describe(room: Room, author: str, **fields: str | None) -> None:
    kept = room.live(LESSON)
    seen = {name: kept[0].value.get(name) if kept else None for name in fields}
    room.journal.describe_lesson(author, LESSON_1, fields, seen=seen, token=room.token())


def disagree(school: School, one: int = 5, other: int = 3) -> None:
    first, second = school.room("n1"), school.room("n2")
    share(school.central, first.store, second.store)
    first.mark(SOKOLOVA, one)
    second.mark(YOLKIN, other)
    school.meet(first, second)


def decide(school: School, value: int, reason: str = "По работе") -> str:
    choice = Choice(VALUE, How.THIRD, None, {"value": value})
    return deciding.decide(
        school.desk, MARK, school.shown_revs(), [choice], by=DEPUTY, reason=reason
    )


def everything(store: Any) -> dict[str, Any]:
    """Return all leaves of the journal, of decisions and of rejections."""
    return {
        path.id + path.rev: (path.revisions, path.deleted, path.value)
        for path in classrooms.paths(store)
    }


def disputed_values(school: School) -> dict[str, Any]:
    (dispute,) = deciding.disputes_of(school.central, MARK)
    return {one.author: one.values["value"] for one in dispute.versions}


# --------------------------------------------------------------------------------- the sequences


def test_two_edits_before_one_sync(school: School, first: Room) -> None:
    first.mark(SOKOLOVA, 5)
    first.mark(SOKOLOVA, 4)

    assert school.push(first) == ["accepted"]
    assert school.receipts(first) == ["accepted", "accepted"]


def test_descendant_of_a_quarantined_revision(school: School, first: Room) -> None:
    share(first.store)
    first.mark(YOLKIN, 5)
    school.push(first)
    early = first.live()[0].rev
    first.mark(YOLKIN, 4)

    assert school.push(first) == ["not_your_lesson"]

    with pytest.raises(errors.EntryRefused, match="settled_meanwhile"):
        putting_aside.accept(school.desk, MARK, early, by=DEPUTY, reason="старое")
    late = first.live()[0].rev
    assert putting_aside.accept(school.desk, MARK, late, by=DEPUTY, reason="да") == "accepted"
    assert school.receipts(first) == ["accepted", "accepted"]
    assert (shown := school.shown()) is not None
    assert shown.value == 4


def test_a_decision_racing_an_offline_correction(school: School, first: Room, second: Room) -> None:
    disagree(school)
    first.mark(SOKOLOVA, 4)  # without having heard of the decision
    decide(school, 3)

    assert set(school.push(first)) <= {"accepted"}

    # Neither overrides the other: people are asked again, with both names.
    assert disputed_values(school) == {DEPUTY: 3, SOKOLOVA: 4}
    assert (shown := school.shown()) is not None
    assert shown.disputed
    decide(school, 4, "Исправила")
    school.meet(first, second)
    for room in (first, second):
        assert (shown := room.shown()) is not None
        assert (shown.value, shown.disputed) == (4, False)


def test_a_merge_racing_the_next_edit(school: School, first: Room, second: Room) -> None:
    describe(first, SOKOLOVA, topic="Дроби")
    describe(second, SOKOLOVA, homework="№ 5")
    school.push(first)
    school.push(second)  # merged at central
    describe(first, SOKOLOVA, topic="Обыкновенные дроби")  # on the leaf that central has closed

    school.meet(first, second)

    for store in (school.central, first.store, second.store):
        (leaf,) = [one for one in store.leaves(LESSON) if not one.deleted]
        assert leaf.value["topic"] == "Обыкновенные дроби"
        assert leaf.value["homework"] == "№ 5"
    assert disputes.open_disputes(school.central.database.read()) == []


def test_rejected_then_corrected(school: School, first: Room) -> None:
    share(first.store)
    first.mark(YOLKIN, 5)
    school.push(first)
    rejection = putting_aside.reject(
        school.desk, MARK, first.live()[0].rev, by=DEPUTY, reason="Не ваш урок"
    )
    school.pull(first)
    take_off(first, rejection)
    assert first.shown() is None

    first.mark(SOKOLOVA, 4)

    assert school.push(first, MARK) == ["accepted"]
    assert (shown := school.shown()) is not None
    assert (shown.value, shown.author) == (4, SOKOLOVA)


def take_off(room: Room, rejection: str) -> None:
    """Take a refused leaf out of a room's tree, as its program does."""
    told = room.store.get(rejection)
    assert told is not None
    with room.store.transaction() as tx:
        assert tx.remove_leaf(told.value["document"], told.value["revision"]) is not None


def test_an_author_of_two_values_settles_it_alone(
    school: School, first: Room, second: Room
) -> None:
    first.mark(SOKOLOVA, 5)
    second.mark(SOKOLOVA, 3)
    school.meet(first, second)
    (row,) = disputes.own_disputes(second.store.database.read(), SOKOLOVA)
    shown = [leaf.rev for leaf in second.live()]

    second.journal.choose(SOKOLOVA, row.doc_id, shown, {"value": 5}, token="choice")

    assert disputes.own_disputes(second.store.database.read(), SOKOLOVA) == []
    school.meet(second, first)
    for store in (school.central, first.store, second.store):
        (leaf,) = [one for one in store.leaves(MARK) if not one.deleted]
        assert leaf.value["value"] == 5
        assert len(leaf.value["entries"]) == 3


@pytest.mark.parametrize(
    ("author", "fields", "code"),
    [
        (YOLKIN, {"value": 5}, "not_your_choice"),
        (SOKOLOVA, {}, "choice_needed"),
        (SOKOLOVA, {"comment": "x"}, "choice_needed"),
        (SOKOLOVA, {"value": "пять"}, "schema"),
    ],
)
def test_choice_that_is_none_writes_nothing(
    school: School, first: Room, second: Room, author: str, fields: dict[str, Any], code: str
) -> None:
    first.mark(SOKOLOVA, 5)
    second.mark(SOKOLOVA, 3)
    school.meet(first, second)
    before = first.store.update_seq()
    shown = [leaf.rev for leaf in first.live()]

    with pytest.raises(errors.EntryRefused, match=code):
        first.journal.choose(author, MARK, shown, fields, token="choice")
    with pytest.raises(errors.EntryRefused, match="changed_meanwhile"):
        first.journal.choose(SOKOLOVA, MARK, shown[:1], {"value": 5}, token="choice")
    assert first.store.update_seq() == before


def test_a_dispute_settled_by_a_third_person_is_refused(school: School, first: Room) -> None:
    disagree(school)
    leaves = school.live()
    ground = settling.ground("mark", [leaf.value for leaf in leaves], 0)
    made = Entry(
        "value",
        ground.old("value"),
        4,
        SOKOLOVA,
        "n1",
        "forged",
        1,
        school.clock.now(),
    )
    sent = settled_by(school, leaves[0].rev, ground.value, made)
    before = everything(school.central)

    (verdict,) = school.take([sent])

    assert verdict.code == "value_without_entry"
    assert everything(school.central) == before


def settled_by(school: School, onto: str, value: dict[str, Any], made: Entry) -> RevisionPath:
    key = school.keys().key_of(made.node)
    assert key is not None
    written = entry.fold(value, [made])
    written["entries"] = [*value["entries"], entry.seal(MARK, made, key).as_json()]
    rev = canonical.revision_of(onto, False, written)
    return RevisionPath(MARK, (rev, *school.central.path(MARK, onto)), False, written)


def test_only_a_genuine_closing_tombstone_is_taken(
    school: School, first: Room, second: Room
) -> None:
    first.mark(SOKOLOVA, 5)
    school.push(first)
    (leaf,) = school.live()
    values: list[dict[str, Any]] = [
        {"kind": "mark", "schema": 1},
        merging.closing(MARK, leaf.rev, leaf.rev, bytes(32)),
        merging.closing(MARK, "1-b", leaf.rev, sample_school.CENTRAL_KEY),
        merging.closing("mark:x", leaf.rev, leaf.rev, sample_school.CENTRAL_KEY),
    ]
    for value in values:
        rev = canonical.revision_of(leaf.rev, True, value)
        (verdict,) = school.take([RevisionPath(MARK, (rev, leaf.rev), True, value)])
        assert verdict.code == "tombstone"
    assert [one.rev for one in school.live()] == [leaf.rev]


def test_genuine_tombstone_without_what_it_was_closed_for_closes_nothing(
    school: School, first: Room
) -> None:
    first.mark(SOKOLOVA, 5)
    school.push(first)
    (leaf,) = school.live()
    value = merging.closing(MARK, leaf.rev, "2-" + "a" * 32, sample_school.CENTRAL_KEY)
    rev = canonical.revision_of(leaf.rev, True, value)

    school.take([RevisionPath(MARK, (rev, leaf.rev), True, value)])

    assert [one.rev for one in school.live()] == [leaf.rev]
    assert school.receipts(first) == ["accepted"]


def test_restored_central_gets_everything_back_from_its_rooms(
    school: School, first: Room, second: Room
) -> None:
    disagree(school)
    decide(school, 4)
    describe(first, SOKOLOVA, topic="Дроби")
    describe(second, SOKOLOVA, homework="№ 5")
    school.push(first)
    school.push(second)
    lend_and_settle(school, first)
    school.meet(first, second)
    before = everything(school.central)
    rejected = decisions.all_rejections(school.central.database.read())
    assert len(rejected) == 1
    receipts = {room.node: school.receipts(room) for room in (first, second)}

    school.restore()
    share(school.central)
    school.push(second)
    school.push(first)

    assert everything(school.central) == before
    assert decisions.all_rejections(school.central.database.read()) == rejected
    assert {room.node: school.receipts(room) for room in (first, second)} == receipts
    assert disputes.open_disputes(school.central.database.read()) == []


def lend_and_settle(school: School, room: Room) -> None:
    """Let two marks be put aside, one let in and one refused."""
    fields = {"group": sample_school.MATH_5A, "room": "22", "starts": "2026-09-01", "ends": None}
    sample_school.put(
        room.store, "assignment:gm5a3", teacher=sample_school.KONSTANTINOPOLSKAYA, **fields
    )
    for student, settle in (("st2", putting_aside.accept), ("st3", putting_aside.reject)):
        room.journal.record_mark(
            sample_school.KONSTANTINOPOLSKAYA,
            LESSON_1,
            student,
            5,
            seen=None,
            token=room.token(),
        )
        doc_id = identifiers.mark_id(LESSON_1, student)
        assert school.push(room, doc_id) == ["not_your_lesson"]
        settle(school.desk, doc_id, room.live(doc_id)[0].rev, by=DEPUTY, reason="Решено")
        school.pull(room)
        for row in decisions.all_rejections(room.store.database.read()):
            take_off(room, row.doc_id)


def test_two_lives_of_central_decide_the_same_question(
    school: School, first: Room, second: Room
) -> None:
    disagree(school)
    decide(school, 4)
    school.pull(first)
    school.restore()
    share(school.central)
    for path in classrooms.paths(second.store, [MARK]):
        school.take([path])
    decide(school, 3, "Забыли про первое")

    school.push(first)

    assert {row.reason for row in decisions.all_decisions(school.central.database.read())} == {
        "По работе",
        "Забыли про первое",
    }
    (dispute,) = deciding.disputes_of(school.central, MARK)
    assert {one.values["value"] for one in dispute.versions} == {3, 4}
    assert not dispute.is_own  # both were made at central: no author to be asked


def test_same_push_again_settles_nothing_anew(school: School, first: Room, second: Room) -> None:
    describe(first, SOKOLOVA, topic="Дроби")
    describe(second, SOKOLOVA, homework="№ 5")
    school.push(first)
    school.push(second)
    seq = school.central.update_seq()

    for room in (first, second):
        school.push(room)

    assert school.central.update_seq() == seq


def test_leaves_left_by_an_older_program_are_settled_at_start(
    school: School, first: Room, second: Room
) -> None:
    describe(first, SOKOLOVA, topic="Дроби")
    describe(second, SOKOLOVA, homework="№ 5")
    school.central.insert([*classrooms.paths(first.store), *classrooms.paths(second.store)])
    assert len(school.live(LESSON)) == 2

    key, now = sample_school.CENTRAL_KEY, school.clock.now()
    done = merging.settle_all(school.central, key, now)

    assert done == {LESSON: merging.Settled.MERGED}
    assert len(school.live(LESSON)) == 1
    assert merging.settle_all(school.central, key, now) == {}


def test_dispute_is_as_old_as_its_first_sight(school: School, first: Room) -> None:
    disagree(school)
    since = merging.open_since(school.central.records, MARK)
    school.later(days=2)
    first.mark(SOKOLOVA, 4)

    school.push(first)

    assert merging.open_since(school.central.records, MARK) == since


def test_forged_flag_of_a_dispute_is_put_aside(school: School, first: Room) -> None:
    first.mark(SOKOLOVA, 5)
    school.push(first)
    (leaf,) = school.live()
    made = Entry("disputed", None, True, SOKOLOVA, "n1", "forged", 1, school.clock.now())

    (verdict,) = school.take([settled_by(school, leaf.rev, leaf.value, made)])

    assert verdict.code == "unknown_field"
    with pytest.raises(errors.EntryRefused, match="schema"):
        putting_aside.accept(school.desk, MARK, verdict.rev, by=DEPUTY, reason="x")


def test_entry_that_stands_twice_is_refused(school: School, first: Room) -> None:
    first.mark(SOKOLOVA, 5)
    (path,) = classrooms.paths(first.store, [MARK])
    value = {**path.value, "entries": path.value["entries"] * 2}
    rev = canonical.revision_of(None, False, value)

    (verdict,) = school.take([replace(path, revisions=(rev,), value=value)])

    assert verdict.code == "entries_changed"


def test_many_leaves_of_one_document_raise_an_alarm(school: School, first: Room) -> None:
    (path,) = sent_marks(school, first, [5])
    others = sent_marks(school, first, [2, 3, 4] * 3)
    school.take([path, *others[: merging.MANY_LEAVES - 2]])
    assert alarms.open_alarms(school.central.records) == []

    school.take(others)

    (alarm,) = alarms.open_alarms(school.central.records)
    assert (alarm.code, alarm.key) == (alarms.MANY_LEAVES, MARK)
    assert len(school.live()) == 1 + len(others)
    assert len(disputed_values(school)) == 1  # one author, who is asked first


def sent_marks(school: School, room: Room, values: list[int]) -> list[RevisionPath]:
    """Return first marks that were all written without knowing of each other."""
    sent = []
    for value in values:
        room.tokens += 1
        made = Entry(
            "value", None, value, SOKOLOVA, room.node, f"e{room.tokens}", 1, school.clock.now()
        )
        key = school.keys().key_of(room.node)
        assert key is not None
        written = entry.fold(kinds.empty("mark"), [made])
        written["entries"] = [entry.seal(MARK, made, key).as_json()]
        rev = canonical.revision_of(None, False, written)
        sent.append(RevisionPath(MARK, (rev,), False, written))
    return sent


def test_leaves_that_are_too_large_together_stay_apart_and_are_shown_as_one(
    school: School, first: Room, second: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    describe(first, SOKOLOVA, topic="Дроби")
    describe(second, SOKOLOVA, homework="№ 5")
    monkeypatch.setattr(kinds, "MAX_DOCUMENT_BYTES", 500)

    assert school.push(first) + school.push(second) == ["accepted"] * 2

    assert len(school.live(LESSON)) == 2
    shown = lessons.kept_lesson(school.central.database.read(), LESSON_1)
    assert shown is not None
    assert (shown.topic, shown.homework, shown.disputed) == ("Дроби", "№ 5", False)


def test_many_leaves_that_are_too_large_together_raise_an_alarm(
    school: School, first: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = sent_marks(school, first, [5] * merging.MANY_LEAVES)
    monkeypatch.setattr(kinds, "MAX_DOCUMENT_BYTES", len(canonical.encode(sent[0].value)) + 10)
    school.take(sent[:-1])
    assert alarms.open_alarms(school.central.records) == []

    school.take(sent)
    assert disputes.open_disputes(school.central.database.read()) == []
    (alarm,) = alarms.open_alarms(school.central.records)
    assert (alarm.code, alarm.key, alarm.params["leaves"]) == (alarms.MANY_LEAVES, MARK, 10)


def test_copy_of_centrals_entry_lets_nothing_in(school: School, first: Room, second: Room) -> None:
    disagree(school)
    decide(school, 4)
    school.pull(first)
    first.mark(SOKOLOVA, 5, reason="Пересдал")
    school.push(first)
    before = everything(school.central)
    # From before the decision: somebody else's mark, and central's genuine entry after it.
    (leaf,) = school.live()
    decided = next(raw for raw in leaf.value["entries"] if raw["node"] == "central")
    stranger = sample_school.KONSTANTINOPOLSKAYA
    made = Entry("value", None, 2, stranger, "n3", "forged", 1, school.clock.now())
    key = school.keys().key_of("n3")
    assert key is not None
    value = entry.fold(kinds.empty("mark"), [made, entry.parse(decided)])
    value["entries"] = [entry.seal(MARK, made, key).as_json(), decided]
    rev = canonical.revision_of(None, False, value)

    (verdict,) = school.take([RevisionPath(MARK, (rev,), False, value)], "n3")

    assert verdict.code == "not_your_lesson"
    assert everything(school.central) == before
