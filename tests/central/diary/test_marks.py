"""Marks by subject: what is counted, in which term, and what explains a mark."""

from datetime import date, timedelta
from fractions import Fraction

from central.diary import subjects
from central.diary.subjects import SubjectMarks
from sync.documents import identifiers
from sync.documents.identifiers import LessonKey
from tests.central.diary.conftest import child_of
from tests.support import sample_school as school
from tests.support.central_site import CentralSite

FIRST_TERM = (date(2026, 9, 1), date(2026, 10, 25))
WHO = (school.SOKOLOVA, school.LESSON_1, school.ABRAMOV)


def _mathematics(site: CentralSite, student: str = school.ABRAMOV) -> SubjectMarks:
    child = child_of(site, school.GUARDIAN_OF_TWO, student)
    found = subjects.marks_between(site.store.database.read(), child, *FIRST_TERM)
    return next(each for each in found if each.subject.id == school.MATHEMATICS)


def _work(site: CentralSite, work: str, value: int | str, weight: int) -> None:
    site.journal.add_work(
        school.SOKOLOVA,
        school.LESSON_1,
        work,
        title=None,
        work_kind="control",
        weight=weight,
        token=work,
    )
    site.journal.record_mark(*WHO, value, seen=None, column=work, token=f"mark {work}")


def test_averages_are_those_of_the_public_example(site: CentralSite) -> None:
    # 5(w3), 5(w1), 4(w5): 40/9 = 4.44 (mission 6a.3; the source itself prints 4.33)
    for work, value, weight in (("w1", 5, 3), ("w2", 5, 1), ("w3", 4, 5)):
        _work(site, work, value, weight)

    found = _mathematics(site)

    assert (found.average, found.weighted) == (Fraction(14, 3), Fraction(40, 9))
    page = site.client("abramova").get(f"/diary/{school.ABRAMOV}/marks").text
    assert "Средняя 4,67, с учётом веса 4,44" in page


def test_signs_and_withdrawn_marks_count_in_no_average(site: CentralSite) -> None:
    site.journal.record_mark(*WHO, 3, seen=None, token="1")
    _work(site, "w1", "debt", 3)
    _work(site, "w2", 2, 3)
    site.journal.record_mark(*WHO, None, seen=2, column="w2", token="2", reason="ошибка")

    found = _mathematics(site)

    assert [one.value for one in found.marks] == [3, "debt"]
    assert (found.average, found.weighted) == (Fraction(3), Fraction(3))


def test_disputed_mark_is_listed_and_counts_nowhere(site: CentralSite) -> None:
    site.journal.record_mark(*WHO, 4, seen=None, token="1")
    site.dispute(school.SOKOLOVA, identifiers.mark_id(school.LESSON_1, school.ABRAMOV), 5, 2)

    found = _mathematics(site)

    assert [(one.value, one.kept.disputed) for one in found.marks] == [(4, True)]
    assert (found.average, found.weighted) == (None, None)


def test_mark_is_explained_by_its_work_topic_teacher_and_time(site: CentralSite) -> None:
    site.journal.describe_lesson(
        school.SOKOLOVA, school.LESSON_1, {"topic": "Дроби"}, seen={}, token="0"
    )
    site.journal.add_work(
        school.SOKOLOVA,
        school.LESSON_1,
        "w1",
        title="Устный счёт",
        work_kind="test",
        weight=3,
        token="1",
    )
    site.journal.record_mark(*WHO, 5, seen=None, column="w1", comment="Без ошибок", token="2")

    page = site.client("abramova").get(f"/diary/{school.ABRAMOV}/marks").text

    for words in (
        "зачёт: Устный счёт",
        "Дроби",
        "ср, 14 октября",
        "Соколова А. М.",
        "Без ошибок",
        "сегодня в 10:00",
        "вес 3",
    ):
        assert words in page, words


def test_mark_belongs_to_the_term_of_its_lesson_whenever_it_was_entered(site: CentralSite) -> None:
    last = LessonKey(school.MATH_5A, date(2026, 10, 23), 1)
    with site.at(site.clock.now() + timedelta(days=25)):
        site.journal.record_mark(school.SOKOLOVA, last, school.ABRAMOV, 5, seen=None, token="late")
    client = site.client("abramova")

    def mathematics(term: str) -> str:
        page = client.get(f"/diary/{school.ABRAMOV}/marks/{term}").text
        return page.split('id="subject-math"')[1].split("</section>")[0]

    assert "23.10" in mathematics("q1")
    assert "Отметок пока нет" in mathematics("q2")


def test_marks_of_the_class_before_stand_with_their_subject(site: CentralSite) -> None:
    before = LessonKey(school.MATH_5B, date(2026, 10, 12), 1)
    moves = [{"class": school.CLASS_5B, "starts": "2026-09-01", "ends": None}]
    school.put(site.store, f"student:{school.ABRAMOV}", enrollments=moves)
    site.journal.record_mark(school.SOKOLOVA, before, school.ABRAMOV, 2, seen=None, token="1")
    moves = [
        {"class": school.CLASS_5B, "starts": "2026-09-01", "ends": "2026-10-13"},
        {"class": school.CLASS_5A, "starts": "2026-10-14", "ends": None},
    ]
    school.put(site.store, f"student:{school.ABRAMOV}", enrollments=moves)
    site.journal.record_mark(*WHO, 5, seen=None, token="2")

    found = _mathematics(site)

    assert [one.value for one in found.marks] == [2, 5]
    assert found.subject.groups == (school.MATH_5A, school.MATH_5B)


def test_subject_without_marks_says_why(site: CentralSite) -> None:
    page = site.client("abramova").get(f"/diary/{school.ABRAMOV}/marks").text

    talks = page.split('id="subject-ta1ks"')[1].split("</section>")[0]
    assert "Предмет ведётся без отметок." in talks
    assert "Отметок пока нет." in page.split('id="subject-math"')[1].split("</section>")[0]


def test_year_has_the_average_of_each_term_and_of_all(used_site: CentralSite) -> None:
    child = child_of(used_site, school.GUARDIAN_OF_TWO, school.ABRAMOV)
    connection = used_site.store.database.read()
    calendar_terms = child.terms(_calendar(used_site))

    rows = subjects.year_by_terms(connection, child, calendar_terms)

    mathematics = next(row for row in rows if row.subject.id == school.MATHEMATICS)
    assert mathematics.by_term["q1"] == _mathematics(used_site).weighted
    assert mathematics.by_term["q1"] == mathematics.year
    assert [mathematics.by_term[term] for term in ("q2", "q3", "q4")] == [None, None, None]


def test_first_shown_is_the_term_of_today_and_in_holidays_the_last_one(site: CentralSite) -> None:
    client = site.client("abramova")
    shown = 'href="/diary/st1/marks/q1" aria-current="true"'

    assert shown in client.get(f"/diary/{school.ABRAMOV}/marks").text
    site.clock.advance(timedelta(days=14))  # the autumn holidays
    client = site.client("abramova")
    assert shown in client.get(f"/diary/{school.ABRAMOV}/marks").text


def _calendar(site: CentralSite):  # type: ignore[no-untyped-def]
    from sync.projections import calendars

    found = calendars.current(site.store.database.read())
    assert found is not None
    return found
