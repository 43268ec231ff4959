import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.school import permissions
from sync.school.people import Role
from sync.school.permissions import Action, Condition, Permission, Relation, Switch

# The rights as the school reads them, written down once more and apart from the code: what each
# role gets for which relation. "*" is the whole school, A an assigned lesson, S one as substitute,
# U one as unconfirmed substitute; ".w" within the editing window, ".r" with a reason, ".c" after
# confirmation.
RIGHTS = """
action                  | teacher      | homeroom | deputy | technical | director | guardian
read_journal            | A S          | class    | *      | -         | *        | -
write_lesson            | A.w S.w U.wc | -        | -      | -         | -        | -
write_mark              | A.w S.w U.wc | -        | -      | -         | -        | -
write_presence          | A.w S.w U.wc | class.w  | -      | -         | -        | -
write_absence_reason    | -            | class    | *.r    | -         | -        | -
read_attendance         | A S          | class    | *      | -         | *        | -
read_term_mark          | A            | class    | *      | -         | *        | -
write_term_mark         | A.w          | -        | -      | -         | -        | -
confirm_term_mark       | A.w          | -        | -      | -         | -        | -
unlock_term_mark        | -            | -        | *.r    | -         | -        | -
lock_and_unlock_lessons | -            | -        | *.r    | -         | -        | -
correct_at_desk         | -            | -        | *.r    | -         | -        | -
resolve_conflict        | author       | author   | *.r    | -         | -        | -
resolve_reason_conflict | -            | class    | *.r    | -         | -        | -
settle_quarantine       | -            | -        | *.r    | -         | -        | -
manage_substitutions    | -            | -        | *      | -         | -        | -
read_roster             | A S          | class    | *      | *         | *        | -
propose_roster_change   | -            | class    | -      | -         | -        | -
approve_roster_change   | -            | -        | *      | -         | -        | -
import_school_data      | -            | -        | -      | *         | -        | -
read_guardian_contacts  | -            | class    | *      | *         | *        | -
manage_guardian_access  | -            | class    | *      | *         | -        | -
manage_staff_access     | -            | -        | -      | *         | -        | -
change_own_password     | self         | self     | self   | self      | self     | self
read_diary              | -            | class    | *      | -         | *        | child
write_note              | A S          | class    | -      | -         | -        | -
acknowledge_note        | -            | -        | -      | -         | -        | child
read_reports            | A            | class    | *      | -         | *        | -
read_technical_state    | -            | -        | *      | *         | *        | -
manage_nodes            | -            | -        | -      | *         | -        | -
ask_question            | *            | *        | *      | *         | *        | *
answer_question         | -            | -        | *      | *         | -        | -
"""

COLUMNS = (
    Role.TEACHER,
    Role.HOMEROOM_TEACHER,
    Role.DEPUTY_HEAD,
    Role.TECHNICAL_ADMIN,
    Role.DIRECTOR,
    Role.GUARDIAN,
)
LETTERS = {
    "w": Condition.WITHIN_WINDOW,
    "r": Condition.WITH_REASON,
    "c": Condition.NEEDS_CONFIRMATION,
}
RELATIONS = {
    "*": None,
    "A": Relation.ASSIGNED,
    "S": Relation.SUBSTITUTE,
    "U": Relation.UNCONFIRMED_SUBSTITUTE,
    "class": Relation.OWN_CLASS,
    "child": Relation.OWN_CHILD,
    "author": Relation.AUTHOR,
    "self": Relation.SELF,
}


def rights_as_written():
    """Return {(role, action): {relation or None: conditions}}."""
    rights = {}
    for line in RIGHTS.strip().splitlines()[1:]:
        name, *cells = (cell.strip() for cell in line.split("|"))
        for role, cell in zip(COLUMNS, cells, strict=True):
            rights[role, Action(name)] = dict(_right(word) for word in cell.split() if word != "-")
    return rights


def _right(word):
    relation, _, letters = word.partition(".")
    return RELATIONS[relation], frozenset(LETTERS[letter] for letter in letters)


WRITTEN = rights_as_written()
ALL_RELATIONS = [None, *Relation]

