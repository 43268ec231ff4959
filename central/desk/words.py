"""How the desk says things: fields, values, people's parts in a lesson, computers, ages.

The templates of the desk have the functions as ``words``: ``words.value("mark", "value", 4)``.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext, lazy_gettext, ngettext

from central.desk import matters
from central.desk.conflicts import Conflict, Unit
from central.desk.matters import Computer, Matter, Part, SchoolBook
from sync.documents import entry, kinds
from sync.school import attendance, marks
from sync.school.attendance import AbsenceCode, Presence, Reason
from sync.school.marks import MarkValue, Sign, WorkKind
from sync.web import formats, frame, messages

KINDS: Mapping[str, object] = {
    "mark": lazy_gettext("mark"),
    "absence": lazy_gettext("absence"),
    "lesson": lazy_gettext("lesson"),
    "work": lazy_gettext("further column"),
}

_FIELDS: Mapping[str, object] = {
    "mark/value": lazy_gettext("mark"),
    "mark/weight": lazy_gettext("weight of the mark"),
    "mark/work_kind": lazy_gettext("kind of work"),
    "mark/comment": lazy_gettext("comment"),
    "absence/presence": lazy_gettext("presence"),
    "absence/minutes": lazy_gettext("minutes late"),
    "absence/reason": lazy_gettext("reason of the absence"),
    "lesson/number": lazy_gettext("number of the lesson"),
    "lesson/room": lazy_gettext("room"),
    "lesson/topic": lazy_gettext("topic"),
    "lesson/plan_topic": lazy_gettext("topic of the plan"),
    "lesson/homework": lazy_gettext("homework"),
    "lesson/roll_call": lazy_gettext("roll-call, number of absent students"),
    "lesson/work_kind": lazy_gettext("kind of work"),
    "work/title": lazy_gettext("name of the column"),
    "work/work_kind": lazy_gettext("kind of work"),
    "work/weight": lazy_gettext("weight of the column"),
}

WORK_KINDS: Mapping[str, object] = {
    WorkKind.ANSWER: lazy_gettext("answer in class"),
    WorkKind.HOMEWORK: lazy_gettext("homework"),
    WorkKind.INDEPENDENT: lazy_gettext("independent work"),
    WorkKind.LABORATORY: lazy_gettext("laboratory work"),
    WorkKind.PRACTICAL: lazy_gettext("practical work"),
    WorkKind.CONTROL: lazy_gettext("written examination"),
    WorkKind.DICTATION: lazy_gettext("dictation"),
    WorkKind.TEST: lazy_gettext("test"),
    WorkKind.ESSAY: lazy_gettext("essay"),
}

_SIGNS: Mapping[str, object] = {
    Sign.PASS: lazy_gettext("passed"),
    Sign.FAIL: lazy_gettext("not passed"),
    Sign.EXEMPT: lazy_gettext("exempt from the work"),
    Sign.NOT_ATTESTED: lazy_gettext("not attested"),
    Sign.DEBT: lazy_gettext("the work is still to be handed in"),
}

_ABSENCES: Mapping[AbsenceCode, object] = {
    AbsenceCode.UNKNOWN: lazy_gettext("absent"),
    AbsenceCode.LATE: lazy_gettext("late"),
    AbsenceCode.EXEMPT_PRESENT: lazy_gettext("in the lesson, released from exercise"),
    AbsenceCode.REMOTE: lazy_gettext("took part from a distance"),
}

REASONS: Mapping[str, object] = {
    Reason.ILL: lazy_gettext("illness"),
    Reason.EXCUSED: lazy_gettext("a good reason"),
    Reason.UNEXCUSED: lazy_gettext("no good reason"),
}

_PARTS: Mapping[Part, object] = {
    Part.TEACHER: lazy_gettext("teacher of the group"),
    Part.SUBSTITUTE: lazy_gettext("substitute in this lesson"),
    Part.HOMEROOM: lazy_gettext("class teacher"),
    Part.NEITHER: lazy_gettext("neither teaches this group nor substitutes"),
    Part.SERVER: lazy_gettext("the server"),
}

#: Why a version is suggested; the sentence is offered as the reason of the decision.
SUGGESTIONS: Mapping[str, object] = {
    "substitute_held": lazy_gettext("The substitute held the lesson."),
    "assigned_teacher": lazy_gettext("The lesson belongs to the assigned teacher."),
    "later_of_own": lazy_gettext("One author; the later entry."),
}

_HOW: Mapping[str, object] = {
    "version": lazy_gettext("One of the versions was chosen."),
    "third": lazy_gettext("Another value was set."),
    "combined": lazy_gettext("The texts were joined."),
    "both": lazy_gettext("Both marks are kept, one in a column of its own."),
}

#: Where the sentence for the author speaks to them, the desk has one of its own.
_WHY_ASIDE: Mapping[str, object] = {
    "not_your_lesson": lazy_gettext(
        "Somebody else’s lesson: the author has neither an assignment nor a substitution that day"
    ),
    "reason_not_yours": lazy_gettext("A reason of an absence, not stated by the class teacher"),
    "author_unknown": lazy_gettext("The author is not among the teachers of the school now"),
    "not_in_group": lazy_gettext("The student does not belong to this group on this date"),
    "outside_school_year": lazy_gettext("The date does not lie within the school year"),
    "lesson_in_future": lazy_gettext("Written before the lesson had been"),
    "term_locked": lazy_gettext("The term is closed"),
    "reason_needed": lazy_gettext("A decided value was changed without a reason"),
    "after_rejection": lazy_gettext("It goes on from an entry that was rejected"),
    "withdrawn": lazy_gettext("Taken back by the author before it was decided"),
    "unknown_field": lazy_gettext("A kind of entry that this server does not know yet"),
}

_LONG_TEXTS = frozenset({"lesson/homework", "lesson/topic", "mark/comment"})
_DAY = timedelta(days=1)


def field(kind: str, name: str) -> str:
    """Return what a field is called; one unknown to this version by its own name."""
    return str(_FIELDS.get(f"{kind}/{name}", name))


def fields(kind: str, names: Sequence[str]) -> str:
    """Return what fields that are settled together are called: by the first of them."""
    return field(kind, names[0])


def is_long_text(kind: str, name: str) -> bool:
    """Tell whether a field holds a text that two people may both have a part in."""
    return f"{kind}/{name}" in _LONG_TEXTS


def value(book: SchoolBook, about: Matter, name: str, held: Any) -> str:
    """Return what a field holds as people say it; a dash for nothing."""
    if held is None:
        return formats.NOTHING
    if name == "plan_topic":
        found = [one.title for one in book.topics(about.lesson.group) if one.id == held]
        return found[0] if found else str(held)
    if name == "work_kind":
        return work_kind(str(held))
    if about.kind == "mark" and name == "value":
        return mark(held)
    if name == "presence":
        return presence(str(held))
    if name == "reason" and about.kind == "absence":
        return str(REASONS.get(str(held), held))
    return str(held)


def values(
    book: SchoolBook,
    about: Matter,
    held: Mapping[str, Any],
    versions: Sequence[Mapping[str, Any]],
) -> str:
    """Return fields that are settled together as one text: ``ОП 10 – опоздание``.

    Of a mark, kind and weight are told only where ``versions`` differ in them:
    ``5, контрольная работа``.
    """
    if "presence" in held:
        return _presence_with_minutes(held["presence"], held.get("minutes"))
    first, *others = matters.differing(about.kind, _ordered(about.kind, held), versions)
    return ", ".join([value(book, about, first, held[first]), *_further(book, about, held, others)])


def asked(about: Matter, unit: Unit) -> tuple[str, ...]:
    """Return the fields of a unit that another value is asked for."""
    return matters.differing(about.kind, unit.fields, unit.held)


def offered(about: Matter, unit: Unit, name: str) -> str | None:
    """Return what stands in the input of another value from the start: a mark's own column."""
    if about.kind != "mark" or name == unit.fields[0]:
        return None
    return typed(about, name, unit.standing.get(name))


