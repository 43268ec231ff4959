"""A node and central with a network between them that can be cut, all in the test's own process.

Central is the real program behind waitress; the node was enrolled with a real code. Nothing syncs
by itself: a test says ``site.sync.run()``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from central import enrolment as invitations
from node import enrolment, settings, storage, sync_pass
from node.settings import Settings
from node.sync_pass import Sync
from sync.clock import FixedClock
from sync.replication.http_answers import Patience
from sync.replication.remote_peer import RemotePeer
from tests.support import central_site, sample_node, sample_school, served
from tests.support.central_site import CentralSite
from tests.support.fault_proxy import FaultProxy
from tests.support.sample_node import SampleNode

#: Loopback answers at once or not at all.
IMPATIENCE = Patience(connect_seconds=2.0, silence_seconds=5.0, answer_seconds=20.0)


@dataclass
class NodeSite:
    """The running parts. ``network`` stands between them."""

    central: CentralSite
    network: FaultProxy
    node: SampleNode
    sync: Sync

    def new_sync(self) -> Sync:
        """Return a sync that remembers nothing, as after a restart of the program."""
        return Sync(self.node.node, peer_of(self.node))


@contextmanager
def opened(folder: Path, *, room: str = "12", label: str = "Кабинет 12") -> Iterator[NodeSite]:
    """Give a node of a room, enrolled at a central with the sample school, before any sync."""
    with (
        central_site.opened(folder / "central") as central,
        served.serve(central.app) as port,
        FaultProxy("127.0.0.1", port) as network,
    ):
        home = folder / "node"
        enrol(central, network, home, room=room, label=label)
        with opened_node(home) as node:
            yield NodeSite(central, network, node, Sync(node.node, peer_of(node)))


def enrol(
    central: CentralSite, network: FaultProxy, home: Path, *, room: str, label: str | None = None
) -> None:
    """Make a data folder that belongs to central."""
    invitation = invitations.invite(central.storage, room, label, [sample_school.CLASS_5A])
    enrolment.enrol(home, network.url, invitation.code)


@contextmanager
def opened_node(home: Path) -> Iterator[SampleNode]:
    """Open an enrolled data folder, at the sample's time."""
    identity = settings.read_identity(home)
    if identity is None:
        raise AssertionError(f"{home} is not enrolled")
    clock = FixedClock(sample_school.NOW)
    with storage.opened(Settings(home), identity, clock=clock) as node:
        yield sample_node.wrap(node, clock)


def peer_of(node: SampleNode) -> RemotePeer:
    """Return central as the node reaches it, with less patience than in a school."""
    identity = node.node.identity
    return RemotePeer(
        f"{identity.central_url}/{sync_pass.REPLICATION}",
        sync_pass.DATABASE,
        credentials=(identity.node, identity.token),
        patience=IMPATIENCE,
    )
