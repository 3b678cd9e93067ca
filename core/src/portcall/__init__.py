"""portcall: deliver events to other companies' HTTP APIs; every destination is a plugin.

The names below are the whole public door. Each is imported when it is first used, so that
``import portcall`` costs next to nothing.
"""

from __future__ import annotations

from portcall._version import __version__ as __version__

# Type checkers take it for true (PEP 484); the import of `typing` takes longer than all that is below.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from pluggy import HookRelay as HookRelay

    from portcall.actions.action import Action as Action
    from portcall.actions.choices import Choice as Choice, Choices as Choices
    from portcall.actions.decorator import (
        action as action,
    )
    from portcall.actions.deletion import Deletion as Deletion, on_delete as on_delete
    from portcall.actions.mapping.authoring import (
        hashed as hashed,
        literal as literal,
        path as path,
        template as template,
    )
    from portcall.actions.outcomes import Outcome as Outcome, Outcomes as Outcomes
    from portcall.actions.personal_data import hash_personal as hash_personal
    from portcall.actions.presets import Preset as Preset
    from portcall.connection import (
        Connection as Connection,
    )
    from portcall.delivery.delivery import (
        Delivery as Delivery,
    )
    from portcall.delivery.journal import (
        Journal as Journal,
    )
    from portcall.delivery.retry import (
        Retry as Retry,
    )
    from portcall.destination import (
        Destination as Destination,
    )
    from portcall.errors import (
        AmbiguousPluginError as AmbiguousPluginError,
        AuthenticationError as AuthenticationError,
        ClientRefusedError as ClientRefusedError,
        ConnectError as ConnectError,
        DeadlineError as DeadlineError,
        DisconnectedError as DisconnectedError,
        HookError as HookError,
        MalformedResponseError as MalformedResponseError,
        MappingError as MappingError,
        NotDeliveredError as NotDeliveredError,
        OutboxError as OutboxError,
        OutboxEventError as OutboxEventError,
        OutboxFullError as OutboxFullError,
        OutboxUnavailableError as OutboxUnavailableError,
        OutboxVersionError as OutboxVersionError,
        PluginError as PluginError,
        PluginLoadError as PluginLoadError,
        PolicyError as PolicyError,
        PortcallError as PortcallError,
        Problem as Problem,
        ReauthorizationError as ReauthorizationError,
        RefreshError as RefreshError,
        RefusedAddressError as RefusedAddressError,
        RequestError as RequestError,
        ResponseError as ResponseError,
        Sent as Sent,
        SettingsError as SettingsError,
        SignInNotFoundError as SignInNotFoundError,
        SubscriptionError as SubscriptionError,
        ThrottledError as ThrottledError,
        TLSError as TLSError,
        TooLargeError as TooLargeError,
        TransportError as TransportError,
        UnavailableError as UnavailableError,
        UnknownPluginError as UnknownPluginError,
    )
    from portcall.fields import (
        Field as Field,
        any_of as any_of,
        dynamic as dynamic,
        field as field,
        is_not as is_not,
    )
    from portcall.host import (
        Host as Host,
    )
    from portcall.model.auth import Auth as Auth, Authorization as Authorization
    from portcall.model.http_request import (
        ClientCertificate as ClientCertificate,
        Request as Request,
        RequestOptions as RequestOptions,
    )
    from portcall.model.http_response import (
        Headers as Headers,
        Kind as Kind,
        Response as Response,
        Verdict as Verdict,
    )
    from portcall.model.limits import Limits as Limits
    from portcall.plugins.hookimpls import (
        Hookimpl as Hookimpl,
    )
    from portcall.plugins.hookspecs import (
        hookspec as hookspec,
    )
    from portcall.plugins.info import (
        PluginInfo as PluginInfo,
    )
    from portcall.project.pipeline_lanes import (
        PipelineLane as PipelineLane,
    )
    from portcall.project.project_connection import (
        ProjectConnection as ProjectConnection,
    )
    from portcall.project.project_file import (
        Project as Project,
    )
    from portcall.project.project_hosts import (
        ProjectHosts as ProjectHosts,
    )
    from portcall.project.project_service import (
        ProjectService as ProjectService,
        ProjectSource as ProjectSource,
    )
    from portcall.requests.client import (
        Client as Client,
    )
    from portcall.requests.composing import (
        basic_authorization as basic_authorization,
    )
    from portcall.requests.json_bodies import (
        encode_json as encode_json,
    )
    from portcall.requests.retry_after import (
        retry_after as retry_after,
        throttled as throttled,
    )
    from portcall.schemes.hookimpls import (
        hookimpl as hookimpl,
    )
    from portcall.schemes.oauth2.answers import (
        token_response as token_response,
    )
    from portcall.schemes.oauth2.device import (
        DeviceCode as DeviceCode,
    )
    from portcall.schemes.oauth2.endpoints import (
        Assertion as Assertion,
        OAuth2Endpoints as OAuth2Endpoints,
    )
    from portcall.schemes.oauth2.flows import (
        DeviceFlow as DeviceFlow,
        give_back as give_back,
        machine_sign_in as machine_sign_in,
    )
    from portcall.schemes.oauth2.loopback import (
        Loopback as Loopback,
    )
    from portcall.secret import (
        Secret as Secret,
        Text as Text,
        reveal as reveal,
    )
    from portcall.store import (
        ConflictError as ConflictError,
        Record as Record,
        SQLiteStore as SQLiteStore,
        Store as Store,
        StoreError as StoreError,
        StoreKeyError as StoreKeyError,
        open_store as open_store,
    )
    from portcall.store.connections import (
        Connections as Connections,
    )
    from portcall.store.reach import (
        Reach as Reach,
    )
    from portcall.urls import (
        url_path as url_path,
        with_query as with_query,
    )

