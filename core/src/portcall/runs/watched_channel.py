"""What keeps every event from being delivered, whichever it is."""

from __future__ import annotations

from threading import Lock
from time import monotonic
from typing import Any, Final

import attrs

from portcall.delivery import Channel
from portcall.errors import (
    AuthenticationError,
    PolicyError,
    RefreshError,
    RefusedAddressError,
    ResponseError,
    Sent,
    ThrottledError,
    TransportError,
)
from portcall.model import Request, Response
from portcall.runs.stop_signal import BROKEN, NETWORK, StopSignal

MOST_MISSES: Final = 3


def watched(channel: Channel, stop: StopSignal, patience_s: float) -> Channel:
    """Return a channel that ends the run when no event could get anywhere.

    That is so where, from the first request on, the destination is at a place that an operator has to allow,
    and where it has been out of reach for some time.

    Args:
        channel: Of the connection.
        stop: Of the run.
        patience_s: For how long it may be out of reach.
    """
    return attrs.evolve(channel, send=Watched(channel, stop, patience_s).send)


class Watched:
    """Sends, and looks at what is raised.

    Args:
        channel: Sends.
        stop: Of the run.
        patience_s: For how long the destination may be out of reach.
    """

    def __init__(self, channel: Channel, stop: StopSignal, patience_s: float) -> None:
        self._channel: Final = channel
        self._stop: Final = stop
        self._patience_s: Final = patience_s
        self._lock: Final = Lock()
        self._has_answered = False
        self._misses = 0
        self._since = 0.0

    def send(self, request: Request, raise_for_status: bool, payload: Any) -> Response:
        """Send a request; raises what the channel does, or that nothing was sent."""
        try:
            response = self._channel.send(request, raise_for_status, payload)
        except (PolicyError, RefusedAddressError) as exc:
            if isinstance(exc, PolicyError) and not exc.may_be_allowed:
                raise  # of a URL that was made of this event, say
            # No event is to blame: each is to be sent when that is allowed.
            failure = TransportError(str(exc), Sent.NO)
            if self._has_answered:
                self._miss(failure)
            else:
                self._stop.end(BROKEN, error=exc)
            raise failure from exc
        except TransportError as exc:
            self._miss(exc)
            raise
        except RefreshError:  # nobody came to ask for that event
            raise
        except (ResponseError, AuthenticationError) as exc:
            self._hear(self._channel.reason(exc) if isinstance(exc, ThrottledError) else "")
            raise
        self._hear("")
        return response

    def _hear(self, trouble: str) -> None:
        """Somebody has answered."""
        self._has_answered, self._misses, self._stop.trouble = True, 0, trouble

    def _miss(self, exc: TransportError) -> None:
        self._stop.trouble = self._channel.reason(exc)
        if exc.sent is not Sent.NO:
            self._misses = 0
            return
        with self._lock:
            now = monotonic()
            self._since = self._since if self._misses else now
            self._misses += 1
            is_long = now - self._since >= self._patience_s
        if self._misses >= MOST_MISSES and is_long:
            self._stop.end(NETWORK, self._stop.trouble)
