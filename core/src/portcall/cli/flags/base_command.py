"""What all commands have in common: how they parse, their arguments, and ``--json``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from portcall.cli.flags.project_defaults import OF_PROJECT, ProjectDefaults
from portcall.cli.flags.tab_completion import (
    complete_action,
    complete_name,
    complete_slug,
    complete_target,
)
from portcall.cli.state import State

_Function = Callable[..., Any]


class Command(click.Command):
    """A command that takes ``--debug`` too, and never repeats what it was given by mistake.

    It also takes ``--project`` and ``--no-project``, and what a project file says in place of options.
    """

    # A word too many may be half of a secret with a space in it: click would print it.
    allow_extra_args = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        about = "On an error, show the traceback, without secrets."
        debug = click.Option(
            ["--debug"], is_flag=True, expose_value=False, callback=_debug, help=about
        )
        self.params += [debug, *_project_options()]

    def make_parser(self, ctx: click.Context) -> Any:
        """Take ``--no-NAME`` for each switch that a project file may have turned on."""
        parser = super().make_parser(ctx)
        if self.name in OF_PROJECT:
            for option in self.params:
                if isinstance(option, click.Option) and option.is_bool_flag and option.expose_value:
                    names = [f"--no-{each[2:]}" for each in option.opts if each.startswith("--")]
                    parser.add_option(option, names, option.name, "store_const", const=False)
        return parser

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse, and refuse words that no argument takes."""
        if not ctx.resilient_parsing and isinstance(ctx.obj, State):
            ctx.default_map = ProjectDefaults(self, ctx)
        rest = super().parse_args(ctx, args)
        if ctx.args and not ctx.resilient_parsing:
            count = len(ctx.args)
            raise click.UsageError(
                f"{count} argument{'s' if count > 1 else ''} too many; put a value with spaces "
                "into quotes",
                ctx,
            )
        return rest


def slug_argument(function: _Function) -> _Function:
    """Take SLUG, completed from what is installed."""
    return click.argument("slug", shell_complete=complete_slug)(function)


def target_argument(function: _Function) -> _Function:
    """Take SLUG or the name of a connection, completed from both."""
    return click.argument("slug", shell_complete=complete_target)(function)


def name_argument(function: _Function) -> _Function:
    """Take the name of a stored connection."""
    return click.argument("name", shell_complete=complete_name)(function)


def action_argument(function: _Function) -> _Function:
    """Take ACTION, completed from what the destination can do."""
    return click.argument("action", shell_complete=complete_action)(function)


def json_option(function: _Function) -> _Function:
    """Take ``--json``."""
    about = "Print the result as JSON, and an error as JSON to standard error."
    return click.option(
        "--json", "as_json", is_flag=True, callback=_json, is_eager=True, help=about
    )(function)


def _json(ctx: click.Context, _: click.Parameter, value: bool) -> bool:  # click's signature
    """Have errors printed as JSON too, those of the options that follow included."""
    if value and ctx.obj is not None:
        ctx.obj.as_json = True
    return value


def _project_options() -> list[click.Option]:
    """Return the options of `portcall.cli.app.root` that may also stand behind the command's name."""
    return [
        click.Option(
            ["--project"],
            metavar="PATH",
            hidden=True,
            is_eager=True,
            expose_value=False,
            callback=_project,
        ),
        click.Option(
            ["--no-project"],
            is_flag=True,
            hidden=True,
            is_eager=True,
            expose_value=False,
            callback=_no_project,
        ),
    ]


def _project(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    if value and isinstance(ctx.obj, State):
        ctx.obj.project_named, ctx.obj.no_project = value, False


def _no_project(ctx: click.Context, _: click.Parameter, value: object) -> None:
    if value and isinstance(ctx.obj, State):
        ctx.obj.no_project = True


def _debug(ctx: click.Context, _: click.Parameter, value: object) -> None:
    if value:
        ctx.obj.debug = True
