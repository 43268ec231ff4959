"""Scenes of the desk in the sample school: who disagreed about what on its Wednesday."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from central.desk import deciding
from central.desk.deciding import Choice, How
from central.desk.desk import Desk
from sync.documents import identifiers, merging
from sync.documents.identifiers import LessonKey
from tests.support import central_site, desk_scene, sample_school
from tests.support.central_site import CentralSite
from tests.support.desk_scene import Wrote

#: 5Б's lesson that Ёлкин held for Соколова, who kept it from home.
SUBSTITUTED = sample_school.LESSON_SUBSTITUTED
NOW = sample_school.NOW


@dataclass(frozen=True)
class Rooms:
    """Computers that have been enrolled, by what people call them."""

    room_12: str
    room_22: str


def rooms(site: CentralSite) -> Rooms:
    """Enrol two computers."""
    return Rooms(desk_scene.connect(site, "12", "Кабинет 12"), desk_scene.connect(site, "22", "22"))


def mark_of(student: str, lesson: LessonKey = SUBSTITUTED) -> str:
    """Return the id of a mark in the lesson's own column."""
    return identifiers.mark_id(lesson, student)


def two_marks(
    site: CentralSite, at: Rooms, student: str, *, substitute: int | str = 5, teacher: int | str = 4
) -> str:
    """Let the teacher and the substitute mark one student differently; return the mark's id."""
    doc_id = mark_of(student)
    desk_scene.differ(
        site,
        doc_id,
        Wrote(
            sample_school.SOKOLOVA,
            at.room_12,
            NOW - timedelta(minutes=50),
            {"value": teacher},
        ),
        Wrote(
            sample_school.YOLKIN,
            at.room_22,
            NOW - timedelta(minutes=29),
            {"value": substitute},
        ),
    )
    return doc_id


def two_homeworks(site: CentralSite, at: Rooms) -> str:
    """Let both write the homework; return the lesson's id."""
    doc_id = identifiers.lesson_id(SUBSTITUTED)
    desk_scene.differ(
        site,
        doc_id,
        Wrote(
            sample_school.SOKOLOVA,
            at.room_12,
            NOW - timedelta(minutes=50),
            {"homework": "§ 2, № 25 (а, в); повторить правило на с. 18"},
        ),
        Wrote(
            sample_school.YOLKIN,
            at.room_22,
            NOW - timedelta(minutes=29),
            {"homework": "§ 3, № 31–33; принести циркуль"},
        ),
    )
    return doc_id


def two_presences(site: CentralSite, at: Rooms, student: str) -> str:
    """Let one say absent and the other late by ten minutes; return the absence's id."""
    doc_id = identifiers.absence_id(SUBSTITUTED, student)
    desk_scene.differ(
        site,
        doc_id,
        Wrote(
            sample_school.SOKOLOVA,
            at.room_12,
            NOW - timedelta(minutes=52),
            {"presence": "absent"},
        ),
        Wrote(
            sample_school.YOLKIN,
            at.room_22,
            NOW - timedelta(minutes=35),
            {"presence": "late", "minutes": 10},
        ),
    )
    return doc_id


def three_marks_with_comments(site: CentralSite, at: Rooms, student: str) -> str:
    """Let three people write a mark and a comment, each something else; return the mark's id."""
    doc_id = mark_of(student)
    wrote = (
        (sample_school.SOKOLOVA, at.room_12, 4, "Отвечала у доски, помогли один раз"),
        (sample_school.YOLKIN, at.room_22, 5, "Самостоятельно решила № 31"),
        (sample_school.KONSTANTINOPOLSKAYA, at.room_22, "pass", None),
    )
    desk_scene.differ(
        site,
        doc_id,
        *(
            Wrote(who, node, NOW - timedelta(minutes=50 - number), {"value": mark, "comment": text})
            for number, (who, node, mark, text) in enumerate(wrote)
        ),
    )
    return doc_id


def own_marks(site: CentralSite, at: Rooms, student: str) -> str:
    """Let one person write two marks on two computers; return the mark's id."""
    doc_id = mark_of(student, sample_school.LESSON_1)
    desk_scene.differ(
        site,
        doc_id,
        Wrote(sample_school.SOKOLOVA, at.room_12, NOW - timedelta(minutes=50), {"value": 3}),
        Wrote(sample_school.SOKOLOVA, at.room_22, NOW - timedelta(minutes=20), {"value": 4}),
    )
    return doc_id


def not_hers(site: CentralSite, at: Rooms, student: str, value: int | str = 5) -> tuple[str, str]:
    """Let somebody mark in a lesson of others; return the mark's id and the revision aside."""
    doc_id = mark_of(student, sample_school.LESSON_1)
    wrote = Wrote(
        sample_school.KONSTANTINOPOLSKAYA,
        at.room_12,
        NOW - timedelta(minutes=40),
        {"value": value},
    )
    return doc_id, desk_scene.put_aside(site, doc_id, wrote, "not_your_lesson")


def desk_of(site: CentralSite) -> Desk:
    """Return the desk as the program has it."""
    storage = site.storage
    return Desk(site.store, site.clock, lambda: storage.maker, storage.randomness)


def decided(site: CentralSite, doc_id: str, *, version: int = 0, reason: str = "Так и было") -> str:
    """Let the deputy head choose a version of every unit; return the id of the decision."""
    shown = [leaf for leaf in site.store.leaves(doc_id) if not leaf.deleted]
    kind = identifiers.kind_of(doc_id)
    found = merging.merge(kind, [leaf.value for leaf in shown])
    if not isinstance(found, merging.Disputed):
        raise AssertionError(f"nothing to decide about {doc_id}")
    choices = [Choice(one.fields, How.VERSION, version, None) for one in found.disputes]
    revs = [leaf.rev for leaf in shown]
    return deciding.decide(
        desk_of(site), doc_id, revs, choices, by=sample_school.DEPUTY, reason=reason
    )


def send(client: FlaskClient, path: str, **form: Any) -> TestResponse:
    """Send a form with its token, and follow where it leads."""
    data = {"csrf_token": central_site.csrf_token(client), **form}
    return client.post(path, data=data, follow_redirects=True)
