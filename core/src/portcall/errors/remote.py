"""Everything portcall raises, with what to do about it in the message.

PortcallError
├── PluginError                    a plugin is at fault
│   ├── UnknownPluginError         nothing installed answers to that name
│   ├── AmbiguousPluginError       two distributions claim one name
│   ├── PluginLoadError            import or registration failed
│   └── HookError                  a hook answered with the wrong type or value
├── SettingsError                  what the customer filled in cannot be used; ``problems``
├── RequestError                   a request cannot be built from what it was given; nothing was sent
├── PolicyError                    a request would leave the hosts its plugin declared; nothing was sent
├── AuthenticationError            the destination refused the credentials
│   ├── RefreshError               new credentials could not be had just now; ``retry_at``
│   ├── ReauthorizationError       a person has to authorize again, or correct ``fields``
│   └── SignInNotFoundError        credentials are not had at this URL: a setting is wrong
├── ResponseError                  an answer came and is not a success; ``response``
│   ├── ThrottledError             429 or a verdict that says so; ``retry_at``
│   └── UnavailableError           the destination cannot serve just now; ``not_applied``
├── TransportError                 no usable answer; ``sent``: what the destination may have seen; ``status``
│   ├── ConnectError               no connection; never sent
│   │   ├── RefusedAddressError    the name leads to an address that is not public
│   │   └── TLSError               no trusted TLS session
│   ├── DeadlineError              the time for this request is over
│   ├── DisconnectedError          the connection broke under the request
│   ├── TooLargeError              head, body or encoding above its cap
│   └── MalformedResponseError     not HTTP, or not what its own headers say
├── NotDeliveredError              a subscription or an action did not deliver an event; ``kind``
├── SubscriptionError              a filter does not parse; ``position``
└── MappingError                   a mapping is invalid or cannot be applied; ``problems``
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

import attrs

if TYPE_CHECKING:
    from portcall.model import Response


@attrs.frozen
class Problem:
    """One thing wrong with one input.

    Args:
        path: Where, as a dotted path or JSON pointer: ``"address.zip"``; empty for the whole.
        message: What is wrong and what to do, as a sentence; never a secret's value.
    """

    path: str
    message: str

    def __str__(self) -> str:
        return self.message


class Sent(Enum):
    """What the other side may have seen of a request that got no usable answer."""

    NO = "not sent"
    """Not one byte of the request left; sending again is always safe."""

    MAYBE = "maybe applied"
    """Bytes left; only an idempotent request may be sent again."""


class PortcallError(Exception):
    """Base of every error portcall raises on purpose; what comes out of a pickle has no ``response``."""

    def __reduce__(self) -> tuple[Any, ...]:
        # A response may hold credentials, and is nothing for another process.
        state = {name: None if name == "response" else v for name, v in vars(self).items()}
        return _remade, (type(self), self.args, state)


def _remade(kind: type[PortcallError], args: tuple[Any, ...], state: dict[str, Any]) -> Any:
    """Build what a pickled error comes back as."""
    made = kind.__new__(kind, *args)
    made.args = args
    vars(made).update(state)
    return made


class PluginError(PortcallError):
    """A plugin is missing, ambiguous or broken."""


class UnknownPluginError(PluginError):
    """No installed distribution offers this name."""


class AmbiguousPluginError(PluginError):
    """Two or more distributions offer the same name."""


class PluginLoadError(PluginError):
    """The plugin was found but could not be imported or registered."""


class HookError(PluginError):
    """A hook answered with something its hookspec does not allow."""


class _ProblemsError(PortcallError):
    """Carries every problem found, not only the first."""

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__("\n".join([message, *(f"  - {p.message}" for p in problems)]))
        self.problems = tuple(problems)


class SettingsError(_ProblemsError):
    """Settings cannot be used; ``problems`` lists every reason, each with the field's path."""


class RequestError(PortcallError):
    """A header, URL or body cannot go onto the wire as it was given; nothing was sent."""

    sent: Final = Sent.NO


class PolicyError(PortcallError):
    """The request would go where its plugin did not declare to talk; nothing was sent.

    Args:
        message: Names the host, and what to do.
        may_be_allowed: It is a declared host, but in plain http, which an operator can allow.
    """

    sent: Final = Sent.NO

    def __init__(self, message: str, *, may_be_allowed: bool = False) -> None:
        super().__init__(message)
        self.may_be_allowed: Final = may_be_allowed


