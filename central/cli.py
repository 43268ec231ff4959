"""``journal-central``: sets central up, brings the school in, hands out sign-ins, serves.

    init            a new data folder with its keys
    import-school   a school's workbook into the journal
    accounts        sign-ins for staff and guardians, with slips to hand out
    enrol-node      a code with which a classroom PC becomes a node
    substitute      who gives a lesson instead
    serve           the pages, and the way in for nodes

Every command but ``serve`` needs the data folder to itself and says so when the program runs.
"""

import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click
from flask_babel import gettext, lazy_gettext, ngettext

from central import accounts_issue, enrolment, settings, storage, substitutions
from central.imports import interview, school_import, wording
from central.imports.interview import Question
from central.imports.school_import import Report, Wishes
from central.imports.settle import Status
from central.progress import Bar
from central.settings import Settings
from central.slips import SlipFile, slips_text
from central.storage import Storage
from sync import errors
from sync.accounts.passwords import Verifiers
from sync.school import people
from sync.school.timetable import SubstitutionKind
from sync.web.command_line import Program

Body = TypeVar("Body", bound=Callable[..., Any])

_FOUND_AT_MOST = 200  # lines of one kind on the screen
_FILE = click.Path(dir_okay=False, path_type=Path)
_DAY = click.DateTime(["%Y-%m-%d", "%d.%m.%Y"])


@click.group(cls=Program, help=str(lazy_gettext("The central program of the class journal.")))
def main() -> None:
    """Run one of the commands."""


def _data_option(body: Body) -> Body:
    """Add the options that say which data folder is meant."""
    folder = click.option(
        "--data",
        "folder",
        type=click.Path(file_okay=False, path_type=Path),
        default=settings.default_folder,
        help=str(lazy_gettext("The data folder.")),
    )
    demonstration = click.option(
        "--demo",
        "demonstration",
        is_flag=True,
        help=str(lazy_gettext("The folder is that of a demonstration, with a clock of its own.")),
    )
    return folder(demonstration(body))


def _open(folder: Path, demonstration: bool) -> Storage:
    return Storage.open(folder, demonstration=demonstration)


# ------------------------------------------------------------------------------------------- init


@main.command(help=str(lazy_gettext("Set up a new data folder with its keys.")))
@_data_option
def init(folder: Path, demonstration: bool) -> None:
    """Make the folder."""
    storage.initialise(folder)
    click.echo(gettext("The data folder is ready: %(folder)s", folder=folder))
    click.echo(
        gettext(
            "Keep a copy of the two files with keys in a safe place: %(files)s",
            files="entry-keys.json, account-keys.json",
        )
    )


# ------------------------------------------------------------------------------------------ import


@main.command(
    "import-school",
    help=str(
        lazy_gettext(
            "Bring a school's workbook into the journal. What was changed in the journal since the"
            " last import is listed and stays; rows missing from the file delete nothing."
        )
    ),
)
@click.argument("file", type=_FILE)
@click.option(
    "--from",
    "effective",
    type=_DAY,
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
    "--answers", type=_FILE, help=str(lazy_gettext("A file with the answers to questions."))
)
@_data_option
def import_school(
    file: Path,
    effective: datetime | None,
    skip_bad_rows: bool,
    answers: Path | None,
    folder: Path,
    demonstration: bool,
) -> None:
    """Import, and say what was done or why nothing was."""
    given = interview.read_answers(answers) if answers else {}
    with _open(folder, demonstration) as opened:
        with Bar() as bar:
            wishes = Wishes(
                effective=effective.date() if effective else None,
                skip_bad_rows=skip_bad_rows,
                answers=given,
                ask=_asker(bar),
            )
            report = school_import.import_school(file, opened, wishes, bar.import_step)
        _say_report(report)
        refreshed = accounts_issue.refresh_roles(opened) if report.imported else 0
    if refreshed:
        accounts = ngettext("%(num)d account", "%(num)d accounts", refreshed)
        click.echo(gettext("The rights follow the new roles: %(accounts)s.", accounts=accounts))
    if not report.imported:
        raise SystemExit(1)


def _asker(bar: Bar) -> interview.Ask:
    """Return who answers questions: the person at the keyboard, or nobody."""
    if not sys.stdin.isatty():
        return interview.nobody

    def ask(question: Question) -> bool | None:
        with bar.paused():
            while True:
                typed = click.prompt(f"{wording.question_text(question)} [y/n, д/н]", err=True)
                answer = interview.understood(typed)
                if answer is not None:
                    return answer

    return ask


