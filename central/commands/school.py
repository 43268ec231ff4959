"""``import-school``: a school's workbook into the journal, and what came of it."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click
from flask_babel import gettext, lazy_gettext, ngettext

from central import accounts_issue
from central.commands.screen import Screen
from central.commands.store_command import DAY, FILE, StoreCommand, data_option
from central.imports import interview, school_import, wording
from central.imports.school_import import Report, Wishes
from central.imports.settle import Status
from central.storage import Storage

_FOUND_AT_MOST = 200  # lines of one kind on the screen


@click.command(
    "import-school",
    cls=StoreCommand,
    help=str(
        lazy_gettext(
            "Bring a school's workbook into the journal. What was changed in the journal since the"
            " last import is listed and stays; rows missing from the file delete nothing."
        )
    ),
)
@click.argument("file", type=FILE)
@click.option(
    "--from",
    "effective",
    type=DAY,
    help=str(
        lazy_gettext(
            "When timetable, load and groups take effect. Without it: a new school year from its"
            " start, later imports from today."
        )
    ),
)
@click.option(
    "--skip-bad-rows",
    is_flag=True,
    help=str(lazy_gettext("Leave out rows that cannot be used, and import the others.")),
)
@click.option(
    "--answers", type=FILE, help=str(lazy_gettext("A file with the answers to questions."))
)
@data_option
def import_school(
    storage: Storage,
    screen: Screen,
    file: Path,
    effective: datetime | None,
    skip_bad_rows: bool,
    answers: Path | None,
) -> int:
    """Import, and say what was done or why nothing was."""
    given = interview.read_answers(answers) if answers else {}
    with screen.bar() as bar:
        wishes = Wishes(
            effective=effective.date() if effective else None,
            skip_bad_rows=skip_bad_rows,
            answers=given,
            ask=screen.asker(bar),
        )
        report = school_import.import_school(file, storage, wishes, bar.import_step)
    _say_report(screen, report)
    refreshed = accounts_issue.refresh_roles(storage) if report.imported else 0
    if refreshed:
        accounts = ngettext("%(num)d account", "%(num)d accounts", refreshed)
        screen.say(gettext("The rights follow the new roles: %(accounts)s.", accounts=accounts))
    return 0 if report.imported else 1


def _say_report(screen: Screen, report: Report) -> None:
    _say_lines(screen, gettext("Not read"), [wording.ignored_line(one) for one in report.ignored])
    _say_lines(
        screen,
        gettext("Please look at these rows"),
        [wording.problem_line(problem) for problem in report.warnings],
    )
    heading = gettext("Left out") if report.imported else gettext("These rows cannot be used")
    _say_lines(screen, heading, [wording.problem_line(problem) for problem in report.problems])
    for status in (Status.CONFLICT, Status.KEPT, Status.MISSING):
        found = [one for one in report.findings if one.status is status]
        lines = [wording.finding_line(finding) for finding in found]
        _say_lines(screen, wording.finding_heading(status), lines)
    if report.questions:
        screen.note(gettext("These questions need an answer:"))
        screen.say(wording.questions_as_file(report.questions))
    if not report.imported:
        screen.note(wording.summary(report))
        return
    screen.say(wording.table(report))
    if report.effective is not None and report.changes:
        day = report.effective.strftime("%d.%m.%Y")
        screen.say(gettext("Timetable, load and groups take effect on %(day)s.", day=day))
    screen.say(wording.summary(report))


def _say_lines(screen: Screen, heading: str, lines: Sequence[str]) -> None:
    if not lines:
        return
    screen.note(f"{heading} ({len(lines)}):")
    for line in lines[:_FOUND_AT_MOST]:
        screen.note(f"  {line}")
    if len(lines) > _FOUND_AT_MOST:
        more = len(lines) - _FOUND_AT_MOST
        screen.note("  " + gettext("… and %(number)s more", number=more))
