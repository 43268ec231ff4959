"""What the page of a lesson says by itself, and how its letters are explained."""

from flask_babel import gettext

from node.journal import cells, sheet_words
from sync.school import marks
from sync.school.attendance import AbsenceCode

#: Letters that a teacher of the lesson may give; reasons are the class teacher's.
_EXPLAINED = (
    AbsenceCode.UNKNOWN,
    AbsenceCode.LATE,
    AbsenceCode.REMOTE,
    AbsenceCode.EXEMPT_PRESENT,
)


def work_kinds() -> list[tuple[str, str]]:
    """Return the kinds of work with their names, in the order in which they are offered."""
    return [(kind.value, sheet_words.kind_name(kind)) for kind in marks.WorkKind]


def absence_legend() -> list[tuple[str, str]]:
    """Return the letters of the presence column with what they mean."""
    names = {
        AbsenceCode.UNKNOWN: gettext("absent"),
        AbsenceCode.LATE: gettext("late (with minutes: ОП 10)"),
        AbsenceCode.REMOTE: gettext("from a distance"),
        AbsenceCode.EXEMPT_PRESENT: gettext("released from exercise"),
    }
    return [(cells.LETTERS.letter(code), names[code]) for code in _EXPLAINED]


def page_words() -> dict[str, str]:
    """Return what the page's modules say, by the names they use."""
    return {
        "saving": gettext("being saved"),
        "here": gettext("saved on this computer"),
        "server": gettext("on the server"),
        "refused": gettext("not accepted"),
        "typing": gettext("not saved yet"),
        "saved_here": gettext("Saved on this computer at %(time)s.", time="{time}"),
        "no_answer": gettext(
            "The program on this computer does not answer. What was typed is kept in the page and "
            "will be saved as soon as it answers."
        ),
        "restored": gettext("What was typed before is being saved now."),
        "conflict": gettext(
            "“%(theirs)s” has been written here meanwhile. Enter saves yours, Esc leaves theirs.",
            theirs="{theirs}",
        ),
        "nothing": gettext("nothing"),
        "disputed": gettext("Two people have written different things here; it is being settled."),
        "roll_call_open": gettext("Not done yet."),
        "roll_call_done_all": gettext("Done: all are there."),
        "roll_call_done": gettext("Done. Absent: %(count)s.", count="{count}"),
        "roll_call_all": gettext("Roll-call done, all are there"),
        "roll_call_some": gettext("Roll-call done, absent: %(count)s", count="{count}"),
        **sheet_words.reason_words(),
        "presence_not_understood": gettext(
            "“%(typed)s” is not a letter of presence.", typed="{typed}"
        ),
    }
