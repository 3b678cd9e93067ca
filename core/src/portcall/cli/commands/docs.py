"""``portcall docs``: the documentation, in a browser or as a URL."""

from __future__ import annotations

import sys
import webbrowser
from contextlib import suppress

import click
from click.shell_completion import CompletionItem

from portcall.cli.documentation.places import place_of
from portcall.cli.documentation.topics import PAGES, START, topics
from portcall.cli.flags.base_command import Command
from portcall.cli.flags.did_you_mean import did_you_mean
from portcall.cli.state import State
from portcall.cli.terminal.output import write
from portcall.cli.terminal.tables import table
from portcall.errors import SettingsError


def _complete(_: click.Context, __: click.Parameter, word: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in sorted(topics()) if name.startswith(word)]


@click.command("docs", cls=Command)
@click.argument("topic", required=False, default=START, shell_complete=_complete)
@click.option("--print", "only_print", is_flag=True, help="Print its address; open nothing.")
@click.option("--list", "lists", is_flag=True, help="List the pages.")
@click.pass_obj
def command(_: State, topic: str, *, only_print: bool, lists: bool) -> None:
    """Open the documentation in a browser, and print its address.

    TOPIC is a page, a command or a destination: recipes, send, segment. Without a terminal nothing is opened.
    """
    if lists:
        for line in table(list(PAGES.items()), ("page", "about")):
            write(line)
        return
    known = topics()
    if topic not in known:
        hint = did_you_mean(topic, known, "portcall docs --list lists the pages")
        raise click.UsageError(f"there is no page about {topic[:60]!r}; {hint}")
    place = place_of(known[topic])
    if not place:
        raise SettingsError(
            "this portcall was installed from a package that names no documentation; each command "
            "explains itself: portcall COMMAND --help"
        )
    write(place)
    if not only_print and sys.stdout.isatty() and "://" in place:
        with suppress(Exception):  # the URL is on the screen, too
            webbrowser.open(place)