def _ordered(kind: str, names: Iterable[str]) -> list[str]:
    known = list(kinds.FIELDS.get(kind, ()))
    return sorted(names, key=lambda name: known.index(name) if name in known else len(known))


def _further(
    book: SchoolBook, about: Matter, held: Mapping[str, Any], names: Iterable[str]
) -> list[str]:
    stated = {name: held.get(name) for name in names}
    told = {name: value(book, about, name, one) for name, one in stated.items() if one is not None}
    if about.kind == "mark" and "weight" in told:
        # After the kind of work, which people name first.
        told["weight"] = gettext("weight %(weight)s", weight=told.pop("weight"))
    return list(told.values())


def large(book: SchoolBook, about: Matter, held: Mapping[str, Any], unit: Unit) -> str:
    """Return the same to be shown large, without what explains it: the mark, the letters."""
    if "presence" in held:
        code = _code(held["presence"])
        shown = attendance.DEFAULT_LETTERS
        return formats.NOTHING if code is None else shown.text(code, held.get("minutes"))
    if about.kind == "mark" and "value" in held:
        return formats.mark(held["value"])
    return values(book, about, held, unit.held)


def explained(book: SchoolBook, about: Matter, held: Mapping[str, Any], unit: Unit) -> str:
    """Return what is shown large in words; empty for what explains itself."""
    if "presence" in held:
        code = _code(held["presence"])
        return str(gettext("present") if code is None else _ABSENCES[code])
    if about.kind != "mark" or "value" not in held:
        return ""
    given = held["value"]
    meaning = _SIGNS.get(given, "") if isinstance(given, str) else ""
    told = str(gettext("no mark") if given is None else meaning)
    further = [name for name in asked(about, unit) if name != "value"]
    return ", ".join(text for text in [told, *_further(book, about, held, further)] if text)


