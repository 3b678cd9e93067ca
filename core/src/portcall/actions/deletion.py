"""Forgetting a person, wherever a destination can."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import attrs

from portcall.actions.action import Action
from portcall.actions.decorator import action
from portcall.actions.mapping.authoring import path
from portcall.fields import field

if TYPE_CHECKING:
    from portcall.actions.action_signatures import DeletionFunction


@attrs.frozen
class Deletion:
    """Who is to be forgotten; one of the two ids is needed."""

    user_id: str | None = field(
        label="User ID", default=path("$.userId"), required={"anonymous_id": None}
    )
    anonymous_id: str | None = field(label="Anonymous ID", default=path("$.anonymousId"))


def on_delete(function: DeletionFunction) -> Action[Deletion]:
    """Make a function the action that forgets a person.

    It takes what any action takes, its payload a `Deletion`, and is idempotent: forgetting a
    person twice does no harm.

    Example::

        @on_delete
        def forget(client: Client, payload: Deletion) -> None:
            \"\"\"Forget a person.\"\"\"
            client.delete("/people/{id}", path={"id": payload.user_id or ""})
    """
    make: Any = action(title="Delete a person", subscribe='type = "delete"', idempotent=True)
    return cast("Action[Deletion]", make(function))
