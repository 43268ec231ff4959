"""What waits for a person can be asked for: by document, author, group, and for a term mark."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from central.desk import deciding
from central.desk.deciding import Choice, How
from sync.entries.door import Step
from sync.projections import disputes
from sync.school import term_marks
from tests.support import classrooms, sample_school
from tests.support.classrooms import MARK, School
from tests.support.sample_school import ABRAMOV, DAY, DEPUTY, LESSON_1, MATH_5A, SOKOLOVA

TERM = (date(2026, 9, 1), date(2026, 10, 25))


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    with classrooms.opened(tmp_path) as opened:
        yield opened


def disagree(school: School, **second: Any) -> None:
    """One teacher marks one answer on two computers."""
    first, other = school.room("n1"), school.room("n2")
    first.mark(SOKOLOVA, 5)
    other.mark(SOKOLOVA, **{"value": 3, **second})
    school.meet(first, other)


def test_disputed_mark_blocks_the_term_mark_until_it_is_settled(school: School) -> None:
    disagree(school)
    read = school.central.database.read

    (row,) = disputes.disputed_marks(read(), ABRAMOV, [MATH_5A], *TERM)

    assert (row.doc_id, row.lesson, row.student, row.fields) == (
        MARK,
        LESSON_1,
        ABRAMOV,
        ("value",),
    )
    assert (row.own_author, row.leaves, row.reopened) == (SOKOLOVA, 2, False)
    assert term_marks.blocks_confirming(4, 1) is term_marks.Blocked.DISPUTED_MARK
    for elsewhere in (
        ("st2", [MATH_5A], *TERM),
        (ABRAMOV, [sample_school.MATH_5B], *TERM),
        (ABRAMOV, [], *TERM),
        (ABRAMOV, [MATH_5A], TERM[0], date(2026, 10, 13)),
    ):
        assert disputes.disputed_marks(read(), *elsewhere) == []
    settle(school)
    assert disputes.disputed_marks(read(), ABRAMOV, [MATH_5A], *TERM) == []


def test_disputed_kind_of_work_blocks_the_term_mark(school: School) -> None:
    # Both kinds weigh the same, so that nothing but the kind itself is in dispute.
    first, other = school.room("n1"), school.room("n2")
    first.mark(SOKOLOVA, 5)
    school.meet(first, other)
    for room, kind in ((first, "control"), (other, "test")):
        step = Step(MARK, {"work_kind": kind, "weight": 3}, {"work_kind": None, "weight": None})
        room.journal.save(SOKOLOVA, [step], room.token())
    school.meet(first, other)
    read = school.central.database.read()

    (row,) = disputes.disputed_marks(read, ABRAMOV, [MATH_5A], *TERM)

    assert row.fields == ("work_kind",)


def test_dispute_about_a_comment_blocks_no_term_mark(school: School) -> None:
    first, other = school.room("n1"), school.room("n2")
    first.mark(SOKOLOVA, 5, comment="за ответ")
    other.mark(SOKOLOVA, 5, comment="за работу")
    school.meet(first, other)
    read = school.central.database.read()

    assert [row.fields for row in disputes.open_disputes(read)] == [("comment",)]
    assert disputes.disputed_marks(read, ABRAMOV, [MATH_5A], *TERM) == []


def test_rooms_and_central_ask_for_the_same_disputes(school: School) -> None:
    disagree(school)

    for store in (school.central, school.room("n1").store, school.room("n2").store):
        read = store.database.read()
        (row,) = disputes.open_disputes(read)
        assert disputes.dispute_of(read, MARK) == row
        assert disputes.own_disputes(read, SOKOLOVA) == [row]
        assert disputes.own_disputes(read, sample_school.YOLKIN) == []
        assert disputes.disputes_of_group(read, MATH_5A, DAY, DAY) == [row]
        assert disputes.disputes_of_group(read, MATH_5A, TERM[0], date(2026, 10, 13)) == []


def test_rebuilt_tables_are_those_that_were_kept(school: School) -> None:
    disagree(school)
    settle(school)
    other = school.room("n2")
    school.pull(other)
    other.mark(SOKOLOVA, 2, reason="Пересчитала")
    school.push(other)
    before = told(school)
    assert before[0] == []
    assert len(before[1]) == 1

    school.central.rebuild_projections()

    assert told(school) == before


def settle(school: School) -> None:
    school.clock.advance(deciding.AUTHOR_FIRST)
    choice = Choice(("value",), How.VERSION, 0, None)
    shown = school.shown_revs()
    deciding.decide(school.desk, MARK, shown, [choice], by=DEPUTY, reason="По журналу")


def told(school: School) -> tuple[Any, Any]:
    read = school.central.database.read()
    return disputes.open_disputes(read), disputes.later_changes(read)