def presence(stated: str) -> str:
    """Return a presence as letters and words: ``Н – отсутствие``."""
    return _presence_with_minutes(stated, None)


def _presence_with_minutes(stated: str | None, minutes: int | None) -> str:
    if stated is None:
        return str(gettext("present"))
    code = _code(stated)
    if code is None:
        return stated
    letters = attendance.DEFAULT_LETTERS.text(code, minutes)
    return f"{letters} – {_ABSENCES[code]}"


def _code(stated: str | None) -> AbsenceCode | None:
    if stated is None or stated not in set(Presence):
        return None
    return attendance.code_of(Presence(stated))


def work_kind(kind: str) -> str:
    """Return the name of a kind of work; one unknown to this version as it is stored."""
    return str(WORK_KINDS.get(kind, kind))


def mark(given: MarkValue | None) -> str:
    """Return a mark with the meaning of a sign: ``зач (зачтено)``."""
    text = formats.mark(given)
    meaning = _SIGNS.get(given) if isinstance(given, str) else None
    return text if meaning is None else f"{text} ({meaning})"


def marks_allowed() -> list[tuple[str, str]]:
    """Return what a mark may be, as typed, with its words."""
    return [(marks.mark_text(one), mark(one)) for one in marks.allowed_values(marks.FIVE_POINT)]


def presences_allowed() -> list[tuple[str, str]]:
    """Return what presence may be, as stored, with its words."""
    return [(one.value, presence(one.value)) for one in Presence]


def person(book: SchoolBook, who: str) -> str:
    """Return the short name of a person of the staff."""
    if who == entry.CENTRAL_AUTHOR:
        return str(gettext("the server"))
    return book.name(who) or str(gettext("somebody who is not on the staff any more"))


def part(which: Part) -> str:
    """Return what a person is in a lesson."""
    return str(_PARTS[which])


def computer(where: Computer) -> str:
    """Return where an entry was made: ``Кабинет 12``, ``каб. 12``, the server."""
    if where.is_server:
        return str(gettext("the server"))
    if not where.is_known:
        return str(gettext("a computer that is not connected any more"))
    if where.label and where.label != where.room:
        return where.label
    return str(gettext("room %(room)s", room=where.room))


