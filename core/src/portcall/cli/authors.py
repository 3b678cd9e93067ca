"""The door for authors of commands: what a command of the group ``portcall.commands`` may be made with.

Any `click.Command` is one. With `Command` as its class it also takes ``--debug``, ``--project`` and
``--no-project`` behind its name, as portcall's own commands do.
"""

from portcall.cli.exit_codes import Exit
from portcall.cli.flags.base_command import Command, json_option
from portcall.cli.project.current_project import current_project
from portcall.cli.state import State
from portcall.cli.terminal.output import warn, write, write_json
from portcall.cli.terminal.tables import mark, table

__all__ = [
    "Command",
    "Exit",
    "State",
    "current_project",
    "json_option",
    "mark",
    "table",
    "warn",
    "write",
    "write_json",
]
