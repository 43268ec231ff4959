"""The rule that suggests a version: the school's documents first, a clock last, never a guess."""

from datetime import UTC, datetime, timedelta

import pytest

from central.desk.suggesting import Claim, Suggestion, suggest

AT = datetime(2026, 10, 14, 7, 0, tzinfo=UTC)
TEACHER, SUBSTITUTE, OTHER = "tsk", "tek", "tknst"


def claims(*authors: str) -> list[Claim]:
    """Return a claim of each author, a minute apart."""
    return [Claim(author, AT + timedelta(minutes=number)) for number, author in enumerate(authors)]


@pytest.mark.parametrize(
    ("authors", "substitute", "assigned", "expected"),
    [
        ((TEACHER, SUBSTITUTE), SUBSTITUTE, [TEACHER], Suggestion(1, "substitute_held")),
        ((SUBSTITUTE, TEACHER), SUBSTITUTE, [TEACHER], Suggestion(0, "substitute_held")),
        ((TEACHER, OTHER), None, [TEACHER], Suggestion(0, "assigned_teacher")),
        # A substitution says that the assigned teacher was not there: nobody known held it.
        ((TEACHER, OTHER), SUBSTITUTE, [TEACHER], None),
        ((TEACHER, OTHER), None, [TEACHER, OTHER], None),
        ((TEACHER, OTHER), None, [], None),
        ((TEACHER, SUBSTITUTE, SUBSTITUTE), SUBSTITUTE, [TEACHER], None),
    ],
)
def test_suggestion_follows_the_documents_of_the_school(authors, substitute, assigned, expected):
    assert suggest(claims(*authors), substitute=substitute, assigned=assigned) == expected


def test_of_one_author_the_later_entry_is_suggested():
    one = claims(TEACHER, TEACHER)

    assert suggest(one, substitute=None, assigned=[TEACHER]) == Suggestion(1, "later_of_own")
    assert suggest(one[::-1], substitute=None, assigned=[]) == Suggestion(0, "later_of_own")


def test_doubtful_or_equal_clocks_suggest_nothing():
    sure, unsure = Claim(TEACHER, AT), Claim(TEACHER, AT + timedelta(days=1), clock_suspect=True)

    assert suggest([sure, unsure], substitute=None, assigned=[TEACHER]) is None
    assert suggest([sure, sure], substitute=None, assigned=[TEACHER]) is None