some_roles = st.sets(st.sampled_from(list(Role)))
some_relations = st.sets(st.sampled_from(list(Relation)))
any_action = st.sampled_from(list(Action))


def test_the_rights_are_written_down_for_every_role_and_action():
    assert set(WRITTEN) == set(itertools.product(Role, Action))


@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize("role", list(Role))
def test_each_role_has_exactly_the_rights_written_down(role, action):
    expected = WRITTEN[role, action]
    for relation in ALL_RELATIONS:
        answer = permissions.may([role], action, *([relation] if relation else []))

        granted = relation in expected or None in expected
        assert answer.granted is granted
        assert bool(answer) is granted
        if granted:
            assert answer.conditions == expected.get(relation, expected.get(None))
            assert answer.reason_code == "granted"


@given(some_roles, any_action, some_relations)
def test_several_roles_have_the_union_of_their_rights(roles, action, relations):
    together = permissions.may(roles, action, *relations)

    alone = [permissions.may([role], action, *relations).granted for role in roles]
    assert together.granted == any(alone)


@given(some_roles, any_action, some_relations, some_relations)
def test_more_relations_never_take_a_right_away(roles, action, relations, more):
    if permissions.may(roles, action, *relations):
        assert permissions.may(roles, action, *relations, *more)


@given(some_roles, any_action, some_relations)
def test_every_refusal_has_a_known_reason(roles, action, relations):
    answer = permissions.may(roles, action, *relations)

    assert answer.reason_code in permissions.REASON_CODES
    assert (answer.reason_code == "granted") is answer.granted
    if not answer:
        assert answer.conditions == frozenset()


@given(any_action, some_relations)
def test_without_a_role_nothing_is_allowed(action, relations):
    assert permissions.may([], action, *relations) == Permission(False, "role_may_not")


@pytest.mark.parametrize(
    ("role", "action", "code"),
    [
        (Role.TEACHER, Action.WRITE_MARK, "not_your_lesson"),
        (Role.HOMEROOM_TEACHER, Action.WRITE_ABSENCE_REASON, "not_your_class"),
        (Role.GUARDIAN, Action.READ_DIARY, "not_your_child"),
        (Role.TEACHER, Action.RESOLVE_CONFLICT, "not_your_entry"),
        (Role.DIRECTOR, Action.CHANGE_OWN_PASSWORD, "not_yourself"),
        (Role.GUARDIAN, Action.WRITE_MARK, "role_may_not"),
        (Role.TECHNICAL_ADMIN, Action.WRITE_MARK, "role_may_not"),
        (Role.DEPUTY_HEAD, Action.WRITE_MARK, "role_may_not"),
        (Role.HOMEROOM_TEACHER, Action.WRITE_MARK, "role_may_not"),
    ],
)
def test_a_refusal_says_what_is_missing(role, action, code):
    assert permissions.may([role], action).reason_code == code


def test_the_homeroom_teacher_writes_marks_only_when_the_school_says_so():
    asked = ([Role.HOMEROOM_TEACHER], Action.WRITE_MARK, Relation.OWN_CLASS)
    switched_on = {Switch.HOMEROOM_TEACHER_WRITES_MARKS}

    assert not permissions.may(*asked)
    assert permissions.may(*asked, switches=switched_on).conditions == {Condition.WITHIN_WINDOW}
    elsewhere = permissions.may(asked[0], Action.WRITE_MARK, switches=switched_on)
    assert elsewhere == Permission(False, "not_your_class")


def test_an_assigned_teacher_needs_no_confirmation_even_when_also_a_substitute():
    answer = permissions.may(
        [Role.TEACHER], Action.WRITE_MARK, Relation.UNCONFIRMED_SUBSTITUTE, Relation.ASSIGNED
    )

    assert answer.conditions == {Condition.WITHIN_WINDOW}


@pytest.mark.parametrize("action", list(Action))
def test_a_guardian_writes_nothing_but_the_own_password_questions_and_acknowledgements(action):
    allowed = {
        Action.CHANGE_OWN_PASSWORD,
        Action.ASK_QUESTION,
        Action.ACKNOWLEDGE_NOTE,
        Action.READ_DIARY,
    }

    assert permissions.may([Role.GUARDIAN], action, *Relation).granted is (action in allowed)
