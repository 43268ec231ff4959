"""A cell of the journal sheet over HTTP: what a save does and says, states, the detail."""

import re
from datetime import timedelta
from typing import Any

import pytest

from sync import errors
from sync.documents import entry, identifiers
from sync.documents.identifiers import LessonKey
from sync.projections import absences, marks
from sync.store.entry_states import State
from tests.support import sample_school
from tests.support.sample_node import SampleNode
from tests.support.sample_school import ABRAMOV, DAY, LESSON_1, MATH_5A, MATH_5B, YOLKINA, ZHUKOV
from tests.support.sheet_client import NOTHING, Teacher, answer_of_central, cell, cells_of

SHEET = f"/journal/{MATH_5A}"


def marks_of(node: SampleNode, student: str) -> list[int | str | None]:
    connection = node.store.database.read()
    return [one.value for one in marks.marks_of_student(connection, student, DAY, DAY)]


# ------------------------------------------------------------------------------------------ saving


def test_saved_mark_is_on_this_computer_and_counts(node: SampleNode, teacher: Teacher) -> None:
    answer = teacher.save(cell(ABRAMOV), typed="5")

    assert answer.status_code == 200
    assert answer.json is not None
    told = answer.json["cell"]
    assert (told["mark"], told["value"], told["state"]) == ("5", 5, "here")
    assert answer.json["row"] == ["5,00", "5,00", "", ""]
    assert marks_of(node, ABRAMOV) == [5]
    assert told in cells_of(teacher.open(), ABRAMOV)


def test_late_and_a_mark_stand_together(node: SampleNode, teacher: Teacher) -> None:
    first = teacher.save(cell(ABRAMOV), typed="о")
    second = teacher.save(cell(ABRAMOV), typed="4", seen={"presence": "late"})

    assert first.json is not None
    assert second.json is not None
    assert first.json["cell"]["sign"] == "ОП"
    assert (second.json["cell"]["sign"], second.json["cell"]["mark"]) == ("ОП", "4")
    assert second.json["row"] == ["4,00", "4,00", "", ""]


def test_nothing_typed_takes_back_both(node: SampleNode, teacher: Teacher) -> None:
    teacher.save(cell(ABRAMOV), typed="о4")

    answer = teacher.save(cell(ABRAMOV), typed="", seen={"mark": 4, "presence": "late"})

    assert answer.json is not None
    assert answer.json["cell"] == {"state": "here"}
    assert answer.json["row"] == ["", "", "", ""]
    assert marks_of(node, ABRAMOV) == [None]


def test_mark_alone_is_taken_back_beside_a_sign(teacher: Teacher) -> None:
    teacher.save(cell(ABRAMOV), typed="о4")

    answer = teacher.save(cell(ABRAMOV), wish={"mark": None}, seen={"mark": 4, "presence": "late"})

    assert answer.json is not None
    assert answer.json["cell"]["sign"] == "ОП"
    assert "mark" not in answer.json["cell"]


def test_absence_is_counted_as_missed(teacher: Teacher) -> None:
    answer = teacher.save(cell(ABRAMOV), typed="н")

    assert answer.json is not None
    assert answer.json["row"] == ["", "", "1", ""]


def test_same_token_again_is_one_entry(node: SampleNode, teacher: Teacher) -> None:
    first = teacher.save(cell(ABRAMOV), typed="о4", token="the-same-token")
    again = teacher.save(cell(ABRAMOV), typed="о4", token="the-same-token")

    assert first.json == again.json
    leaf = node.store.get(identifiers.mark_id(LESSON_1, ABRAMOV))
    assert leaf is not None
    assert [one["field"] for one in entry.entries_of(leaf.value)].count("value") == 1


