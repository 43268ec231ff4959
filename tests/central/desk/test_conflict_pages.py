"""The pages of conflicts without JavaScript: what is told, what may be chosen, what is refused."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from sync.documents import identifiers
from sync.school.people import Role
from tests.central.desk import scenes
from tests.central.desk.looking import (
    decide,
    decision_about,
    kept_marks,
    live,
    read,
    side_of,
    value_of,
)
from tests.central.desk.scenes import SUBSTITUTED, Rooms, send
from tests.support import sample_school
from tests.support.central_site import CentralSite
from tests.support.sample_school import BELOVA, GROMOV, NEWCOMER, YAKOVLEVA


def test_conflict_is_told_in_school_terms(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient
) -> None:
    doc_id = scenes.two_marks(site, rooms, BELOVA)

    page = deputy.get(f"/desk/conflict/{doc_id}").text

    for told in (
        "Белова Юлия: отметка",
        "5Б · Математика · ср, 14 октября, 3\u2011й урок",
        "Соколова А. М.",
        "Кабинет 12",
        "09:10",
        "Ёлкин П. С.",
        "замещает на этом уроке",
        "кабинет 22",
        "09:31",
        "до этого: –",
        "Предлагается: Урок провёл заменяющий учитель.",
    ):
        assert told in page, told


def test_list_counts_and_names_what_waits_and_how_long(site: CentralSite, rooms: Rooms) -> None:
    scenes.two_marks(site, rooms, BELOVA)
    site.clock.advance(timedelta(hours=26))

    page = site.client("sitnikova").get("/desk/").text

    assert '<span class="nav-count">1</span>' in page
    assert "Белова Юлия: отметка" in page
    assert "1 день" in page
    assert "nav-count" not in site.client("sazonova").get("/administration/").text


def test_nothing_open_says_so(site: CentralSite, deputy: FlaskClient) -> None:
    page = deputy.get("/desk/").text

    assert "Ничего не ждёт" in page
    assert "nav-count" not in page


@pytest.mark.parametrize(
    ("query", "stays"),
    [
        ("class=c5b", True),
        ("class=c5a", False),
        ("subject=math", True),
        ("subject=eng", False),
        ("teacher=tek", True),
        ("teacher=tknst", False),
        ("kind=mark", True),
        ("kind=absence", False),
        ("older=1", True),
        ("older=3", False),
        ("older=nonsense&class=", True),
    ],
)
def test_list_is_narrowed_by_its_address(
    site: CentralSite, rooms: Rooms, query: str, stays: bool
) -> None:
    scenes.two_marks(site, rooms, BELOVA)
    site.clock.advance(timedelta(days=2))

    page = site.client("sitnikova").get(f"/desk/?{query}").text

    assert ("Белова Юлия" in page) is stays
    assert ("Таких расхождений нет" in page) is not stays


@pytest.mark.parametrize(
    ("sort", "students"),
    [("", "Яковлева Белова Громов"), ("about", "Белова Громов Яковлева"), ("none", "Яковлева")],
)
def test_list_is_sorted_by_its_address(
    site: CentralSite, rooms: Rooms, sort: str, students: str
) -> None:
    for student in (YAKOVLEVA, BELOVA, GROMOV):
        scenes.two_marks(site, rooms, student)
        site.clock.advance(timedelta(minutes=1))
    deputy = site.client("sitnikova")

    page = deputy.get(f"/desk/?sort={sort}&kind=mark").text

    places = [page.index(f"{name} ") for name in students.split()]
    assert places == sorted(places)
    assert '?kind=mark&amp;sort=lesson"' in page


def test_chosen_version_stands_and_the_decision_names_everybody(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient
) -> None:
    doc_id = scenes.two_marks(site, rooms, BELOVA)
    chosen = side_of(site, doc_id, sample_school.YOLKIN)

    page = decide(
        deputy, site, doc_id, **{"choice-0": chosen, "reason": "Урок провёл заменяющий учитель."}
    ).text

    assert "Решено." in page
    assert (value_of(site, doc_id), live(site, doc_id)) == (5, 1)
    assert kept_marks(site, BELOVA) == [("1", 5, False)]
    made = decision_about(site, doc_id)
    assert (made.how, made.suggested, made.decided_by) == (
        "version",
        "substitute_held",
        sample_school.DEPUTY,
    )
    assert {one.author for one in made.versions} == {sample_school.YOLKIN, sample_school.SOKOLOVA}
    for told in ("Отметка: 5", "Ситникова И. А.", "выбрано", "ещё нет; при следующей связи"):
        assert told in page, told


def test_third_value_is_typed_as_in_the_journal(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient
) -> None:
    doc_id = scenes.two_marks(site, rooms, BELOVA)

    refused = decide(
        deputy,
        site,
        doc_id,
        **{"choice-0": "third", "third-0-value": "7", "reason": "Спросили обоих"},
    )
    assert refused.status_code == 422
    assert "Отметка 7 здесь не ставится" in refused.text
    assert "Спросили обоих" in refused.text
    assert live(site, doc_id) == 2

    decide(
        deputy,
        site,
        doc_id,
        **{"choice-0": "third", "third-0-value": "зач", "reason": "Спросили обоих"},
    )
    assert (value_of(site, doc_id), decision_about(site, doc_id).how) == ("pass", "third")


def test_each_question_of_a_document_is_answered_of_several_versions(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient
) -> None:
    doc_id = scenes.three_marks_with_comments(site, rooms, BELOVA)
    value, comment = read(site, doc_id).units
    assert (value.fields[0], comment.fields) == ("value", ("comment",))
    assert (len(value.sides), len(comment.sides)) == (3, 2)
    form = {"choice-1": "combined", "combined-1": "Решила сама", "reason": "Спросили всех"}

    assert decide(deputy, site, doc_id, **form).status_code == 422
    chosen = side_of(site, doc_id, sample_school.KONSTANTINOPOLSKAYA)
    page = decide(deputy, site, doc_id, **form, **{"choice-0": chosen}).text

    assert "зач (зачтено)" in page
    leaf = site.store.get(doc_id)
    assert leaf is not None
    assert (leaf.value["value"], leaf.value["comment"]) == ("pass", "Решила сама")


def test_homeworks_are_joined(site: CentralSite, rooms: Rooms, deputy: FlaskClient) -> None:
    doc_id = scenes.two_homeworks(site, rooms)
    page = deputy.get(f"/desk/conflict/{doc_id}").text
    joined = "§ 2, № 25 (а, в); повторить правило на с. 18\n§ 3, № 31–33; принести циркуль"

    assert joined in page
    decide(
        deputy,
        site,
        doc_id,
        **{
            "choice-0": "combined",
            "combined-0": joined.replace("\n", "\r\n"),
            "reason": "Нужны оба задания",
        },
    )

    leaf = site.store.get(doc_id)
    assert leaf is not None
    assert leaf.value["homework"] == joined


def test_presence_and_its_minutes_are_one_question(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient
) -> None:
    doc_id = scenes.two_presences(site, rooms, GROMOV)

    refused = decide(
        deputy,
        site,
        doc_id,
        **{
            "choice-0": "third",
            "third-0-presence": "late",
            "third-0-minutes": "400",
            "reason": "Опоздал сильнее",
        },
    )
    assert refused.status_code == 422
    decide(
        deputy,
        site,
        doc_id,
        **{
            "choice-0": "third",
            "third-0-presence": "late",
            "third-0-minutes": "15",
            "reason": "Опоздал сильнее",
        },
    )

    leaf = site.store.get(doc_id)
    assert leaf is not None
    assert (leaf.value["presence"], leaf.value["minutes"]) == ("late", 15)


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"choice-0": "v0", "reason": "  "}, "Нужно основание."),
        ({"reason": "Так было"}, "Ничего не выбрано."),
        ({"choice-0": "v7", "reason": "Так было"}, "Ничего не выбрано."),
        ({"choice-0": "v0", "reason": "х" * 501}, "501"),
        (
            {"choice-0": "sokolova", "reason": "Урок провёл заменяющий учитель."},
            "Основание осталось от предложения",
        ),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_decided(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient, form: dict[str, str], sentence: str
) -> None:
    doc_id = scenes.two_marks(site, rooms, BELOVA)
    if form.get("choice-0") == "sokolova":
        form = {**form, "choice-0": side_of(site, doc_id, sample_school.SOKOLOVA)}

    answer = decide(deputy, site, doc_id, **form)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert live(site, doc_id) == 2


def test_decision_about_something_that_changed_meanwhile_is_refused(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient
) -> None:
    doc_id = scenes.two_marks(site, rooms, BELOVA)

    answer = send(
        deputy,
        f"/desk/conflict/{doc_id}",
        shown=["1-0"],
        **{"choice-0": "v0", "reason": "Так было"},
    )

    assert answer.status_code == 422
    assert "тем временем изменили" in answer.text
    assert live(site, doc_id) == 2


def test_settled_conflict_leads_to_its_decision(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient
) -> None:
    doc_id = scenes.two_marks(site, rooms, BELOVA)
    scenes.decided(site, doc_id)

    answer = deputy.get(f"/desk/conflict/{doc_id}", follow_redirects=True)

    assert "Это уже решено; вот решение." in answer.text
    assert "/desk/decision/" in answer.request.path


@pytest.mark.parametrize("document", ["mark:none", "student:st1", "lesson:gm5a:2026-10-14:1"])
def test_what_is_no_conflict_is_not_there(deputy: FlaskClient, document: str) -> None:
    assert deputy.get(f"/desk/conflict/{document}").status_code == 404


# ------------------------------------------------------------------------------ asked of an author


def test_author_of_both_is_asked_first_and_the_desk_after_three_days(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient
) -> None:
    doc_id = scenes.own_marks(site, rooms, sample_school.ABRAMOV)

    assert "Абрамов" not in deputy.get("/desk/").text
    assert "Абрамов" in deputy.get("/desk/waiting").text
    page = deputy.get(f"/desk/conflict/{doc_id}").text
    assert "автора спрашивают первым" in page
    assert 'name="reason"' not in page
    refused = decide(deputy, site, doc_id, **{"choice-0": "v0", "reason": "Так было"})
    assert (refused.status_code, live(site, doc_id)) == (422, 2)

    site.clock.advance(timedelta(days=3, minutes=1))
    deputy = site.client("sitnikova")

    assert "Абрамов" in deputy.get("/desk/").text
    chosen = side_of(site, doc_id, sample_school.SOKOLOVA)
    decide(deputy, site, doc_id, **{"choice-0": chosen, "reason": "Автор не ответил"})
    assert live(site, doc_id) == 1


# --------------------------------------------------------------------------------- open once more


def test_decision_is_taken_back_and_decided_anew(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient
) -> None:
    doc_id = scenes.two_marks(site, rooms, NEWCOMER)
    first = scenes.decided(site, doc_id, reason="Показалось верным")
    was = value_of(site, doc_id)
    address = f"/desk/decision/{identifiers.opaque_of(first)}"

    refused = send(deputy, address, reason="")
    assert (refused.status_code, "Нужно основание." in refused.text) == (422, True)
    page = send(deputy, address, reason="Ёлкин показал тетрадь").text

    assert "Снова открыто" in page
    assert "Это уже решали" in page
    assert kept_marks(site, NEWCOMER) == [("1", was, True)]
    assert "снова открыто" in deputy.get("/desk/").text
    wanted = sample_school.YOLKIN if was == 4 else sample_school.SOKOLOVA
    chosen = side_of(site, doc_id, wanted)
    decide(deputy, site, doc_id, **{"choice-0": chosen, "reason": "По тетради"})
    assert kept_marks(site, NEWCOMER) == [("1", 9 - was, False)]
    assert "Отменено" in deputy.get(address).text


# ------------------------------------------------------------------------------------ who may what


def test_director_looks_and_decides_nothing(site: CentralSite, rooms: Rooms) -> None:
    site.add_account("director", sample_school.DEPUTY, Role.DIRECTOR)
    doc_id = scenes.two_marks(site, rooms, BELOVA)
    director = site.client("director")

    page = director.get(f"/desk/conflict/{doc_id}").text

    assert "Соколова А. М." in page
    assert 'type="radio"' not in page
    assert decide(director, site, doc_id, **{"choice-0": "v0", "reason": "Так"}).status_code == 403
    assert live(site, doc_id) == 2


def test_form_without_its_token_is_refused(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient
) -> None:
    doc_id = scenes.two_marks(site, rooms, BELOVA)

    answer = deputy.post(
        f"/desk/conflict/{doc_id}", data={"choice-0": "v0", "reason": "Так", "shown": "1-0"}
    )

    assert (answer.status_code, live(site, doc_id)) == (400, 2)


def test_disputed_mark_is_being_clarified_in_the_diary_and_counts_nowhere(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient
) -> None:
    doc_id = scenes.two_marks(site, rooms, GROMOV)
    diary = f"/diary/{GROMOV}/marks"

    page = site.client("abramova").get(diary).text
    assert "уточняется" in page
    assert "5,00" not in page
    assert "4,00" not in page

    chosen = side_of(site, doc_id, sample_school.YOLKIN)
    decide(deputy, site, doc_id, **{"choice-0": chosen, "reason": "Урок вёл Ёлкин"})

    page = site.client("abramova").get(diary).text
    assert "уточняется" not in page
    assert "5,00" in page


def test_lesson_of_the_conflict_is_the_one_that_was_substituted(
    site: CentralSite, rooms: Rooms
) -> None:
    found = read(site, scenes.two_marks(site, rooms, BELOVA))

    assert (found.about.lesson, found.about.number) == (SUBSTITUTED, 3)
