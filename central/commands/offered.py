"""The commands that work with the store: what ``cli`` has, and what the running program runs."""

from central.commands.accounts import accounts
from central.commands.nodes import enrol_node
from central.commands.school import import_school
from central.commands.substitution import substitute

COMMANDS = (import_school, accounts, enrol_node, substitute)
