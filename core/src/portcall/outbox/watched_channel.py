"""What one claim shows of its connection: whether requests are served, and when they may be again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import attrs

from portcall.delivery.channel import Channel
from portcall.delivery.dispatcher import STOPPED
from portcall.errors import (
    AuthenticationError,
    PolicyError,
    RefreshError,
    RefusedAddressError,
    ResponseError,
    Sent,
    ThrottledError,
    TransportError,
    UnavailableError,
)
from portcall.model.http_request import Request
from portcall.model.http_response import Response


class Watch:
    """Watches the requests of one claim, and ends it at the first one that the destination cannot serve.

    Args:
        channel: Of the connection.
        stop: Ends the delivery in good order.

    Attributes:
        has_answered: A request was answered by anything but "not now".
        trouble: Why the destination serves nothing for now, redacted; empty while it does.
        retry_at: When it wants to be asked again, if it has said so.
        blocked: Why nothing may go out to it before an operator has changed something; empty if it may.
    """

    def __init__(self, channel: Channel, stop: Callable[[], object]) -> None:
        self._channel: Final = channel
        self._stop: Final = stop
        self.has_answered = False
        self.trouble = ""
        self.retry_at: datetime | None = None
        self.blocked = ""

    def channel(self) -> Channel:
        """Return the channel that is watched."""
        return attrs.evolve(self._channel, send=self.send, keeps_exchanges=True)

    def send(self, request: Request, raise_for_status: bool, payload: Any) -> Response:
        """Send a request; raises what the channel does, or that nothing was sent."""
        if self.trouble or self.blocked:
            raise TransportError(STOPPED, Sent.NO)
        try:
            response = self._channel.send(request, raise_for_status, payload)
        except (PolicyError, RefusedAddressError) as exc:
            if isinstance(exc, PolicyError) and not exc.may_be_allowed:
                raise  # of a URL that was made of this event, say
            self.blocked = self._channel.reason(exc)
            self._stop()
            raise TransportError(str(exc), Sent.NO) from exc
        except (TransportError, RefreshError, ThrottledError, UnavailableError) as exc:
            self._fail(exc, getattr(exc, "retry_at", None))
            raise
        except (ResponseError, AuthenticationError):
            self.has_answered = True
            raise
        self.has_answered = True
        return response

    def _fail(self, exc: Exception, retry_at: datetime | None) -> None:
        self.trouble = self._channel.reason(exc)
        self.retry_at = retry_at or self.retry_at
        self._stop()
