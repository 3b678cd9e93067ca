"""What this side is at fault for: a plugin, what was filled in, a request, a subscription or the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from portcall.errors.base import PortcallError, Problem, Sent


class _ProblemsError(PortcallError):
    """Carries every problem found, not only the first."""

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__("\n".join([message, *(f"  - {p.message}" for p in problems)]))
        self.problems = tuple(problems)


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


class OutboxError(PortcallError):
    """The outbox cannot do what it is asked for; events that it has are kept."""


class OutboxFullError(OutboxError):
    """The outbox takes no more events for now; none of the call was taken.

    Args:
        message: Which bound is reached, and what to do.
        events: How many events the outbox holds that are not delivered; -1 where the disk is full.
        size_bytes: Their bytes; -1 where the disk is full.
    """

    def __init__(self, message: str, events: int = -1, size_bytes: int = -1) -> None:
        super().__init__(message)
        self.events = events
        self.size_bytes = size_bytes


class OutboxEventError(OutboxError):
    """An event cannot be kept: it is not a JSON object, or too large. Names its place."""


class OutboxUnavailableError(OutboxError):
    """The outbox's file or server cannot be used at the moment; says why.

    Args:
        message: Why, and what to do.
        may_be_kept: The server was lost while it kept the events of a put, and has not said since whether it
            did: to put them again is safe for events with a ``messageId``, and may double others.
    """

    def __init__(self, message: str, *, may_be_kept: bool = False) -> None:
        super().__init__(message)
        self.may_be_kept = may_be_kept


class OutboxVersionError(OutboxError):
    """The outbox was written by a newer portcall, or by something else; nothing was touched."""
