"""What keeps every event from being delivered, whichever it is."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import Any, Final

import attrs

from portcall.cli.running.ending import BROKEN, NETWORK, Ending
from portcall.delivery import Link
from portcall.errors import (
    PolicyError,
    RefusedAddressError,
    Sent,
    ThrottledError,
    TransportError,
)
from portcall.model import Request, Response


def watched(link: Link, ending: Ending, patience_s: float) -> Link:
    """Give a link that ends the run when no event could get anywhere.

    That is so where a request is refused before it is sent, which is for the operator to allow, and where
    the destination has been out of reach for some time.

    Args:
        link: Of the connection.
        ending: Of the run.
        patience_s: For how long it may be out of reach.
    """
    return attrs.evolve(link, send=Watched(link, ending, patience_s).send)


class Watched:
    """Sends, and looks at what is raised.

    Args:
        link: Sends.
        ending: Of the run.
        patience_s: For how long the destination may be out of reach.
        now: Seconds that only go forward.
    """

    def __init__(
        self,
        link: Link,
        ending: Ending,
        patience_s: float,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._link: Final = link
        self._ending: Final = ending
        self._patience_s: Final = patience_s
        self._now: Final = now
        self._lock: Final = Lock()
        self._since: float | None = None

    def send(self, request: Request, raise_for_status: bool, payload: Any) -> Response:
        """Send a request; raises what the link does, or that nothing was sent."""
        try:
            response = self._link.send(request, raise_for_status, payload)
        except (PolicyError, RefusedAddressError) as exc:
            self._ending.end(BROKEN, error=exc)
            # No event is to blame: each is to be sent when that is allowed.
            raise TransportError(str(exc), Sent.NO) from exc
        except (TransportError, ThrottledError) as exc:
            self._ending.trouble = self._link.reason(exc)
            self._look(exc)
            raise
        except BaseException:
            self._since = None
            raise
        self._since, self._ending.trouble = None, ""
        return response

    def _look(self, exc: TransportError | ThrottledError) -> None:
        """See for how long nothing has got there."""
        if not (isinstance(exc, TransportError) and exc.sent is Sent.NO):
            self._since = None
            return
        with self._lock:
            now = self._now()
            since = self._since = now if self._since is None else self._since
        if now - since >= self._patience_s:
            self._ending.end(NETWORK, self._ending.trouble)
