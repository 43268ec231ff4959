"""Whatever happens to a school of one central and three nodes, nothing is lost in the end."""

from pathlib import Path

import pytest

from tests.faults import model


def test_three_nodes_and_central_agree_and_nothing_is_lost(template: Path) -> None:
    model.run(template, examples=40, steps=30)


def test_people_who_disagree_are_all_heard_until_somebody_settles_it(template: Path) -> None:
    model.run(template, examples=40, steps=25, without=model.DISASTERS)


def test_what_was_settled_stays_settled_though_files_are_set_back(template: Path) -> None:
    only = {"clash", "write", "choose_own", "decide", "reopen", "correct", "sync"}
    only |= {"copy_file", "set_back"}
    model.run(template, examples=25, steps=20, without=model.RULES - only)


@pytest.mark.soak
def test_three_nodes_and_central_agree_for_a_long_time(template: Path) -> None:
    model.run(template, examples=5_000, steps=80)
    model.run(template, examples=5_000, steps=60, without=model.DISASTERS)
