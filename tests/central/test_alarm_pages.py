"""The administration's first page tells of alarms, with the next step, until they were seen."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from central import alarms, enrolment
from central.endpoint import receipts
from tests.support import central_site
from tests.support.central_site import CentralSite

CODES = (
    alarms.FORK,
    alarms.SET_BACK,
    alarms.TWO_COMPUTERS,
    alarms.MANY_LEAVES,
    alarms.QUARANTINE_FULL,
    alarms.ACCOUNTS_NEWER,
)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[CentralSite]:
    with central_site.opened(tmp_path) as opened:
        yield opened


def page(site: CentralSite, login: str = "sazonova") -> str:
    return site.client(login).get("/administration/").text


def enrolled(site: CentralSite, label: str) -> str:
    invitation = enrolment.invite(site.storage, "12", label)
    return enrolment.accept(site.storage, invitation.code, "nonce").node


@pytest.mark.parametrize("code", CODES)
def test_each_alarm_is_told_in_words_with_a_step(site: CentralSite, code: str) -> None:
    alarms.raise_alarm(site.store.records, code, "key", site.clock.now())

    text = page(site)

    assert text.count('class="notice notice-warning"') == 1
    assert code not in text.replace(f'value="{code}:key"', "")


def test_quiet_school_has_no_alarms(site: CentralSite) -> None:
    assert "notice-warning" not in page(site)


def test_alarm_names_the_computer_as_people_call_it(site: CentralSite) -> None:
    node = enrolled(site, "Кабинет 12")
    alarms.raise_alarm(site.store.records, alarms.FORK, f"{node}/e1", site.clock.now())

    assert "«Кабинет 12»" in page(site).split("notice-warning")[1].split("</div>")[0]


@pytest.mark.parametrize("login", ["sitnikova", "sazonova"])
def test_alarm_that_was_seen_is_gone(site: CentralSite, login: str) -> None:
    alarms.raise_alarm(site.store.records, alarms.FORK, "nd1/e1", site.clock.now())
    client = site.client(login)
    form = {"csrf_token": central_site.csrf_token(client), "alarm": "fork:nd1/e1"}

    answer = client.post("/administration/alarms/seen", data=form)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/administration/")
    assert "notice-warning" not in page(site, login)


def test_alarm_that_another_has_seen_meanwhile_is_no_error(site: CentralSite) -> None:
    client = site.client("sazonova")
    form = {"csrf_token": central_site.csrf_token(client), "alarm": "fork:nd1/e1"}

    assert client.post("/administration/alarms/seen", data=form).status_code == 303


def test_teacher_sees_no_alarms(site: CentralSite) -> None:
    alarms.raise_alarm(site.store.records, alarms.FORK, "nd1/e1", site.clock.now())

    assert "notice-warning" not in page(site, "sokolova")


def test_computer_long_silent_is_told_and_cannot_be_put_away(site: CentralSite) -> None:
    node = enrolled(site, "Кабинет 12")
    receipts.note_contact(site.store.records, node, site.clock.now() - timedelta(days=4))
    assert "notice-warning" not in page(site)

    site.clock.advance(timedelta(days=3))

    text = page(site)
    assert "notice-warning" in text
    assert "alarms/seen" not in text
