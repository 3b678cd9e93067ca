"""The command ``portcall``: finds the subcommand, and turns whatever it raises into an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module

import click
from click.core import ParameterSource

from portcall._version import __version__
from portcall.cli import COMPLETE_VARIABLE
from portcall.cli.commands import COMMANDS, NAME
from portcall.cli.exit_codes import Exit
from portcall.cli.flags.brought_commands import brought_names
from portcall.cli.flags.did_you_mean import did_you_mean
from portcall.cli.flags.help_page import OPTIONS, WIDEST, help_page
from portcall.cli.process.late_answers import end_with
from portcall.cli.state import State


class Commands(click.Group):
    """Imports a command when it is used; ``--help`` imports none."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """In the order in which people need them, then what other distributions bring."""
        return [*COMMANDS, *brought_names()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the one module that has it: portcall's own, else what a distribution brings.

        Raises:
            PluginError: Two distributions bring it, or it cannot be imported.
        """
        if cmd_name in COMMANDS:
            command: click.Command = import_module(f"portcall.cli.commands.{cmd_name}").command
            return command
        brought = import_module("portcall.cli.flags.brought_command").brought_command
        try:
            found: click.Command | None = brought(cmd_name)
        except import_module("portcall.errors").PortcallError:
            if ctx.resilient_parsing:  # a shell that completes offers the others
                return None
            raise
        return found

    def get_help(self, ctx: click.Context) -> str:  # noqa: ARG002
        """Return the same page that is printed without click."""
        return help_page()

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which one was probably meant."""
        name = args[0]
        if ctx.resilient_parsing or name[:1] == "-":
            return super().resolve_command(ctx, args)
        command = self.get_command(ctx, name)
        if command is None:
            raise click.UsageError(
                f"no command {name!r}; {_hint(name, self.list_commands(ctx))}", ctx
            )
        return name, command, args[1:]


def _hint(name: str, known: list[str]) -> str:
    published = import_module("portcall.plugins.published").PUBLISHED.get("portcall.commands", {})
    if name in published:
        return f"try: pip install {published[name]}"
    return did_you_mean(name, known, f"there are {', '.join(known)}.")


@click.group(
    NAME,
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": WIDEST},
)
@click.option("--debug", is_flag=True, help=OPTIONS["--debug"])
@click.option(
    "--plugin",
    "plugins",
    multiple=True,
    type=click.Path(),
    envvar="PORTCALL_PLUGINS",
    help=OPTIONS["--plugin PATH"],
)
@click.option(
    "--project",
    metavar="PATH",
    envvar="PORTCALL_PROJECT",
    help=OPTIONS["--project PATH"],
)
@click.option(
    "--no-project", is_flag=True, envvar="PORTCALL_NO_PROJECT", help=OPTIONS["--no-project"]
)
@click.version_option(__version__, prog_name=NAME, message="%(prog)s %(version)s")
@click.pass_context
def root(
    ctx: click.Context,
    *,
    debug: bool,
    plugins: tuple[str, ...],
    project: str | None,
    no_project: bool,
) -> None:
    """Deliver events to other companies' HTTP APIs; every destination is a plugin."""
    state: State = ctx.obj
    state.debug, state.plugins = debug, plugins
    is_named = ctx.get_parameter_source("project") is ParameterSource.COMMANDLINE
    is_off = ctx.get_parameter_source("no_project") is ParameterSource.COMMANDLINE
    if is_named and is_off:
        raise click.UsageError("give one of --project and --no-project")
    state.project_named, state.no_project = project or "", no_project and not is_named


def run(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; no exception comes out."""
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
    finally:
        state.unset_variables()
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
