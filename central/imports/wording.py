"""What an import says to people: problems, questions, findings and the table of figures, as text.

English here, Russian in the catalogue; must be called where a language is chosen.
"""

from collections.abc import Iterable, Mapping, Sequence

from flask_babel import gettext, lazy_gettext, ngettext

from central.imports import layout
from central.imports.comparison import Finding
from central.imports.interview import Doubt, Question
from central.imports.problems import Problem
from central.imports.rows import Ignored
from central.imports.school_import import Report
from central.imports.settle import Status

PROBLEMS: Mapping[str, object] = {
    # Whole sheets.
    "sheet_missing": lazy_gettext("The sheet is missing."),
    "sheet_twice": lazy_gettext("There are two sheets of this name."),
    "sheet_without_headings": lazy_gettext("The sheet is empty: even the headings are missing."),
    "column_missing": lazy_gettext("The column is missing."),
    "column_twice": lazy_gettext("There are two columns of this name."),
    "no_terms": lazy_gettext("There is no term that can be used."),
    "no_bells": lazy_gettext("There is no bell that can be used."),
    "parameter_missing": lazy_gettext("The parameter “%(parameter)s” is missing."),
    "school_unusable": lazy_gettext("Without this data nothing can be imported."),
    "year_ends_before_start": lazy_gettext("The school year ends before it begins."),
    "year_too_long": lazy_gettext("The terms span more than a school year; look at the dates."),
    "terms_overlap": lazy_gettext("The terms “%(label)s” and “%(other)s” overlap."),
    # Cells.
    "cell_empty": lazy_gettext("The cell is empty."),
    "excel_error": lazy_gettext("The cell shows an error of Excel: %(typed)s."),
    "excel_made_a_date": lazy_gettext(
        "Excel has made a date of the years of study: %(typed)s. Make the column a text column."
    ),
    "text_too_long": lazy_gettext("%(length)s characters; at most %(limit)s are possible."),
    "not_a_whole_number": lazy_gettext("“%(typed)s” is not a whole number."),
    "number_outside_range": lazy_gettext("%(typed)s is not between %(low)s and %(high)s."),
    "not_a_date": lazy_gettext("“%(typed)s” is not a date; write it like 01.09.2026."),
    "date_outside_range": lazy_gettext("%(typed)s cannot be: look at the year."),
    "not_a_time": lazy_gettext("“%(typed)s” is not a time; write it like 08:30."),
    "ends_before_start": lazy_gettext("The end is before the beginning."),
    "row_twice": lazy_gettext("The same stands in row %(other)s already."),
    # The school year.
    "parameter_ignored": lazy_gettext("This parameter is unknown and was ignored."),
    "not_a_school_year": lazy_gettext("This is not a school year; write it like 2026/2027."),
    "unknown_timezone": lazy_gettext(
        "The time zone “%(typed)s” is unknown; write it like Europe/Moscow."
    ),
    "unknown_term_kind": lazy_gettext("This kind of term is unknown."),
    "name_twice": lazy_gettext("This name is there already."),
    "bell_twice": lazy_gettext("The bell of this lesson is there already."),
    "years_not_understood": lazy_gettext(
        "“%(typed)s” is not a list of years of study; write it like 1-4 or 5, 7, 9."
    ),
    # People and classes.
    "name_not_understood": lazy_gettext("“%(typed)s” is not a full name."),
    "unknown_role": lazy_gettext("The role “%(typed)s” is unknown."),
    "unknown_sex": lazy_gettext("“%(typed)s” is not understood; write м or ж."),
    "not_an_email": lazy_gettext("“%(typed)s” is not an e-mail address."),
    "not_a_phone": lazy_gettext("“%(typed)s” is not a telephone number."),
    "no_file_number": lazy_gettext("This is not a file number."),
    "born_after_enrolment": lazy_gettext("The student was enrolled before being born."),
    "enrolled_after_the_year": lazy_gettext("The date is after the end of the school year."),
    "homeroom_teacher_without_role": lazy_gettext(
        "This person is not a class teacher by the roles in row %(other)s of the staff."
    ),
    "unknown_class": lazy_gettext("There is no class “%(typed)s”."),
    "unknown_class_of_last_year": lazy_gettext("There was no class “%(typed)s” last year."),
    "one_class_wanted": lazy_gettext("Exactly one class is wanted here."),
    "unknown_subject": lazy_gettext("There is no subject “%(typed)s”."),
    "unknown_staff": lazy_gettext("“%(typed)s” is not on the staff."),
    "unknown_staff_near": lazy_gettext(
        "“%(typed)s” is not on the staff. Is “%(near)s” meant? Write the name the same way."
    ),
    "staff_ambiguous": lazy_gettext("Several people of the staff could be “%(typed)s”."),
    "unknown_student": lazy_gettext("There is no student with the file number “%(typed)s”."),
    "student_left_out": lazy_gettext("The row of this student cannot be used."),
    "person_twice": lazy_gettext("By your answer this is the person of row %(other)s."),
    "file_number_of_another": lazy_gettext(
        "By your answer this file number belongs to another student already."
    ),
    # Lessons.
    "not_weekly_hours": lazy_gettext("“%(typed)s” is not a number of hours a week."),
    "classes_of_several_years": lazy_gettext(
        "Classes of several years of study are taught together; the plan of the lowest is taken."
    ),
    "subgroup_without_members": lazy_gettext("Nobody is in this part of the class."),
    "member_of_another_class": lazy_gettext("The student is in another class."),
    "no_load_for_this": lazy_gettext(
        "Nobody teaches this subject to this class or part of it, by the sheet “Нагрузка”."
    ),
    "teacher_not_in_load": lazy_gettext(
        "By the sheet “Нагрузка” somebody else teaches this; that teacher will keep the journal."
    ),
    "not_a_weekday": lazy_gettext("“%(typed)s” is not a day of the week."),
    "not_a_school_day": lazy_gettext("The school week has %(days)s days."),
    "not_a_parity": lazy_gettext("“%(typed)s” is not understood; write чёт or нечёт."),
    "no_bell_for_lesson": lazy_gettext("There is no bell for lesson %(number)s, shift %(shift)s."),
    "plan_too_long": lazy_gettext("The plan is too long for one subject."),
    "teacher_in_two_rooms": lazy_gettext(
        "%(who)s is in another room at this time, by row %(other)s."
    ),
    "class_has_two_lessons": lazy_gettext(
        "%(who)s has another lesson at this time, by row %(other)s."
    ),
}

