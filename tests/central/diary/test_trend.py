"""The small chart of a subject."""

from fractions import Fraction

from central.diary import trend
from central.diary.shown import ShownMark
from sync.documents.identifiers import LessonKey
from sync.projections.marks import KeptMark
from tests.support import sample_school as school


def _mark(value: int | str | None, weight: int = 1, *, disputed: bool = False) -> ShownMark:
    lesson = LessonKey(school.MATH_5A, school.DAY, 1)
    head = (lesson, school.ABRAMOV, "1", value, weight, None, None, "1-a", disputed, None, None)
    return ShownMark(KeptMark(*head), None, None, None)


def test_fewer_than_three_marks_make_no_chart() -> None:
    assert trend.trend([]) is None
    assert trend.trend([_mark(5), _mark(4)]) is None
    assert trend.trend([_mark(5), _mark("debt"), _mark(4, disputed=True), _mark(None)]) is None


def test_line_is_the_weighted_average_so_far() -> None:
    found = trend.trend([_mark(5, 3), _mark(5), _mark("exempt"), _mark(4, 5)])

    assert found is not None
    assert (found.first, found.last) == (Fraction(5), Fraction(40, 9))
    assert [point.split(",")[0] for point in found.line.split()] == ["3.0", "48.0", "93.0"]
    assert len(found.dots) == 3


def test_best_mark_is_at_the_top_and_everything_stays_in_the_box() -> None:
    found = trend.trend([_mark(value) for value in (5, 2, 1, 10, 4)])

    assert found is not None
    assert found.dots[3][1] == "3.0"
    assert found.dots[2][1] == "25.0"
    for x, y in found.dots:
        assert 0 <= float(x) <= trend.WIDTH
        assert 0 <= float(y) <= trend.HEIGHT


def test_marks_that_are_all_alike_make_a_level_line() -> None:
    found = trend.trend([_mark(4)] * 4)

    assert found is not None
    assert len({point.split(",")[1] for point in found.line.split()}) == 1
