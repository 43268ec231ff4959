"""The commands of central, besides ``init`` and ``serve``.

Those that work with the store are what the running program runs, too. The others work on the folder
itself, while central does not run or beside it.
"""

from central.commands.accounts import accounts
from central.commands.backups import back_up, back_up_keys, restore
from central.commands.migration import migrate_store
from central.commands.nodes import adopt, enrol_node, list_nodes, revoke_node
from central.commands.returned_accounts import take_accounts
from central.commands.school import import_school
from central.commands.substitution import substitute

COMMANDS = (
    import_school,
    accounts,
    enrol_node,
    list_nodes,
    revoke_node,
    adopt,
    substitute,
    back_up,
    take_accounts,
)
COMMANDS_ON_THE_FOLDER = (back_up_keys, restore, migrate_store)
