"""The journal sheet over HTTP: what it shows to whom, what a save does and says."""

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sync import errors
from sync.documents import entry, identifiers
from sync.documents.identifiers import LessonKey
from sync.projections import absences, entry_index, marks
from sync.store import entry_states
from sync.store.entry_states import EntryKey, EntryState, State
from tests.support import sample_node, sample_school
from tests.support.sample_node import SampleNode
from tests.support.sample_school import ABRAMOV, DAY, LESSON_1, MATH_5A, MATH_5B, YOLKINA, ZHUKOV

SHEET = f"/journal/{MATH_5A}"
NOTHING: Mapping[str, Any] = {"mark": None, "presence": None, "reason": None}


class Teacher:
    """A signed-in teacher's browser, which saves cells as the page's module does."""

    def __init__(self, node: SampleNode, login: str = "sokolova") -> None:
        self.client: FlaskClient = node.client(login)
        page = self.client.get("/sync", follow_redirects=True).text
        self.headers = {"X-CSRFToken": sample_node.csrf_token(page)}
        self.token = 0

    def open(self, group: str = MATH_5A, **arguments: str) -> str:
        answer = self.client.get(f"/journal/{group}", query_string=arguments)
        assert answer.status_code == 200, answer.text
        return answer.text

    def post(self, path: str, body: Any) -> TestResponse:
        return self.client.post(path, json=body, headers=self.headers)

    def save(
        self, cell: str, group: str = MATH_5A, seen: Mapping[str, Any] = NOTHING, **body: Any
    ) -> TestResponse:
        self.token += 1
        body = {"token": f"token-{self.token:04}", **body}
        return self.post(f"/journal/{group}/cell", {"cell": cell, "seen": dict(seen), **body})


def cell(student: str, lesson: LessonKey = LESSON_1, column: str = "1") -> str:
    return f"{lesson.date}:{lesson.ordinal}:{column}:{student}"


def cells_of(page: str, student: str) -> list[dict[str, Any]]:
    """What the page's module is told of each cell of a row."""
    row = page.split(f'data-student="{student}"')[1].split("</tr>")[0]
    found = re.findall(r"<td((?: [^>]*)?)>", row)
    told = [re.search(r"data-cell='([^']*)'", attributes) for attributes in found]
    return [json.loads(unescape(one[1])) if one else {} for one in told]


@pytest.fixture
def teacher(node: SampleNode) -> Teacher:
    return Teacher(node)


def marks_of(node: SampleNode, student: str) -> list[int | str | None]:
    connection = node.store.database.read()
    return [one.value for one in marks.marks_of_student(connection, student, DAY, DAY)]


def answer_of_central(node: SampleNode, state: State, code: str | None = None) -> None:
    """Central says the same of everything that waits for its word."""
    waiting = entry_index.pending(node.store.database.read(), sample_node.IDENTITY.node, 1000)
    with node.store.transaction() as tx:
        entry_states.set_states(
            tx,
            [
                EntryState(
                    EntryKey(sample_node.IDENTITY.node, one.epoch, one.seq, one.digest),
                    state,
                    code,
                    entry.instant_text(node.clock.now()),
                )
                for one in waiting
            ],
        )


# --------------------------------------------------------------------------------------- the page


def test_first_group_of_the_journal_is_one_that_the_teacher_teaches(teacher: Teacher) -> None:
    answer = teacher.client.get("/journal")

    assert answer.status_code == 302
    assert answer.headers["Location"] == SHEET


def test_teacher_without_groups_is_told_what_will_bring_them(node: SampleNode) -> None:
    for group in (sample_school.ENGLISH_5A_1, sample_school.SAFETY_5B):
        sample_school.put(node.store, f"assignment:{group}", teacher=sample_school.DEPUTY)

    answer = Teacher(node, "konstantinopolskaya").client.get("/journal")

    assert answer.status_code == 200
    assert "завуч" in answer.text


def test_chosen_group_is_opened(teacher: Teacher) -> None:
    answer = teacher.client.get("/journal", query_string={"group": MATH_5B})

    assert answer.headers["Location"] == f"/journal/{MATH_5B}"


def test_page_has_a_row_for_each_student_and_tells_namesakes_apart(teacher: Teacher) -> None:
    page = teacher.open()

    rows = re.findall(r'data-student="(\w+)"', page)
    assert rows == list(sample_school.ROSTER_5A)
    assert "(Андреевич)" in page
    assert "(Петрович)" in page


def test_terms_are_those_of_the_class_and_the_present_one_is_shown(teacher: Teacher) -> None:
    page = teacher.open()
    later = teacher.open(term="q2")

    assert re.search(r'term=q1" aria-current="page"', page)
    assert re.search(r'term=q2" aria-current="page"', later)
    assert 'data-key="2026-10-14:1:1"' in page
    assert 'data-key="2026-10-14:1:1"' not in later


