"""The Russian words that stand in the workbook's cells, and what they mean in the journal."""

from collections.abc import Mapping

from sync.school import people
from sync.school.people import Role
from sync.school.school_year import Parity, TermKind

TERM_KINDS: Mapping[str, TermKind] = {
    "четверть": TermKind.QUARTER,
    "триместр": TermKind.TRIMESTER,
    "полугодие": TermKind.HALF_YEAR,
    "год": TermKind.YEAR,
    "учебный год": TermKind.YEAR,
}

WEEKDAYS: Mapping[str, int] = {
    word: number
    for number, words in enumerate(
        (
            ("понедельник", "пн"),
            ("вторник", "вт"),
            ("среда", "ср"),
            ("четверг", "чт"),
            ("пятница", "пт"),
            ("суббота", "сб"),
            ("воскресенье", "вс"),
        ),
        start=1,
    )
    for word in (*words, str(number))
}

PARITIES: Mapping[str, Parity] = {
    "нечет": Parity.ODD,
    "нечетная": Parity.ODD,
    "нечетные": Parity.ODD,
    "чет": Parity.EVEN,
    "четная": Parity.EVEN,
    "четные": Parity.EVEN,
}

SEXES: Mapping[str, str] = {
    "м": "male",
    "муж": "male",
    "мужской": "male",
    "ж": "female",
    "жен": "female",
    "женский": "female",
}

ROLES: Mapping[str, Role] = {
    "директор": Role.DIRECTOR,
    "заместитель директора": Role.DEPUTY_HEAD,
    "заместитель директора по увр": Role.DEPUTY_HEAD,
    "заместитель директора по учебно-воспитательной работе": Role.DEPUTY_HEAD,
    "заместитель директора по ур": Role.DEPUTY_HEAD,
    "заместитель директора по вр": Role.DEPUTY_HEAD,
    "зам. директора по увр": Role.DEPUTY_HEAD,
    "завуч": Role.DEPUTY_HEAD,
    "заместитель директора по информатизации": Role.TECHNICAL_ADMIN,
    "зам. директора по информатизации": Role.TECHNICAL_ADMIN,
    "технический администратор": Role.TECHNICAL_ADMIN,
    "администратор журнала": Role.TECHNICAL_ADMIN,
    "учитель": Role.TEACHER,
    "преподаватель": Role.TEACHER,
    "педагог": Role.TEACHER,
    "классный руководитель": Role.HOMEROOM_TEACHER,
}

EVERYBODY = frozenset({"", "все", "всем", "вся школа"})
EVERY_WEEK = frozenset({"", "каждая", "все", "любая"})

# Rows of the sheet Школа.
SCHOOL_NAME = "название"
SCHOOL_YEAR = "учебный год"
TIMEZONE = "часовой пояс"
SCHOOL_WEEK = "учебных дней в неделе"
SCHOOL_PARAMETERS = (SCHOOL_NAME, SCHOOL_YEAR, TIMEZONE, SCHOOL_WEEK)


def folded(word: str) -> str:
    """Return the form in which words are looked up here: lower case, ё as е, no full stop."""
    return people.search_key(word).rstrip(".")
