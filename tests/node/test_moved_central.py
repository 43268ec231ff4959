"""Central moves to another address, and the sync goes on where it was."""

from pathlib import Path

from click.testing import CliRunner

from node import cli, passes
from node.sync_pass import Sync
from sync.documents import identifiers
from tests.support import central_site, node_site, sample_school, served
from tests.support.fault_proxy import FaultProxy
from tests.support.sample_node import SampleNode

MARK = identifiers.mark_id(sample_school.LESSON_1, sample_school.ABRAMOV)


def test_moved_central_is_the_same_central_and_nothing_starts_anew(tmp_path: Path) -> None:
    home = tmp_path / "node"
    with central_site.opened(tmp_path / "central") as central:
        with served.serve(central.app) as port, FaultProxy("127.0.0.1", port) as network:
            node_site.enrol(central, network, home, room="12")
            with node_site.opened_node(home) as node:
                site = node_site.NodeSite(central, network, node, _sync(node))
                assert site.sync.run().received > 0
        with served.serve(central.app) as port:
            moved = CliRunner().invoke(
                cli.main,
                ["--lang", "en", "move-central", f"http://127.0.0.1:{port}", "--data", str(home)],
            )
            assert moved.exit_code == 0, moved.output
            with node_site.opened_node(home) as node:
                node.node.journal.record_mark(
                    sample_school.SOKOLOVA,
                    sample_school.LESSON_1,
                    sample_school.ABRAMOV,
                    5,
                    seen=None,
                    token="t",
                )
                record = _sync(node).run()

        assert (record.ending, record.received, record.sent) == (passes.COMPLETE, 0, 1)
        assert central.store.get(MARK) is not None


def _sync(node: SampleNode) -> Sync:
    return Sync(node.node, node_site.peer_of(node))


def test_address_that_is_none_changes_nothing(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        cli.main, ["--lang", "en", "move-central", "not an address", "--data", str(tmp_path)]
    )

    assert done.exit_code == 1
    assert "address" in done.output
