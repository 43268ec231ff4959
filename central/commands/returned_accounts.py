"""``take-accounts``: accounts that nodes handed back to a restored central."""

import click
from flask_babel import gettext, lazy_gettext

from central import accounts_returned, alarms
from central.accounts_returned import What
from central.commands.screen import Screen
from central.commands.store_command import StoreCommand, data_option
from central.storage import Storage


@click.command(
    "take-accounts",
    cls=StoreCommand,
    help=str(
        lazy_gettext(
            "After a restore: show how the accounts that the computers hold differ, and take them"
            " over (--yes) or leave them (--discard)."
        )
    ),
)
@click.option("--yes", is_flag=True, help=str(lazy_gettext("Take them over.")))
@click.option("--discard", is_flag=True, help=str(lazy_gettext("Keep the accounts of the backup.")))
@data_option
def take_accounts(storage: Storage, screen: Screen, yes: bool, discard: bool) -> int:
    """Show, take, or leave."""
    found = accounts_returned.differences(storage)
    if found is None:
        screen.say(gettext("No accounts wait to be taken over."))
        return 0
    if yes and discard:
        screen.note(gettext("Choose one of --yes and --discard."))
        return 1
    words = _words()
    for one in found:
        screen.say(f"{one.account.login}  {', '.join(words[what] for what in one.what)}")
    if yes:
        accounts_returned.take(storage)
        screen.say(gettext("The accounts are taken over."))
    elif discard:
        accounts_returned.give_up(storage)
        screen.say(gettext("The accounts of the backup stay; the computers get them."))
    else:
        screen.note(
            gettext("Repeat with --yes to take them over, or with --discard to keep the backup's.")
        )
        return 0
    alarm = f"{alarms.ACCOUNTS_NEWER}:{alarms.JOURNAL}"
    alarms.settle_alarm(storage.store.records, alarm, "take-accounts", storage.clock.now())
    return 0


def _words() -> dict[What, str]:
    return {
        What.ADDED: gettext("added since the backup"),
        What.PASSWORD: gettext("another password"),
        What.ROLES: gettext("other rights"),
        What.OPENED: gettext("opened since the backup"),
        What.GONE: gettext("blocked since the backup, or no teacher any more"),
    }
