"""Whose diary a guardian may read."""

from datetime import date

from central.diary import family
from tests.central.diary.conftest import TODAY
from tests.support import sample_school as school
from tests.support.central_site import CentralSite


def _children(site: CentralSite, guardian: str, on: date = TODAY) -> list[family.Child]:
    return family.children(site.store.database.read(), guardian, on)


def test_guardian_has_the_own_children_in_the_order_of_names(site: CentralSite) -> None:
    found = _children(site, school.GUARDIAN_OF_TWO)

    assert [child.id for child in found] == [school.ABRAMOV, school.GROMOV]
    assert [child.class_name for child in found] == ["5А", "5Б"]


def test_nobody_else_has_children(site: CentralSite) -> None:
    for person in (school.SOKOLOVA, school.ABRAMOV, "nobody", "", "%", "gd_"):
        assert _children(site, person) == []


def test_child_of_a_revoked_right_is_gone_at_once(site: CentralSite) -> None:
    children = [{"student": school.GROMOV, "relation": "мать"}]
    school.put(site.store, f"guardian:{school.GUARDIAN_OF_TWO}", children=children)

    assert [child.id for child in _children(site, school.GUARDIAN_OF_TWO)] == [school.GROMOV]
    assert site.client("abramova").get(f"/diary/{school.ABRAMOV}/week").status_code == 404


def test_child_named_by_both_guardians_is_seen_by_both(site: CentralSite) -> None:
    children = [{"student": school.ABRAMOV, "relation": "отец"}]
    name = {"last": "Абрамов", "first": "Илья", "patronymic": ""}
    school.put(site.store, "guardian:gd3", **name, phone=None, email=None, children=children)

    for guardian in ("gd3", school.GUARDIAN_OF_TWO):
        assert school.ABRAMOV in [child.id for child in _children(site, guardian)]


def test_two_children_of_one_first_name_are_told_apart(site: CentralSite) -> None:
    children = [{"student": one, "relation": "отец"} for one in (school.IVANOV_A, school.IVANOV_P)]
    school.put(site.store, f"guardian:{school.GUARDIAN_OF_ONE}", children=children)

    names = [child.short_name for child in _children(site, school.GUARDIAN_OF_ONE)]

    assert names == ["Иван Андреевич", "Иван Петрович"]


def test_class_is_the_one_of_the_day(site: CentralSite) -> None:
    moves = [
        {"class": school.CLASS_5B, "starts": "2026-09-01", "ends": "2026-10-11"},
        {"class": school.CLASS_5A, "starts": "2026-10-12", "ends": None},
    ]
    school.put(site.store, f"student:{school.ABRAMOV}", enrollments=moves)

    before = _children(site, school.GUARDIAN_OF_TWO, date(2026, 9, 30))
    after = _children(site, school.GUARDIAN_OF_TWO)

    assert (before[0].class_name, after[0].class_name) == ("5Б", "5А")


def test_child_who_left_keeps_the_last_class(site: CentralSite) -> None:
    left = [{"class": school.CLASS_5A, "starts": "2026-09-01", "ends": "2026-10-01"}]
    school.put(site.store, f"student:{school.ABRAMOV}", enrollments=left)

    assert _children(site, school.GUARDIAN_OF_TWO)[0].class_name == "5А"


def test_child_in_no_class_has_none(site: CentralSite) -> None:
    school.put(site.store, f"student:{school.ABRAMOV}", enrollments=[])

    found = _children(site, school.GUARDIAN_OF_TWO)[0]

    assert (found.school_class, found.class_name) == (None, "")
    for page in ("week", "marks", "marks/year", "absences"):
        path = f"/diary/{school.ABRAMOV}/{page}"
        assert site.client("abramova").get(path).status_code == 200
