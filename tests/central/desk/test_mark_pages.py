"""A disputed mark on its page: its kind and weight, another value, both marks kept."""

from datetime import timedelta

from flask.testing import FlaskClient

from central.desk import deciding
from central.desk.deciding import Choice, How
from sync.documents import entry, identifiers
from sync.projections import decisions, lessons
from tests.central.desk import scenes
from tests.central.desk.looking import (
    decide,
    decision_about,
    kept_marks,
    live,
    read,
    side_of,
)
from tests.central.desk.scenes import NOW, SUBSTITUTED, Rooms, send
from tests.support import desk_scene, sample_school
from tests.support.central_site import CentralSite
from tests.support.desk_scene import Wrote
from tests.support.sample_school import BELOVA, GROMOV


def marks_of_two_works(
    site: CentralSite, rooms: Rooms, *, teacher: int, kind: str, weight: int
) -> str:
    """Let the substitute give a 5 for an answer, and the teacher a mark of a column."""
    doc_id = scenes.mark_of(BELOVA)
    theirs = {"value": teacher, "weight": weight, "work_kind": kind}
    answer = {"value": 5, "weight": 1, "work_kind": "answer"}
    before = NOW - timedelta(minutes=50)
    desk_scene.differ(
        site,
        doc_id,
        Wrote(sample_school.SOKOLOVA, rooms.room_12, before, theirs),
        Wrote(sample_school.YOLKIN, rooms.room_22, before + timedelta(minutes=9), answer),
    )
    return doc_id


def test_kind_and_weight_of_a_mark_are_told_where_the_versions_differ_in_them(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient
) -> None:
    doc_id = marks_of_two_works(site, rooms, teacher=4, kind="control", weight=2)
    [unit] = read(site, doc_id).units
    assert len(unit.fields) == 3

    listed = deputy.get("/desk/").text
    page = deputy.get(f"/desk/conflict/{doc_id}").text

    assert "<strong>4, контрольная работа, вес 2</strong>" in listed
    assert "<strong>5, ответ на уроке, вес 1</strong>" in listed
    assert "до этого: –<" in page
    assert "контрольная работа, вес 2" in page
    assert 'name="third-0-work_kind"' in page
    assert "Оставить обе отметки: «5» здесь, «4» в отдельной колонке" in page
    decide(deputy, site, doc_id, **{"choice-0": "both", "reason": "Две работы"})
    protocol = deputy.get("/desk/protocol").text
    assert "«4, контрольная работа, вес 2» – Соколова А. М." in protocol
    kept = decision_about(site, doc_id).kept_in
    assert kept is not None
    leaf = site.store.get(kept)
    assert leaf is not None
    held = (leaf.value["value"], leaf.value["weight"], leaf.value["work_kind"])
    assert held == (4, 2, "control")


def test_a_chosen_answer_does_not_take_the_weight_of_the_other_ones_control_work(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient
) -> None:
    doc_id = scenes.mark_of(BELOVA)
    at = NOW - timedelta(minutes=50)
    # A usual mark states neither its kind nor its weight.
    control = Wrote(sample_school.SOKOLOVA, rooms.room_12, at, {"value": 4, "work_kind": "control"})
    answer = Wrote(sample_school.YOLKIN, rooms.room_22, at + timedelta(minutes=9), {"value": 5})
    desk_scene.differ(site, doc_id, control, answer)

    chosen = side_of(site, doc_id, sample_school.YOLKIN)
    decide(deputy, site, doc_id, **{"choice-0": chosen, "reason": "Спросили обоих"})

    leaf = site.store.get(doc_id)
    assert leaf is not None
    assert (leaf.value["value"], leaf.value["weight"], leaf.value["work_kind"]) == (5, None, None)


def test_another_value_of_a_mark_keeps_the_kind_and_weight_nobody_differs_in(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient
) -> None:
    doc_id = marks_of_two_works(site, rooms, teacher=4, kind="answer", weight=1)
    page = deputy.get("/desk/").text
    assert "<strong>4</strong>" in page
    assert 'name="third-0-weight"' not in deputy.get(f"/desk/conflict/{doc_id}").text

    third = {"choice-0": "third", "third-0-value": "3", "reason": "Спросили обоих"}
    decide(deputy, site, doc_id, **third)

    leaf = site.store.get(doc_id)
    assert leaf is not None
    held = (leaf.value["value"], leaf.value["weight"], leaf.value["work_kind"])
    assert held == (3, 1, "answer")


