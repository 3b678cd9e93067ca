"""What events of a lane are delivered with: written as JSON when they are put, a plan when they are sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Protocol

from portcall.actions.near_names import match, near, shortened
from portcall.delivery.retry import Retry
from portcall.errors import MappingError, SettingsError

if TYPE_CHECKING:
    from portcall.actions.action import Action
    from portcall.connection import Connection
    from portcall.delivery.plan import Plan
    from portcall.store.connections import Connections

_ONCE: Final = Retry(timeout_s=0.0, attempts=1, base_s=0.0)
"""One attempt: when the next one is due stands in the outbox, and no worker waits for it."""


class Opener(Protocol):
    """Opens stored connections: a `portcall.Host`."""

    @property
    def connections(self) -> Connections:
        """The stored connections."""

    def open(self, name: str) -> Connection:
        """Open one."""


def write_plan(given: Mapping[str, object]) -> str:
    """Write what a plan is made of as JSON, the same text for the same plan.

    Args:
        given: Arguments of `Plan.of` by name; those that are None are left out.

    Raises:
        MappingError: Something in it is not JSON.
    """
    wanted = {name: value for name, value in given.items() if value is not None}
    try:
        return json.dumps(wanted, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as exc:
        reason = str(exc)
    raise MappingError(
        f"the outbox keeps mappings as JSON, and this one has no such form: {reason}"
    )


def find_action(connection: Connection, name: str) -> Action:
    """Return an action of a connection's destination.

    Raises:
        SettingsError: There is none of that name; says what is near.
        HookError: The destination's actions cannot be used.
    """
    with connection.destination.naming("actions"):
        actions: Mapping[str, Action] = connection.destination.actions
    found = match(name, actions)
    if found is None:
        hint = near(name, list(actions))
        slug = connection.destination.slug
        raise SettingsError(f"{slug} has no action {shortened(name)}; {hint}")
    return actions[found]


def read_plan(connection: Connection, action: str, written: str, workers: int | None = 1) -> Plan:
    """Make the plan of a lane.

    Args:
        connection: Where its events go.
        action: The name of the action.
        written: From `write_plan`.
        workers: As in `Plan`.

    Raises:
        SettingsError, MappingError, SubscriptionError: It cannot work.
        HookError: What the action declares cannot work.
    """
    from portcall.delivery.plan import Plan  # noqa: PLC0415  # not to look at an outbox

    given: dict[str, Any] = json.loads(written)
    found = find_action(connection, action)
    with connection.destination.naming("actions"):
        return Plan.of(found, workers=workers, retry=_ONCE, regroups=True, **given)
