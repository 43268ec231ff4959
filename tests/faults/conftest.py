"""The school of the model, made once."""

from pathlib import Path

import pytest

from tests.support import star


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data folders of central and three nodes that have synced once; to be copied, not used."""
    folder = tmp_path_factory.mktemp("star")
    star.make_template(folder)
    return folder