def _say_report(report: Report) -> None:
    _say_lines(gettext("Not read"), [wording.ignored_line(one) for one in report.ignored])
    _say_lines(
        gettext("Please look at these rows"),
        [wording.problem_line(problem) for problem in report.warnings],
    )
    heading = gettext("Left out") if report.imported else gettext("These rows cannot be used")
    _say_lines(heading, [wording.problem_line(problem) for problem in report.problems])
    for status in (Status.CONFLICT, Status.KEPT, Status.MISSING):
        found = [one for one in report.findings if one.status is status]
        _say_lines(
            wording.finding_heading(status), [wording.finding_line(finding) for finding in found]
        )
    if report.questions:
        click.echo(gettext("These questions need an answer:"), err=True)
        click.echo(wording.questions_as_file(report.questions))
    if report.imported:
        click.echo(wording.table(report))
        if report.effective is not None and report.changes:
            day = report.effective.strftime("%d.%m.%Y")
            click.echo(gettext("Timetable, load and groups take effect on %(day)s.", day=day))
    click.echo(wording.summary(report), err=not report.imported)


def _say_lines(heading: str, lines: Sequence[str]) -> None:
    if not lines:
        return
    click.echo(f"{heading} ({len(lines)}):", err=True)
    for line in lines[:_FOUND_AT_MOST]:
        click.echo(f"  {line}", err=True)
    if len(lines) > _FOUND_AT_MOST:
        more = len(lines) - _FOUND_AT_MOST
        click.echo("  " + gettext("… and %(number)s more", number=more), err=True)


# ---------------------------------------------------------------------------------------- accounts


@main.command(
    help=str(
        lazy_gettext(
            "Make sign-ins for those who have none. Each password is shown once and works only to"
            " choose an own one."
        )
    )
)
@click.option("--staff", "for_staff", is_flag=True, help=str(lazy_gettext("For the staff.")))
@click.option(
    "--guardians", "for_guardians", is_flag=True, help=str(lazy_gettext("For the guardians."))
)
@click.option("--class", "class_name", help=str(lazy_gettext("Only guardians of this class.")))
@click.option(
    "--reissue", metavar="LOGIN", help=str(lazy_gettext("A new password for this sign-in."))
)
@click.option(
    "--out",
    type=_FILE,
    help=str(lazy_gettext("Write the slips into this new file instead of the screen.")),
)
@click.option(
    "--address", default="", help=str(lazy_gettext("The address of the diary, for the slips."))
)
@_data_option
def accounts(
    for_staff: bool,
    for_guardians: bool,
    class_name: str | None,
    reissue: str | None,
    out: Path | None,
    address: str,
    folder: Path,
    demonstration: bool,
) -> None:
    """Issue accounts and show their slips."""
    with _open(folder, demonstration) as opened, SlipFile(out, address) as slip_file:
        verifiers = Verifiers()
        if reissue is not None:
            slips = [
                accounts_issue.reissue(
                    opened, reissue, verifiers=verifiers, keep_slips=slip_file.keep
                )
            ]
        else:
            persons = _persons(opened, for_staff, for_guardians, class_name)
            with Bar() as bar:
                slips = accounts_issue.issue(
                    opened,
                    persons,
                    verifiers=verifiers,
                    keep_slips=slip_file.keep,
                    progress=bar.account_step,
                )
        slip_file.publish()
    if out is None and slips:
        click.echo(slips_text(slips, address))
    made = ngettext("%(num)d sign-in", "%(num)d sign-ins", len(slips))
    click.echo(gettext("Made: %(sign_ins)s.", sign_ins=made), err=True)
    if out is not None and slips:
        click.echo(gettext("The slips are in %(file)s.", file=out), err=True)


def _persons(
    opened: Storage, for_staff: bool, for_guardians: bool, class_name: str | None
) -> list[accounts_issue.Person]:
    connection = opened.store.database.read()
    everybody = not for_staff and not for_guardians and class_name is None
    persons = accounts_issue.staff(connection) if for_staff or everybody else []
    if for_guardians or class_name is not None or everybody:
        on = accounts_issue.today(opened)
        persons += accounts_issue.guardians(connection, on, class_name)
    return persons


# ------------------------------------------------------------------------------------------- nodes