def test_unknown_term_or_group_does_not_exist(teacher: Teacher) -> None:
    assert teacher.client.get(SHEET, query_string={"term": "q9"}).status_code == 404
    assert teacher.client.get("/journal/nobodys").status_code == 404


def test_head_of_a_column_leads_to_its_lesson(teacher: Teacher) -> None:
    page = teacher.open()

    head = page.split('data-key="2026-10-14:2:1"')[1].split("</th>")[0]
    assert f"/lesson/{MATH_5A}/2026-10-14/2" in head
    assert "14 октября, 2-й урок за день" in head


def test_further_work_has_its_own_column_beside_its_lesson(
    node: SampleNode, teacher: Teacher
) -> None:
    node.node.journal.add_work(
        sample_school.SOKOLOVA,
        LESSON_1,
        "wk1",
        title=None,
        work_kind="control",
        weight=3,
        token="work",
    )

    keys = re.findall(r'data-key="([^"]*)"', teacher.open())

    place = keys.index("2026-10-14:1:1")
    assert keys[place + 1] == "2026-10-14:1:wk1"


def test_lesson_that_has_not_been_is_closed(teacher: Teacher) -> None:
    page = teacher.open()

    def head(key: str) -> str:
        return page.split(f'data-key="{key}"')[1].split(">")[0]

    assert "data-closed" not in head("2026-10-14:1:1")
    assert "Этого урока ещё не было" in head("2026-10-16:1:1")


def test_cancelled_lesson_is_closed(node: SampleNode, teacher: Teacher) -> None:
    sample_school.put(
        node.store,
        "substitution:sb2",
        group=MATH_5A,
        date="2026-10-13",
        ordinal=1,
        teacher=None,
        room=None,
        number=None,
        change="cancelled",
        reason=None,
    )

    page = teacher.open()

    head = page.split('data-key="2026-10-13:1:1"')[1].split(">")[0]
    assert "Этот урок отменён" in head


def test_student_who_left_stands_below_and_is_closed(node: SampleNode, teacher: Teacher) -> None:
    left = {"class": sample_school.CLASS_5A, "starts": "2026-09-01", "ends": "2026-10-09"}
    sample_school.put(node.store, f"student:{ABRAMOV}", enrollments=[left])

    page = teacher.open()

    assert re.findall(r'data-student="(\w+)"', page)[-1] == ABRAMOV
    row = page.split(f'data-student="{ABRAMOV}"')[1].split("</tr>")[0]
    assert 'class="is-left"' in row
    keys = re.findall(r'data-key="([^"]*)"', page)
    closed = [
        key
        for key, attributes in zip(keys, re.findall(r"<td((?: [^>]*)?)>", row)[1:], strict=False)
        if "data-shut" in attributes
    ]
    assert closed[0] == "2026-10-12:1:1"
    assert "2026-10-14:1:1" in closed


def test_group_without_marks_offers_no_digits(node: SampleNode) -> None:
    page = Teacher(node, "yolkin").open(sample_school.TALKS_5A)

    words = json.loads(unescape(page.split("data-vocabulary='")[1].split("'")[0]))
    assert {one["place"] for one in words} == {"sign"}
    assert 'data-type="5"' not in page


def test_substitute_reads_the_sheet_and_only_the_own_lesson_is_open(node: SampleNode) -> None:
    page = Teacher(node, "yolkin").open(MATH_5B)

    heads = re.findall(r'data-key="([^"]*)"([^>]*)>', page)
    assert [key for key, rest in heads if "data-closed" not in rest] == ["2026-10-14:1:1"]


def test_sheet_of_others_is_not_shown(node: SampleNode) -> None:
    answer = Teacher(node, "konstantinopolskaya").client.get(SHEET)

    assert answer.status_code == 403
    assert "Абрамов" not in answer.text


@pytest.mark.parametrize("part", ["cell", "states"])
def test_cells_of_others_are_neither_told_nor_taken(node: SampleNode, part: str) -> None:
    stranger = Teacher(node, "konstantinopolskaya")

    saved = stranger.post(f"{SHEET}/{part}", {"cell": cell(ABRAMOV), "cells": [cell(ABRAMOV)]})
    asked = stranger.client.get(f"{SHEET}/cell", query_string={"cell": cell(ABRAMOV)})

    assert (saved.status_code, asked.status_code) == (403, 403)


def test_class_teacher_reads_the_sheets_of_the_own_class(teacher: Teacher) -> None:
    page = teacher.open(sample_school.ENGLISH_5A_1)

    assert "открыта для чтения" in page
    heads = re.findall(r'data-key="[^"]*"([^>]*)>', page)
    assert all("data-closed" in rest for rest in heads)


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
    assert (leaf.value["comment"], leaf.value["weight"]) == ("сдал позже", 1)


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
