"""Compares the plans: one list of topics per subject and year of study, a copy for each group.

A topic keeps its id when numbers shift, because topics are matched by their titles in their order
and not by their numbers: lessons name topics by id. Of a stretch that was reworded, the topics are
taken to be the same ones one by one.

    before           file                after
    1 Наречие    a   1 Повторение        Повторение   new
    2 Причастие  b   2 Наречие           Наречие      a
    3 Союз       c   3 Причастия         Причастия    b   (reworded)
                                         Союз         c   (missing from the file; it stays)

A topic that the file has no more stays where it was and is listed. A group's copy that was changed
in the journal is left alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from central.imports import layout, names
from central.imports.compare_lessons import label_of
from central.imports.comparison import Comparison, Path, Place
from central.imports.draft import GroupKey, Topic
from central.imports.settle import Status, digest_of, settle_list

_TITLE = layout.PLAN.title


@dataclass(frozen=True)
class Curriculum:
    """The plan of a subject and year of study, with ids, as every group gets it."""

    topics: list[dict[str, Any]]
    digest: str
    row: int


def compare(comparison: Comparison) -> None:
    """Settle the plans of all groups."""
    curricula = {
        place: _curriculum(comparison, place, rows)
        for place, rows in comparison.draft.plans.items()
    }
    documents = {
        document.value["group"]: opaque
        for opaque, document in comparison.stored.all("plan").items()
    }
    for group, opaque in comparison.ids.groups.items():
        place = _place_of(comparison, group)
        curriculum = curricula.get((group.subject, place)) if place else None
        if curriculum is not None:
            _settle_copy(comparison, group, documents.get(opaque), curriculum)
    _missing_curricula(comparison)


def _place_of(comparison: Comparison, group: GroupKey) -> int | None:
    """Return the year of study whose plan the group follows: of several the lowest with one."""
    years = sorted({comparison.year_of(key) for key in group.classes})
    return next((year for year in years if (group.subject, year) in comparison.draft.plans), None)


def _key(comparison: Comparison, subject: str, year: int) -> str:
    return f"curriculum:{comparison.ids.calendar}:{comparison.ids.subjects[subject]}:{year}"


def _curriculum(
    comparison: Comparison, place: tuple[str, int], rows: Sequence[Topic]
) -> Curriculum:
    key = _key(comparison, *place)
    said = [[row.title, row.hours, row.homework] for row in rows]
    digest = digest_of(said)
    base = comparison.stored.base.get(key, {}).get("said")
    if base is None:
        topics = [_topic(row, comparison.new_id()) for row in rows]
        comparison.count(_TITLE, Status.ADDED, len(rows))
    elif base["digest"] == digest:
        topics = base["topics"]
        comparison.count(_TITLE, Status.UNCHANGED, len(rows))
    else:
        topics = _matched(comparison, base["topics"], rows)
        _count_changes(comparison, base["topics"], topics, len(rows))
    missing = len(topics) - len(rows)
    if missing:
        label = f"{comparison.subject_name(place[0])}, {place[1]}"
        comparison.missing(_TITLE, label, missing)
    comparison.remember(key, {"digest": digest, "topics": topics})
    return Curriculum(topics, digest, rows[0].row)


def _topic(row: Topic, opaque: str) -> dict[str, Any]:
    return {"id": opaque, "title": row.title, "hours": row.hours, "homework": row.homework}


def _matched(
    comparison: Comparison, before: Sequence[dict[str, Any]], rows: Sequence[Topic]
) -> list[dict[str, Any]]:
    """Return the topics of the file with the ids they had, and those that the file lacks."""
    matcher = SequenceMatcher(
        None,
        [names.text_key(topic["title"]) for topic in before],
        [names.text_key(row.title) for row in rows],
        autojunk=False,
    )
    topics: list[dict[str, Any]] = []
    for _, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        old, new = before[old_from:old_to], rows[new_from:new_to]
        shared = min(len(old), len(new))
        for topic, row in zip(old[:shared], new[:shared], strict=True):
            topics.append(_topic(row, topic["id"]))
        topics.extend(dict(topic) for topic in old[shared:])
        topics.extend(_topic(row, comparison.new_id()) for row in new[shared:])
    return topics


def _count_changes(
    comparison: Comparison,
    before: Sequence[dict[str, Any]],
    after: Sequence[dict[str, Any]],
    rows: int,
) -> None:
    known = {topic["id"]: topic for topic in before}
    added = sum(1 for topic in after if topic["id"] not in known)
    changed = sum(1 for topic in after if known.get(topic["id"], topic) != topic)
    comparison.count(_TITLE, Status.ADDED, added)
    comparison.count(_TITLE, Status.CHANGED, changed)
    comparison.count(_TITLE, Status.UNCHANGED, rows - added - changed)


def _settle_copy(
    comparison: Comparison, group: GroupKey, opaque: str | None, curriculum: Curriculum
) -> None:
    stored = comparison.stored.get("plan", opaque) if opaque else None
    opaque = opaque or comparison.new_id()
    before = stored.value["topics"] if stored else None
    settled = settle_list(
        before,
        comparison.base_of_list(f"plan:{opaque}", "topics"),
        curriculum.digest,
        lambda: curriculum.topics,
    )
    place = Place(_TITLE, curriculum.row, label_of(comparison, group))
    said: dict[Path, Any] = {("group",): comparison.ids.groups[group]}
    comparison.document("plan", opaque, place, said, {"topics": settled})


def _missing_curricula(comparison: Comparison) -> None:
    """Note plans of earlier imports that have no row in the file any more."""
    prefix = f"curriculum:{comparison.ids.calendar}:"
    in_file = {_key(comparison, subject, year) for subject, year in comparison.draft.plans}
    for key, record in comparison.stored.base.items():
        if key.startswith(prefix) and key not in in_file:
            _, _, subject, year = key.split(":")
            stored = comparison.stored.get("subject", subject)
            label = f"{stored.value['name'] if stored else ''}, {year}"
            comparison.missing(_TITLE, label, len(record["said"]["topics"]))
