"""Who belongs to a group, asked for all at once, is what is asked for one student and one day."""

from datetime import date, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from sync.projections import groups
from sync.projections.groups import GroupTables
from sync.projections.people import PeopleTables
from tests.store.stores import open_store

FIRST = date(2026, 9, 1)
DAYS = [FIRST + timedelta(days=past) for past in range(8)]
SPANS = st.tuples(st.sampled_from(DAYS), st.sampled_from([*DAYS, None]))


def span(dates):
    return {"starts": dates[0].isoformat(), "ends": dates[1] and dates[1].isoformat()}


@settings(max_examples=60, deadline=None)
@given(
    enrolled=st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), SPANS), max_size=5),
    members=st.none() | st.lists(st.tuples(st.sampled_from("ab"), SPANS), max_size=4),
    classes=st.lists(st.sampled_from("xy"), unique=True, max_size=2),
)
def test_memberships_say_of_every_day_what_is_member_says(
    tmp_path_factory, enrolled, members, classes
):
    store = open_store(
        Path(tmp_path_factory.mktemp("members")) / "journal.db",
        projections=(PeopleTables(), GroupTables()),
    )
    for student in "ab":
        told = [{"class": where, **span(on)} for who, where, on in enrolled if who == student]
        name = {"last": student, "first": student, "patronymic": None, "distinction": None}
        store.put(
            f"student:{student}", {"kind": "student", **name, "enrollments": told}, parent=None
        )
    listed = members and [{"student": who, **span(on)} for who, on in members]
    group = {"kind": "teaching_group", "calendar": "c", "subject": "s"}
    group |= {"classes": classes, "subgroup": None}
    store.put("teaching_group:g", {**group, "members": listed}, parent=None)

    connection = store.database.read()
    found = groups.memberships(connection, "g")
    for student in "ab":
        for day in DAYS:
            spans = found.get(student, ())
            said = any(starts <= day.isoformat() <= ends for starts, ends in spans)
            assert said == groups.is_member(connection, student, "g", day)
    store.close()