_NAMES = {
    "pluggy": ("HookRelay",),
    "portcall.actions.action": ("Action",),
    "portcall.actions.choices": ("Choice", "Choices"),
    "portcall.actions.deletion": ("Deletion", "on_delete"),
    "portcall.actions.outcomes": ("Outcome", "Outcomes"),
    "portcall.actions.personal_data": ("hash_personal",),
    "portcall.actions.presets": ("Preset",),
    "portcall.actions.decorator": ("action",),
    "portcall.actions.mapping.authoring": ("hashed", "literal", "path", "template"),
    "portcall.connection": ("Connection",),
    "portcall.delivery.delivery": ("Delivery",),
    "portcall.delivery.journal": ("Journal",),
    "portcall.delivery.retry": ("Retry",),
    "portcall.destination": ("Destination",),
    "portcall.errors": (
        "AmbiguousPluginError",
        "AuthenticationError",
        "ClientRefusedError",
        "ConnectError",
        "DeadlineError",
        "DisconnectedError",
        "HookError",
        "MalformedResponseError",
        "MappingError",
        "NotDeliveredError",
        "OutboxError",
        "OutboxEventError",
        "OutboxFullError",
        "OutboxUnavailableError",
        "OutboxVersionError",
        "PluginError",
        "PluginLoadError",
        "PolicyError",
        "PortcallError",
        "Problem",
        "ReauthorizationError",
        "RefreshError",
        "RefusedAddressError",
        "RequestError",
        "ResponseError",
        "Sent",
        "SettingsError",
        "SignInNotFoundError",
        "SubscriptionError",
        "ThrottledError",
        "TLSError",
        "TooLargeError",
        "TransportError",
        "UnavailableError",
        "UnknownPluginError",
    ),
    "portcall.fields": ("Field", "any_of", "dynamic", "field", "is_not"),
    "portcall.host": ("Host",),
    "portcall.model.auth": ("Auth", "Authorization"),
    "portcall.model.http_request": ("ClientCertificate", "Request", "RequestOptions"),
    "portcall.model.http_response": ("Headers", "Kind", "Response", "Verdict"),
    "portcall.model.limits": ("Limits",),
    "portcall.plugins.hookimpls": ("Hookimpl",),
    "portcall.plugins.hookspecs": ("hookspec",),
    "portcall.plugins.info": ("PluginInfo",),
    "portcall.project.pipeline_lanes": ("PipelineLane",),
    "portcall.project.project_connection": ("ProjectConnection",),
    "portcall.project.project_file": ("Project",),
    "portcall.project.project_hosts": ("ProjectHosts",),
    "portcall.project.project_service": ("ProjectService", "ProjectSource"),
    "portcall.requests.client": ("Client",),
    "portcall.requests.composing": ("basic_authorization",),
    "portcall.requests.json_bodies": ("encode_json",),
    "portcall.requests.retry_after": ("retry_after", "throttled"),
    "portcall.schemes.hookimpls": ("hookimpl",),
    "portcall.schemes.oauth2.answers": ("token_response",),
    "portcall.schemes.oauth2.device": ("DeviceCode",),
    "portcall.schemes.oauth2.endpoints": ("Assertion", "OAuth2Endpoints"),
    "portcall.schemes.oauth2.flows": ("DeviceFlow", "give_back", "machine_sign_in"),
    "portcall.schemes.oauth2.loopback": ("Loopback",),
    "portcall.secret": ("Secret", "Text", "reveal"),
    "portcall.store": (
        "ConflictError",
        "Record",
        "SQLiteStore",
        "Store",
        "StoreError",
        "StoreKeyError",
        "open_store",
    ),
    "portcall.store.connections": ("Connections",),
    "portcall.store.reach": ("Reach",),
    "portcall.urls": ("url_path", "with_query"),
}
"""The public names by the module that each is imported from; a test holds the imports above to it."""
_HOMES = {name: module for module, names in _NAMES.items() for name in names}

__all__ = sorted([*_HOMES, "__version__"])  # noqa: PLE0605  # the names stand above


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415  # not before a name is used

    value = globals()[name] = getattr(import_module(home), name)
    return value


def __dir__() -> list[str]:
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