def test_both_marks_are_kept_in_two_columns(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient
) -> None:
    doc_id = scenes.two_marks(site, rooms, BELOVA)
    page = deputy.get(f"/desk/conflict/{doc_id}").text
    assert "Оставить обе отметки: «5» здесь, «4» в отдельной колонке" in page

    decide(deputy, site, doc_id, **{"choice-0": "both", "reason": "Две работы на одном уроке"})

    own, other = kept_marks(site, BELOVA)
    assert own == ("1", 5, False)
    assert other[1:] == (4, False)


def test_whoever_keeps_both_marks_follows_no_suggestion(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient
) -> None:
    doc_id = scenes.two_marks(site, rooms, BELOVA)
    offered = {"choice-0": "both", "reason": "Урок провёл заменяющий учитель."}

    assert decide(deputy, site, doc_id, **offered).status_code == 422
    assert live(site, doc_id) == 2
    decide(deputy, site, doc_id, **{"choice-0": "both", "reason": "Две работы на одном уроке"})

    assert (decision_about(site, doc_id).how, decision_about(site, doc_id).suggested) == (
        "both",
        None,
    )


def keep_both_and_take_back(site: CentralSite, rooms: Rooms, deputy: FlaskClient) -> str:
    """Keep both marks, 5 here and 4 in a column of its own, and open the matter again."""
    doc_id = scenes.two_marks(site, rooms, BELOVA)
    decide(deputy, site, doc_id, **{"choice-0": "both", "reason": "Две работы на одном уроке"})
    made = identifiers.opaque_of(decision_about(site, doc_id).doc_id)
    site.clock.advance(timedelta(minutes=1))
    send(deputy, f"/desk/decision/{made}", reason="Уточняем")
    site.clock.advance(timedelta(minutes=1))
    return doc_id


def test_mark_kept_by_a_decision_taken_back_is_not_kept_twice(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient
) -> None:
    doc_id = keep_both_and_take_back(site, rooms, deputy)
    [kept] = [one for one in kept_marks(site, BELOVA) if one[0] != "1"]
    again = {"choice-0": "both", "reason": "Работ было две"}

    page = decide(deputy, site, doc_id, **again)

    assert page.status_code == 200
    assert kept_marks(site, BELOVA) == [("1", 5, False), kept]
    latest, earlier = decisions.decisions_about(site.store.database.read(), doc_id)
    assert latest.kept_in == earlier.kept_in == identifiers.mark_id(SUBSTITUTED, BELOVA, kept[0])


def test_mark_kept_before_takes_the_other_value_when_they_change_places(
    site: CentralSite, rooms: Rooms
) -> None:
    doc_id = keep_both_and_take_back(site, rooms, site.client("sitnikova"))
    [kept] = [one for one in kept_marks(site, BELOVA) if one[0] != "1"]
    conflict = read(site, doc_id)
    [unit] = conflict.units
    four = next(side.index for side in unit.sides if side.values["value"] == 4)

    deciding.decide(
        scenes.desk_of(site),
        doc_id,
        conflict.shown,
        [Choice(unit.fields, How.BOTH, four, None)],
        by=sample_school.DEPUTY,
        reason="Наоборот",
    )

    assert kept_marks(site, BELOVA) == [("1", 4, False), (kept[0], 5, False)]


def test_mark_kept_before_and_changed_since_is_not_overwritten(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient
) -> None:
    doc_id = keep_both_and_take_back(site, rooms, deputy)
    [kept] = [one for one in kept_marks(site, BELOVA) if one[0] != "1"]
    later = Wrote(sample_school.YOLKIN, rooms.room_22, site.clock.now(), {"value": 3}, "Описка")
    desk_scene.agree(site, identifiers.mark_id(SUBSTITUTED, BELOVA, kept[0]), later)

    answer = decide(deputy, site, doc_id, **{"choice-0": "both", "reason": "Работ было две"})

    assert answer.status_code == 422
    assert kept_marks(site, BELOVA) == [("1", 5, True), (kept[0], 3, False)]


