"""What is wrong with a workbook, said so that the person who typed it can find the cell.

A serious problem means that the row cannot be used; a warning is only listed. ``code`` names what
is wrong, ``params`` hold the facts for the sentence; sentences are made in ``wording``.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

Param = str | int


@dataclass(frozen=True)
class Problem:
    """One thing wrong, in a row as Excel counts (None: in the whole sheet), under a heading."""

    sheet: str
    row: int | None
    column: str | None
    code: str
    params: tuple[tuple[str, Param], ...] = ()
    serious: bool = True


@dataclass
class Problems:
    """The list that grows while a workbook is checked."""

    _found: list[Problem] = field(default_factory=list)

    def refuse(
        self, sheet: str, row: int | None, column: str | None, code: str, **params: Param
    ) -> None:
        """Note a problem that makes the row unusable."""
        self._found.append(Problem(sheet, row, column, code, tuple(params.items())))

    def warn(
        self, sheet: str, row: int | None, column: str | None, code: str, **params: Param
    ) -> None:
        """Note something that is imported but should be looked at."""
        self._found.append(Problem(sheet, row, column, code, tuple(params.items()), serious=False))

    def serious(self) -> list[Problem]:
        """Return what makes rows unusable, in the order of finding."""
        return [problem for problem in self._found if problem.serious]

    def warnings(self) -> list[Problem]:
        """Return what should be looked at, in the order of finding."""
        return [problem for problem in self._found if not problem.serious]

    def structural(self) -> list[Problem]:
        """Return what concerns whole sheets: leaving rows out does not help against these."""
        return [problem for problem in self.serious() if problem.row is None]

    def __iter__(self) -> Iterator[Problem]:
        """Iterate over all, in the order of finding."""
        return iter(self._found)
