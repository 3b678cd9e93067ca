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
│   ├── RefreshError               new credentials cannot be obtained at the moment; ``retry_at``
│   ├── ReauthorizationError       a person has to authorize again, or correct ``fields``
│   ├── ClientRefusedError         the client id or client secret is wrong; ``fields``
│   └── SignInNotFoundError        credentials are not issued at this URL: a setting is wrong
├── ResponseError                  an answer came and is not a success; ``response``
│   ├── ThrottledError             429 or a verdict that says so; ``retry_at``
│   └── UnavailableError           the destination is temporarily unavailable; ``not_applied``
├── TransportError                 no usable answer; ``sent``: what the destination may have seen; ``status``
│   ├── ConnectError               no connection; never sent
│   │   ├── RefusedAddressError    the name leads to an address that is not public
│   │   └── TLSError               no trusted TLS session
│   ├── DeadlineError              the time for this request is over
│   ├── DisconnectedError          the connection broke under the request
│   ├── TooLargeError              head, body or encoding above its cap
│   └── MalformedResponseError     not HTTP, or not what its own headers say
├── OutboxError                    the outbox cannot do what it is asked for; what it has is kept
│   ├── OutboxFullError            it takes no more events for now; ``events``, ``size_bytes``
│   ├── OutboxEventError           an event cannot be kept: no JSON object, or too large
│   ├── OutboxUnavailableError     its file or server cannot be used at the moment
│   └── OutboxVersionError         a newer portcall wrote it, or something else
├── NotDeliveredError              a subscription or an action did not deliver an event; ``kind``
├── SubscriptionError              a filter does not parse; ``position``
└── MappingError                   a mapping is invalid or cannot be applied; ``problems``
"""

from portcall.errors.base import PortcallError, Problem, Sent, speaks_for_itself
from portcall.errors.local import (
    AmbiguousPluginError,
    HookError,
    MappingError,
    NotDeliveredError,
    OutboxError,
    OutboxEventError,
    OutboxFullError,
    OutboxUnavailableError,
    OutboxVersionError,
    PluginError,
    PluginLoadError,
    PolicyError,
    RequestError,
    SettingsError,
    SubscriptionError,
    UnknownPluginError,
)
from portcall.errors.remote import (
    AuthenticationError,
    ClientRefusedError,
    ConnectError,
    DeadlineError,
    DisconnectedError,
    MalformedResponseError,
    ReauthorizationError,
    RefreshError,
    RefusedAddressError,
    ResponseError,
    SignInNotFoundError,
    ThrottledError,
    TLSError,
    TooLargeError,
    TransportError,
    UnavailableError,
)

__all__ = [
    "AmbiguousPluginError", "AuthenticationError", "ClientRefusedError", "ConnectError", "DeadlineError",
    "DisconnectedError", "HookError", "MalformedResponseError", "MappingError", "NotDeliveredError",
    "OutboxError", "OutboxEventError", "OutboxFullError", "OutboxUnavailableError", "OutboxVersionError",
    "PluginError", "PluginLoadError", "PolicyError", "PortcallError", "Problem", "ReauthorizationError",
    "RefreshError", "RefusedAddressError", "RequestError", "ResponseError", "Sent", "SettingsError",
    "SignInNotFoundError", "SubscriptionError", "TLSError", "ThrottledError", "TooLargeError",
    "TransportError", "UnavailableError", "UnknownPluginError",
    "speaks_for_itself",
]  # fmt: skip
