"""``enrol-node``: a code with which a classroom PC becomes a node."""

import click
from flask_babel import gettext, lazy_gettext

from central import enrolment, substitutions
from central.commands.screen import Screen
from central.commands.store_command import StoreCommand, data_option
from central.storage import Storage
from sync import errors
from sync.school import people


@click.command(
    "enrol-node",
    cls=StoreCommand,
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
@data_option
def enrol_node(
    storage: Storage, screen: Screen, room: str, label: str | None, homeroom: tuple[str, ...]
) -> int:
    """Invite a node and show its code."""
    classes = [_class_id(storage, name) for name in homeroom]
    invitation = enrolment.invite(storage, room, label, classes)
    screen.say(invitation.code)
    screen.note(
        gettext(
            "Type on the classroom PC within a day: journal-node enrol --central ADDRESS"
            " --code %(code)s",
            code=invitation.code,
        )
    )
    return 0


def _class_id(storage: Storage, name: str) -> str:
    wanted = people.class_sort_key(name)
    for one in substitutions.classes_of_this_year(storage.store.database.read()):
        if people.class_sort_key(one.name) == wanted:
            return one.id
    raise errors.EntryRefused(code="no_such_class", hint="check_class", typed=name[:40])
