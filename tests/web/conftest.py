"""The sample program with the real shell."""

import pytest

from tests.support.shell_program import ShellProgram, make_program


@pytest.fixture
def node() -> ShellProgram:
    return make_program("node")


@pytest.fixture
def central() -> ShellProgram:
    return make_program("central")
