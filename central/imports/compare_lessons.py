"""Compares teaching groups with their members, who teaches them, and their timetables.

Groups come from the rows of the load. Who teaches a group, and its timetable, take effect on the
day of the import as a whole, for the groups that the file has rows of; other groups stay as they
are. A member leaves a part of a class only by standing in another part, or by leaving the class.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from central.imports import dated, layout
from central.imports.comparison import Comparison, Path, Place
from central.imports.draft import GroupKey, Load, Slot
from central.imports.settle import SettledList, Status, settle_list

_ASSIGNMENT_FIELDS = ("teacher", "room", "weekly_hours", "starts", "ends")


def compare(comparison: Comparison) -> None:
    """Settle everything that hangs on teaching groups, but the plans."""
    members = _members_by_group(comparison)
    for group, opaque in comparison.ids.groups.items():
        _group(comparison, group, opaque, members)
    _missing_groups(comparison)
    _assignments(comparison)
    _timetables(comparison)


def label_of(comparison: Comparison, group: GroupKey) -> str:
    """Return what people call a group: 5А/1, Английский."""
    part = "" if group.subgroup is None else f"/{group.subgroup}"
    return (
        f"{comparison.class_names(group.classes)}{part}, {comparison.subject_name(group.subject)}"
    )


# ------------------------------------------------------------------------------ groups and members


def _members_by_group(comparison: Comparison) -> dict[GroupKey, list[str]]:
    found: dict[GroupKey, list[str]] = defaultdict(list)
    for member in comparison.draft.members:
        found[member.group].append(comparison.ids.students[member.student])
    return found


def _group(
    comparison: Comparison,
    group: GroupKey,
    opaque: str,
    members: Mapping[GroupKey, Sequence[str]],
) -> None:
    ids = comparison.ids
    said: dict[Path, Any] = {
        ("calendar",): ids.calendar,
        ("subject",): ids.subjects[group.subject],
        ("classes",): sorted(ids.classes[key] for key in group.classes),
        ("subgroup",): group.subgroup,
    }
    place = Place(layout.LOAD.title, None, label_of(comparison, group))
    if group.subgroup is None:
        comparison.document("teaching_group", opaque, place, said | {("members",): None})
        return
    settled = _settle_members(comparison, group, opaque, members)
    comparison.document("teaching_group", opaque, place, said, {"members": settled})


def _settle_members(
    comparison: Comparison,
    group: GroupKey,
    opaque: str,
    members: Mapping[GroupKey, Sequence[str]],
) -> SettledList:
    """Settle the members student by student: who joined, who went to another part, who stays."""
    title = layout.MEMBERS.title
    stored = comparison.stored.get("teaching_group", opaque)
    result = [dict(one) for one in (stored.value["members"] or [])] if stored else []
    base = comparison.base_of_list(f"teaching_group:{opaque}", "members")
    said_before = set(base["said"]) if base else set()
    said = members.get(group, [])
    active = {one["student"] for one in result if dated.holds_from(one, comparison.day)}
    statuses = []
    for student in said:
        status = _status_of_member(student in active, student in said_before)
        statuses.append(status)
        comparison.count(title, status)
        if status is Status.ADDED:
            starts = max(comparison.day.isoformat(), _enrolled_since(comparison, student))
            result.append({"student": student, "starts": starts, "ends": None})
        elif status is Status.KEPT:
            comparison.kept(title, None, _member_label(comparison, group, student))
    absent = sorted(active - set(said))
    result, missing, ended = _without_leavers(
        comparison, group, members, result, absent, said_before
    )
    comparison.count(title, Status.ENDED, ended)
    status = Status.UNCHANGED
    if stored is None or Status.ADDED in statuses or ended:
        status = Status.ADDED if stored is None else Status.CHANGED
    record = {"said": sorted({*said, *missing}), "wrote": ""}
    return SettledList(result, status, record)


def _status_of_member(is_active: bool, was_said: bool) -> Status:
    if is_active:
        return Status.UNCHANGED
    return Status.KEPT if was_said else Status.ADDED


def _without_leavers(
    comparison: Comparison,
    group: GroupKey,
    members: Mapping[GroupKey, Sequence[str]],
    result: list[dict[str, Any]],
    absent: Sequence[str],
    said_before: set[str],
) -> tuple[list[dict[str, Any]], list[str], int]:
    """End the membership of those who went elsewhere; return the rest, who is missing, how many."""
    title = layout.MEMBERS.title
    missing: list[str] = []
    ended = 0
    for student in absent:
        label = _member_label(comparison, group, student)
        if student not in said_before:
            comparison.kept(title, None, label)
        elif _went_elsewhere(comparison, group, members, student):
            result = _ended(result, student, comparison)
            ended += 1
        else:
            missing.append(student)
            comparison.missing(title, label)
    return result, missing, ended


def _ended(
    result: list[dict[str, Any]], student: str, comparison: Comparison
) -> list[dict[str, Any]]:
    kept = []
    for one in result:
        if one["student"] == student and dated.holds_from(one, comparison.day):
            shortened = dated.ended(one, comparison.day)
            kept.extend([shortened] if shortened else [])
        else:
            kept.append(one)
    return kept


def _went_elsewhere(
    comparison: Comparison,
    group: GroupKey,
    members: Mapping[GroupKey, Sequence[str]],
    student: str,
) -> bool:
    for other, students in members.items():
        same_lessons = (other.subject, other.classes) == (group.subject, group.classes)
        if same_lessons and other != group and student in students:
            return True
    row = comparison.student_row(student)
    return row is not None and row.school_class not in group.classes


def _enrolled_since(comparison: Comparison, student: str) -> str:
    """Return since when a student is in the present class, as it will be after the import."""
    value = comparison.value_of("student", student)
    return str(value["enrollments"][-1]["starts"]) if value else ""


def _member_label(comparison: Comparison, group: GroupKey, student: str) -> str:
    return f"{label_of(comparison, group)}: {comparison.student_label(student)}"


def _missing_groups(comparison: Comparison) -> None:
    seen = set(comparison.ids.groups.values())
    for opaque, value in comparison.missing_documents("teaching_group", seen):
        if value["calendar"] == comparison.ids.calendar:
            label = _label_of_stored(comparison, value)
            comparison.missing(layout.LOAD.title, label)
            if value["members"]:
                comparison.missing(layout.MEMBERS.title, label, len(value["members"]))
            slots = _slots_of(comparison, opaque)
            if slots:
                comparison.missing(layout.TIMETABLE.title, label, len(slots))


def _label_of_stored(comparison: Comparison, value: Mapping[str, Any]) -> str:
    classes = [comparison.stored.get("class", opaque) for opaque in value["classes"]]
    subject = comparison.stored.get("subject", value["subject"])
    part = "" if value["subgroup"] is None else f"/{value['subgroup']}"
    shown = ", ".join(sorted(one.value["name"] for one in classes if one))
    return f"{shown}{part}, {subject.value['name'] if subject else ''}"


def _slots_of(comparison: Comparison, group: str) -> list[Any]:
    for document in comparison.stored.all("timetable").values():
        if document.value["group"] == group:
            slots: list[Any] = document.value["slots"]
            return [slot for slot in slots if dated.holds_from(slot, comparison.day)]
    return []


# ------------------------------------------------------------------------------------ assignments


def _assignments(comparison: Comparison) -> None:
    by_group: dict[GroupKey, list[Load]] = defaultdict(list)
    for load in comparison.draft.load:
        by_group[load.group].append(load)
    stored: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for opaque, document in sorted(comparison.stored.all("assignment").items()):
        row = {name: document.value[name] for name in _ASSIGNMENT_FIELDS}
        stored[document.value["group"]].append({"id": opaque, **row})
    for group, rows in by_group.items():
        _settle_assignments(comparison, group, rows, stored.get(comparison.ids.groups[group]))


def _settle_assignments(
    comparison: Comparison,
    group: GroupKey,
    rows: Sequence[Load],
    stored: list[dict[str, Any]] | None,
) -> None:
    said = sorted(
        (
            {
                "teacher": comparison.ids.staff[row.teacher],
                "room": row.room,
                "weekly_hours": row.weekly_hours,
            }
            for row in rows
        ),
        key=lambda row: (str(row["teacher"]), str(row["room"]), str(row["weekly_hours"])),
    )
    opaque = comparison.ids.groups[group]
    key = f"assignments:{opaque}"
    before = sorted(stored, key=_by_start) if stored else None
    settled = settle_list(
        before,
        comparison.base_of_list(key, "rows"),
        said,
        lambda: sorted(dated.assignments_from(before or [], said, comparison.day), key=_by_start),
    )
    comparison.report_list(
        layout.LOAD.title, rows[0].row, label_of(comparison, group), settled, len(said), before
    )
    written = []
    for row in settled.value:
        written.append({**row, "id": row["id"] or comparison.new_id()})
        comparison.replace_whole("assignment", written[-1]["id"], {"group": opaque, **row})
    comparison.remember_list(key, "rows", settled, sorted(written, key=_by_start))


def _by_start(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return row["starts"], row["teacher"], row["id"] or ""


# -------------------------------------------------------------------------------------- timetables


def _timetables(comparison: Comparison) -> None:
    by_group: dict[GroupKey, list[Slot]] = defaultdict(list)
    for slot in comparison.draft.slots:
        by_group[slot.group].append(slot)
    documents = {
        document.value["group"]: opaque
        for opaque, document in comparison.stored.all("timetable").items()
    }
    teachers: dict[GroupKey, set[str]] = defaultdict(set)
    for load in comparison.draft.load:
        teachers[load.group].add(load.teacher)
    for group, slots in by_group.items():
        shared = len(teachers[group]) > 1
        said = [_said_slot(comparison, slot, shared) for slot in slots]
        said.sort(key=_by_time)
        opaque = documents.get(comparison.ids.groups[group])
        _settle_timetable(comparison, group, opaque, said, slots[0].row)
    for group, key in comparison.ids.groups.items():
        left = _slots_of(comparison, key) if group not in by_group else []
        if left:
            comparison.missing(layout.TIMETABLE.title, label_of(comparison, group), len(left))


def _said_slot(comparison: Comparison, slot: Slot, shared: bool) -> dict[str, Any]:
    said: dict[str, Any] = {
        "weekday": slot.weekday,
        "number": slot.number,
        "room": slot.room,
        "parity": slot.parity,
        "shift": slot.shift,
        "starts": slot.starts.isoformat() if slot.starts else None,
        "ends": slot.ends.isoformat() if slot.ends else None,
    }
    # Where several teach one group the slot says whose lesson it is; else the assignment does.
    if shared and slot.teacher:
        said["teacher"] = comparison.ids.staff[slot.teacher]
    return said


def _settle_timetable(
    comparison: Comparison,
    group: GroupKey,
    opaque: str | None,
    said: list[dict[str, Any]],
    row: int,
) -> None:
    opaque = opaque or comparison.new_id()
    stored = comparison.stored.get("timetable", opaque)
    before = stored.value["slots"] if stored else None
    settled = settle_list(
        before,
        comparison.base_of_list(f"timetable:{opaque}", "slots"),
        said,
        lambda: sorted(dated.slots_from(before or [], said, comparison.day), key=_by_time),
    )
    label = label_of(comparison, group)
    title = layout.TIMETABLE.title
    comparison.report_list(title, row, label, settled, len(said), before)
    place = Place(title, row, label)
    group_said: dict[Path, Any] = {("group",): comparison.ids.groups[group]}
    # Kept and conflicting timetables are reported above, as rows and not as a document.
    quiet = SettledList(settled.value, Status.UNCHANGED, settled.base)
    comparison.document("timetable", opaque, place, group_said, {"slots": quiet})


def _by_time(slot: Mapping[str, Any]) -> tuple[Any, ...]:
    return slot["weekday"], slot["number"], slot["parity"] or "", slot["starts"] or ""
