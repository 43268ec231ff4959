"""Whatever happens to a school of one central and three nodes, nothing is lost in the end."""

from pathlib import Path

import pytest

from tests.faults import model


def test_three_nodes_and_central_agree_and_nothing_is_lost(template: Path) -> None:
    model.run(template, examples=120, steps=30)


@pytest.mark.soak
def test_three_nodes_and_central_agree_for_a_long_time(template: Path) -> None:
    model.run(template, examples=5_000, steps=80)
