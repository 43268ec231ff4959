"""A guardian who tries every id there is reads about the own child only: 404, no foreign byte.

Each teaching group has topics, homework and works of its own words, each student comments of their
own, so a leak of any of them is a word that must not be there.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest
from flask.testing import FlaskClient

from sync.documents.identifiers import LessonKey
from sync.entries.journal import Presence
from sync.projections import day, groups
from sync.web import access
from tests.support import central_site
from tests.support import sample_school as school
from tests.support.central_site import CentralSite

OWN = school.IVANOV_P
OWN_GROUPS = {school.MATH_5A, school.ENGLISH_5A_1, school.TALKS_5A}
MONDAY, FRIDAY = date(2026, 10, 12), date(2026, 10, 16)
STUDENTS = (*school.ROSTER_5A, *school.ROSTER_5B)
OTHERS = tuple(student for student in STUDENTS if student != OWN)

#: Ids of everything that is not a student, and texts that are no ids.
STRANGE = (
    school.GUARDIAN_OF_ONE,
    school.GUARDIAN_OF_TWO,
    school.SOKOLOVA,
    school.CLASS_5A,
    school.MATH_5A,
    school.MATHEMATICS,
    f"student:{school.ABRAMOV}",
    OWN.upper(),
    f"{OWN}%00",
    f"{OWN}%20",
    f"{OWN},{school.ABRAMOV}",
    "%25",
    "st_",
    "*",
    "0",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CentralSite]:
    """A week of the school in which every group and every student has words of its own."""
    folder: Path = tmp_path_factory.mktemp("central")
    with central_site.opened(folder) as opened:
        with opened.at(school.NOW + timedelta(days=4)):
            _fill(opened)
        yield opened


def _fill(site: CentralSite) -> None:
    connection = site.store.database.read()
    found = [
        group
        for one in (school.CLASS_5A, school.CLASS_5B)
        for group in groups.groups_of_class(connection, one)
    ]
    for lesson in day.lessons_of_groups(connection, found, MONDAY, FRIDAY):
        _keep(site, lesson.key, str(lesson.planned.given_by if lesson.planned else None))


def _keep(site: CentralSite, key: LessonKey, author: str) -> None:
    told = {"topic": f"Тема-{key.group}-", "homework": f"Задание-{key.group}-"}
    site.journal.describe_lesson(author, key, told, seen={}, token=f"d {key}")
    if key.group == school.TALKS_5A:
        return
    work = "w" + str(key.date.day) + str(key.ordinal)
    site.journal.add_work(
        author,
        key,
        work,
        title=f"Работа-{key.group}-",
        work_kind="test",
        weight=2,
        token=f"w {key}",
    )
    for student in groups.roster(site.store.database.read(), key.group, key.date):
        who = (author, key, student.id)
        words = f"Слова-{student.id}-"
        site.journal.record_mark(*who, 4, seen=None, comment=words, token=f"m {who}")
        site.journal.record_mark(*who, 5, seen=None, column=work, token=f"n {who}")
        site.journal.record_absence(*who, Presence("late", 3), seen=None, token=f"a {who}")


def _foreign_words(site: CentralSite) -> set[str]:
    words = {f"Слова-{student}-" for student in OTHERS}
    for group in {school.MATH_5B, school.ENGLISH_5A_2, school.SAFETY_5B}:
        assert group not in OWN_GROUPS
        words |= {f"{what}-{group}-" for what in ("Тема", "Задание", "Работа")}
    rows = site.store.database.read().execute("SELECT id, last, first, patronymic FROM student")
    own_name = {"Иванов", "Иван", "Петрович"}
    for person, *name in rows:
        if person != OWN:
            words |= set(name) - own_name
    # Names that teachers of the child, who may be named, have as well.
    return words - {"Пётр", "Александра", "Владиславовна", "Константинопольская", "Анна"}


def _addresses(site: CentralSite, student: str) -> list[str]:
    """Return an address of every route about a student, for each kind of further argument."""
    further = {"on": ("2026-10-14", "2026-10-12"), "period": ("q1", "q2", "year", "gm5a")}
    found = []
    for rule in site.app.url_map.iter_rules():
        if "student" not in rule.arguments:
            continue
        path = rule.rule.replace("<student>", student)
        (argument,) = (rule.arguments - {"student"}) or {None}
        if argument is None:
            found.append(path)
        else:
            found += [path.replace(f"<{argument}>", value) for value in further[argument]]
    assert len(found) >= 9
    return found


def _bare(page: str, path: str) -> str:
    """Return a page without what differs with every request: the token, and the path asked for."""
    without_token = re.sub(r'(csrf[-_]token" (?:content|value)=")[^"]*', r"\1", page)
    return without_token.replace(unquote(path), "").replace(path, "")


def test_own_pages_hold_no_foreign_word(site: CentralSite) -> None:
    client = site.client("ivanov")
    foreign = _foreign_words(site)

    for path in ("/", *_addresses(site, OWN)):
        answer = client.get(path, follow_redirects=True)
        if answer.status_code == 404:  # a period that the child's terms do not have
            continue
        leaked = {word for word in foreign if word in answer.text}
        assert not leaked, (path, leaked)


def test_own_pages_do_hold_the_own_words(site: CentralSite) -> None:
    client = site.client("ivanov")

    week = client.get(f"/diary/{OWN}/week").text
    marks = client.get(f"/diary/{OWN}/marks").text

    assert all(f"Тема-{group}-" in week for group in OWN_GROUPS)
    assert f"Слова-{OWN}-" in week
    assert f"Слова-{OWN}-" in marks
    assert f"Работа-{school.MATH_5A}-" in marks


@pytest.fixture(scope="module")
def client(site: CentralSite) -> FlaskClient:
    """The guardian who tries."""
    return site.client("ivanov")


@pytest.fixture(scope="module")
def never(site: CentralSite, client: FlaskClient) -> list[tuple[str, object]]:
    """What every address answers for an id that never was."""
    answers = [(path, client.get(path)) for path in _addresses(site, "neverwasthere")]
    assert {answer.status_code for _, answer in answers} == {404}
    return [(_bare(answer.text, path), _headers(answer.headers)) for path, answer in answers]


@pytest.mark.parametrize("foreign", [*OTHERS, *STRANGE])
def test_foreign_id_is_the_same_404_as_an_id_that_never_was(
    site: CentralSite, client: FlaskClient, never: list[tuple[str, object]], foreign: str
) -> None:
    words = _foreign_words(site)

    for path, (page, headers) in zip(_addresses(site, foreign), never, strict=True):
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert {word for word in words if word in answer.text} == set()
        assert (_bare(answer.text, path), _headers(answer.headers)) == (page, headers)


@pytest.mark.parametrize("step", ["..%2F", "%2E%2E/", "./", "//", "%5C", "st5/../"])
def test_way_round_the_address_leads_nowhere(site: CentralSite, step: str) -> None:
    client = site.client("ivanov")

    answer = client.get(f"/diary/{step}{school.ABRAMOV}/week", follow_redirects=True)

    assert answer.status_code == 404
    assert {word for word in _foreign_words(site) if word in answer.text} == set()


@pytest.mark.parametrize("foreign", [*OTHERS[:2], "neverwasthere"])
def test_module_of_a_page_gets_the_same_404(site: CentralSite, foreign: str) -> None:
    client = site.client("ivanov")

    answer = client.get(f"/diary/{foreign}/week", headers={"Accept": "application/json"})

    assert answer.status_code == 404
    assert answer.json == {
        "error": {
            "code": "not_found",
            "message": "Такой страницы нет.",
            "next_step": "Проверьте адрес или начните с первой страницы.",
            "params": {},
        }
    }


def test_remembered_child_must_still_be_an_own_one(site: CentralSite) -> None:
    client = site.client("abramova")
    client.get(f"/diary/{school.ABRAMOV}/week")
    with client.session_transaction() as cookie:
        cookie["child"] = OWN

    answer = client.get("/diary/week")

    assert answer.headers["Location"] == f"/diary/{school.ABRAMOV}/week#today"


def test_nothing_about_a_child_can_be_written(site: CentralSite) -> None:
    client = site.client("ivanov")
    token = central_site.csrf_token(client)

    for path in _addresses(site, OWN):
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            form = {"csrf_token": token, "value": "5"}
            assert client.open(path, method=method, data=form).status_code == 405


def test_guardian_writes_nowhere_but_own_password_language_and_session(site: CentralSite) -> None:
    """Every rule with an unsafe method that a guardian may use, found in the URL map."""
    client: FlaskClient = site.client("ivanov")
    found = set()
    for rule in site.app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}:
            # Nodes and their codes have a guard of their own, which knows no guardians.
            if rule.arguments or access.rule_of(site.app, rule.endpoint) == access.OWN:
                continue
            form = {"csrf_token": central_site.csrf_token(client)}
            answer = client.open(rule.rule, method=method, data=form)
            if answer.status_code not in (401, 403, 404, 405):
                found.add(rule.endpoint)
            if rule.endpoint in ("shell.sign_out", "shell.lock", "shell.enter"):
                client = site.client("ivanov")
    assert {name.partition(".")[0] for name in found} == {"shell"}


def _headers(headers: object) -> list[tuple[str, str]]:
    """Return the headers without those that change with every request."""
    changing = {"Set-Cookie", "Content-Length", "Date"}
    return sorted((name, value) for name, value in headers if name not in changing)  # type: ignore[attr-defined]