def works(site: CentralSite) -> list[str]:
    """Return the further columns of the lesson."""
    read = site.store.database.read()
    day = SUBSTITUTED.date
    found = lessons.works_of_lessons(read, SUBSTITUTED.group, day, day)
    return [one.id for one in found if one.work_kind is not None]


def test_choosing_one_mark_after_all_withdraws_the_other_one_from_its_column(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient
) -> None:
    doc_id = keep_both_and_take_back(site, rooms, deputy)
    [kept] = [one for one in kept_marks(site, BELOVA) if one[0] != "1"]
    assert works(site) == [kept[0]]
    assert "Если не оставить обе снова" in deputy.get(f"/desk/conflict/{doc_id}").text

    chosen = side_of(site, doc_id, sample_school.SOKOLOVA)
    page = decide(deputy, site, doc_id, **{"choice-0": chosen, "reason": "Работа была одна"})

    assert kept_marks(site, BELOVA) == [("1", 4, False), (kept[0], None, False)]
    assert works(site) == []
    mark = identifiers.mark_id(SUBSTITUTED, BELOVA, kept[0])
    leaf = site.store.get(mark)
    assert leaf is not None
    last = entry.parse(leaf.value["entries"][-1])
    assert (last.old, last.new, last.author) == (4, None, sample_school.DEPUTY)
    assert last.reason == "Работа была одна"
    latest, _ = decisions.decisions_about(site.store.database.read(), doc_id)
    assert (latest.withdrew, latest.kept_in) == (mark, None)
    assert "которую прежнее решение сохранило в отдельной колонке" in page.text


def test_column_that_another_mark_stands_in_is_left_when_the_kept_mark_is_withdrawn(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient
) -> None:
    doc_id = keep_both_and_take_back(site, rooms, deputy)
    [kept] = [one for one in kept_marks(site, BELOVA) if one[0] != "1"]
    other = identifiers.mark_id(SUBSTITUTED, GROMOV, kept[0])
    wrote = Wrote(sample_school.YOLKIN, rooms.room_22, site.clock.now(), {"value": 3})
    desk_scene.agree(site, other, wrote)

    third = {"choice-0": "third", "third-0-value": "3", "reason": "Работа была одна"}
    decide(deputy, site, doc_id, **third)

    assert kept_marks(site, BELOVA) == [("1", 3, False), (kept[0], None, False)]
    assert works(site) == [kept[0]]


def test_mark_written_anew_in_its_column_is_not_withdrawn(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient
) -> None:
    doc_id = keep_both_and_take_back(site, rooms, deputy)
    [kept] = [one for one in kept_marks(site, BELOVA) if one[0] != "1"]
    later = Wrote(sample_school.YOLKIN, rooms.room_22, site.clock.now(), {"value": 3}, "Описка")
    desk_scene.agree(site, identifiers.mark_id(SUBSTITUTED, BELOVA, kept[0]), later)

    chosen = side_of(site, doc_id, sample_school.SOKOLOVA)
    page = decide(deputy, site, doc_id, **{"choice-0": chosen, "reason": "Работа была одна"})

    assert kept_marks(site, BELOVA) == [("1", 4, False), (kept[0], 3, False)]
    assert "которую прежнее решение" not in page.text


def test_history_tells_the_steps_of_kind_and_weight_where_marks_differ_in_them(
    site: CentralSite, rooms: Rooms, deputy: FlaskClient
) -> None:
    doc_id = marks_of_two_works(site, rooms, teacher=4, kind="control", weight=2)

    page = deputy.get(f"/desk/conflict/{doc_id}").text
    history = page.split('class="histories"')[1]

    assert "контрольная работа" in history
    assert "вес отметки" in history.lower()
    # Where nobody differs in them they only follow the mark.
    plain = scenes.two_marks(site, rooms, GROMOV)
    page = deputy.get(f"/desk/conflict/{plain}").text
    assert "вес отметки" not in page.split('class="histories"')[1].lower()
