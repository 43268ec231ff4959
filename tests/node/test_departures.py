"""What left a node's scope and cannot go yet is on no page of the journal; its author is told."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from node import departures, passes
from sync.documents import identifiers
from sync.documents.identifiers import LessonKey
from tests.node.keeper import NO_TOPIC, Keeper
from tests.node.test_scope_change import OTHER_ROOM, back_up, ids, leaving, move, sync
from tests.support import node_site, sample_school, two_values
from tests.support.node_site import NodeSite
from tests.support.sample_node import SampleNode, csrf_token
from tests.support.sample_school import ABRAMOV, LESSON_1, MATH_5A, SOKOLOVA
from tests.support.sheet_client import Teacher, cell, cells_of

MARK = identifiers.mark_id(LESSON_1, ABRAMOV)
LEFT = "Этот урок больше не ведётся на этом компьютере."
THEN_REMOVED = "Ждёт отправки, затем будет удалено отсюда"
STUDENT = "Абрамов"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[NodeSite]:
    with node_site.opened(tmp_path) as opened:
        assert opened.sync.run().ending == passes.COMPLETE
        yield opened


def put(site: NodeSite, value: int, seen: int | None = None) -> None:
    site.node.node.journal.record_mark(
        SOKOLOVA, LESSON_1, ABRAMOV, value, seen=seen, token=f"token-{value}"
    )


def describe(site: NodeSite) -> None:
    fields = {"topic": "Сложение дробей"}
    site.node.node.journal.describe_lesson(
        SOKOLOVA, LESSON_1, fields, seen={"topic": None}, token="token-topic"
    )


def leave(site: NodeSite) -> None:
    """The computer is carried elsewhere; its journal of 5А is to go, and has no backup yet."""
    move(site, OTHER_ROOM)
    sync(site, 2)
    assert MARK in leaving(site)


def lesson_page(node: SampleNode, lesson: LessonKey = LESSON_1) -> Any:
    address = f"/lesson/{lesson.group}/{lesson.date.isoformat()}/{lesson.ordinal}"
    return node.client("sokolova").get(address)


def test_departed_lesson_is_on_no_page_of_the_journal(site: NodeSite) -> None:
    put(site, 4)
    describe(site)
    shown = lesson_page(site.node).text
    assert "Сложение дробей" in shown
    assert STUDENT in shown

    leave(site)

    day = site.node.client("sokolova").get("/").text
    assert "Сложение дробей" not in day
    assert "больше не ведётся на этом компьютере" in day
    sheet = Teacher(site.node).open()
    assert STUDENT not in sheet
    assert "Сложение дробей" not in sheet
    assert "Журнал этого класса больше не ведётся на этом компьютере" in sheet
    refused = lesson_page(site.node)
    assert refused.status_code == 403
    assert LEFT.rstrip(".") in refused.text
    assert "«Сервер»" in refused.text
    assert "Сложение дробей" not in refused.text
    assert STUDENT not in refused.text


def test_nothing_can_be_written_in_a_departed_lesson_from_a_page_that_is_still_open(
    site: NodeSite,
) -> None:
    put(site, 4)
    leave(site)
    # What an open page sends, which has seen the cell as it was.
    keeper = Keeper(site.node, "sokolova")
    answers = [
        keeper.save("topic", "Дроби", NO_TOPIC),
        keeper.save(f"mark:{ABRAMOV}:1", "3", {"value": 4}),
    ]
    teacher = Teacher(site.node)  # a person signs in at one place of the computer at a time
    answers.append(teacher.save(cell(ABRAMOV), typed="3", seen={"mark": 4}))

    for answer in answers:
        assert answer.status_code == 422
        assert answer.json is not None
        assert answer.json["error"]["code"] == departures.LEFT
        assert answer.json["error"]["message"] == LEFT
    looked = teacher.post(f"/journal/{MATH_5A}/states", {"cells": [cell(ABRAMOV)]})
    assert looked.json == {"cells": {}, "rows": {}, "since": None}
    detail = teacher.client.get(f"/journal/{MATH_5A}/cell", query_string={"cell": cell(ABRAMOV)})
    assert detail.status_code == 422
    leaf = site.node.store.get(MARK)
    assert leaf is not None
    assert leaf.value["value"] == 4


def test_answers_about_other_cells_leave_out_what_departed(site: NodeSite) -> None:
    put(site, 2)
    earlier = sample_school.LESSON_1
    later = LessonKey(earlier.group, earlier.date, 2)
    site.node.node.journal.record_mark(SOKOLOVA, later, ABRAMOV, 5, seen=None, token="token-later")
    teacher = Teacher(site.node)
    with site.node.store.transaction() as tx:
        tx.records.overwrite(departures.LEAVING, MARK, {"since": "2026-10-14T07:00:00Z"})

    told = teacher.post(f"/journal/{MATH_5A}/states", {"cells": [cell(ABRAMOV, later)]})
    assert told.json is not None
    assert told.json["rows"][ABRAMOV][0] == "5,00"
    page = teacher.open()
    assert [one["value"] for one in cells_of(page, ABRAMOV) if one] == [5]
    row = page.split(f'data-student="{ABRAMOV}"')[1].split("</tr>")[0]
    assert ">5,00</td>" in row
    assert page.count(f'data-closed="{LEFT}"') == 1


def test_what_departs_is_listed_for_its_author_and_still_sent(site: NodeSite) -> None:
    put(site, 4)
    leave(site)
    # The save of a page came in while the sync was on its way.
    put(site, 5, 4)

    page = site.node.client("sokolova").get("/sync").text
    listed = page.split(THEN_REMOVED)[-1]
    assert THEN_REMOVED in page
    assert STUDENT in listed
    assert "<strong>5</strong>" in listed
    assert "/lesson/" not in page

    sync(site)
    arrived = site.central.store.get(MARK)
    assert arrived is not None
    assert arrived.value["value"] == 5
    assert THEN_REMOVED not in site.node.client("sokolova").get("/sync").text
    back_up(site)
    sync(site)
    assert MARK not in ids(site)


def test_what_was_put_aside_can_be_taken_back_but_not_corrected_here(site: NodeSite) -> None:
    put(site, 5)
    assignment = f"assignment:{MATH_5A}"
    sample_school.put(site.central.store, assignment, teacher=sample_school.YOLKIN)
    leave(site)

    page = site.node.client("sokolova").get("/sync").text

    assert "Урок больше не ведётся на этом компьютере: запись будет удалена отсюда" in page
    assert "Забрать" in page
    assert ">Исправить</a>" not in page


def test_lesson_that_comes_back_is_shown_again(site: NodeSite) -> None:
    put(site, 4)
    leave(site)
    site.node.clock.advance(timedelta(minutes=1))

    move(site, "12", sample_school.CLASS_5A)
    sync(site, 2)

    assert lesson_page(site.node).status_code == 200
    assert STUDENT in Teacher(site.node).open()


def test_student_who_departed_is_in_no_list_and_gets_no_mark(site: NodeSite) -> None:
    student = identifiers.reference_id("student", ABRAMOV)
    with site.node.store.transaction() as tx:
        tx.records.overwrite(departures.LEAVING, student, {"since": "2026-10-14T07:00:00Z"})

    page = lesson_page(site.node)
    assert page.status_code == 200
    assert STUDENT not in page.text
    assert "Ёлкина" in page.text
    teacher = Teacher(site.node)
    sheet = teacher.open()
    assert STUDENT not in sheet
    assert "Ёлкина" in sheet
    answer = teacher.save(cell(ABRAMOV), typed="5")
    assert answer.status_code == 422
    assert site.node.store.get(MARK) is None


def test_author_of_two_values_still_chooses_and_is_led_to_the_page_of_the_sync(
    site: NodeSite,
) -> None:
    put(site, 4)
    two_values.elsewhere(site.node, MARK, {"value": 5}, author=SOKOLOVA)
    with site.node.store.transaction() as tx:
        tx.records.overwrite(departures.LEAVING, MARK, {"since": "2026-10-14T07:00:00Z"})
    client = site.node.client("sokolova")
    page = client.get(f"/choose/{MARK}").text
    shown = re.findall(r'name="shown" value="([^"]+)"', page)
    form = {"csrf_token": csrf_token(page), "shown": shown, "token": "token-choose"}

    answer = client.post(f"/choose/{MARK}", data=form | {"choose.value": "0"})

    assert (answer.status_code, answer.headers["Location"]) == (303, "/sync")
    leaf = site.node.store.get(MARK)
    assert leaf is not None
    assert len(leaf.value["entries"]) == 3