_COLUMNS: Mapping[str, str] = {
    "school_name": "Название",
    "label": "Учебный год",
    "timezone": "Часовой пояс",
    "weekdays": "Учебных дней в неделе",
    "terms": "Периоды",
    "holidays": "Каникулы",
    "bells": "Звонки",
    "name": "Название",
    "markless_years": layout.SUBJECTS.heading("markless"),
    "last": "Фамилия",
    "first": "Имя",
    "patronymic": "Отчество",
    "roles": "Роли",
    "room": "Кабинет",
    "year_of_study": "Параллель",
    "letter": "Литера",
    "homeroom_teacher": "Классный руководитель",
    "shift": "Смена",
    "continues": "Продолжает",
    "enrollments": "Класс",
    "file_number": "№ личного дела",
    "birth_date": "Дата рождения",
    "sex": "Пол",
    "phone": "Телефон",
    "email": "Эл. почта",
    "children": "Кем приходится",
    "topics": "Тема",
}


def problem_line(problem: Problem) -> str:
    """Return where something is wrong and what: «Ученики, строка 7, Класс: …»."""
    text = str(PROBLEMS[problem.code]) % dict(problem.params)
    place = [problem.sheet]
    if problem.row is not None:
        place.append(gettext("row %(row)s", row=problem.row))
    if problem.column is not None:
        place.append(problem.column)
    return f"{', '.join(place)}: {text}"


