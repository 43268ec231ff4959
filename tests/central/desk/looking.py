"""What tests of the desk ask of central, and how they decide as the page would."""

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from central.desk import conflicts, office
from central.desk.conflicts import Conflict
from sync.projections import decisions, marks
from tests.central.desk.scenes import send
from tests.support import sample_school
from tests.support.central_site import CentralSite


def read(site: CentralSite, doc_id: str) -> Conflict:
    """Return the open conflict about a document."""
    with site.store.database.snapshot() as connection:
        found = conflicts.conflict(office.of(site.store, connection, site.clock.now()), doc_id)
    assert found is not None
    return found


def decide(client: FlaskClient, site: CentralSite, doc_id: str, **form: Any) -> TestResponse:
    """Decide a conflict as its page would."""
    shown = list(read(site, doc_id).shown)
    return send(client, f"/desk/conflict/{doc_id}", shown=shown, **form)


def side_of(site: CentralSite, doc_id: str, author: str) -> str:
    """Return the choice of what ``author`` wrote, in the first question."""
    sides = read(site, doc_id).units[0].sides
    return next(f"v{side.index}" for side in sides if side.author == author)


def value_of(site: CentralSite, doc_id: str) -> Any:
    """Return the value of a mark as it stands."""
    leaf = site.store.get(doc_id)
    return None if leaf is None else leaf.value["value"]


def live(site: CentralSite, doc_id: str) -> int:
    """Return how many values stand against each other."""
    return sum(1 for leaf in site.store.leaves(doc_id) if not leaf.deleted)


def kept_marks(site: CentralSite, student: str) -> list[tuple[str, Any, bool]]:
    """Return column, value and dispute of a student's marks of the day."""
    found = marks.marks_of_student(
        site.store.database.read(), student, sample_school.DAY, sample_school.DAY
    )
    return [(one.column, one.value, one.disputed) for one in found]


def decision_about(site: CentralSite, doc_id: str) -> decisions.DecisionRow:
    """Return the only decision about a document."""
    [row] = decisions.decisions_about(site.store.database.read(), doc_id)
    return row
