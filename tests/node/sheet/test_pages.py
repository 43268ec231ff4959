"""The journal sheet as a page: what it shows to whom."""

import json
import re
from html import unescape

import pytest

from sync.documents import identifiers
from sync.documents.identifiers import LessonKey
from tests.support import sample_school, two_values
from tests.support.sample_node import SampleNode
from tests.support.sample_school import (
    ABRAMOV,
    LESSON_1,
    MATH_5A,
    MATH_5B,
    SOKOLOVA,
    YOLKIN,
    YOLKINA,
)
from tests.support.sheet_client import Teacher, cell

SHEET = f"/journal/{MATH_5A}"


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


def test_answer_tells_the_cells_that_others_changed_since_the_page_was_made(
    node: SampleNode, teacher: Teacher
) -> None:
    page = teacher.open()
    since = page.split('data-since="')[1].split('"')[0]
    states = f"/journal/{MATH_5A}/states"
    quiet = teacher.post(states, {"cells": [], "since": since})
    assert quiet.json == {"cells": {}, "rows": {}, "since": since}

    mark = identifiers.mark_id(LESSON_1, ABRAMOV)
    absence = identifiers.absence_id(LESSON_1, YOLKINA)
    two_values.elsewhere(node, mark, {"value": 4}, author=SOKOLOVA)
    two_values.elsewhere(node, mark, {"value": 5}, author=YOLKIN)
    two_values.elsewhere(node, absence, {"presence": "absent"}, author=YOLKIN)
    other = LessonKey(sample_school.MATH_5B, LESSON_1.date, 1)
    elsewhere = identifiers.mark_id(other, sample_school.GROMOV)
    two_values.elsewhere(node, elsewhere, {"value": 5}, author=YOLKIN)
    told = teacher.post(states, {"cells": [], "since": since})

    assert told.json is not None
    assert set(told.json["cells"]) == {cell(ABRAMOV), cell(YOLKINA)}
    assert told.json["cells"][cell(ABRAMOV)]["disputed"] is True
    assert set(told.json["rows"]) == {ABRAMOV, YOLKINA}
    again = teacher.post(states, {"cells": [], "since": told.json["since"]})
    assert again.json is not None
    assert again.json["cells"] == {}


@pytest.mark.parametrize("since", [5, "x" * 81, "nonsense", ["0"]])
def test_answer_about_changes_asks_for_a_sequence(teacher: Teacher, since: object) -> None:
    body = {"cells": [], "since": since}
    assert teacher.post(f"/journal/{MATH_5A}/states", body).status_code == 400