def question_text(question: Question) -> str:
    """Return what a person is asked; the answer is yes or no."""
    facts = {"typed": question.typed, "known": question.known}
    if question.doubt is Doubt.TYPED_TWICE:
        text = gettext("Is “%(typed)s” the same person as “%(known)s” in the same sheet?", **facts)
    elif question.doubt is Doubt.NUMBER_REUSED:
        text = gettext(
            "The file number %(number)s belongs to “%(known)s” in the journal."
            " Is “%(typed)s” the same student?",
            number=question.detail,
            **facts,
        )
    elif question.doubt is Doubt.SAME_GUARDIAN:
        text = gettext(
            "Is “%(typed)s” the same person as “%(known)s”, the guardian of another child?",
            **facts,
        )
    else:
        text = gettext("Is “%(typed)s” the same as “%(known)s” in the journal?", **facts)
    row = gettext("row %(row)s", row=question.row)
    return f"{question.sheet}, {row}: {text}"


def questions_as_file(questions: Iterable[Question]) -> str:
    """Return the questions as the file in which the answers are to be written."""
    head = gettext("Write yes or no after each code, and name the file with --answers.")
    lines = [f"# {head}"]
    for question in questions:
        lines += [f"# {question_text(question)}", f"{question.code} "]
    return "\n".join(lines)


def ignored_line(ignored: Ignored) -> str:
    """Return what was not read."""
    if ignored.heading is None:
        return str(gettext("The sheet “%(sheet)s” is not read.", sheet=ignored.sheet))
    text = gettext(
        "%(sheet)s: the column “%(column)s” is not read.",
        sheet=ignored.sheet,
        column=ignored.heading,
    )
    return str(text)


def finding_line(finding: Finding) -> str:
    """Return a finding: where, about whom, and what stands in the file and in the journal."""
    place = [finding.sheet]
    if finding.row is not None:
        place.append(gettext("row %(row)s", row=finding.row))
    what = finding.label
    if finding.column is not None:
        what += f", {_COLUMNS.get(finding.column, finding.column)}"
    text = f"{', '.join(place)}: {what}"
    if finding.in_file or finding.in_journal:
        values = gettext(
            "in the file “%(file)s”, in the journal “%(journal)s”",
            file=finding.in_file,
            journal=finding.in_journal,
        )
        text += f": {values}"
    return text


def finding_heading(status: Status) -> str:
    """Return the heading over the findings of a status."""
    headings = {
        Status.KEPT: gettext("Changed in the journal since the last import, kept as it is there"),
        Status.CONFLICT: gettext(
            "Changed both in the journal and in the file; the journal's stays"
        ),
        Status.MISSING: gettext("Imported earlier, not in the file any more; nothing was deleted"),
    }
    return str(headings[status])


def status_heading(status: Status) -> str:
    """Return the heading of a column of the table of figures."""
    headings = {
        Status.ADDED: gettext("new"),
        Status.CHANGED: gettext("changed"),
        Status.ENDED: gettext("ended"),
        Status.UNCHANGED: gettext("unchanged"),
        Status.KEPT: gettext("kept"),
        Status.CONFLICT: gettext("in conflict"),
        Status.MISSING: gettext("missing"),
    }
    return str(headings[status])


def table(report: Report) -> str:
    """Return the figures by sheet; columns of rare statuses only when they are needed."""
    always = {Status.ADDED, Status.CHANGED, Status.UNCHANGED}
    used = {status for _, status in report.counts}
    shown = [status for status in Status if status in always | used]
    head = [gettext("Sheet"), gettext("rows"), *(status_heading(one) for one in shown)]
    lines = [head]
    for sheet, rows in report.rows.items():
        counts = [str(report.counts.get((sheet, status), 0)) for status in shown]
        lines.append([sheet, str(rows), *counts])
    return aligned(lines)


def aligned(lines: Sequence[Sequence[str]]) -> str:
    """Return rows of words as columns: the first to the left, figures to the right."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            word.ljust(width) if number == 0 else word.rjust(width)
            for number, (word, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def summary(report: Report) -> str:
    """Return what the import did, in one sentence."""
    if not report.imported:
        return str(gettext("Nothing was imported."))
    if not report.changes:
        return str(gettext("0 changes: the journal says all this already."))
    changes = ngettext("%(num)d change", "%(num)d changes", report.changes)
    documents = ngettext("%(num)d document", "%(num)d documents", report.written)
    text = gettext(
        "Imported: %(changes)s, %(documents)s written.", changes=changes, documents=documents
    )
    return str(text)
