"""Cells of one look are drawn once on the page, so a look must hold all that a page shows."""

import itertools
from collections.abc import Iterator
from dataclasses import replace

from node.entry_states import HERE, REFUSED, SERVER
from node.journal.sheet_cells import Cell
from sync.projections.absences import KeptAbsence
from sync.projections.marks import KeptMark
from tests.support.sample_node import SampleNode
from tests.support.sample_school import ABRAMOV, LESSON_1, SOKOLOVA

MARK = KeptMark(
    lesson=LESSON_1,
    student=ABRAMOV,
    column="1",
    value=5,
    weight=1,
    work_kind="answer",
    comment=None,
    rev="1-a",
    disputed=False,
    author=SOKOLOVA,
    written_at="2026-10-14T07:31:05Z",
)
ABSENCE = KeptAbsence(
    lesson=LESSON_1,
    student=ABRAMOV,
    presence="late",
    minutes=10,
    reason=None,
    rev="1-b",
    disputed=False,
    author=SOKOLOVA,
    written_at="2026-10-14T07:31:05Z",
)
MARKS = (
    None,
    MARK,
    replace(MARK, value=4),
    replace(MARK, value=None),
    replace(MARK, value="debt"),
    replace(MARK, weight=2),
    replace(MARK, comment="тетрадь"),
    replace(MARK, comment="не сдал", student="st2", rev="2-c"),
    replace(MARK, disputed=True),
)
ABSENCES = (
    None,
    ABSENCE,
    replace(ABSENCE, minutes=None),
    replace(ABSENCE, presence="absent", minutes=None),
    replace(ABSENCE, presence="absent", minutes=None, reason="ill"),
    replace(ABSENCE, presence=None, minutes=None),
    replace(ABSENCE, disputed=True),
)
STATES = ((SERVER, None), (HERE, None), (REFUSED, "term_locked"), (REFUSED, "not_in_group"))


def every_cell() -> Iterator[Cell]:
    for mark, absence, (state, code) in itertools.product(MARKS, ABSENCES, STATES):
        yield Cell(mark, absence, state, code)


def test_cells_of_one_look_show_the_same(node: SampleNode) -> None:
    with node.app.test_request_context():
        shown: dict[object, set[str]] = {}
        for cell in every_cell():
            drawn = (cell.as_json(), cell.sign_text, cell.mark_text, cell.dots, cell.disputed)
            shown.setdefault(cell.look, set()).add(str(drawn))

    assert all(len(one) == 1 for one in shown.values())


def test_author_time_and_words_of_a_comment_make_no_look_of_their_own() -> None:
    same = replace(MARK, author="tek", written_at="2026-10-15T07:00:00Z", comment="a", rev="3-x")

    assert Cell(same, None).look == Cell(replace(MARK, comment="b"), None).look
