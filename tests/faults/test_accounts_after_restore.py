"""Accounts after a restore: what nodes know newer is never lost silently, nor taken silently."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from central import accounts_returned, alarms, backup, cli
from central.accounts_returned import What
from sync import errors
from sync.accounts import bundle
from sync.accounts.accounts import Account, AccountBook
from sync.accounts.node_accounts import NodeAccounts
from sync.school.people import Role
from tests.support import sample_school, star
from tests.support.star import Classroom, Star


@pytest.fixture
def school(template: Path, tmp_path: Path) -> Iterator[Star]:
    with star.opened(template, tmp_path) as opened:
        opened_book = book(opened)
        for login, person in (
            ("sokolova", sample_school.SOKOLOVA),
            ("yolkin", sample_school.YOLKIN),
        ):
            opened_book.create(account(login, person, "old"))
        opened.settle()
        yield opened


def book(school: Star) -> AccountBook:
    return AccountBook(school.central.store.records, school.central.clock)


def account(login: str, person: str, verifier: str) -> Account:
    return Account(f"acc-{login}", login, person, frozenset({Role.TEACHER}), verifier)


def held(node: Classroom) -> dict[str, str]:
    """The accounts of a node: login and verifier."""
    accounts = NodeAccounts(node.store.records, node.clock, node.node.identity.bundle_key)
    found = accounts.bundle()
    assert found is not None
    return {one.login: one.verifier for one in found.accounts}


def live_on(school: Star) -> Path:
    """After the backup: a new password, a blocked teacher, a new one."""
    file = backup.make(school.central.storage, school.central.folder.parent / "backups").file
    written = book(school)
    written.hand_out_password("acc-sokolova", "new")
    school.settle()
    written.block("acc-yolkin")
    written.create(account("konstantin", sample_school.KONSTANTINOPOLSKAYA, "fresh"))
    school.settle()
    assert held(school.nodes["a"]) == {"sokolova": "new", "konstantin": "fresh"}
    return file


def codes(school: Star) -> set[str]:
    return {alarm.code for alarm in alarms.open_alarms(school.central.store.records)}


NEWER = {"sokolova": "new", "konstantin": "fresh"}


def test_nodes_keep_the_newer_accounts_until_a_person_has_decided(school: Star) -> None:
    file = live_on(school)
    school.central.set_back(file)
    # Central changes accounts before any node comes: its serials pass those of the nodes.
    for verifier in ("x", "y", "z"):
        book(school).hand_out_password("acc-yolkin", verifier)
        accounts_returned.office(school.central.storage).latest(book(school).all())

    school.settle()

    assert "accounts_newer" in codes(school)
    for node in school.nodes.values():
        assert held(node) == NEWER
    book(school).hand_out_password("acc-yolkin", "later")
    school.settle()
    assert held(school.nodes["b"]) == NEWER


def test_accounts_taken_over_count_everywhere(school: Star) -> None:
    school.central.set_back(live_on(school))
    school.settle()
    found = accounts_returned.differences(school.central.storage)
    assert found is not None
    assert {one.account.login: list(one.what) for one in found} == {
        "sokolova": [What.PASSWORD],
        "konstantin": [What.ADDED],
        "yolkin": [What.GONE],
    }

    assert accounts_returned.take(school.central.storage) == 3
    written = book(school)
    written.hand_out_password("acc-konstantin", "fresher")
    school.settle()

    for node in school.nodes.values():
        assert held(node) == {"sokolova": "new", "konstantin": "fresher"}
    yolkin = written.by_login("yolkin")
    assert yolkin is not None
    assert yolkin.status == "blocked"
    assert accounts_returned.differences(school.central.storage) is None


def test_accounts_of_the_backup_reach_the_nodes_when_the_newer_are_given_up(school: Star) -> None:
    school.central.set_back(live_on(school))
    school.settle()

    accounts_returned.give_up(school.central.storage)
    school.settle()

    for node in school.nodes.values():
        assert held(node) == {"sokolova": "old", "yolkin": "old"}


def test_bundle_that_central_never_signed_is_not_taken(school: Star) -> None:
    forged = bundle.sign(
        bundle.build([account("x", "p", "v")], 99, school.central.clock.now(), bytes(32)),
        bytes(range(32)),
    )

    with pytest.raises(errors.BundleRefused):
        accounts_returned.office(school.central.storage).hand_in(forged)

    assert accounts_returned.differences(school.central.storage) is None


def test_usual_life_hands_nothing_back(school: Star) -> None:
    live_on(school)
    school.central.restart()
    book(school).hand_out_password("acc-sokolova", "newest")
    school.settle()

    assert accounts_returned.office(school.central.storage).handed_in() is None
    assert held(school.nodes["c"])["sokolova"] == "newest"


def test_command_shows_before_it_takes(school: Star) -> None:
    school.central.set_back(live_on(school))
    school.settle()
    school.central.close()
    folder = str(school.central.folder)

    def run(*options: str) -> str:
        words = ["--lang", "en", "take-accounts", *options, "--data", folder]
        done = CliRunner().invoke(cli.main, words)
        return done.output

    shown = run()
    assert "sokolova  another password" in shown
    assert "yolkin  blocked" in shown
    assert "--yes" in shown
    assert "taken over" in run("--yes")
    assert "No accounts wait" in run()
    school.central._begin()
    assert "accounts_newer" not in codes(school)
