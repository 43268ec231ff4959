"""A diary-only central beside the one that writes: guardians' pages, and nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from central import app as central_app
from central import storage
from central.projections import guardian_visits
from central.storage import Storage, StoreWish
from sync import errors
from sync.accounts.passwords import Effort, Verifiers
from tests.central.couch.test_storage import copied
from tests.support import central_site, sample_school
from tests.support.central_site import CentralSite
from tests.support.couch_site import new_address


@dataclass
class Pair:
    """The central that writes, and a diary on the same CouchDB."""

    writer: CentralSite
    diary: Storage
    app: Flask

    def client(self, login: str | None = None) -> FlaskClient:
        """Return a browser at the diary."""
        client = self.app.test_client()
        if login is not None:
            central_site.sign_in(client, login)
        return client

    def follow(self) -> None:
        """Let the diary catch up, as its thread does every two seconds."""
        assert self.diary.attachment is not None
        self.diary.attachment.catch_up()


@pytest.fixture
def pair(couch_server: str, tmp_path: Path) -> Iterator[Pair]:
    address = new_address(couch_server)
    url = address.server + address.school
    with central_site.opened(tmp_path / "central", wish=StoreWish(url)) as writer:
        other = copied(tmp_path / "central", "diary")
        wish = StoreWish(url, diary=True)
        with storage.Storage.open(other, writer.clock, wish=wish) as diary:
            app = central_app.create_app(diary, verifiers=Verifiers(Effort(memory_kib=8, passes=1)))
            yield Pair(writer, diary, app)


def test_guardian_reads_the_diary_and_the_visit_reaches_the_central_that_writes(
    pair: Pair,
) -> None:
    page = pair.client("ivanov").get("/", follow_redirects=True)

    assert page.status_code == 200
    assert pair.writer.storage.attachment is not None
    pair.writer.storage.attachment.catch_up()
    records = pair.writer.store.records
    assert guardian_visits.last(records, sample_school.GUARDIAN_OF_ONE) is not None


def test_sign_in_made_at_one_is_good_at_the_other(pair: Pair) -> None:
    there = pair.writer.client("abramova")
    pair.follow()
    here = pair.client()
    for cookie in there._cookies.values():
        here.set_cookie(cookie.key, cookie.value, domain="localhost")

    page = here.get("/", follow_redirects=True)

    assert page.status_code == 200
    assert "/sign-in" not in page.request.path


def test_what_a_teacher_writes_is_in_the_diary_soon(pair: Pair) -> None:
    told = {"topic": "Плотность вещества"}
    lesson = sample_school.LESSON_1
    guardian = pair.client("abramova")

    def week() -> str:
        return guardian.get("/diary/week", follow_redirects=True).text

    assert "Математика" in week()
    pair.writer.journal.describe_lesson(sample_school.SOKOLOVA, lesson, told, seen={}, token="t")
    assert "Плотность вещества" not in week()

    pair.follow()

    assert "Плотность вещества" in week()


@pytest.mark.parametrize("path", ["/replication/", "/enrol", "/desk/", "/administration/"])
def test_there_is_no_way_in_for_nodes_and_no_desk(pair: Pair, path: str) -> None:
    def rules(app: Flask) -> list[str]:
        return [str(rule) for rule in app.url_map.iter_rules() if str(rule).startswith(path)]

    assert rules(pair.writer.app)
    assert not rules(pair.app)


def test_staff_have_no_pages_here(pair: Pair) -> None:
    page = pair.client("sitnikova").get("/", follow_redirects=True)

    assert page.status_code == 403


def test_journal_cannot_be_changed_here(pair: Pair) -> None:
    with pytest.raises(errors.StoreUnavailable) as refused:
        pair.diary.store.put("note:x", {}, parent=None)

    assert refused.value.code == "diary_only"
