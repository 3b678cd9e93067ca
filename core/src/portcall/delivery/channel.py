"""What delivery needs of a connection, and no more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from portcall.errors import speaks_for_itself
from portcall.model.auth import Auth
from portcall.model.http_request import Request
from portcall.model.http_response import Response
from portcall.raised import text_of
from portcall.redaction.exceptions import forget_frames, redact_exception
from portcall.redaction.text import Redactor

_LONGEST_REASON = 1000


@attrs.define(eq=False)
class Channel:
    """One connection, as delivery sees it.

    Args:
        send: Sends a request of an action, given its payload.
        renew: Has fresh credentials made for those that were refused; false if there are none.
        settings: What the customer filled in.
        auth: Gives the current credentials.
        redactor: Makes what takes the connection's secrets out of a text.
        serves: Returns whether a request was served with the current credentials.
        check: Asks the destination whose credentials these are; returns what ``serves`` does then, or with
            ``last=True`` whether credentials of the connection have ever served a request.
        plugin: Returns the name and version of the destination's plugin, for messages.
        keeps_exchanges: Outcomes of events that were not delivered have their last request and its answer.
    """

    send: Callable[[Request, bool, Any], Response]
    renew: Callable[[Request, Response, Auth], bool]
    settings: Any
    auth: Callable[[], Auth]
    redactor: Callable[[], Redactor]
    serves: Callable[[], bool]
    check: Callable[..., bool]
    plugin: Callable[[], str]
    keeps_exchanges: bool = False
    _known: tuple[Auth, Redactor] | None = attrs.field(default=None, init=False)

    def reason(self, exc: BaseException) -> str:
        """Return the text of an exception without secrets, in one line, and not too long."""
        text = text_of(exc)
        if not speaks_for_itself(exc):
            text = f"{type(exc).__name__}: {text}" if text else type(exc).__name__
        return " ".join(self._redact(text).split())[:_LONGEST_REASON]

    def clean(self, text: str) -> str:
        """Take secrets out of a text."""
        return self._redact(text)[:_LONGEST_REASON] if text else text

    def clean_exception(self, exc: BaseException) -> None:
        """Take secrets out of an exception that leaves the delivery, in place."""
        redact_exception(exc, self.redactor())
        forget_frames(exc)

    def _redact(self, text: str) -> str:
        # Finding out what to look for costs more than looking; it is the same until a renewal.
        auth, known = self.auth(), self._known
        if known is None or known[0] is not auth:
            known = self._known = (auth, self.redactor())
        return known[1](text)
