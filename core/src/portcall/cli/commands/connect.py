"""``portcall connect``: authorize an account, check it, and keep it under a name."""

from __future__ import annotations

from typing import Final

import click

from portcall.cli.flags.base_command import Command, json_option, target_argument
from portcall.cli.flags.connection_flags import Options, filling
from portcall.cli.state import State

HIGHEST_PORT: Final = 65_535
LONGEST_WAIT_S: Final = 3_600.0


@click.command("connect", cls=Command)
@target_argument
@click.option("--name", metavar="NAME", help="Name of the connection (SLUG).")
@click.option("--replace", is_flag=True, help="Authorize the connection NAME again.")
@click.option(
    "--no-browser",
    is_flag=True,
    help="Show the page's URL, and read the address that the browser ends at.",
)
@click.option(
    "--with-token", is_flag=True, help="Read a token, or the JSON of a token answer, from stdin."
)
@click.option("--device", is_flag=True, help="Sign in on another device with a code.")
@click.option(
    "--port",
    type=click.IntRange(1, HIGHEST_PORT),
    default=None,
    help="Port of the redirect URL http://127.0.0.1:PORT/callback (any that is free).",
)
@click.option(
    "--redirect-url",
    metavar="URL",
    default="",
    help="The whole redirect URL that is registered at the vendor.",
)
@click.option(
    "--wait",
    "wait_s",
    metavar="SECONDS",
    type=click.FloatRange(0, LONGEST_WAIT_S, min_open=True),
    default=300.0,
    help="How long to wait for the browser (300).",
)
@click.option("--no-test", is_flag=True, help="Do not ask the destination whose account it is.")
@filling
@json_option
@click.pass_obj
def command(
    state: State,
    slug: str,
    options: Options,
    *,
    name: str | None,
    replace: bool,
    no_test: bool,
    as_json: bool,
    port: int | None,
    no_browser: bool,
    with_token: bool,
    device: bool,
    redirect_url: str,
    wait_s: float,
) -> int:
    """Authorize an account at SLUG, check it, and keep it as the connection NAME.

    If the destination has a page for that, it opens in the browser. With --replace, settings that you do
    not give stay as they are.
    """
    from portcall.cli.authorizing.authorization_options import AuthorizationOptions  # noqa: PLC0415  # not for --help
    from portcall.cli.authorizing.connected_account import connect_account  # noqa: PLC0415
    from portcall.cli.terminal.output import write  # noqa: PLC0415

    def tell(text: str) -> None:
        click.echo(text, err=True) if as_json else write(text)

    asked = AuthorizationOptions(
        state=state,
        tell=tell,
        no_browser=no_browser,
        with_token=with_token,
        device=device,
        port=port or 0,
        redirect_url=redirect_url,
        wait_s=wait_s,
    )
    return connect_account(
        asked, slug, name, options, replace=replace, test=not no_test, as_json=as_json
    )