def test_change_by_somebody_else_is_shown_and_not_overwritten(
    node: SampleNode, teacher: Teacher
) -> None:
    teacher.save(cell(ABRAMOV), typed="4")
    node.clock.advance(timedelta(minutes=3))

    answer = teacher.save(cell(ABRAMOV), typed="5", seen=NOTHING)

    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["error"]["code"] == "changed_meanwhile"
    assert answer.json["cell"]["value"] == 4
    assert answer.json["by"] == "Соколова А. М., 3\u00a0мин\u00a0назад"
    assert marks_of(node, ABRAMOV) == [4]

    knowing = teacher.save(cell(ABRAMOV), typed="5", seen={"mark": 4})
    assert knowing.status_code == 200
    assert marks_of(node, ABRAMOV) == [5]


@pytest.mark.parametrize(
    ("where", "typed", "code"),
    [
        (cell(ABRAMOV), "7", "mark_outside_scale"),
        (cell(ABRAMOV), "пять", "mark_not_understood"),
        (cell(ABRAMOV), "оп 500", "late_minutes_outside_range"),
        (cell(ABRAMOV, LessonKey(MATH_5A, DAY + timedelta(days=2), 1)), "5", "lesson_in_future"),
        (cell(sample_school.BELOVA), "5", "not_in_group"),
        (cell(ABRAMOV, column="wk99"), "5", "unknown_column"),
    ],
)
def test_refused_save_says_why_and_writes_nothing(
    node: SampleNode, teacher: Teacher, where: str, typed: str, code: str
) -> None:
    before = node.store.update_seq()

    answer = teacher.save(where, typed=typed)

    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["error"]["code"] == code
    assert answer.json["error"]["message"]
    assert answer.json["error"]["next_step"]
    assert answer.json["cell"] == {}
    assert node.store.update_seq() == before


def test_substitute_saves_in_the_own_lesson_only(node: SampleNode) -> None:
    substitute = Teacher(node, "yolkin")
    other = LessonKey(MATH_5B, DAY - timedelta(days=2), 1)

    own = substitute.save(
        cell(sample_school.BELOVA, sample_school.LESSON_SUBSTITUTED), MATH_5B, typed="5"
    )
    foreign = substitute.save(cell(sample_school.BELOVA, other), MATH_5B, typed="5")

    assert own.status_code == 200
    assert foreign.status_code == 422
    assert foreign.json is not None
    assert foreign.json["error"]["code"] == "not_your_lesson"


def test_group_without_marks_takes_absences_and_no_marks(node: SampleNode) -> None:
    talks = Teacher(node, "yolkin")
    group, where = sample_school.TALKS_5A, cell(ABRAMOV, sample_school.LESSON_TALKS)

    mark = talks.save(where, group, typed="5")
    absence = talks.save(where, group, typed="н")

    assert mark.json is not None
    assert mark.json["error"]["code"] == "markless"
    assert absence.status_code == 200


def test_class_teacher_states_the_reason_with_the_letter(node: SampleNode) -> None:
    answer = Teacher(node).save(cell(ABRAMOV), typed="б")

    assert answer.json is not None
    assert answer.json["cell"]["sign"] == "Б"
    assert answer.json["row"] == ["", "", "1", "1"]


def test_letter_of_a_reason_from_another_teacher_is_refused_whole(node: SampleNode) -> None:
    where = cell(sample_school.BELOVA, sample_school.LESSON_SUBSTITUTED)

    answer = Teacher(node, "yolkin").save(where, MATH_5B, typed="б")

    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["error"]["code"] == "reason_not_yours"
    assert "Н" in answer.json["error"]["next_step"]
    assert answer.json["cell"] == {}


def test_absence_repeated_by_the_teacher_keeps_the_stated_reason(node: SampleNode) -> None:
    talks, where = sample_school.TALKS_5A, cell(ABRAMOV, sample_school.LESSON_TALKS)
    yolkin = Teacher(node, "yolkin")
    yolkin.save(where, talks, typed="н")
    reason = [(sample_school.LESSON_TALKS, ABRAMOV, "ill", None)]
    node.node.journal.state_reason(sample_school.SOKOLOVA, reason, token="reason")

    answer = yolkin.save(where, talks, typed="н", seen={"presence": "absent", "reason": "ill"})

    assert answer.json is not None
    assert answer.json["cell"]["sign"] == "Б"


