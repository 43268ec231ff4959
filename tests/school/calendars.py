"""School years that the tests of several modules use."""

from datetime import date

from sync.school.school_year import Holiday, SchoolYear, Term, TermKind

YEARS_1_TO_9 = frozenset(range(1, 10))
YEARS_10_AND_11 = frozenset({10, 11})


def school_year(**changes):
    """Return the five-day year 2026/2027 of a Moscow school: quarters and half-years."""
    fields = {
        "label": "2026/2027",
        "timezone": "Europe/Moscow",
        "starts": date(2026, 9, 1),
        "ends": date(2027, 5, 26),
        "weekdays": 5,
        "terms": (
            quarter("q1", date(2026, 9, 1), date(2026, 10, 25)),
            quarter("q2", date(2026, 11, 3), date(2026, 12, 30)),
            quarter("q3", date(2027, 1, 11), date(2027, 3, 26)),
            quarter("q4", date(2027, 4, 5), date(2027, 5, 26)),
            half_year("h1", date(2026, 9, 1), date(2026, 12, 30)),
            half_year("h2", date(2027, 1, 11), date(2027, 5, 26)),
        ),
        "holidays": (
            Holiday("осенние", date(2026, 10, 26), date(2026, 11, 2)),
            Holiday("День народного единства", date(2026, 11, 4), date(2026, 11, 4)),
            Holiday("зимние", date(2026, 12, 31), date(2027, 1, 10)),
            Holiday(
                "дополнительные для 1 классов",
                date(2027, 2, 15),
                date(2027, 2, 21),
                years_of_study=frozenset({1}),
            ),
            Holiday(
                "карантин 7Б",
                date(2027, 2, 8),
                date(2027, 2, 12),
                classes=frozenset({"7b"}),
            ),
            Holiday("весенние", date(2027, 3, 27), date(2027, 4, 4)),
        ),
    }
    return SchoolYear(**(fields | changes))


def quarter(term_id, starts, ends, years=YEARS_1_TO_9):
    return Term(term_id, TermKind.QUARTER, term_id, starts, ends, years)


def half_year(term_id, starts, ends, years=YEARS_10_AND_11):
    return Term(term_id, TermKind.HALF_YEAR, term_id, starts, ends, years)
