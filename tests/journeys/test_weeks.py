"""The weeks behind the demonstration are possible ones: the real door takes every save."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from node import settings, storage
from sync.clock import FixedClock
from sync.documents import identifiers
from tests.support import sample_school, tools

weeks = tools.load_script("demonstration.weeks")

FIRST = date(2026, 9, 1)
IDENTITY = settings.Identity("n0de", "t", bytes(32), "http://127.0.0.1:1", "u", bytes(32), "12")


@pytest.fixture
def node(tmp_path):
    clock = FixedClock(datetime(2026, 8, 31, 6, tzinfo=UTC))
    with storage.opened(settings.Settings(tmp_path), IDENTITY, clock=clock) as opened:
        sample_school.fill(opened.store)
        yield opened


def drawn(node, seed="7", untouched=(), until=sample_school.NOW):
    with node.store.database.snapshot() as connection:
        return weeks.Weeks(connection, seed, FIRST, until).saves(untouched)


def test_every_save_is_taken_at_its_time(node) -> None:
    entries = 0
    for number, save in enumerate(drawn(node)):
        node.clock.advance(save.at - node.clock.now())
        entries += node.journal.save(save.author, save.steps, str(number)).entries

    assert entries > 500


def test_same_seed_gives_the_same_weeks(node) -> None:
    assert drawn(node) == drawn(node)
    assert drawn(node, seed="8") != drawn(node)


def test_nothing_is_kept_after_now_and_today_only_in_part(node) -> None:
    saves = drawn(node)
    today = [one for one in saves if one.lesson and one.lesson.date == sample_school.DAY]

    assert max(one.at for one in saves) < sample_school.NOW
    assert {one.lesson for one in today} <= {sample_school.LESSON_1, sample_school.LESSON_2}


def test_chosen_lessons_stay_untouched(node) -> None:
    until = sample_school.NOW + timedelta(hours=8)
    untouched = {sample_school.LESSON_ENGLISH_1, sample_school.LESSON_1}

    kept = {one.lesson for one in drawn(node, untouched=untouched, until=until)}

    assert kept & untouched == set()
    assert sample_school.LESSON_2 in kept


def test_marks_are_plausible_and_nobody_absent_is_asked(node) -> None:
    values = Counter()
    for save in drawn(node):
        parsed = [(identifiers.parse_journal(step.doc_id), step) for step in save.steps]
        away = {
            one.student
            for one, step in parsed
            if one.kind == "absence" and step.fields.get("presence") == "absent"
        }
        for one, step in parsed:
            if one.kind == "mark":
                value = step.fields["value"]
                values[value] += 1
                assert (one.student in away) == (value == "debt")

    assert values[4] > values[2] > 0
    assert values[5] > values[2]
    assert set(values) <= {2, 3, 4, 5, "debt"}


def test_reasons_are_stated_of_noted_absences_only(node) -> None:
    noted = set()
    for save in drawn(node):
        for step in save.steps:
            if save.lesson is not None and step.fields.get("presence") == "absent":
                noted.add(step.doc_id)
            elif save.lesson is None:
                assert step.doc_id in noted


def test_class_teacher_states_reasons_of_the_own_class_only(node) -> None:
    reasons = [one for one in drawn(node) if one.lesson is None]

    assert reasons
    assert {one.author for one in reasons} == {sample_school.SOKOLOVA}
    students = {identifiers.parse_journal(s.doc_id).student for one in reasons for s in one.steps}
    assert students <= set(sample_school.ROSTER_5A)