class AuthenticationError(PortcallError):
    """The destination refused the credentials.

    Args:
        message: What was refused and what to check.
        response: The answer that refuses them, if there is one.
    """

    def __init__(self, message: str, response: Response | None = None) -> None:
        super().__init__(message)
        self.response = response


class RefreshError(AuthenticationError):
    """Fresh credentials could not be had; asking again before ``retry_at`` costs no call.

    Args:
        message: What failed and what to do.
        retry_at: Aware instant of the next try; None where none is planned.
        response: As in `AuthenticationError`.
    """

    def __init__(
        self,
        message: str,
        retry_at: datetime | None = None,
        response: Response | None = None,
    ) -> None:
        super().__init__(message, response)
        self.retry_at = retry_at


class ReauthorizationError(AuthenticationError):
    """The grant is gone: a person has to authorize the connection again.

    Args:
        message: What the destination said and what to do.
        fields: Names of the settings to correct, where that helps in place of an authorization: a
            password.
        response: As in `AuthenticationError`.
    """

    def __init__(
        self, message: str, fields: Sequence[str] = (), response: Response | None = None
    ) -> None:
        super().__init__(message, response)
        self.fields = tuple(fields)


class SignInNotFoundError(AuthenticationError):
    """The URL where credentials are had answers 404, 405 or 410: the setting that leads there is wrong."""


class ResponseError(PortcallError):
    """The destination answered, and the answer is not a success.

    Args:
        message: Method, place and status; the start of the body, redacted.
        response: The whole answer.
    """

    def __init__(self, message: str, response: Response) -> None:
        super().__init__(message)
        self.response = response


class ThrottledError(ResponseError):
    """Too many requests.

    Args:
        message, response: As in `ResponseError`.
        retry_at: Aware instant of the next try; None if the destination named none.
    """

    def __init__(self, message: str, response: Response, retry_at: datetime | None = None) -> None:
        super().__init__(message, response)
        self.retry_at = retry_at


class UnavailableError(ThrottledError):
    """The destination cannot serve just now (5xx).

    Args:
        message: As in `ThrottledError`.
        response: As in `ThrottledError`.
        retry_at: As in `ThrottledError`.
        not_applied: The request was not applied: the status (503) or the destination's documentation says
            so. False where it may have been, as with 500, 502 and 504.
    """

    def __init__(
        self,
        message: str,
        response: Response,
        retry_at: datetime | None = None,
        *,
        not_applied: bool = False,
    ) -> None:
        super().__init__(message, response, retry_at)
        self.not_applied = not_applied


class TransportError(PortcallError):
    """The wire gave no usable answer.

    Args:
        message: What happened, with the host and never a secret.
        sent: What the destination may have seen of the request; `Sent.MAYBE` where a status came.
        status: Of the status line that was read, 200 to 999: the destination has answered, and only
            the rest of the answer cannot be used. None where no final status came.
    """

    def __init__(self, message: str, sent: Sent = Sent.NO, status: int | None = None) -> None:
        super().__init__(message)
        self.sent = sent
        self.status = status


class ConnectError(TransportError):
    """No connection to the destination; nothing was sent."""


class RefusedAddressError(ConnectError):
    """The host leads to an address that is not public; nothing was sent."""


class TLSError(ConnectError):
    """No TLS session that can be trusted; nothing was sent."""


class DeadlineError(TransportError):
    """The time allowed for the request is over."""


class DisconnectedError(TransportError):
    """The connection broke after the request began to leave."""


class TooLargeError(TransportError):
    """The answer's head, body or encoding is above its cap."""


class MalformedResponseError(TransportError):
    """The answer is not HTTP, or not what its own headers say."""


class NotDeliveredError(PortcallError):
    """An event was not delivered, and no other error says why: its subscription or its action does.

    Args:
        message: The reason, without secrets.
        kind: What a delivery would give for the event: an outcome's kind, never ``delivered``.
        field: The field of the payload that is at fault, as a dotted path; empty if none is.
        retry_at: Aware instant from which the event may be sent again, for ``retry`` only.
    """

    def __init__(
        self, message: str, kind: str, field: str = "", retry_at: datetime | None = None
    ) -> None:
        super().__init__(message or f"the event was not delivered: {kind}")
        self.kind = kind
        self.field = field
        self.retry_at = retry_at


class SubscriptionError(PortcallError):
    """A subscription does not parse.

    Args:
        message: What was expected, the text with a caret under the place, a suggestion.
        position: Offset of the place in the text, in characters.
    """

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.position = position


class MappingError(_ProblemsError):
    """A mapping is invalid, or cannot be applied to an event; each problem has its JSON pointer."""
