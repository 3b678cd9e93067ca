"""``portcall describe``: what a destination asks for, where it talks and what it can do."""

from __future__ import annotations

from pathlib import Path

import click

from portcall.cli.flags.base_command import Command, json_option, target_argument
from portcall.cli.flags.tab_completion import complete_action
from portcall.cli.state import State


@click.command("describe", cls=Command)
@target_argument
@click.argument("action", required=False, shell_complete=complete_action)
@click.option("--markdown", "as_markdown", is_flag=True, help="Print it in the form of a README.")
@click.option(
    "--into",
    metavar="README",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="With --markdown: write it into a README, between the marks that `portcall new` puts there.",
)
@json_option
@click.pass_obj
def command(
    state: State,
    slug: str,
    action: str | None,
    *,
    as_markdown: bool,
    into: Path | None,
    as_json: bool,
) -> None:
    """Show scheme, fields, hosts and actions of SLUG: a destination, or the name of a connection.

    With ACTION, show that action alone, and all of it.
    """
    if into is not None and not as_markdown:
        raise click.UsageError("--into takes what --markdown makes: give both")
    from portcall.cli.destinations.described import show_described  # noqa: PLC0415  # not for --help

    show_described(state, slug, action, as_markdown=as_markdown, into=into, as_json=as_json)
