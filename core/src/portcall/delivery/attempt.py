"""One call of an action's function: what it sent, and what that means if it fails."""

from __future__ import annotations

from typing import Any

from portcall.delivery.channel import Channel
from portcall.errors import Sent, TransportError
from portcall.model import Auth, Request, Response


class Attempt:
    """Passes the requests of one call on and remembers what cannot be taken back.

    Args:
        channel: The connection.
        payload: What layers see as the payload.
        repeatable: Whatever the action sends may be sent twice.
    """

    __slots__ = (
        "_channel",
        "_payload",
        "answered",
        "applied",
        "auth",
        "maybe",
        "repeatable",
        "returned",
    )

    def __init__(self, channel: Channel, payload: Any, *, repeatable: bool) -> None:
        self._channel = channel
        self._payload = payload
        self.repeatable = repeatable
        self.auth: Auth = channel.auth()
        self.applied = False
        self.maybe = False
        self.returned: object = None
        self.answered: tuple[Request, Response] | None = None

    def send(self, request: Request, raise_for_status: bool) -> Response:
        """Send one request of the action."""
        if self.repeatable and not request.idempotent:
            request = request.replace(idempotent=True)
        try:
            response = self._channel.send(request, raise_for_status, self._payload)
        except TransportError as exc:
            self.maybe |= exc.sent is Sent.MAYBE and not request.idempotent
            raise
        self.answered = request, response
        if response.status < 300 and not request.idempotent:
            self.applied = True
        return response

    @property
    def final(self) -> bool:
        """Calling the function again might apply something twice."""
        return self.applied or self.maybe

    def renew(self) -> bool:
        """Have fresh credentials made, after an answer that refused them for some items."""
        return self.answered is not None and self._channel.renew(*self.answered, self.auth)
