"""The model: anything may happen to a school of one central and three nodes, in any order.

Hypothesis chooses edits, conflicts, faults of the network at any request, restarts, files set back,
rights that come and go, decisions. After it, the network heals, everybody syncs until nothing
moves, and then must hold (``reliability_security.md`` R10):

(a) the same leaves everywhere within scope;
(b) each acknowledged entry accepted, quarantined, rejected, or pending (``support/invariant``);
(c) each concurrent pair a visible dispute, until settled or safely merged (``support/histories``);
(d) what is settled stays settled, and syncing again moves nothing;
(e) read tables equal to rebuilt ones.

The star matters: on a full mesh other routes repair what one replication loses.
"""

import shutil
import sys
import tempfile
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import hypothesis
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from central import enrolment
from central.desk import deciding, putting_aside
from central.desk.deciding import Choice, How
from sync import errors
from sync.documents import entry, identifiers
from sync.documents.merging import Dispute
from sync.store.document_store import DocumentStore
from tests.faults import rest
from tests.support import invariant, sample_school, star
from tests.support.in_process import FAULTS
from tests.support.invariant import Name
from tests.support.sample_school import (
    ABRAMOV,
    DEPUTY,
    LESSON_1,
    LESSON_2,
    SOKOLOVA,
    YOLKIN,
    ZHUKOV,
)
from tests.support.star import Classroom, Star

_FOLDERS = Path("/dev/shm") if Path("/dev/shm").is_dir() else None

#: What happens to programs, disks and rights rather than between people.
DISASTERS = (
    "copy_file",
    "set_back",
    "lock",
    "revoke",
    "change_scope",
    "lose_class",
    "partition",
    "restart_node",
    "restart_central",
)

_SLOW = {hypothesis.Phase.explain, hypothesis.Phase.shrink}

#: What may be written: document and field, and the values it takes.
WISHES: Mapping[str, tuple[str, str, list[Any]]] = {
    "mark": (identifiers.mark_id(LESSON_1, ABRAMOV), "value", [5, 4, None]),
    "comment": (identifiers.mark_id(LESSON_1, ABRAMOV), "comment", ["устно", "у доски"]),
    "other mark": (identifiers.mark_id(LESSON_2, ZHUKOV), "value", [3, 2, None]),
    "topic": (identifiers.lesson_id(LESSON_1), "topic", ["Дроби", "Проценты"]),
    "homework": (identifiers.lesson_id(LESSON_1), "homework", ["§ 1", "§ 2"]),
    "presence": (identifiers.absence_id(LESSON_1, ABRAMOV), "presence", ["absent", "late", None]),
    "reason": (identifiers.absence_id(LESSON_1, ABRAMOV), "reason", ["ill", "excused"]),
}

wishes = st.sampled_from(sorted(WISHES))
few = st.integers(0, 2)
PAIRS = [(SOKOLOVA, YOLKIN), (SOKOLOVA, SOKOLOVA)]
nodes = st.sampled_from(sorted(star.PLACES))
pairs_of_nodes = st.sampled_from([("a", "b"), ("b", "c"), ("c", "a")])
schedules = st.lists(st.one_of(st.none(), st.none(), st.sampled_from(FAULTS)), max_size=14)