@main.command(
    "enrol-node",
    help=str(
        lazy_gettext(
            "Make a code with which a classroom PC becomes a node. It works once, for a day."
        )
    ),
)
@click.option("--room", required=True, help=str(lazy_gettext("The room the PC stands in.")))
@click.option("--label", help=str(lazy_gettext("What people call the PC; without it, the room.")))
@click.option(
    "--homeroom",
    multiple=True,
    metavar="5А",
    help=str(lazy_gettext("A class whose whole journal this PC holds; may be repeated.")),
)
@_data_option
def enrol_node(
    room: str, label: str | None, homeroom: tuple[str, ...], folder: Path, demonstration: bool
) -> None:
    """Invite a node and show its code."""
    with _open(folder, demonstration) as opened:
        classes = [_class_id(opened, name) for name in homeroom]
        invitation = enrolment.invite(opened, room, label, classes)
    click.echo(invitation.code)
    click.echo(
        gettext(
            "Type on the classroom PC within a day: journal-node enrol --central ADDRESS"
            " --code %(code)s",
            code=invitation.code,
        ),
        err=True,
    )


def _class_id(opened: Storage, name: str) -> str:
    wanted = people.class_sort_key(name)
    for one in substitutions.classes_of_this_year(opened.store.database.read()):
        if people.class_sort_key(one.name) == wanted:
            return one.id
    raise errors.EntryRefused(code="no_such_class", hint="check_class", typed=name[:40])


# ----------------------------------------------------------------------------------- substitution


@main.command(
    help=str(lazy_gettext("Enter a substitution: who gives one lesson instead, and where."))
)
@click.option("--group", help=str(lazy_gettext("The group's id, instead of class and subject.")))
@click.option("--class", "class_name", default="", help=str(lazy_gettext("The class, as 7А.")))
@click.option("--subject", default="", help=str(lazy_gettext("The subject or its beginning.")))
@click.option("--subgroup", type=int, help=str(lazy_gettext("The part of the class.")))
@click.option("--date", "day", type=_DAY, required=True, help=str(lazy_gettext("The date.")))
@click.option("--lesson", "number", type=int, required=True, help=str(lazy_gettext("Which one.")))
@click.option("--teacher", help=str(lazy_gettext("Who gives it: the full name.")))
@click.option("--room", help=str(lazy_gettext("In which room.")))
@click.option("--cancel", is_flag=True, help=str(lazy_gettext("The lesson is not given.")))
@click.option("--reason", help=str(lazy_gettext("Why, for the report on hours.")))
@_data_option
def substitute(
    group: str | None,
    class_name: str,
    subject: str,
    subgroup: int | None,
    day: datetime,
    number: int,
    teacher: str | None,
    room: str | None,
    cancel: bool,
    reason: str | None,
    folder: Path,
    demonstration: bool,
) -> None:
    """Write the substitution."""
    with _open(folder, demonstration) as opened:
        connection = opened.store.database.read()
        if group is None:
            group = substitutions.find_group(connection, class_name, subject, subgroup).id
        change = SubstitutionKind.CANCELLED if cancel else SubstitutionKind.SAME_SUBJECT
        if teacher is None and room is not None and not cancel:
            change = SubstitutionKind.MOVED
        wanted = substitutions.Substitution(
            group,
            day.date(),
            number,
            substitutions.find_teacher(connection, teacher) if teacher else None,
            room,
            change,
            reason,
        )
        doc_id = substitutions.enter(opened, wanted)
    click.echo(doc_id)


# ------------------------------------------------------------------------------------------- serve


@main.command(help=str(lazy_gettext("Serve the pages, and the way in for nodes.")))
@click.option("--host", default=settings.DEFAULT_HOST, help=str(lazy_gettext("Where to listen.")))
@click.option("--port", default=settings.DEFAULT_PORT, help=str(lazy_gettext("The port.")))
@click.option(
    "--name",
    "names",
    multiple=True,
    help=str(lazy_gettext("A name under which browsers may come; may be repeated.")),
)
@_data_option
def serve(host: str, port: int, names: tuple[str, ...], folder: Path, demonstration: bool) -> None:
    """Serve until told to stop."""
    # Not above: the other commands need neither the pages nor the server.
    from central import serve as server

    chosen = Settings(folder, host=host, port=port, demonstration=demonstration)
    if names:
        chosen = Settings(folder, host, port, (*chosen.public_names, *names), demonstration)
    server.serve(chosen, lambda url: click.echo(gettext("The pages are at %(url)s", url=url)))
