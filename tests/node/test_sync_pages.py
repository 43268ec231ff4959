"""The line on every page and the page behind it: counts, words, what to do."""

from datetime import timedelta

import pytest

from node import entry_states, passes
from node.passes import PassRecord
from sync.documents import entry, identifiers
from sync.entries.journal import Presence
from sync.projections import entry_index
from sync.store.entry_states import EntryKey, EntryState, State, set_states
from tests.node.keeper import NO_TOPIC, Keeper
from tests.support import sample_school as school
from tests.support.sample_node import SampleNode, csrf_token

TITLE = "Связь с сервером"


def contact(node: SampleNode, ending: str = passes.COMPLETE, **counts: int) -> None:
    now = node.clock.now()
    node.passes.add(PassRecord(now, now, ending, **counts))  # type: ignore[arg-type]


def mark(node: SampleNode, value: int = 5, student: str = school.ABRAMOV) -> str:
    node.node.journal.record_mark(
        school.SOKOLOVA, school.LESSON_1, student, value, seen=None, token=f"token-{student}"
    )
    return identifiers.mark_id(school.LESSON_1, student)


def answer(node: SampleNode, state: State, code: str | None = None) -> None:
    """Let central say the same of everything that waits."""
    own = node.node.identity.node
    with node.store.transaction() as tx:
        waiting = entry_index.pending(tx.connection, own, 1000)
        keys = [EntryKey(own, one.epoch, one.seq, one.digest) for one in waiting]
        at = entry.instant_text(node.clock.now())
        set_states(tx, [EntryState(key, state, code, at) for key in keys])


def line(node: SampleNode) -> dict[str, str]:
    return dict(node.client("sokolova").get("/sync/line").json)


def test_line_before_the_first_contact_says_so(node: SampleNode) -> None:
    mark(node)

    assert (
        line(node)["text"] == "Связи с сервером ещё не было. Только на этом компьютере: 1 запись."
    )


def test_line_is_quiet_when_everything_is_on_the_server(node: SampleNode) -> None:
    contact(node)
    node.clock.advance(timedelta(minutes=5))

    told = line(node)
    assert told["text"] == "На сервере всё. Последняя связь: 5\xa0мин\xa0назад."
    assert told["state"] == "quiet"


@pytest.mark.parametrize(("number", "words"), [(1, "1 запись"), (3, "3 записи"), (5, "5 записей")])
def test_line_counts_what_waits_for_the_network(node: SampleNode, number: int, words: str) -> None:
    contact(node)
    for student in school.ROSTER_5A[:number]:
        mark(node, student=student)
    contact(node, "peer_unreachable")

    told = line(node)
    assert told["text"].startswith(f"На сервер уйдёт, когда появится сеть: {words}.")
    assert told["state"] == "attention"


def test_line_says_that_a_record_is_on_its_way(node: SampleNode) -> None:
    contact(node)
    mark(node)

    assert line(node)["text"].startswith("На сервер уходит: 1 запись.")


def test_line_counts_what_was_not_accepted(node: SampleNode) -> None:
    contact(node)
    mark(node)
    answer(node, State.QUARANTINED, "not_your_lesson")

    told = line(node)
    assert "Не принято: 1." in told["text"]
    assert told["state"] == "attention"


@pytest.mark.parametrize("ending", [passes.CENTRAL_UNKNOWN, "credentials_refused"])
def test_line_is_loud_when_a_person_is_needed(node: SampleNode, ending: str) -> None:
    contact(node)
    contact(node, ending)

    assert line(node)["state"] == "trouble"


def test_line_notices_work_of_a_whole_day_that_lies_here_only(node: SampleNode) -> None:
    mark(node)
    node.clock.advance(timedelta(hours=13))
    contact(node)

    assert line(node)["state"] == "attention"


def test_line_stands_on_every_page(node: SampleNode) -> None:
    client = node.client("sokolova")

    for path in ("/", "/lesson/gm5a/2026-10-14/1", "/sync", "/password"):
        assert 'id="status-line"' in client.get(path).text, path