class StarMachine(RuleBasedStateMachine):
    """What may happen; ``teardown`` lets all of it come to rest and looks."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="star-", dir=_FOLDERS))
        self.star: Star | None = None
        self.excused: set[Name] = set()
        self.copies: dict[str, Path] = {}
        self.central_was_set_back = False
        self.decisions: set[str] = set()

    @initialize()
    def begin(self) -> None:
        for name in ("central", *star.PLACES):
            shutil.copytree(self.template / name, self.folder / name)
        self.star = star.begin(self.folder)
        records = self.central.store.records
        self.enrolled = {
            name: records.get("node", self.node(name).id).value for name in star.PLACES
        }

    def node(self, name: str) -> Classroom:
        assert self.star is not None
        return self.star.nodes[name]

    def __repr__(self) -> str:
        return "school"

    @property
    def central(self) -> star.Central:
        assert self.star is not None
        return self.star.central

    # ------------------------------------------------------------------------ what people do

    @rule(
        name=nodes,
        author=st.sampled_from([SOKOLOVA, SOKOLOVA, YOLKIN]),
        wish=wishes,
        choice=few,
        why=st.sampled_from([None, "поправка"]),
    )
    def write(self, name: str, author: str, wish: str, choice: int, why: str | None) -> None:
        doc_id, field, values = WISHES[wish]
        self.node(name).write(author, doc_id, {field: values[choice % len(values)]}, why)

    @rule(
        one=nodes,
        other=nodes,
        wish=wishes,
        same=st.booleans(),
        authors=st.sampled_from(PAIRS),
    )
    def write_at_once(
        self, one: str, other: str, wish: str, same: bool, authors: tuple[str, str]
    ) -> None:
        """Two people, or one at two computers, write the same fact without knowing."""
        doc_id, field, values = WISHES[wish]
        self.node(one).write(authors[0], doc_id, {field: values[0]})
        self.node(other).write(authors[1], doc_id, {field: values[0 if same else 1]})

    # ------------------------------------------------------------------------------ network

    @rule(name=nodes, faults=schedules, thoroughly=st.booleans())
    def sync(self, name: str, faults: list[str | None], thoroughly: bool) -> None:
        self.node(name).sync(*faults, thoroughly=thoroughly)

    @rule(name=nodes)
    def sync_well(self, name: str) -> None:
        self.node(name).sync()

    @rule(name=nodes)
    def partition(self, name: str) -> None:
        """Pull the cable, or put it back."""
        network = self.node(name).network
        network.is_cut = not network.is_cut

    @rule(hours=st.sampled_from([1, 24, 24 * 40]))
    def time_passes(self, hours: int) -> None:
        self.central.clock.advance(timedelta(hours=hours))
        for one in self.star.nodes.values():
            one.clock.advance(timedelta(hours=hours))

    # ------------------------------------------------------------------- programs and disks

    @rule(name=nodes)
    def restart_node(self, name: str) -> None:
        self.node(name).restart()

    @rule()
    def restart_central(self) -> None:
        self.central.restart()

    @rule(name=st.sampled_from(["central", *sorted(star.PLACES)]))
    def copy_file(self, name: str) -> None:
        if name == "central":
            self.copies[name] = self.central.back_up()
        else:
            self.copies[name] = self.node(name).copy(f"copy-of-{name}")

    @precondition(lambda self: self.copies)
    @rule(data=st.data())
    def set_back(self, data: st.DataObject) -> None:
        """Put an older copy in place of a file; what was nowhere else is gone with the disk."""
        name = data.draw(st.sampled_from(sorted(self.copies)))
        part = self.central if name == "central" else self.node(name)
        part.set_back(self.copies[name])
        self.central_was_set_back |= name == "central"
        self.excused |= self.star.said.names - self._anywhere()
        self.star.said.names -= self.excused
        stores = [self.central.store, *self.star.stores.values()]
        self.decisions &= {one for store in stores for one in _decisions(store)}

    def _anywhere(self) -> set[Name]:
        found = set(invariant.account(self.central.store, self.star.stores).all)
        for node in self.star.nodes.values():
            for doc_id, value in invariant.leaf_values(node.store):
                found |= invariant.names_of(doc_id, value)
        return found

    # ---------------------------------------------------------------- rights, scope, nodes

    @rule(teacher=st.sampled_from([YOLKIN, None]))
    def change_substitute(self, teacher: str | None) -> None:
        star.substitute(self.central.store, teacher)

    @rule(days=st.sampled_from([0, -30]))
    def lock(self, days: int) -> None:
        until = (sample_school.DAY + timedelta(days=days)).isoformat()
        now = entry.instant_text(self.central.clock.now())
        classes = [sample_school.CLASS_5A]
        sample_school.put(
            self.central.store, "lock:w1", classes=classes, until=until, locked_at=now
        )

    @rule(name=nodes, homeroom=st.sampled_from([(), star.HOMEROOM]))
    def change_scope(self, name: str, homeroom: tuple[str, ...]) -> None:
        self._change_record(name, homeroom=homeroom)

    @rule(wish=wishes, choice=few)
    def lose_class(self, wish: str, choice: int) -> None:
        """Room 22 teaches 5А no more: what is safe at central leaves its disk."""
        self.node("c").sync()
        self.write("c", SOKOLOVA, wish, choice, "в последний день")
        self._change_record("c", homeroom=())
        self.node("c").sync()
        self.time_passes(24)
        self.copy_file("central")
        self.time_passes(24 * 40)
        for _ in range(2):
            self.node("c").sync()

    @rule(name=nodes)
    def revoke(self, name: str) -> None:
        enrolment.revoke(self.central.store.records, self.node(name).id)

    def _change_record(self, name: str, **fields: Any) -> None:
        records, node = self.central.store.records, self.node(name).id
        found = enrolment.find(records, node)
        assert found is not None
        records.overwrite("node", node, replace(found, **fields).as_value())

    # ------------------------------------------------------------------- authors and the desk

    @rule(pair=pairs_of_nodes, wish=wishes, authors=st.sampled_from(PAIRS), same=st.booleans())
    def clash(self, pair: tuple[str, str], wish: str, authors: tuple[str, str], same: bool) -> None:
        """Two who know the same write something else, and both send it."""
        for name in pair:
            self.node(name).sync()
        self.write_at_once(*pair, wish, same, authors)
        for name in pair:
            self.node(name).sync()

    @rule(name=nodes, wish=wishes, choice=few)
    def write_without_right(self, name: str, wish: str, choice: int) -> None:
        """What was allowed when it was written is not any more when it arrives."""
        star.substitute(self.central.store, YOLKIN)
        self.node(name).sync()
        star.substitute(self.central.store, None)
        self.write(name, YOLKIN, wish, choice, "замена")
        self.node(name).sync()

    @precondition(lambda self: self.in_dispute(self.central.store))
    @rule(data=st.data(), name=nodes, which=few)
    def choose_own(self, data: st.DataObject, name: str, which: int) -> None:
        found = self.in_dispute(self.node(name).store)
        if found:
            doc_id = data.draw(st.sampled_from(found))
            self.node(name).choose(SOKOLOVA, doc_id, which)

    @rule(name=nodes, author=st.sampled_from([SOKOLOVA, YOLKIN]))
    def withdraw(self, name: str, author: str) -> None:
        for doc_id in sorted({doc_id for doc_id, _, _ in WISHES.values()}):
            self.node(name).withdraw(author, doc_id)

    @precondition(lambda self: self.in_dispute(self.central.store))
    @rule(data=st.data(), which=few, third=st.booleans(), patient=st.booleans())
    def decide(self, data: st.DataObject, which: int, third: bool, patient: bool) -> None:
        doc_id = data.draw(st.sampled_from(self.in_dispute(self.central.store)))
        if patient:
            self.central.clock.advance(timedelta(days=4))
        found = deciding.disputes_of(self.central.store, doc_id)
        own = {"value": 5} if third else {}
        choices = [_choice(dispute, which, own) for dispute in found]
        shown = [leaf.rev for leaf in self.central.store.leaves(doc_id) if not leaf.deleted]
        self._at_the_desk(
            lambda: deciding.decide(
                self.central.desk, doc_id, shown, choices, by=DEPUTY, reason="по журналу"
            )
        )

    def in_dispute(self, store: DocumentStore) -> list[str]:
        """Return the documents with several live leaves."""
        wanted = sorted({doc_id for doc_id, _, _ in WISHES.values()})
        return [
            doc_id
            for doc_id in wanted
            if sum(not leaf.deleted for leaf in store.leaf_revisions(doc_id)) > 1
        ]

    @precondition(lambda self: _decisions(self.central.store))
    @rule(which=few)
    def reopen(self, which: int) -> None:
        found = sorted(one for one in _decisions(self.central.store) if one.startswith("decision:"))
        if found:
            decision = found[which % len(found)]
            self._at_the_desk(
                lambda: deciding.reopen(self.central.desk, decision, by=DEPUTY, reason="жалоба")
            )

    @rule(wish=wishes, which=few)
    def correct(self, wish: str, which: int) -> None:
        doc_id, field, values = WISHES[wish]
        live = [leaf for leaf in self.central.store.leaves(doc_id) if not leaf.deleted]
        if len(live) == 1:
            fields = {field: values[which % len(values)]}
            self._at_the_desk(
                lambda: deciding.correct(
                    self.central.desk, doc_id, fields, live[0].rev, by=DEPUTY, reason="ошибка"
                )
            )

    @precondition(lambda self: self.central.store.records.count(invariant.QUARANTINE_ITEMS))
    @rule(which=few, accept=st.booleans())
    def judge_put_aside(self, which: int, accept: bool) -> None:
        found = list(self.central.store.records.scan(invariant.QUARANTINE_ITEMS))
        if not found:
            return
        item = found[which % len(found)].value
        verb = putting_aside.accept if accept else putting_aside.reject
        self._at_the_desk(
            lambda: verb(
                self.central.desk, item["id"], item["revisions"][0], by=DEPUTY, reason="проверено"
            )
        )

    def _at_the_desk(self, step: Callable[[], object]) -> None:
        """Do it, unless the desk says no, and take note of what central wrote."""
        with suppress(errors.EntryRefused):
            step()
        for doc_id, value in invariant.leaf_values(self.central.store):
            self.star.said.histories.note(doc_id, value)
        self.decisions |= _decisions(self.central.store)

    # ------------------------------------------------------------------------- in the end

    def teardown(self) -> None:
        try:
            if self.star is not None and sys.exc_info()[0] is None:
                self.come_to_rest()
                assert self.decisions <= _decisions(self.central.store), "a decision is lost"
                rest.look(self.star, self.excused, central_was_set_back=self.central_was_set_back)
        finally:
            if self.star is not None:
                self.star.close()
            shutil.rmtree(self.folder)

    def come_to_rest(self) -> None:
        """Let everybody in again, and sync until nothing moves."""
        for name, value in self.enrolled.items():
            # As if it had been revoked by mistake; its scope stays as it is now.
            found = enrolment.find(self.central.store.records, self.node(name).id)
            homeroom = list(found.homeroom)
            self.central.store.records.overwrite(
                "node", self.node(name).id, {**value, "homeroom": homeroom}
            )
        self.star.settle()


#: All rules by name.
RULES = frozenset(
    name
    for name, member in vars(StarMachine).items()
    if hasattr(member, "hypothesis_stateful_rule")
)


def run(
    template: Path,
    *,
    examples: int,
    steps: int,
    without: Collection[str] = (),
    shrink: bool = True,
) -> None:
    """Let this many schedules happen; the first that breaks something is shown.

    Args:
        without: rules that are left out, so that the others come more often.
        shrink: look for a shorter schedule that breaks it, too, and try others the next time.
    """
    left_out: dict[str, Any] = {name: _no_rule(getattr(StarMachine, name)) for name in without}
    machine = type("School", (StarMachine,), {"template": template, **left_out})
    phases = set(hypothesis.Phase) - ({hypothesis.Phase.explain} if shrink else _SLOW)
    run_state_machine_as_test(
        machine,
        settings=hypothesis.settings(
            max_examples=examples,
            stateful_step_count=steps,
            phases=phases,
            derandomize=not shrink,
            database=None,
            suppress_health_check=list(hypothesis.HealthCheck),
        ),
    )


def _no_rule(rule_function: Callable[..., None]) -> Callable[..., None]:
    """Return what other rules may still call, but what is none itself."""
    return lambda self, *given, **named: rule_function(self, *given, **named)


def _choice(dispute: Dispute, which: int, third: Mapping[str, Any]) -> Choice:
    if third and set(third) == set(dispute.fields):
        return Choice(dispute.fields, How.THIRD, None, third)
    return Choice(dispute.fields, How.VERSION, which % len(dispute.versions), None)


def _decisions(store: DocumentStore) -> set[str]:
    """Return the ids of decisions and rejections."""
    return {one for one in rest.documents(store) if one.startswith(("decision:", "rejection:"))}
