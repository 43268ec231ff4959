"""What holds for every test: no silent skips where everything is promised, soak runs on request.

Fixtures come from ``tests/support``: ``browser``, ``page``, ``phone_page``, ``page_factory``,
``npm_peers``, ``pouchdb``, ``express_pouchdb``; here are ``free_port`` and ``couchdb_url``.
"""

import os
from collections.abc import Generator

import hypothesis
import pytest

from tests.support import tools

pytest_plugins = ["tests.support.browser", "tests.support.peers"]

# A busy machine must not decide whether a property holds; failures print how to repeat them.
hypothesis.settings.register_profile(
    "journal",
    deadline=None,
    print_blob=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("journal")


@pytest.fixture
def free_port() -> int:
    """A port of the loopback address that nobody listens on."""
    return tools.free_port()


@pytest.fixture(scope="session")
def couchdb_url() -> str:
    """The address, with credentials, of an Apache CouchDB that tests may fill."""
    address = os.environ.get("COUCHDB_URL", "")
    if not address:
        pytest.skip("COUCHDB_URL does not name an Apache CouchDB: http://user:password@host:5984/")
    return address


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes by their length: a packed body may hold the second in which it was made.

    The workers of a run collect the tests one by one and must come to the same names.
    """
    return f"{argname}-{len(val)}-bytes" if isinstance(val, bytes) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave soak tests out unless they are asked for with ``-m``."""
    if "soak" in config.option.markexpr:
        return
    soak = [item for item in items if item.get_closest_marker("soak")]
    if soak:
        config.hook.pytest_deselected(items=soak)
        items[:] = [item for item in items if item not in soak]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Make a skip a failure where every tool is promised; remember that a test has failed."""
    report = yield
    _refuse_skip(report)
    if report.failed:
        item.stash[tools.FAILED] = True
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Make a skipped module a failure, too."""
    report = yield
    _refuse_skip(report)
    return report


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if not report.skipped or hasattr(report, "wasxfail") or not tools.skips_are_failures():
        return
    reason = str(report.longrepr)
    if any(server in reason for server in tools.OPTIONAL_SERVERS):
        return
    report.outcome = "failed"
    report.longrepr = f"CI=true, so nothing may be skipped: {reason}"