def test_page_names_what_waits_in_the_schools_words(node: SampleNode) -> None:
    keeper = Keeper(node, "sokolova")
    keeper.save("topic", "Дроби", NO_TOPIC)
    keeper.save(f"mark:{school.IVANOV_P}:1", "зач", {"value": None})
    keeper.save(f"presence:{school.ZHUKOV}", "оп 7", {"presence": None})
    keeper.save("work", {"title": "Диктант", "work_kind": "dictation"}, {})
    keeper.save("roll_call", {}, {"roll_call": None})

    page = keeper.client.get("/sync").text
    for words in (
        "тема: <strong>Дроби</strong>",
        "Иванов Иван (Петрович)",
        "отметка: <strong>зач</strong>",
        "столбец отметок: <strong>Диктант</strong>",
        "перекличка: <strong>все на месте</strong>",
        "5А",
        "Математика",
        "ср, 14 октября",
    ):
        assert words in page


def test_lateness_and_withdrawal_are_told(node: SampleNode) -> None:
    journal = node.node.journal
    journal.record_absence(
        school.SOKOLOVA,
        school.LESSON_1,
        school.ZHUKOV,
        Presence("late", 7),
        seen=None,
        token="token-1",
    )
    mark(node)
    journal.record_mark(
        school.SOKOLOVA, school.LESSON_1, school.ABRAMOV, None, seen=5, token="token-2"
    )

    page = node.client("sokolova").get("/sync").text
    assert "присутствие: <strong>ОП 7</strong>" in page
    assert "отметка: <strong>снято</strong>" in page


def test_page_tells_why_something_was_not_accepted_and_what_to_do(node: SampleNode) -> None:
    mark(node)
    answer(node, State.QUARANTINED, "not_your_lesson")

    page = node.client("sokolova").get("/sync").text
    assert "Это не ваш урок" in page
    assert "Попросите завуча внести замену." in page


def test_lesson_shows_the_sign_of_what_was_not_accepted(node: SampleNode) -> None:
    doc_id = mark(node)
    answer(node, State.QUARANTINED, "not_in_group")

    told = Keeper(node, "sokolova").fields()[f"mark:{school.ABRAMOV}:1"]
    assert identifiers.parse_journal(doc_id).student == school.ABRAMOV
    assert (told["state"], told["code"]) == ("refused", "not_in_group")
    assert told["note"]


def test_document_that_the_server_does_not_take_is_told_apart_from_what_waits(
    node: SampleNode,
) -> None:
    contact(node)
    doc_id = mark(node)
    mark(node, student=school.ZHUKOV)
    at = entry.instant_text(node.clock.now())
    kept = {"code": "document_too_large", "rev": "1-a", "at": at}
    node.store.records.overwrite(entry_states.REFUSED_DOCUMENTS, doc_id, kept)

    page = node.client("sokolova").get("/sync").text
    assert "Не принято: 1." in line(node)["text"]
    assert "На сервер уходит: 1 запись." in line(node)["text"]
    assert "Сообщите администратору журнала" in page


def test_teacher_does_not_read_what_others_wrote_here(node: SampleNode) -> None:
    mark(node)

    page = node.client("yolkin").get("/sync").text
    assert "Абрамов" not in page
    assert "1 запись другого учителя на этом компьютере" in page


def test_button_wakes_the_worker(node: SampleNode) -> None:
    client = node.client("sokolova")
    token = csrf_token(client.get("/sync").text)

    answered = client.post("/sync/now", data={"csrf_token": token})

    assert answered.status_code == 303
    assert node.wakes == ["button"]


def test_page_shows_the_last_contacts(node: SampleNode) -> None:
    contact(node, received=1200, sent=3, confirmed=9)
    node.clock.advance(timedelta(minutes=1))
    contact(node, "peer_page")

    page = node.client("sokolova").get("/sync").text
    assert TITLE in page
    assert "1\xa0200" in page
    assert "Ответил не сервер" in page


def test_page_of_a_fresh_node_tells_the_next_step(node: SampleNode) -> None:
    page = node.client("sokolova").get("/sync").text

    assert "Попытки идут сами." in page
    assert "сервер принял всё" in page


def test_a_thousand_waiting_records_stay_one_page(node: SampleNode) -> None:
    for ordinal in range(1, 10):
        for student in school.ROSTER_5A:
            for number in range(4):
                lesson = school.LessonKey(school.MATH_5A, school.DAY - timedelta(number), ordinal)
                node.node.journal.record_mark(
                    school.SOKOLOVA,
                    lesson,
                    student,
                    5,
                    seen=None,
                    token=f"token-{ordinal}-{student}-{number}",
                )

    page = node.client("sokolova").get("/sync").text
    assert page.count("отметка: ") == 200
    assert "и ещё 16 ваших" in page
