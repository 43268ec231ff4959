"""Random revision trees for property tests: paths of one document, whole and cut, in any order."""

from random import Random as Random
from typing import Any

from hypothesis import strategies as st

from sync.store.values import RevisionPath

# Few digests, so that equal ones meet in different generations, in hexadecimal and in other texts.
_DIGESTS = st.sampled_from(["a", "b", "0", "ff", "Z", "ё", "00112233445566778899aabbccddeeff"])


@st.composite
def paths(draw: st.DrawFn, *, whole: bool = False, most_revisions: int = 14) -> list[RevisionPath]:
    """Draw a random forest and return paths of it that name every leaf and some inner revisions.

    Paths may come more than once; with ``whole`` each reaches to generation 1, otherwise they are
    cut anywhere.
    """
    histories = _histories(draw, draw(st.integers(1, most_revisions)))
    inner = {history[1] for history in histories if len(history) > 1}
    given = [history for history in histories if history[0] not in inner]
    given += draw(st.lists(st.sampled_from(histories), max_size=8))
    bodies = {history[0]: draw(st.booleans()) for history in histories}
    result = []
    for history in draw(st.permutations(given)):
        length = len(history) if whole else draw(st.integers(1, len(history)))
        value: dict[str, Any] = {"made": history[0]}
        result.append(RevisionPath("?", history[:length], bodies[history[0]], value))
    return result


def _histories(draw: st.DrawFn, count: int) -> list[tuple[str, ...]]:
    """Draw revisions, each with the path from it down to generation 1."""
    histories: list[tuple[str, ...]] = []
    taken: set[str] = set()
    for _ in range(count):
        base: tuple[str, ...] = ()
        if histories and draw(st.integers(0, 5)):
            base = draw(st.sampled_from(histories))
        revision = f"{len(base) + 1}-{draw(_DIGESTS)}"
        if revision not in taken:
            taken.add(revision)
            histories.append((revision, *base))
    return histories


def of_document(doc_id: str, given: list[RevisionPath]) -> list[RevisionPath]:
    """The same paths as those of a document."""
    return [RevisionPath(doc_id, one.revisions, one.deleted, one.value) for one in given]
