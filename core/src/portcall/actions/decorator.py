"""The decorator that makes a function an action."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

import attrs

from portcall.actions.action import Action
from portcall.actions.callee import Callee
from portcall.actions.presets import Preset
from portcall.errors import HookError

if TYPE_CHECKING:
    from portcall.actions.action_signatures import ActionDecorator

ARGUMENTS: Final = frozenset(
    {
        "client", "payload", "settings", "auth", "event", "saved", "sync_mode", "membership",
        "idempotency_key",
    }
)  # fmt: skip


def action(
    *,
    title: str,
    subscribe: str = "",
    idempotent: bool = False,
    presets: Sequence[Preset] = (),
    sync_modes: Sequence[str] = (),
    full_sync: bool = False,
) -> ActionDecorator:
    """Make a function one of a destination's actions.

    The function asks for what it uses by name: ``client``, ``payload``, ``settings``, ``auth``,
    ``event``, ``saved`` (what `Action.on_save` returned), ``sync_mode``, ``membership`` (true to add to an
    audience, false to remove), ``idempotency_key`` (the same whenever this event is sent; asking for it
    says that the request carries it). The annotation of ``payload`` is an attrs class: it is the
    payload's schema.

    The function may return an `Outcome`; anything else means that the event was delivered: nothing, or what
    `Connection.perform` then returns: a `Response`, a JSON object or a text, such as the id of what was made.

    Args:
        title: For people: ``"Post a message"``.
        subscribe: The filter that a subscription starts with, in FQL: ``'type = "track"'``.
        idempotent: Doing it twice does no harm, so that it is done again where it was maybe done.
        presets: Subscriptions to start from.
        sync_modes: What can be done with a record, the usual one first.
        full_sync: Of an audience, every sync holds all members, not only what changed.

    Raises:
        HookError: The function asks for something else, or its payload is not an attrs class.

    Example::

        @action(title="Post a message", subscribe='type = "track"')
        def post_message(client: Client, payload: Message) -> None:
            client.post("/messages", json={"text": payload.text})
    """

    def make(function: Callable[..., object]) -> Action[Any]:
        name = function.__name__
        callee = Callee.of(function, ARGUMENTS, f"action {name!r}")
        payload_class = callee.annotation("payload", f"action {name!r}")
        if payload_class is None or not attrs.has(payload_class):
            raise HookError(f"action {name!r} needs a 'payload' annotated with an attrs class")
        about = (inspect.getdoc(function) or "").partition("\n\n")[0]
        return Action(
            name,
            title,
            about,
            subscribe,
            payload_class,
            callee,
            idempotent=idempotent,
            presets=tuple(presets),
            sync_modes=tuple(sync_modes),
            full_sync=full_sync,
        )

    return cast("ActionDecorator", make)
