"""From the name of an action, as it was typed, to the action."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from portcall.cli.flags.did_you_mean import did_you_mean
from portcall.cli.terminal.output import quiet
from portcall.destination import Destination

if TYPE_CHECKING:
    from portcall.actions.action import Action


def find_action(destination: Destination, name: str) -> Action:
    """Return one action of a destination.

    Raises:
        UsageError: It has none of that name; says what is near.
    """
    with quiet():
        actions = destination.actions
    if name in actions:
        chosen: Action = actions[name]
        return chosen
    hint = did_you_mean(name, actions, f"it has {', '.join(actions) or 'none'}")
    raise click.UsageError(f"{destination.slug} has no action {name!r}; {hint}")