def lesson(about: Matter) -> str:
    """Return the day and the number of the lesson: ``ср, 14 октября, 1-й урок``."""
    on = formats.day(about.lesson.date)
    if about.number is None:
        return on
    return str(gettext("%(day)s, lesson %(number)s", day=on, number=about.number))


def place(about: Matter) -> str:
    """Return class, subject and lesson in one line."""
    parts = [about.class_title, about.subject_name, lesson(about)]
    return " · ".join(part for part in parts if part)


def title(about: Matter) -> str:
    """Return whom or what it is about: the student, or the lesson itself."""
    kind = str(KINDS.get(about.kind, about.kind))
    if about.kind == "mark" and about.work is not None and about.work.title:
        kind = f"{kind} «{about.work.title}»"
    if about.student is None:
        return kind[:1].upper() + kind[1:]
    return f"{about.student.list_name}: {kind}"


def day_and_time(at: datetime) -> str:
    """Return when something was written: the time, with the day unless it is today."""
    now = formats.local(frame.current().clock.now())
    then = formats.local(at)
    time = formats.clock_time(at)
    return time if then.date() == now.date() else f"{formats.short_day(then.date())}, {time}"


def age(since: datetime) -> str:
    """Return how long something has waited: ``3 дня``, ``5 ч``, ``10 мин``."""
    waited = max(frame.current().clock.now() - since, timedelta(0))
    if waited >= _DAY:
        return str(ngettext("%(num)d day", "%(num)d days", waited // _DAY))
    hours = waited // timedelta(hours=1)
    if hours:
        return str(gettext("%(count)d h", count=hours))
    minutes = waited // timedelta(minutes=1)
    if minutes:
        return str(gettext("%(count)d min", count=minutes))
    return str(gettext("less than a minute"))


def suggestion(code: str) -> str:
    """Return why a version is suggested."""
    return str(SUGGESTIONS.get(code, ""))


def how(which: str) -> str:
    """Return how a decision was made."""
    return str(_HOW.get(which, ""))


def code(reason: str) -> str:
    """Return why an entry was put aside, as it is told to whoever decides."""
    return str(_WHY_ASIDE.get(reason) or messages.sentence_of(reason))


def span(first: date, last: date) -> str:
    """Return a period in words."""
    starts, ends = formats.full_day(first), formats.full_day(last)
    return str(gettext("from %(first)s to %(last)s", first=starts, last=ends))


def joined(unit: Unit) -> str:
    """Return the texts of all versions, each once, a line for each."""
    texts = [str(side.values[unit.fields[0]] or "").strip() for side in unit.sides]
    return "\n".join(dict.fromkeys(text for text in texts if text))


def both_are_marks(unit: Unit) -> bool:
    """Tell whether both sides have a mark, so that both can be kept."""
    return all(side.values.get("value") is not None for side in unit.sides)


def both(unit: Unit) -> tuple[str, str]:
    """Return, where both of two marks are kept, the one that stays and the one that moves."""
    stays = unit.stays
    here = [formats.mark(side.values["value"]) for side in unit.sides if side.index == stays]
    other = [formats.mark(side.values["value"]) for side in unit.sides if side.index != stays]
    return here[0], other[0]


def typed(about: Matter, name: str, held: Any) -> str:
    """Return what a field holds as it would be typed into its input."""
    if held is None:
        return ""
    return marks.mark_text(held) if about.kind == "mark" and name == "value" else str(held)


def topics(book: SchoolBook, about: Matter) -> list[tuple[str, str]]:
    """Return the topics of the plan that a lesson may take."""
    return [(one.id, one.title) for one in book.topics(about.lesson.group)]


def instant(text: str) -> str:
    """Return an instant as documents write it as people do."""
    return formats.full_time(entry.instant(text))


def fields_of(found: Conflict) -> str:
    """Return what a conflict is about beyond its title: the fields, unless there is but one."""
    names = [field(found.about.kind, unit.fields[0]) for unit in found.units]
    plain = str(KINDS.get(found.about.kind, ""))
    return ", ".join(name for name in names if name != plain)
