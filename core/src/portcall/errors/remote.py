"""What the other side is at fault for: it refused, was not reached, or gave no usable answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from portcall.errors.base import PortcallError, Sent

if TYPE_CHECKING:
    from portcall.model.http_response import Response


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


class ClientRefusedError(AuthenticationError):
    """The token endpoint refused the application, not the grant: its client id or its secret is wrong.

    Args:
        message: What the endpoint said and what to check.
        fields: Names of the settings that hold them; empty if they are the host's own, from the
            environment, say.
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
    """The destination is temporarily unavailable (5xx).

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
