"""The story of the demonstration is found in the timetable."""

import pytest

from central import storage
from sync.clock import FixedClock
from sync.projections import day, groups
from tests.support import sample_school, tools

cast = tools.load_script("demonstration.cast")


@pytest.fixture
def central(tmp_path):
    storage.initialise(tmp_path / "central")
    opened = storage.Storage.open(tmp_path / "central", FixedClock(sample_school.NOW))
    with opened:
        sample_school.fill(opened.store)
        yield opened


def chosen(central):
    return cast.choose(central.store.database.read(), sample_school.DAY, begun_before=3)


def test_substitute_is_free_and_works_in_another_room(central) -> None:
    found = chosen(central)
    connection = central.store.database.read()
    given = day.lessons_of_teacher(connection, found.substitute, sample_school.DAY)

    assert found.teacher != found.substitute
    assert found.room != found.other_room
    assert found.number not in {one.number for one in given}
    assert found.substitute not in groups.teachers_of(
        connection, found.substituted.group, sample_school.DAY
    )


def test_teacher_has_an_own_lesson_beside_the_one_given_away(central) -> None:
    found = chosen(central)

    assert found.own != found.substituted
    assert {found.own, found.substituted} <= found.untouched


def test_same_school_gives_the_same_cast(central) -> None:
    assert chosen(central) == chosen(central)


def test_day_without_lessons_has_no_story(central) -> None:
    with pytest.raises(cast.NobodyFits):
        cast.choose(central.store.database.read(), replace_day(sample_school.DAY), begun_before=3)


def replace_day(day):
    return day.replace(day=18)  # a Sunday
