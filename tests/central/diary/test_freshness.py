"""How fresh the data are, in words; and on which days a guardian came."""

from datetime import UTC, datetime, timedelta

import pytest

from central.projections import arrivals, guardian_visits
from sync import errors
from sync.store.record_store import RecordStore
from tests.support import sample_school as school
from tests.support.central_site import CentralSite
from tests.support.records import MemoryRecords

NOW = school.NOW


def _page(site: CentralSite, page: str = "week") -> str:
    return site.client("abramova").get(f"/diary/{school.ABRAMOV}/{page}").text


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (NOW - timedelta(minutes=40), "сегодня в 09:20"),
        (NOW - timedelta(days=1), "вчера в 10:00"),
        (datetime(2026, 10, 13, 21, 30, tzinfo=UTC), "сегодня в 00:30"),  # midnight is Moscow's
        (NOW - timedelta(days=12), "2 октября в 10:00"),
    ],
)
def test_subject_says_when_its_data_were_received(
    site: CentralSite, at: datetime, words: str
) -> None:
    arrivals.note(site.store.records, [school.MATH_5A], at)

    assert f"Математика: получено {words}" in _page(site)
    assert f"Данные получены {words}" in _page(site, "marks")


def test_subject_of_which_nothing_came_says_so(site: CentralSite) -> None:
    arrivals.note(site.store.records, [school.MATH_5A], NOW)

    others = "Иностранный язык (английский), Разговоры о важном"
    assert f"Данных ещё не было: {others}" in _page(site)


def test_past_lesson_without_entries_says_so_and_how_fresh_the_data_are(site: CentralSite) -> None:
    arrivals.note(site.store.records, [school.MATH_5A], NOW - timedelta(days=1))

    page = _page(site)

    assert page.count("Записей пока нет · последние данные получены вчера в 10:00") == 2
    assert "компьютер в классе ещё не передал записи" in page


def test_latest_arrival_stands_and_an_older_one_changes_nothing() -> None:
    records = MemoryRecords()
    arrivals.note(records, ["a", "b"], NOW)
    arrivals.note(records, ["a"], NOW - timedelta(hours=1))

    assert arrivals.last(records, ["a"]) == NOW
    assert arrivals.last(records, ["nobody"]) is None
    arrivals.note(records, ["b"], NOW + timedelta(hours=1))
    assert arrivals.last(records, ["a", "b"]) == NOW + timedelta(hours=1)


def test_visit_is_noted_once_a_day_and_only_of_guardians(site: CentralSite) -> None:
    records: RecordStore = site.store.records
    client = site.client("abramova")
    for page in ("week", "marks", "week"):
        client.get(f"/diary/{school.ABRAMOV}/{page}")
    client.get("/diary/static/diary.css").close()
    site.client("sokolova").get("/diary/week")

    assert guardian_visits.days(records, school.GUARDIAN_OF_TWO) == [school.DAY]
    assert guardian_visits.last(records, school.GUARDIAN_OF_ONE) is None
    assert records.count("guardian_visits") == 1
    site.clock.advance(timedelta(days=1))
    site.client("abramova").get("/diary/week")
    assert guardian_visits.last(records, school.GUARDIAN_OF_TWO) == school.DAY + timedelta(days=1)


def test_diary_is_read_even_when_the_visit_cannot_be_written(
    site: CentralSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = site.client("abramova")

    def full(*arguments: object) -> None:
        raise errors.StoreUnavailable(code="disk_full")

    monkeypatch.setattr(guardian_visits, "note", full)

    assert client.get(f"/diary/{school.ABRAMOV}/week").status_code == 200
