"""A channel whose requests tell the circuit whether the destination serves."""

from __future__ import annotations

from typing import Any, Final

import attrs

from portcall.delivery import Channel
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
from portcall.model import Request, Response
from portcall.runs.circuit import Circuit
from portcall.runs.stop_signal import BROKEN, StopSignal


def watched(channel: Channel, circuit: Circuit, stop: StopSignal) -> Channel:
    """Return a channel that tells a circuit what becomes of requests.

    It ends the run where, from the first request on, the destination is at a place that an operator has to
    allow.

    Args:
        channel: Of the connection.
        circuit: Of the subscription.
        stop: Of the run.
    """
    return attrs.evolve(channel, send=_Watched(channel, circuit, stop).send)


class _Watched:
    def __init__(self, channel: Channel, circuit: Circuit, stop: StopSignal) -> None:
        self._channel: Final = channel
        self._circuit: Final = circuit
        self._stop: Final = stop

    def send(self, request: Request, raise_for_status: bool, payload: Any) -> Response:
        """Send a request; raises what the channel does, or that nothing was sent."""
        if self._stop and self._circuit.is_open:
            raise TransportError(STOPPED, Sent.NO)
        try:
            response = self._channel.send(request, raise_for_status, payload)
        except (PolicyError, RefusedAddressError) as exc:
            if isinstance(exc, PolicyError) and not exc.may_be_allowed:
                raise  # of a URL that was made of this event, say
            # No event is to blame: each is to be sent when that is allowed.
            failure = TransportError(str(exc), Sent.NO)
            if self._circuit.has_answered:
                self._circuit.failed(self._channel.reason(failure))
            else:
                self._stop.end(BROKEN, error=exc)
            raise failure from exc
        except TransportError as exc:
            self._circuit.failed(self._channel.reason(exc))
            raise
        except RefreshError:  # the destination was not asked for that event
            raise
        except UnavailableError as exc:
            self._circuit.answered()
            self._circuit.failed(self._channel.reason(exc), exc.retry_at)
            raise
        except (ResponseError, AuthenticationError) as exc:
            if isinstance(exc, ThrottledError):
                self._circuit.answered(self._channel.reason(exc), exc.retry_at)
            else:
                self._circuit.answered()
            raise
        self._circuit.answered()
        return response
