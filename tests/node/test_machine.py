"""A computer is told from another by a digest; what is unknown is never taken for another."""

from dataclasses import replace
from pathlib import Path

from node import enrolment, machine, passes, settings, storage
from node.settings import Settings
from node.sync_pass import Sync
from sync.clock import FixedClock
from tests.support import node_site, sample_node, sample_school


def test_fingerprint_is_steady_and_differs_between_machines() -> None:
    one = machine.fingerprint(lambda: "a1")

    assert one == machine.fingerprint(lambda: " A1\n")
    assert one != machine.fingerprint(lambda: "b2")
    assert one is not None
    assert len(one) == 32


def test_machine_without_an_id_has_no_fingerprint() -> None:
    assert machine.fingerprint(lambda: None) is None
    assert machine.fingerprint(lambda: " \n") is None


def test_fingerprint_of_this_machine_is_the_same_twice() -> None:
    assert machine.fingerprint() == machine.fingerprint()


def test_unknown_is_never_another() -> None:
    assert not machine.is_another(None, "a")
    assert not machine.is_another("a", None)
    assert not machine.is_another("a", "a")
    assert machine.is_another("a", "b")


def test_folder_on_another_computer_is_read_and_written_and_sends_nothing(tmp_path: Path) -> None:
    with node_site.opened(tmp_path) as site:
        site.sync.run()
        identity = site.node.node.identity
        peer = node_site.peer_of(site.node)
    enrolled = replace(identity, machine=machine.fingerprint(lambda: "a"))
    clock = FixedClock(sample_school.NOW)
    with storage.opened(
        Settings(tmp_path / "node"), enrolled, clock=clock, read_machine_id=lambda: "b"
    ) as node:
        saved = node.journal.record_mark(
            sample_school.SOKOLOVA,
            sample_school.LESSON_1,
            sample_school.ABRAMOV,
            5,
            seen=None,
            token="t",
        )
        record = Sync(node, peer).run()

    assert saved.entries
    assert (record.ending, record.sent) == (passes.MACHINE_CHANGED, 0)


def test_folder_enrolled_before_anybody_looked_is_noted_once(tmp_path: Path) -> None:
    settings.write_identity(tmp_path, sample_node.IDENTITY)

    assert enrolment.note_machine(tmp_path, sample_node.IDENTITY, lambda: None).machine is None
    noted = enrolment.note_machine(tmp_path, sample_node.IDENTITY, lambda: "a")
    again = enrolment.note_machine(tmp_path, noted, lambda: "b")

    assert noted.machine == machine.fingerprint(lambda: "a")
    assert again == noted == settings.read_identity(tmp_path)
