"""``substitute``: who gives a lesson instead, and where."""

from datetime import datetime

import click
from flask_babel import lazy_gettext

from central import substitutions
from central.commands.screen import Screen
from central.commands.store_command import DAY, StoreCommand, data_option
from central.storage import Storage
from sync.school.timetable import SubstitutionKind


@click.command(
    cls=StoreCommand,
    help=str(lazy_gettext("Enter a substitution: who gives one lesson instead, and where.")),
)
@click.option("--group", help=str(lazy_gettext("The group's id, instead of class and subject.")))
@click.option("--class", "class_name", default="", help=str(lazy_gettext("The class, as 7А.")))
@click.option("--subject", default="", help=str(lazy_gettext("The subject or its beginning.")))
@click.option("--subgroup", type=int, help=str(lazy_gettext("The part of the class.")))
@click.option("--date", "day", type=DAY, required=True, help=str(lazy_gettext("The date.")))
@click.option("--lesson", "number", type=int, required=True, help=str(lazy_gettext("Which one.")))
@click.option("--teacher", help=str(lazy_gettext("Who gives it: the full name.")))
@click.option("--room", help=str(lazy_gettext("In which room.")))
@click.option("--cancel", is_flag=True, help=str(lazy_gettext("The lesson is not given.")))
@click.option("--reason", help=str(lazy_gettext("Why, for the report on hours.")))
@data_option
def substitute(
    storage: Storage,
    screen: Screen,
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
) -> int:
    """Write the substitution."""
    connection = storage.store.database.read()
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
    screen.say(substitutions.enter(storage, wanted))
    return 0
