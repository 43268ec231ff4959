"""Sign-ins for staff and guardians: unique logins, phrases shown once, nobody left without."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from central import accounts_issue
from central.accounts_issue import Slip
from central.slips import SlipFile, slips_text
from central.storage import Storage
from sync import errors
from sync.accounts import passwords
from sync.accounts.accounts import AccountBook
from sync.accounts.passwords import Verifiers
from sync.clock import FixedClock
from sync.school.people import PersonName
from sync.web import command_line
from tests.support import workbooks
from tests.support.workbooks import Book, one


def staff(central: Storage) -> list[accounts_issue.Person]:
    return accounts_issue.staff(central.store.database.read())


def guardians(central: Storage, class_name: str | None = None) -> list[accounts_issue.Person]:
    on = accounts_issue.today(central)
    return accounts_issue.guardians(central.store.database.read(), on, class_name)


def book(central: Storage) -> AccountBook:
    return AccountBook(central.store.records, central.clock)


@pytest.mark.parametrize(
    ("last", "first", "patronymic", "login"),
    [
        ("Иванова", "Мария", "Петровна", "ivanova.mp"),
        ("Ёлкин", "Пётр", "Сергеевич", "elkin.ps"),
        ("Щукина", "Юлия", "Яковлевна", "shchukina.yy"),
        ("Мамин-Сибиряк", "Лев", "", "mamin-sibiryak.l"),
        ("О’Нил", "Шон", "", "onil.s"),
        ("Подъяблонская", "Эмилия", "Хасановна", "podyablonskaya.ek"),
        ("Ли", "", "", "li"),
        ("Ъ", "", "", "user"),
        ("Я", "", "", "ya"),
    ],
)
def test_login_is_the_surname_and_initials_in_latin_letters(
    last: str, first: str, patronymic: str, login: str
) -> None:
    assert accounts_issue.free_login(PersonName(last, first, patronymic), ()) == login


def test_login_that_somebody_has_gets_a_number() -> None:
    name = PersonName("Иванова", "Мария", "Петровна")

    assert accounts_issue.free_login(name, {"ivanova.mp"}) == "ivanova.mp2"
    assert accounts_issue.free_login(name, {"ivanova.mp", "ivanova.mp2"}) == "ivanova.mp3"


def test_everybody_of_the_staff_gets_a_sign_in_that_opens_only_to_a_new_password(
    school: Storage, verifiers: Verifiers
) -> None:
    slips = accounts_issue.issue(school, staff(school), verifiers=verifiers)

    assert [slip.login for slip in slips] == [
        "elkin.ps",
        "orlova.il",
        "sitnikova.ia",
        "sokolova.am",
    ]
    account = book(school).by_login("sokolova.am")
    assert account is not None
    assert account.person == one(school, "staff", last="Соколова")["id"]
    assert account.roles == {"teacher", "homeroom_teacher"}
    assert account.must_change
    assert account.verifier.startswith("$argon2id$")
    assert verifiers.matches(account.verifier, slips[3].phrase)
    words = slips[3].phrase.split()
    assert len(words) == 3
    assert set(words) <= set(passwords.phrase_words())


def test_second_run_makes_nothing_and_renames_nobody(school: Storage, verifiers: Verifiers) -> None:
    accounts_issue.issue(school, staff(school), verifiers=verifiers)
    before = list(book(school).all())

    assert accounts_issue.issue(school, staff(school), verifiers=verifiers) == []
    assert list(book(school).all()) == before


def test_newcomer_of_the_same_name_gets_a_login_of_their_own(
    school: Storage, verifiers: Verifiers
) -> None:
    accounts_issue.issue(school, staff(school), verifiers=verifiers)
    later = Book().add("Сотрудники", "Орлова", "Ирина", "Леонидовна", "учитель", 1)
    workbooks.bring(school, later, ask=lambda question: False)

    (slip,) = accounts_issue.issue(school, staff(school), verifiers=verifiers)

    assert slip.login == "orlova.il2"


def test_guardians_are_in_the_order_of_classes_and_children(school: Storage) -> None:
    found = guardians(school)

    assert [(person.name.last, person.children[0].class_name) for person in found] == [
        ("Абрамова", "5А"),
        ("Белова", "5А"),
        ("Громов", "5Б"),
    ]
    assert [person.name.last for person in guardians(school, "5 б")] == ["Громов"]
    assert {frozenset(person.roles) for person in found} == {frozenset({"guardian"})}


def test_guardian_of_several_children_gets_one_sign_in_for_all(
    school: Storage, verifiers: Verifiers
) -> None:
    more = Book().add(
        "Родители", "Абрамова", "Ольга", "Юрьевна", "+7 900 000-00-01", None, "А-05", "мать"
    )
    workbooks.bring(school, more)

    slips = accounts_issue.issue(school, guardians(school), verifiers=verifiers)

    (slip,) = [one for one in slips if one.person.name.last == "Абрамова"]
    assert [(child.class_name, child.name.last) for child in slip.person.children] == [
        ("5А", "Абрамов"),
        ("5Б", "Дёмина"),
    ]


def test_guardians_of_those_who_have_left_get_none(school: Storage) -> None:
    student = one(school, "student", last="Громов")
    left = [{**student["enrollments"][0], "ends": "2026-10-01"}]
    workbooks.change(school, "student", student["id"], enrollments=left)
    assert isinstance(school.clock, FixedClock)
    school.clock.advance(timedelta(days=60))

    assert [person.name.last for person in guardians(school)] == ["Абрамова", "Белова"]


def test_reissued_password_replaces_the_old_one(school: Storage, verifiers: Verifiers) -> None:
    first = accounts_issue.issue(school, guardians(school), verifiers=verifiers)[0]

    again = accounts_issue.reissue(school, first.login.upper(), verifiers=verifiers)

    account = book(school).by_login(first.login)
    assert account is not None
    assert again.login == first.login
    assert again.person.children == first.person.children
    assert account.must_change
    assert verifiers.matches(account.verifier, again.phrase)
    assert not verifiers.matches(account.verifier, first.phrase)


def test_unknown_login_cannot_be_reissued(school: Storage, verifiers: Verifiers) -> None:
    with pytest.raises(errors.AccountUnknown):
        accounts_issue.reissue(school, "nobody", verifiers=verifiers)


def test_it_is_kept_who_got_an_account_when_and_never_the_phrase(
    school: Storage, verifiers: Verifiers
) -> None:
    slips = accounts_issue.issue(school, staff(school), verifiers=verifiers)
    accounts_issue.reissue(school, slips[0].login, verifiers=verifiers)

    noted = [record.value for record in school.store.records.scan("account_issue")]

    assert sorted(one["login"] for one in noted) == sorted(
        [*(slip.login for slip in slips), slips[0].login]
    )
    assert {one["issued_at"] for one in noted} == {"2026-08-25T09:00:00Z"}
    kept = str([record.value for record in school.store.records.scan("accounts")]) + str(noted)
    assert not any(slip.phrase in kept for slip in slips)


def test_no_account_comes_into_being_when_the_slips_cannot_be_kept(
    school: Storage, verifiers: Verifiers
) -> None:
    def full(slips: Sequence[Slip]) -> None:
        raise errors.EntryRefused(code="file_not_written")

    with pytest.raises(errors.EntryRefused):
        accounts_issue.issue(school, staff(school), verifiers=verifiers, keep_slips=full)

    assert list(book(school).all()) == []


def test_progress_tells_how_many_phrases_are_ready(school: Storage, verifiers: Verifiers) -> None:
    told: list[tuple[int, int]] = []

    accounts_issue.issue(
        school, staff(school), verifiers=verifiers, progress=lambda *step: told.append(step)
    )

    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_rights_follow_the_roles_of_the_staff_list(school: Storage, verifiers: Verifiers) -> None:
    accounts_issue.issue(school, staff(school), verifiers=verifiers)
    workbooks.bring(school, Book().set("Сотрудники", 4, "Роли", "учитель; завуч"))

    assert accounts_issue.refresh_roles(school) == 1

    account = book(school).by_login("orlova.il")
    assert account is not None
    assert account.roles == {"teacher", "deputy_head"}
    assert accounts_issue.refresh_roles(school) == 0


# ------------------------------------------------------------------------------------------- slips


def test_slip_says_who_where_and_what_to_do(school: Storage, verifiers: Verifiers) -> None:
    slips = accounts_issue.issue(school, guardians(school, "5А"), verifiers=verifiers)

    with command_line.speaking("ru"):
        text = slips_text(slips, "https://diary.school")

    first = text.split("- - -")[0]
    assert first.startswith("Абрамова Ольга Юрьевна\n5А, Абрамов Пётр Ильич\n")
    assert "https://diary.school" in first
    assert "abramova.oyu" not in first
    assert slips[0].login in first
    assert slips[0].phrase in first
    assert text.count("- - - -") >= 2


def test_slips_get_their_file_when_the_accounts_exist(
    school: Storage, verifiers: Verifiers, tmp_path: Path
) -> None:
    path = tmp_path / "slips.txt"

    with command_line.speaking("ru"), SlipFile(path, "") as slip_file:
        slips = accounts_issue.issue(
            school, staff(school), verifiers=verifiers, keep_slips=slip_file.keep
        )
        assert not path.exists()
        slip_file.publish()

    assert slips[0].phrase in path.read_text("utf-8")
    assert not list(tmp_path.glob("*.new"))


def test_file_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "slips.txt"
    path.write_text("important", "utf-8")

    with pytest.raises(errors.EntryRefused) as refused:
        SlipFile(path, "")

    assert refused.value.code == "file_exists"
    assert path.read_text("utf-8") == "important"


def test_slips_of_a_run_that_was_cut_short_are_still_to_be_found(
    school: Storage, verifiers: Verifiers, tmp_path: Path
) -> None:
    path = tmp_path / "slips.txt"

    with command_line.speaking("ru"), SlipFile(path, "") as slip_file:
        slips = accounts_issue.issue(
            school, staff(school), verifiers=verifiers, keep_slips=slip_file.keep
        )
        # Nothing gives the file its name: the program ends here.

    assert not path.exists()
    assert slips[0].phrase in (tmp_path / "slips.txt.new").read_text("utf-8")
    with pytest.raises(errors.EntryRefused):
        SlipFile(path, "")


def test_nothing_is_left_of_a_file_that_no_slip_came_into(tmp_path: Path) -> None:
    with SlipFile(tmp_path / "slips.txt", "") as slip_file:
        slip_file.keep([])
        slip_file.publish()

    assert list(tmp_path.iterdir()) == []


def test_place_where_nothing_can_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(errors.EntryRefused) as refused:
        SlipFile(tmp_path / "nowhere" / "slips.txt", "")

    assert refused.value.code == "file_not_written"