def test_sign_that_no_letters_stand_for_is_put_outright(teacher: Teacher) -> None:
    answer = teacher.save(cell(ABRAMOV), wish={"absence": "exempt_present"})
    late = teacher.save(cell(YOLKINA), wish={"absence": "late", "minutes": 15})

    assert answer.json is not None
    assert late.json is not None
    assert answer.json["cell"]["presence"] == "exempt_present"
    assert late.json["cell"]["sign_name"] == "опоздание на 15 мин"


def test_roll_call_that_is_done_follows_an_absence(node: SampleNode, teacher: Teacher) -> None:
    node.node.journal.call_roll(sample_school.SOKOLOVA, LESSON_1, {}, token="roll-call")

    teacher.save(cell(ABRAMOV), typed="н")

    leaf = node.store.get(identifiers.lesson_id(LESSON_1))
    assert leaf is not None
    assert leaf.value["roll_call"] == 1
    found = absences.absences_of_group(node.store.database.read(), MATH_5A, DAY, DAY)
    assert [one.student for one in found] == [ABRAMOV]


def test_comment_is_kept_beside_the_mark_and_brings_no_weight(
    node: SampleNode, teacher: Teacher
) -> None:
    teacher.save(cell(ABRAMOV), typed="3")
    changed = {"work_kind": "control"}
    node.node.journal.describe_lesson(
        sample_school.SOKOLOVA, LESSON_1, changed, seen={}, token="kind"
    )

    answer = teacher.save(cell(ABRAMOV), comment="  сдал  позже ", seen={"mark": 3})

    assert answer.json is not None
    assert answer.json["cell"]["comment"] is True
    leaf = node.store.get(identifiers.mark_id(LESSON_1, ABRAMOV))
    assert leaf is not None
    assert (leaf.value["comment"], leaf.value["weight"]) == ("сдал позже", None)


def test_comment_written_by_somebody_meanwhile_is_not_lost(teacher: Teacher) -> None:
    teacher.save(cell(ABRAMOV), comment="первый")

    answer = teacher.save(cell(ABRAMOV), comment="второй", seen={"comment": None})

    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["error"]["params"]["now"] == "первый"


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"cell": cell(ABRAMOV), "seen": {}, "typed": "5"},
        {"cell": cell(ABRAMOV), "seen": {}, "typed": "5", "token": "short"},
        {"cell": cell(ABRAMOV), "seen": {}, "typed": 5, "token": "token-0001"},
        {"cell": cell(ABRAMOV), "seen": {}, "typed": "5" * 41, "token": "token-0001"},
        {"cell": cell(ABRAMOV), "seen": {"mark": True}, "typed": "5", "token": "token-0001"},
        {"cell": cell(ABRAMOV), "seen": {"presence": 1}, "typed": "5", "token": "token-0001"},
        {"cell": cell(ABRAMOV), "seen": {}, "wish": {"absence": "?"}, "token": "token-0001"},
        {"cell": cell(ABRAMOV), "seen": {}, "wish": {"weight": 3}, "token": "token-0001"},
        {"cell": cell(ABRAMOV), "seen": {}, "comment": 3, "token": "token-0001"},
        {"cell": "2026-10-14:1:1", "seen": {}, "typed": "5", "token": "token-0001"},
        {"cell": "2026-10-14:1:1:St 1", "seen": {}, "typed": "5", "token": "token-0001"},
        {"cell": ["x"], "seen": {}, "typed": "5", "token": "token-0001"},
    ],
)
def test_request_of_no_page_of_ours_is_refused(
    node: SampleNode, teacher: Teacher, body: Any
) -> None:
    before = node.store.update_seq()

    answer = teacher.post(f"{SHEET}/cell", body)

    assert answer.status_code == 400
    assert node.store.update_seq() == before


# ------------------------------------------------------------------------------------------ states


def states(teacher: Teacher, *wanted: str) -> dict[str, Any]:
    answer = teacher.post(f"{SHEET}/states", {"cells": list(wanted)})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.get_json()
    return body


