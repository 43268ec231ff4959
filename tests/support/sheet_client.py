"""The journal sheet as its page's module speaks to it, without a browser."""

import json
import re
from collections.abc import Mapping
from html import unescape
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sync.documents import entry
from sync.documents.identifiers import LessonKey
from sync.projections import entry_index
from sync.store import entry_states
from sync.store.entry_states import EntryKey, EntryState, State
from tests.support import sample_node
from tests.support.sample_node import SampleNode
from tests.support.sample_school import LESSON_1, MATH_5A

#: What a page has seen in a cell where nothing stands.
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
