"""``portcall completion``: the script that makes a shell complete."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from portcall.cli import COMPLETE_VARIABLE
from portcall.cli.app import root
from portcall.cli.commands import NAME
from portcall.cli.flags.base_command import Command
from portcall.cli.terminal.output import write

_HELP = """Print the completion script of SHELL.

\b
bash:  eval "$(portcall completion bash)"        in ~/.bashrc
zsh:   eval "$(portcall completion zsh)"         in ~/.zshrc
fish:  portcall completion fish | source         in ~/.config/fish/config.fish
"""


@click.command("completion", cls=Command, help=_HELP)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the script that click makes for *shell*."""
    kind = get_completion_class(shell)
    if kind is not None:
        write(kind(root, {}, NAME, COMPLETE_VARIABLE).source())
