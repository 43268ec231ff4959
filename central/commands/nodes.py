"""``enrol-node``, ``revoke-node``, ``nodes``, ``adopt``: which computers belong to this central."""

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


@click.command(
    "nodes",
    cls=StoreCommand,
    help=str(lazy_gettext("List the computers with their ids, and this journal's own id.")),
)
@data_option
def list_nodes(storage: Storage, screen: Screen) -> int:
    """Say who is enrolled, invited, revoked."""
    screen.note(gettext("The id of this journal: %(id)s", id=storage.store.uuid))
    for old in enrolment.continues(storage.store):
        screen.note(gettext("It continues: %(id)s", id=old))
    words = {
        "invited": gettext("waits for its code"),
        "enrolled": gettext("connected"),
        "revoked": gettext("revoked"),
    }
    for record in sorted(enrolment.all_nodes(storage.store.records), key=lambda one: one.label):
        screen.say(f"{record.id}  {words[record.status]}  {record.label}")
    return 0


@click.command(
    "revoke-node",
    cls=StoreCommand,
    help=str(
        lazy_gettext(
            "Close the way in for a computer that was lost or is not used any more. What another"
            " computer brings of its entries afterwards waits for a decision."
        )
    ),
)
@click.argument("node")
@data_option
def revoke_node(storage: Storage, screen: Screen, node: str) -> int:
    """Revoke, and say what it means."""
    enrolment.revoke(storage.store.records, node, storage.clock.now())
    screen.say(gettext("The computer is revoked; nothing of what it sent is lost."))
    return 0


@click.command(
    cls=StoreCommand,
    help=str(
        lazy_gettext(
            "Say that this journal continues a lost one, whose id the classroom PCs show, so that"
            " they may refill it. The keys of the lost one have to be in this data folder."
        )
    ),
)
@click.argument("database")
@data_option
def adopt(storage: Storage, screen: Screen, database: str) -> int:
    """Let the computers of the lost journal in."""
    enrolment.adopt(storage, database)
    screen.say(gettext("The computers of the lost journal may fill this one now."))
    screen.note(
        gettext(
            "Those that central does not know need a new code each: journal-central enrol-node,"
            " then on the computer journal-node enrol."
        )
    )
    return 0


def _class_id(storage: Storage, name: str) -> str:
    wanted = people.class_sort_key(name)
    for one in substitutions.classes_of_this_year(storage.store.database.read()):
        if people.class_sort_key(one.name) == wanted:
            return one.id
    raise errors.EntryRefused(code="no_such_class", hint="check_class", typed=name[:40])
