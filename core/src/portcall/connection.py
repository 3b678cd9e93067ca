"""One customer's account at one destination: what a program does with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from pluggy import HookRelay

from portcall.exchange import Exchange
from portcall.exchange.credential_calls import CredentialCalls
from portcall.model.auth import Auth, Authorization
from portcall.model.http_request import Request
from portcall.model.opaque import EMPTY
from portcall.redaction.text import Redactor
from portcall.requests.client import Client
from portcall.secret import Text

if TYPE_CHECKING:
    from portcall.actions.action import Action
    from portcall.actions.choices import Choices
    from portcall.delivery.channel import Channel
    from portcall.delivery.delivery import Delivery
    from portcall.delivery.journal import Journal
    from portcall.delivery.retry import Retry
    from portcall.destination import Destination


class Connection:
    """One customer's account at one destination, ready to send.

    Made by `Destination.connect`; safe to use from any number of threads.

    Args:
        destination: Where the account is.
        exchange: Sends its requests.
    """

    __slots__ = ("_exchange", "destination")

    def __init__(self, destination: Destination, exchange: Exchange) -> None:
        self.destination: Final = destination
        self._exchange: Final = exchange

    @property
    def settings(self) -> Any:
        """What the customer filled in, validated."""
        return self._exchange.settings

    @property
    def auth(self) -> Auth:
        """The current credentials; a renewal replaces them whole."""
        return self._exchange.refresher.auth

    @property
    def client(self) -> Client:
        """Sends requests as this connection."""
        return Client(self._exchange.send)

    def redactor(self) -> Redactor:
        """Return what takes this connection's secrets out of any text."""
        return self._exchange.redactor()

    def __repr__(self) -> str:
        return f"<Connection {self._exchange.name}>"

    def test(self) -> str | None:
        """Ask the destination whose credentials these are.

        Returns:
            The identity in the destination's words, or None if it has none.

        Raises:
            AuthenticationError: The credentials were refused.
            ResponseError: There is nothing at the URL; names the settings that lead there.
            PortcallError: Whatever else `Client` raises.
        """
        return self._exchange.test()

    def perform(
        self,
        action: Action,
        event: Mapping[str, Any],
        *,
        mapping: object = None,
        subscribe: str | None = None,
        preset: str | None = None,
        saved: Any = None,
        sync_mode: str | None = None,
        retry: Retry | None = None,
    ) -> object:
        """Deliver one event now, with *action* alone; an error says what kept it from being delivered.

        It is what `deliver` does with one event, down to the idempotency key, but for batches, which
        `perform` never makes.

        Args:
            action: One of the destination's.
            event: A JSON object.
            mapping: As in `deliver`.
            subscribe: As in `deliver`.
            preset: As in `deliver`.
            saved: As in `deliver`.
            sync_mode: As in `deliver`.
            retry: How long and how often it is tried; once if None.

        Returns:
            What the action returned.

        Raises:
            SettingsError, MappingError: The payload made of the event is not what the action takes, or an
                argument is not one that `deliver` would take.
            NotDeliveredError: The event is not a JSON object, the subscription does not want it, or the
                action itself says that the event was not delivered; ``kind`` says which outcome that is.
            HookError: As in `deliver`.
            PortcallError: Whatever `Client` raises.
        """
        from portcall.delivery.performing import perform  # noqa: PLC0415
        from portcall.delivery.plan import Plan  # noqa: PLC0415
        from portcall.delivery.retry import Retry  # noqa: PLC0415

        with self.destination.naming("actions"):
            plan = Plan.of(
                action,
                mapping=mapping,
                subscribe=subscribe,
                preset=preset,
                saved=saved,
                sync_mode=sync_mode,
                retry=retry or Retry(attempts=1),
                batched=False,
            )
        return self._exchange.guard(perform, plan, self.channel(), event)

    def deliver(
        self,
        action: Action,
        events: Iterable[Mapping[str, Any]],
        *,
        mapping: object = None,
        subscribe: str | None = None,
        preset: str | None = None,
        workers: int | None = 1,
        saved: Any = None,
        sync_mode: str | None = None,
        retry: Retry | None = None,
        journal: Journal | None = None,
    ) -> Delivery:
        """Deliver events: filter, map, check, group, send, and send again what may be sent again.

        Args:
            action: One of the destination's.
            events: JSON objects; read one by one while the outcomes are, so that there may be any
                number of them.
            mapping: From field names to values, in place of the fields' own defaults: JSON with
                directives. Beside a preset it is laid over the preset's mapping, field by field.
            subscribe: Which events, in FQL; the preset's or the action's own filter if None, every event
                if empty.
            preset: The name of one of the action's presets to start from.
            workers: How many events, or batches, are under way at once; None for as many as the latency
                of the first answers is worth, up to 32.
            saved: What the action's ``on_save`` returned for this mapping.
            sync_mode: One of the action's; its first if None.
            retry: How long and how often one event, or one batch, is tried.
            journal: Hears what is about to be sent, and what became of it.

        Returns:
            An iterator over one outcome for each event, in their order; its `stop` ends it in good order.

        Raises:
            MappingError: The mapping is invalid.
            SubscriptionError: The subscription does not parse.
            SettingsError: The action has no such sync mode or preset, or there are too many workers.
            HookError: A filter, a default mapping or a preset of the plugin cannot be used.
        """
        from portcall.delivery.engine import deliver  # noqa: PLC0415  # most programs never deliver
        from portcall.delivery.plan import Plan  # noqa: PLC0415  # most programs never deliver

        with self.destination.naming("actions"):
            plan = Plan.of(
                action,
                mapping=mapping,
                subscribe=subscribe,
                preset=preset,
                workers=workers,
                saved=saved,
                sync_mode=sync_mode,
                retry=retry,
            )
        return deliver(plan, self.channel(), events, journal)

    def choices(
        self,
        action: Action,
        field: str,
        query: str = "",
        page: str | None = None,
        *,
        payload: Mapping[str, Any] = EMPTY,
    ) -> Choices:
        """List the values that the destination offers for a field with ``choices=dynamic``.

        Args:
            action: One of the destination's.
            field: The field's name.
            query: What the value or its label must hold.
            page: ``next_page`` of the page before; None for the first.
            payload: What is filled in so far, by field name.

        Raises:
            SettingsError: The action lists no values for this field.
            PortcallError: Whatever `Client` raises.
        """
        from portcall.delivery.asking import list_choices  # noqa: PLC0415

        given = {**self._own(), "payload": payload}
        return self._exchange.guard(
            partial(list_choices, query=query, page=page), action, field, given
        )

    def ask(self, action: Action, what: str, **given: Any) -> Any:
        """Ask something of an action that is no delivery.

        Args:
            action: One of the destination's.
            what: ``on_save`` (with ``payload``), ``create_audience`` (``name``) or ``get_audience``
                (``audience_id``).
            given: What it asks for, by name.

        Returns:
            What its author's function returns.

        Raises:
            SettingsError: The action has nothing of that name, or cannot use what it is given.
            PortcallError: Whatever `Client` raises.
        """
        from portcall.delivery.asking import ask  # noqa: PLC0415

        return self._exchange.guard(ask, action, what, given, self._own())

    def begin_authorization(self, redirect_url: str) -> Authorization:
        """Start an authorization: say which page to send a person to.

        Args:
            redirect_url: Where the destination sends the person back to; registered there.

        Returns:
            The page, and a small serialisable ``pending`` to keep until they are back.

        Raises:
            SettingsError: This destination needs no authorization by a person.
        """
        return CredentialCalls(self._exchange).begin_authorization(redirect_url)

    def finish_authorization(self, pending: Mapping[str, Text], redirected_url: str) -> Auth:
        """Turn what came back from the person's browser into this connection's credentials.

        Args:
            pending: From `begin_authorization`, maybe in another process.
            redirected_url: The URL the browser was sent back to, whole.

        Returns:
            The credentials; they are kept, and `client` uses them from now on.

        Raises:
            AuthenticationError: The person or the destination declined, or the answer is not ours.
            SettingsError: This destination needs no authorization by a person.
        """
        return CredentialCalls(self._exchange).finish_authorization(pending, redirected_url)

    def authorize(self, grant: Callable[[Client, Any, Auth, HookRelay], Auth]) -> Auth:
        """Let *grant* replace this connection's credentials, where no redirect is needed.

        Args:
            grant: Takes a client without credentials, the settings, the current credentials with the
                host's own client id and secret, and the hooks; gives the new ones. Schemes bring some.

        Returns:
            The credentials; they are kept, and `client` uses them from now on.

        Raises:
            AuthenticationError: The person or the destination declined.
        """
        return CredentialCalls(self._exchange).authorize(grant)

    def preview(self, request: Request, payload: Any = None) -> Request:
        """Compose and sign *request* as it would go out now, and send nothing."""
        return self._exchange.preview(request, payload)

    def _own(self) -> dict[str, Any]:
        return {"client": self.client, "settings": self.settings, "auth": self.auth}

    def channel(self) -> Channel:
        """Return what the delivery engine needs of this connection, for a plan that was made before."""
        from portcall.delivery.channel import Channel  # noqa: PLC0415

        own, refresher = self._exchange, self._exchange.refresher
        info = self.destination.info
        return Channel(
            send=own.send,
            renew=own.renew,
            settings=own.settings,
            auth=partial(getattr, refresher, "auth"),
            redactor=own.redactor,
            serves=own.serves,
            check=own.check,
            plugin=lambda: f"plugin {info.slug!r} ({info.source})",
        )