def test_state_follows_the_word_of_central(node: SampleNode, teacher: Teacher) -> None:
    teacher.save(cell(ABRAMOV), typed="5")
    before = states(teacher, cell(ABRAMOV), cell(YOLKINA))

    answer_of_central(node, State.ACCEPTED)
    after = states(teacher, cell(ABRAMOV))

    assert before["cells"][cell(ABRAMOV)]["state"] == "here"
    assert before["cells"][cell(YOLKINA)] == {}
    assert "state" not in after["cells"][cell(ABRAMOV)]
    assert after["rows"][ABRAMOV] == ["5,00", "5,00", "", ""]


def test_entry_put_aside_by_central_says_why(node: SampleNode, teacher: Teacher) -> None:
    teacher.save(cell(ABRAMOV), typed="5")
    answer_of_central(node, State.QUARANTINED, "term_locked")

    told = states(teacher, cell(ABRAMOV))["cells"][cell(ABRAMOV)]

    assert told["state"] == "refused"
    assert "закрыт" in told["note"]


def test_cell_is_as_urgent_as_its_more_urgent_half(node: SampleNode, teacher: Teacher) -> None:
    teacher.save(cell(ABRAMOV), typed="о")
    answer_of_central(node, State.ACCEPTED)
    teacher.save(cell(ABRAMOV), typed="4", seen={"presence": "late"})

    assert states(teacher, cell(ABRAMOV))["cells"][cell(ABRAMOV)]["state"] == "here"


@pytest.mark.parametrize("wanted", [None, "x", [["x"]], ["2026-10-14:1:1"], ["x"] * 3001])
def test_question_about_no_cells_is_refused(teacher: Teacher, wanted: Any) -> None:
    assert teacher.post(f"{SHEET}/states", {"cells": wanted}).status_code == 400


# ------------------------------------------------------------------------------------------ detail


def detail(teacher: Teacher, where: str) -> str:
    answer = teacher.client.get(f"{SHEET}/cell", query_string={"cell": where})
    assert answer.status_code == 200, answer.text
    html: str = answer.get_json()["html"]
    return html


def test_detail_tells_the_whole_history_newest_first(node: SampleNode, teacher: Teacher) -> None:
    teacher.save(cell(ABRAMOV), typed="4")
    node.clock.advance(timedelta(minutes=2))
    teacher.save(cell(ABRAMOV), typed="5", seen={"mark": 4})
    node.clock.advance(timedelta(minutes=2))
    teacher.save(cell(ABRAMOV), typed="о", seen={"mark": 5})

    html = detail(teacher, cell(ABRAMOV))

    steps = [text.strip() for text in re.findall(r"<td>([^<]*→[^<]*)", html)]
    assert steps == [
        "присутствие: пусто → опоздание",
        "отметка: 4 → 5",
        "отметка: пусто → 4",
    ]
    assert html.count("Соколова А. М.") == 3
    assert "10:04" in html


def test_detail_of_a_closed_cell_offers_nothing_to_write(teacher: Teacher) -> None:
    html = detail(teacher, cell(ABRAMOV, LessonKey(MATH_5A, DAY + timedelta(days=2), 1)))

    assert "Этого урока ещё не было" in html
    assert "data-wish" not in html
    assert "textarea" not in html


def test_detail_escapes_what_people_typed(teacher: Teacher) -> None:
    teacher.save(cell(ABRAMOV), comment="<img src=x onerror=alert(1)>")

    assert "<img" not in detail(teacher, cell(ABRAMOV))
    assert "&lt;img" in detail(teacher, cell(ABRAMOV))


def test_detail_of_nobody_does_not_exist(teacher: Teacher) -> None:
    answer = teacher.client.get(f"{SHEET}/cell", query_string={"cell": cell("st99")})

    assert answer.status_code == 404


def test_full_disk_is_told_so_that_the_page_tries_again(
    node: SampleNode, teacher: Teacher, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise errors.StoreUnavailable(code="disk_full", hint="free_disk_space")

    monkeypatch.setattr(node.node.journal, "save", broken)

    answer = teacher.save(cell(ZHUKOV), typed="5")

    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["error"]["code"] == "disk_full"
