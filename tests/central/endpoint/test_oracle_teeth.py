"""Without any one of its clauses the judgement says something else, and the oracle notices.

Each ``if`` of the examination, the judgement and the intake that ends in a refusal or in a code is
taken out, one at a time; pushes as in ``test_oracle`` must then meet a verdict that the naive
oracle does not share. A clause that can be taken out unnoticed is either not needed or not tested.
"""

import ast
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from central.endpoint import examination, intake
from sync.documents import judgement, kinds, plain, settling
from tests.central.endpoint import test_oracle

MODULES = (examination, intake, judgement, kinds, plain, settling)
SCHOOLS = 25
PUSHES = 60

#: Clauses that change no verdict, or none that these pushes can show; each with the reason.
UNSEEN: dict[str, str] = {
    "examination._is_same: if kind is str or kind is int or one is None": "only quicker",
    "kinds._numbers_travel: if kind is str or part is None": "only quicker",
    "intake._note_forks: if self._numbers.note(one.view)": "only quicker",
    "examination.check_revision: if is_plain and path.hashed_bytes is not None": "only quicker",
    "plain.read: if wanted is None or type(raw) is not list": (
        "no value is of no type, and JSON has no other lists"
    ),
    "intake._judge: if held is not None": (
        "judged again it is put aside again: the school of a trial does not change"
    ),
    "intake._judge_journal: if judged and (not aside)": "no trial rejects anything: test_intake",
    "intake._judge_journal: if not quarantine.put_aside(self._tx.records, item, aside)": (
        "no trial fills the quarantine: test_intake"
    ),
    "intake._base: if base is None": "too seldom among these pushes: test_intake",
    "settling.is_taken_back: if reached.get(one.view.field) != one.view.old": (
        "nobody in these trials chooses between two values without the right: test_verdicts_arrive"
    ),
    "kinds.check: if not isinstance(value.get('entries'), list)": (
        "without a list there is no new entry, and it is refused before"
    ),
}
#: What the gateway does not ask.
NODES_ONLY = {"is_decided"}


@dataclass(frozen=True)
class Clause:
    """One ``if`` or conditional expression of a function, by its number there."""

    module: ModuleType
    owner: str  # the class, "" for a function of the module
    function: str
    number: int
    text: str

    def __str__(self) -> str:
        name = self.module.__name__.rpartition(".")[2]
        return f"{name}.{self.function}: {self.text}"


class _Without(ast.NodeTransformer):
    """Takes out the clause of one number; all are counted in the order in which they stand."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.texts: list[str] = []

    def visit_If(self, node: ast.If) -> ast.AST:
        if isinstance(node.body[-1], ast.Raise | ast.Return | ast.Continue):
            self.texts.append(f"if {ast.unparse(node.test)}")
            if len(self.texts) - 1 == self.number:
                node.test = ast.Constant(False)
                return node
        return self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        sides = [node.body, node.orelse]
        empty = [one for one in sides if isinstance(one, ast.Constant) and one.value is None]
        if len(empty) == 1:
            self.texts.append(f"unless {ast.unparse(node.test)}")
            if len(self.texts) - 1 == self.number:
                return empty[0]
        return self.generic_visit(node)


def _functions(module: ModuleType) -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.FunctionDef):
            yield "", node
        elif isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef) and not inner.decorator_list:
                    yield node.name, inner


def _clauses() -> Iterator[Clause]:
    for module in MODULES:
        for owner, function in _functions(module):
            if function.name in NODES_ONLY:
                continue
            counted = _Without(-1)
            counted.visit(function)
            for number, text in enumerate(counted.texts):
                yield Clause(module, owner, function.name, number, text[:80])


def _without(clause: Clause) -> Callable[..., Any]:
    for owner, function in _functions(clause.module):
        if (owner, function.name) == (clause.owner, clause.function):
            changed = _Without(clause.number).visit(function)
            tree = ast.fix_missing_locations(ast.Module([changed], []))
            made: dict[str, Any] = {}
            exec(compile(tree, str(clause), "exec"), vars(clause.module), made)
            return made[clause.function]
    raise AssertionError(clause)


@pytest.mark.parametrize("clause", [one for one in _clauses() if str(one) not in UNSEEN], ids=str)
def test_clause_cannot_be_taken_out_unnoticed(
    clause: Clause, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = vars(vars(clause.module)[clause.owner] if clause.owner else clause.module)
    # Its code, because tables may hold the function itself.
    monkeypatch.setattr(owner[clause.function], "__code__", _without(clause).__code__)

    # A disagreement, or an error of a program that went on where it should have stopped.
    with pytest.raises(Exception):  # noqa: B017, PT011
        test_oracle.trials(tmp_path, range(test_oracle.SEED, test_oracle.SEED + SCHOOLS), PUSHES)


def test_every_clause_named_as_unseen_is_there() -> None:
    assert set(UNSEEN) <= {str(one) for one in _clauses()}
