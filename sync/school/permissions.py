"""Who may do what, as one table: role x action x how the person stands to the thing.

    may(roles, action, *relations) ──► Permission(granted, reason_code, conditions)

A row of the table gives one role one action for one relation: a teacher writes marks in lessons
that are *assigned*, a homeroom teacher states reasons in the *own class*, a guardian reads about
the *own child*. What no row gives is refused. A person with several roles has the union of their
rights. The caller finds out the relations (from assignments, substitutions, classes, guardianship)
and answers for them; a role alone never opens a lesson, a class or a child.

A grant may carry conditions which the caller has to see to: ``within_window`` (only while the
lesson is open for editing), ``with_reason`` (a reason has to be given) and ``needs_confirmation``
(kept aside until the deputy head confirms the substitution).

A refusal names the relation that is missing, if one would have helped: ``not_your_lesson``,
``not_your_class``, ``not_your_child``, ``not_your_entry``, ``not_yourself``; else
``role_may_not``. ``REASON_CODES`` lists all codes.

Source: the school's regulation, A2, B2, B4, B6 and C2, and the usual defaults beside it. The
deputy head's writing here is that of the desk, as a decision; lessons are kept by teachers.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from sync.school.people import Role


class Action(StrEnum):
    """What can be done. Reading and writing are always two actions."""

    READ_JOURNAL = "read_journal"
    WRITE_LESSON = "write_lesson"
    WRITE_MARK = "write_mark"
    WRITE_PRESENCE = "write_presence"
    WRITE_ABSENCE_REASON = "write_absence_reason"
    READ_ATTENDANCE = "read_attendance"
    READ_TERM_MARK = "read_term_mark"
    WRITE_TERM_MARK = "write_term_mark"
    CONFIRM_TERM_MARK = "confirm_term_mark"
    UNLOCK_TERM_MARK = "unlock_term_mark"
    LOCK_AND_UNLOCK_LESSONS = "lock_and_unlock_lessons"
    CORRECT_AT_DESK = "correct_at_desk"
    RESOLVE_CONFLICT = "resolve_conflict"
    RESOLVE_REASON_CONFLICT = "resolve_reason_conflict"
    SETTLE_QUARANTINE = "settle_quarantine"
    MANAGE_SUBSTITUTIONS = "manage_substitutions"
    READ_ROSTER = "read_roster"
    PROPOSE_ROSTER_CHANGE = "propose_roster_change"
    APPROVE_ROSTER_CHANGE = "approve_roster_change"
    IMPORT_SCHOOL_DATA = "import_school_data"
    READ_GUARDIAN_CONTACTS = "read_guardian_contacts"
    MANAGE_GUARDIAN_ACCESS = "manage_guardian_access"
    MANAGE_STAFF_ACCESS = "manage_staff_access"
    CHANGE_OWN_PASSWORD = "change_own_password"  # noqa: S105 - the name of an action
    READ_DIARY = "read_diary"
    WRITE_NOTE = "write_note"
    ACKNOWLEDGE_NOTE = "acknowledge_note"
    READ_REPORTS = "read_reports"
    READ_TECHNICAL_STATE = "read_technical_state"
    MANAGE_NODES = "manage_nodes"
    ASK_QUESTION = "ask_question"
    ANSWER_QUESTION = "answer_question"


class Relation(StrEnum):
    """How a person stands to the thing in question, on the date in question."""

    ASSIGNED = "assigned"
    SUBSTITUTE = "substitute"
    UNCONFIRMED_SUBSTITUTE = "unconfirmed_substitute"
    OWN_CLASS = "own_class"
    OWN_CHILD = "own_child"
    AUTHOR = "author"
    SELF = "self"


class Condition(StrEnum):
    """What the caller has to see to before using a grant."""

    WITHIN_WINDOW = "within_window"
    WITH_REASON = "with_reason"
    NEEDS_CONFIRMATION = "needs_confirmation"


class Switch(StrEnum):
    """Grants that a school has to switch on."""

    HOMEROOM_TEACHER_WRITES_MARKS = "homeroom_teacher_writes_marks"


@dataclass(frozen=True)
class Permission:
    """The answer of ``may``; ``reason_code`` is ``granted`` or says what was missing."""

    granted: bool
    reason_code: str
    conditions: frozenset[Condition] = frozenset()

    def __bool__(self) -> bool:
        """Be true when granted, whatever the conditions."""
        return self.granted


GRANTED = "granted"
ROLE_MAY_NOT = "role_may_not"

_MISSING: Mapping[Relation, str] = MappingProxyType(
    {
        Relation.ASSIGNED: "not_your_lesson",
        Relation.SUBSTITUTE: "not_your_lesson",
        Relation.UNCONFIRMED_SUBSTITUTE: "not_your_lesson",
        Relation.OWN_CLASS: "not_your_class",
        Relation.OWN_CHILD: "not_your_child",
        Relation.AUTHOR: "not_your_entry",
        Relation.SELF: "not_yourself",
    }
)

REASON_CODES = frozenset({GRANTED, ROLE_MAY_NOT, *_MISSING.values()})


@dataclass(frozen=True)
class Grant:
    """One way in which a role gets an action; ``relation`` None means for the whole school."""

    relation: Relation | None = None
    conditions: frozenset[Condition] = frozenset()
    switch: Switch | None = None


def _grants(*relations: Relation, on: Collection[Condition] = ()) -> tuple[Grant, ...]:
    return tuple(Grant(relation, frozenset(on)) for relation in relations)


_EVERYWHERE = (Grant(),)
_IN_WINDOW = frozenset({Condition.WITHIN_WINDOW})
_WITH_REASON = (Grant(None, frozenset({Condition.WITH_REASON})),)
_ON_SELF = _grants(Relation.SELF)
_IN_CLASS = _grants(Relation.OWN_CLASS)
_IN_LESSON = _grants(Relation.ASSIGNED, Relation.SUBSTITUTE)
_KEEP_LESSON = (
    *_grants(Relation.ASSIGNED, Relation.SUBSTITUTE, on=_IN_WINDOW),
    *_grants(
        Relation.UNCONFIRMED_SUBSTITUTE,
        on={Condition.WITHIN_WINDOW, Condition.NEEDS_CONFIRMATION},
    ),
)
_BY_SWITCH = (Grant(Relation.OWN_CLASS, _IN_WINDOW, Switch.HOMEROOM_TEACHER_WRITES_MARKS),)

_OF_EVERYBODY: Mapping[Action, tuple[Grant, ...]] = {
    Action.CHANGE_OWN_PASSWORD: _ON_SELF,
    Action.ASK_QUESTION: _EVERYWHERE,
}

_READS_ALL: Mapping[Action, tuple[Grant, ...]] = {
    Action.READ_JOURNAL: _EVERYWHERE,
    Action.READ_ATTENDANCE: _EVERYWHERE,
    Action.READ_TERM_MARK: _EVERYWHERE,
    Action.READ_ROSTER: _EVERYWHERE,
    Action.READ_GUARDIAN_CONTACTS: _EVERYWHERE,
    Action.READ_DIARY: _EVERYWHERE,
    Action.READ_REPORTS: _EVERYWHERE,
    Action.READ_TECHNICAL_STATE: _EVERYWHERE,
}

TABLE: Mapping[Role, Mapping[Action, tuple[Grant, ...]]] = MappingProxyType(
    {
        Role.TEACHER: {
            **_OF_EVERYBODY,
            Action.READ_JOURNAL: _IN_LESSON,
            Action.WRITE_LESSON: _KEEP_LESSON,
            Action.WRITE_MARK: _KEEP_LESSON,
            Action.WRITE_PRESENCE: _KEEP_LESSON,
            Action.READ_ATTENDANCE: _IN_LESSON,
            Action.READ_TERM_MARK: _grants(Relation.ASSIGNED),
            Action.WRITE_TERM_MARK: _grants(Relation.ASSIGNED, on=_IN_WINDOW),
            Action.CONFIRM_TERM_MARK: _grants(Relation.ASSIGNED, on=_IN_WINDOW),
            Action.RESOLVE_CONFLICT: _grants(Relation.AUTHOR),
            Action.READ_ROSTER: _IN_LESSON,
            Action.WRITE_NOTE: _IN_LESSON,
            Action.READ_REPORTS: _grants(Relation.ASSIGNED),
        },
        Role.HOMEROOM_TEACHER: {
            **_OF_EVERYBODY,
            Action.READ_JOURNAL: _IN_CLASS,
            Action.WRITE_LESSON: _BY_SWITCH,
            Action.WRITE_MARK: _BY_SWITCH,
            Action.WRITE_PRESENCE: _grants(Relation.OWN_CLASS, on=_IN_WINDOW),
            Action.WRITE_ABSENCE_REASON: _IN_CLASS,
            Action.READ_ATTENDANCE: _IN_CLASS,
            Action.READ_TERM_MARK: _IN_CLASS,
            Action.RESOLVE_CONFLICT: _grants(Relation.AUTHOR),
            Action.RESOLVE_REASON_CONFLICT: _IN_CLASS,
            Action.READ_ROSTER: _IN_CLASS,
            Action.PROPOSE_ROSTER_CHANGE: _IN_CLASS,
            Action.READ_GUARDIAN_CONTACTS: _IN_CLASS,
            Action.MANAGE_GUARDIAN_ACCESS: _IN_CLASS,
            Action.READ_DIARY: _IN_CLASS,
            Action.WRITE_NOTE: _IN_CLASS,
            Action.READ_REPORTS: _IN_CLASS,
        },
        Role.DIRECTOR: {**_OF_EVERYBODY, **_READS_ALL},
        Role.DEPUTY_HEAD: {
            **_OF_EVERYBODY,
            **_READS_ALL,
            Action.WRITE_ABSENCE_REASON: _WITH_REASON,
            Action.UNLOCK_TERM_MARK: _WITH_REASON,
            Action.LOCK_AND_UNLOCK_LESSONS: _WITH_REASON,
            Action.CORRECT_AT_DESK: _WITH_REASON,
            Action.RESOLVE_CONFLICT: _WITH_REASON,
            Action.RESOLVE_REASON_CONFLICT: _WITH_REASON,
            Action.SETTLE_QUARANTINE: _WITH_REASON,
            Action.MANAGE_SUBSTITUTIONS: _EVERYWHERE,
            Action.APPROVE_ROSTER_CHANGE: _EVERYWHERE,
            Action.MANAGE_GUARDIAN_ACCESS: _EVERYWHERE,
            Action.ANSWER_QUESTION: _EVERYWHERE,
        },
        Role.TECHNICAL_ADMIN: {
            **_OF_EVERYBODY,
            Action.READ_ROSTER: _EVERYWHERE,
            Action.IMPORT_SCHOOL_DATA: _EVERYWHERE,
            Action.READ_GUARDIAN_CONTACTS: _EVERYWHERE,
            Action.MANAGE_GUARDIAN_ACCESS: _EVERYWHERE,
            Action.MANAGE_STAFF_ACCESS: _EVERYWHERE,
            Action.READ_TECHNICAL_STATE: _EVERYWHERE,
            Action.MANAGE_NODES: _EVERYWHERE,
            Action.ANSWER_QUESTION: _EVERYWHERE,
        },
        Role.GUARDIAN: {
            **_OF_EVERYBODY,
            Action.READ_DIARY: _grants(Relation.OWN_CHILD),
            Action.ACKNOWLEDGE_NOTE: _grants(Relation.OWN_CHILD),
        },
    }
)


def may(
    roles: Collection[Role],
    action: Action,
    *relations: Relation,
    switches: Collection[Switch] = (),
) -> Permission:
    """Return whether a person may do this; refused unless a row of the table gives it.

    Of several grants that apply the one with the fewest conditions counts.

    Args:
        roles: all roles of the person.
        relations: how the person stands to the thing; none is the least.
        switches: the grants the school has switched on.
    """
    grants = [
        grant for grant in _rows(roles, action) if grant.switch is None or grant.switch in switches
    ]
    open_to_person = [
        grant for grant in grants if grant.relation is None or grant.relation in relations
    ]
    if open_to_person:
        easiest = min(open_to_person, key=lambda grant: len(grant.conditions))
        return Permission(True, GRANTED, easiest.conditions)
    missing = next((_MISSING[grant.relation] for grant in grants if grant.relation), ROLE_MAY_NOT)
    return Permission(False, missing)


def _rows(roles: Collection[Role], action: Action) -> Iterator[Grant]:
    for role in Role:  # in the enum's order, so that the reason of a refusal is always the same
        if role in roles:
            yield from TABLE[role].get(action, ())
