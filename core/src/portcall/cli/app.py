"""The command ``portcall``: finds the subcommand, and turns whatever it raises into an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from io import TextIOWrapper
from typing import Final

import click

from portcall._version import __version__
from portcall.cli.exit_codes import EPILOG, Exit
from portcall.cli.flags.did_you_mean import did_you_mean
from portcall.cli.process.late_answers import end_with
from portcall.cli.state import State

NAME: Final = "portcall"
COMPLETE_VARIABLE: Final = "_PORTCALL_COMPLETE"
COMMANDS: Final = {
    "destinations": "List what is installed, and what is wrong with any of it.",
    "describe": "Show a destination's fields, hosts and actions.",
    "choices": "List the values that a destination offers for a field.",
    "connect": "Connect an account: authorize it, check it, keep it under a name.",
    "connections": "List the connections that are kept, and how they are.",
    "show": "Show what is kept of a connection, and where each value is from.",
    "rename": "Call a connection by another name.",
    "disconnect": "Forget a connection; give its tokens back first.",
    "key": "Encrypt what is kept: make a key, change it.",
    "test": "Check a destination and its credentials, step by step.",
    "request": "Send one authenticated request.",
    "send": "Deliver events with one action.",
    "run": "Deliver events as a pipeline says: several actions, filters and mappings.",
    "new": "Make a project of a destination of your own, from a template.",
    "schema": "Print the JSON Schema of a kind of file, for editors.",
    "demo": "See it work on this machine: 1,000 events, one refresh.",
    "completion": "Print the completion script of a shell.",
}


class Commands(click.Group):
    """Imports a command when it is used; ``--help`` imports none."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """In the order in which people need them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the one module that has it."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"portcall.cli.commands.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list above."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which one was probably meant."""
        name = args[0]
        if name not in COMMANDS and not ctx.resilient_parsing and name[:1] != "-":
            hint = did_you_mean(name, COMMANDS, f"there are {', '.join(COMMANDS)}.")
            raise click.UsageError(f"no command {name!r}; {hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group(
    NAME,
    cls=Commands,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option("--debug", is_flag=True, help="On an error, show the traceback, without secrets.")
@click.option(
    "--plugin",
    "plugins",
    multiple=True,
    type=click.Path(),
    envvar="PORTCALL_PLUGINS",
    help="A destination that is a file (.py, .toml, .json), or a folder of them; repeatable.",
)
@click.version_option(__version__, prog_name=NAME, message="%(prog)s %(version)s")
@click.pass_obj
def root(state: State, *, debug: bool, plugins: tuple[str, ...]) -> None:
    """Deliver events to other companies' HTTP APIs; every destination is a plugin."""
    state.debug, state.plugins = debug, plugins


def run(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code; nothing but that code comes out."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # an identity in letters that a terminal lacks
            stream.reconfigure(errors="backslashreplace")
    arguments = list(sys.argv[1:] if argv is None else argv)
    if os.environ.get(COMPLETE_VARIABLE):
        return _complete(os.environ[COMPLETE_VARIABLE])
    state = State()
    try:
        code = _invoke(arguments, state)
        sys.stdout.flush()
    except BaseException as exc:  # noqa: BLE001  # a plugin may raise SystemExit
        code = import_module("portcall.cli.terminal.error_messages").report(exc, state)
        with suppress(OSError, ValueError):
            sys.stdout.flush()
    return end_with(int(code))


def _invoke(arguments: list[str], state: State) -> int:
    try:
        with root.make_context(NAME, arguments, obj=state, color=_colour()) as ctx:
            code = root.invoke(ctx)
    except click.exceptions.Exit as done:  # --help, --version
        return done.exit_code
    return Exit.DONE if code is None else int(code)


def _colour() -> bool | None:
    """No colours at all, or (None) where the output is a terminal (https://no-color.org)."""
    return False if os.environ.get("NO_COLOR") else None


def _complete(instruction: str) -> int:
    from click.shell_completion import shell_complete  # noqa: PLC0415  # only a shell asks

    with suppress(Exception):  # a completion that fails completes nothing
        return shell_complete(root, {"obj": State()}, NAME, COMPLETE_VARIABLE, instruction)
    return Exit.USAGE
