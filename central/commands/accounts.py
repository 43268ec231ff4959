"""``accounts``: sign-ins for staff and guardians, with slips to hand out."""

from pathlib import Path

import click
from flask_babel import gettext, lazy_gettext, ngettext

from central import accounts_issue
from central.commands.screen import Screen
from central.commands.store_command import FILE, StoreCommand, data_option
from central.slips import SlipFile, slips_text
from central.storage import Storage
from sync.accounts.passwords import Verifiers


@click.command(
    cls=StoreCommand,
    help=str(
        lazy_gettext(
            "Make sign-ins for those who have none. Each password is shown once and works only to"
            " choose an own one."
        )
    ),
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
    type=FILE,
    help=str(lazy_gettext("Write the slips into this new file instead of the screen.")),
)
@click.option(
    "--address", default="", help=str(lazy_gettext("The address of the diary, for the slips."))
)
@data_option
def accounts(
    storage: Storage,
    screen: Screen,
    for_staff: bool,
    for_guardians: bool,
    class_name: str | None,
    reissue: str | None,
    out: Path | None,
    address: str,
) -> int:
    """Issue accounts and show their slips."""
    with SlipFile(out, address) as slip_file:
        verifiers = Verifiers()
        if reissue is not None:
            slip = accounts_issue.reissue(
                storage, reissue, verifiers=verifiers, keep_slips=slip_file.keep
            )
            slips = [slip]
        else:
            persons = _persons(storage, for_staff, for_guardians, class_name)
            with screen.bar() as bar:
                slips = accounts_issue.issue(
                    storage,
                    persons,
                    verifiers=verifiers,
                    keep_slips=slip_file.keep,
                    progress=bar.account_step,
                )
        slip_file.publish()
    if out is None and slips:
        screen.say(slips_text(slips, address))
    made = ngettext("%(num)d sign-in", "%(num)d sign-ins", len(slips))
    screen.note(gettext("Made: %(sign_ins)s.", sign_ins=made))
    if out is not None and slips:
        screen.note(gettext("The slips are in %(file)s.", file=out))
    return 0


def _persons(
    storage: Storage, for_staff: bool, for_guardians: bool, class_name: str | None
) -> list[accounts_issue.Person]:
    connection = storage.store.database.read()
    everybody = not for_staff and not for_guardians and class_name is None
    persons = accounts_issue.staff(connection) if for_staff or everybody else []
    if for_guardians or class_name is not None or everybody:
        on = accounts_issue.today(storage)
        persons += accounts_issue.guardians(connection, on, class_name)
    return persons
