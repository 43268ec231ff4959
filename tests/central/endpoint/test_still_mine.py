"""A node asks which of its documents are its no longer, and learns nothing else by it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from sync.documents import identifiers
from tests.support import node_site, sample_school
from tests.support.node_site import NodeSite
from tests.support.sample_school import ABRAMOV, LESSON_1

OWN = identifiers.mark_id(LESSON_1, ABRAMOV)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[NodeSite]:
    # Room 12: Mathematics in both classes, and all of 5А; nothing of Safety in 5Б.
    with node_site.opened(tmp_path) as opened:
        opened.sync.run()
        yield opened


def ask(site: NodeSite, body: Any) -> requests.Response:
    identity = site.node.node.identity
    return requests.post(
        f"{site.network.url}replication/_still_mine",
        json=body,
        auth=(identity.node, identity.token),
        timeout=10,
    )


def answer(site: NodeSite, *ids: str) -> dict[str, Any]:
    said = ask(site, {"ids": list(ids)})
    assert said.status_code == 200, said.text
    found: dict[str, Any] = said.json()
    return found


def test_documents_in_scope_stay(site: NodeSite) -> None:
    ids = [row.id for row in site.node.store.changes(0).rows]

    said = answer(site, OWN, *ids)

    assert (said["not_mine"], said["open"]) == ([], [])
    assert said["scope_version"]
    assert said["time"]


def test_documents_of_others_are_not_mine_whether_they_exist_or_not(site: NodeSite) -> None:
    foreign = identifiers.mark_id(sample_school.LESSON_SAFETY, sample_school.GROMOV)
    never = foreign.replace(sample_school.SAFETY_5B, "n0such")

    said = answer(site, foreign, never, f"guardian:{sample_school.GUARDIAN_OF_ONE}")

    assert len(said["not_mine"]) == 3


def test_document_that_central_does_not_have_is_never_said_to_be_gone(site: NodeSite) -> None:
    assert answer(site, "student:unkn0wn")["not_mine"] == []


def test_open_is_told_only_of_what_the_node_has_written_on(site: NodeSite) -> None:
    foreign = identifiers.mark_id(sample_school.LESSON_SAFETY, sample_school.GROMOV)
    site.central.dispute(sample_school.KONSTANTINOPOLSKAYA, foreign, 3, 4)
    assert len(site.central.store.leaves(foreign)) == 2

    said = answer(site, foreign)

    assert (said["not_mine"], said["open"]) == ([foreign], [])


@pytest.mark.parametrize(
    "body", [{}, {"ids": "mark:1"}, {"ids": [1]}, [], {"ids": ["x"] * 1001}, {"ids": None}]
)
def test_question_of_another_shape_is_refused(site: NodeSite, body: Any) -> None:
    assert ask(site, body).status_code == 400


def test_nobody_else_is_answered(site: NodeSite) -> None:
    said = requests.post(f"{site.network.url}replication/_still_mine", json={"ids": []}, timeout=10)

    assert said.status_code == 401
