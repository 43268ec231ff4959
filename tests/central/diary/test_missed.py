"""Absences: codes, totals, whole days."""

from datetime import date, timedelta

from central.diary import missed
from central.diary.missed import Missed
from sync.documents.identifiers import LessonKey
from sync.entries.journal import Presence
from tests.central.diary.conftest import child_of
from tests.support import sample_school as school
from tests.support.central_site import CentralSite

TERM = (date(2026, 9, 1), date(2026, 10, 25))
TUESDAY = LessonKey(school.MATH_5A, date(2026, 10, 13), 1)


def _missed(site: CentralSite) -> Missed:
    child = child_of(site, school.GUARDIAN_OF_TWO, school.ABRAMOV)
    return missed.missed_between(site.store.database.read(), child, *TERM)


def _state(site: CentralSite, lesson: LessonKey, presence: str, minutes: int | None = None) -> None:
    with site.at(site.clock.now() - timedelta(days=(school.DAY - lesson.date).days)):
        site.journal.record_absence(
            school.SOKOLOVA,
            lesson,
            school.ABRAMOV,
            Presence(presence, minutes),
            seen=None,
            token=f"absence {lesson}",
        )


def test_totals_tell_reasons_and_lateness_apart(site: CentralSite) -> None:
    for lesson in (TUESDAY, school.LESSON_1):
        _state(site, lesson, "absent")
    _state(site, school.LESSON_2, "late", 5)
    site.journal.state_reason(
        school.SOKOLOVA, [(TUESDAY, school.ABRAMOV, "ill", None)], token="reason"
    )

    found = _missed(site).lessons

    assert (found.missed, found.ill, found.unknown, found.late) == (2, 1, 1, 1)


def test_day_with_all_lessons_missed_is_a_whole_day(site: CentralSite) -> None:
    _state(site, TUESDAY, "absent")
    _state(site, school.LESSON_1, "absent")

    found = _missed(site)

    assert [(day.date, day.whole) for day in found.days] == [
        (school.DAY, False),
        (TUESDAY.date, True),
    ]
    assert found.whole_days.missed == 1


def test_absence_that_was_taken_back_is_not_there(site: CentralSite) -> None:
    _state(site, school.LESSON_1, "absent")
    site.journal.record_absence(
        school.SOKOLOVA, school.LESSON_1, school.ABRAMOV, None, seen="absent", token="back"
    )

    assert _missed(site).days == []


def test_page_says_letters_reasons_and_what_to_do(site: CentralSite) -> None:
    _state(site, TUESDAY, "absent")
    _state(site, school.LESSON_2, "late", 5)

    page = site.client("abramova").get(f"/diary/{school.ABRAMOV}/absences").text

    assert ">Н</b>" in page
    assert ">ОП 5</b>" in page
    assert "пропуск, причина пока не указана" in page
    assert "Сообщите ему, почему урок пропущен." in page


def test_page_without_absences_says_so(site: CentralSite) -> None:
    page = site.client("abramova").get(f"/diary/{school.ABRAMOV}/absences/year").text

    assert "За это время пропусков и опозданий нет." in page
