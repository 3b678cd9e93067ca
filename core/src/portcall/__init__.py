"""portcall: deliver events to other companies' HTTP APIs; every destination is a plugin.

The names below are the whole public door. Each is imported when it is first used, so that
``import portcall`` costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pluggy import HookRelay as HookRelay

    from portcall.actions import (
        Action as Action,
    )
    from portcall.actions import (
        Choice as Choice,
    )
    from portcall.actions import (
        Choices as Choices,
    )
    from portcall.actions import (
        Deletion as Deletion,
    )
    from portcall.actions import (
        Outcome as Outcome,
    )
    from portcall.actions import (
        Outcomes as Outcomes,
    )
    from portcall.actions import (
        Preset as Preset,
    )
    from portcall.actions import (
        action as action,
    )
    from portcall.actions import (
        on_delete as on_delete,
    )
    from portcall.actions.mapping import (
        literal as literal,
    )
    from portcall.actions.mapping import (
        path as path,
    )
    from portcall.actions.mapping import (
        template as template,
    )
    from portcall.catalog import (
        PluginInfo as PluginInfo,
    )
    from portcall.client import (
        Client as Client,
    )
    from portcall.composing import (
        basic_authorization as basic_authorization,
    )
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
    from portcall.encoding import (
        encode_json as encode_json,
    )
    from portcall.errors import (
        AmbiguousPluginError as AmbiguousPluginError,
    )
    from portcall.errors import (
        AuthenticationError as AuthenticationError,
    )
    from portcall.errors import (
        ConnectError as ConnectError,
    )
    from portcall.errors import (
        DeadlineError as DeadlineError,
    )
    from portcall.errors import (
        DisconnectedError as DisconnectedError,
    )
    from portcall.errors import (
        HookError as HookError,
    )
    from portcall.errors import (
        MalformedResponseError as MalformedResponseError,
    )
    from portcall.errors import (
        MappingError as MappingError,
    )
    from portcall.errors import (
        PluginError as PluginError,
    )
    from portcall.errors import (
        PluginLoadError as PluginLoadError,
    )
    from portcall.errors import (
        PolicyError as PolicyError,
    )
    from portcall.errors import (
        PortcallError as PortcallError,
    )
    from portcall.errors import (
        Problem as Problem,
    )
    from portcall.errors import (
        ReauthorizationError as ReauthorizationError,
    )
    from portcall.errors import (
        RefreshError as RefreshError,
    )
    from portcall.errors import (
        RefusedAddressError as RefusedAddressError,
    )
    from portcall.errors import (
        RequestError as RequestError,
    )
    from portcall.errors import (
        ResponseError as ResponseError,
    )
    from portcall.errors import (
        Sent as Sent,
    )
    from portcall.errors import (
        SettingsError as SettingsError,
    )
    from portcall.errors import (
        SubscriptionError as SubscriptionError,
    )
    from portcall.errors import (
        ThrottledError as ThrottledError,
    )
    from portcall.errors import (
        TLSError as TLSError,
    )
    from portcall.errors import (
        TooLargeError as TooLargeError,
    )
    from portcall.errors import (
        TransportError as TransportError,
    )
    from portcall.errors import (
        UnavailableError as UnavailableError,
    )
    from portcall.errors import (
        UnknownPluginError as UnknownPluginError,
    )
    from portcall.fields import (
        Field as Field,
    )
    from portcall.fields import (
        dynamic as dynamic,
    )
    from portcall.fields import (
        field as field,
    )
    from portcall.hookspecs import (
        hookimpl as hookimpl,
    )
    from portcall.hookspecs import (
        hookspec as hookspec,
    )
    from portcall.host import (
        Host as Host,
    )
    from portcall.keeping import (
        Connections as Connections,
    )
    from portcall.model import (
        Auth as Auth,
    )
    from portcall.model import (
        Authorization as Authorization,
    )
    from portcall.model import (
        ClientCertificate as ClientCertificate,
    )
    from portcall.model import (
        Headers as Headers,
    )
    from portcall.model import (
        Kind as Kind,
    )
    from portcall.model import (
        Limits as Limits,
    )
    from portcall.model import (
        Request as Request,
    )
    from portcall.model import (
        RequestOptions as RequestOptions,
    )
    from portcall.model import (
        Response as Response,
    )
    from portcall.model import (
        Verdict as Verdict,
    )
    from portcall.schemes.oauth2.answers import (
        token_response as token_response,
    )
    from portcall.schemes.oauth2.device import (
        DeviceCode as DeviceCode,
    )
    from portcall.schemes.oauth2.endpoints import (
        Assertion as Assertion,
    )
    from portcall.schemes.oauth2.endpoints import (
        OAuth2Endpoints as OAuth2Endpoints,
    )
    from portcall.schemes.oauth2.flows import (
        DeviceFlow as DeviceFlow,
    )
    from portcall.schemes.oauth2.flows import (
        give_back as give_back,
    )
    from portcall.schemes.oauth2.flows import (
        machine_sign_in as machine_sign_in,
    )
    from portcall.schemes.oauth2.loopback import (
        Loopback as Loopback,
    )
    from portcall.secret import (
        Secret as Secret,
    )
    from portcall.secret import (
        Text as Text,
    )
    from portcall.secret import (
        reveal as reveal,
    )
    from portcall.store import (
        ConflictError as ConflictError,
    )
    from portcall.store import (
        Record as Record,
    )
    from portcall.store import (
        SQLiteStore as SQLiteStore,
    )
    from portcall.store import (
        Store as Store,
    )
    from portcall.store import (
        StoreError as StoreError,
    )
    from portcall.store import (
        StoreKeyError as StoreKeyError,
    )
    from portcall.store import (
        open_store as open_store,
    )
    from portcall.urls import (
        url_path as url_path,
    )
    from portcall.urls import (
        with_query as with_query,
    )
    from portcall.verdicts import (
        retry_after as retry_after,
    )

_HOMES: Final = {
    "Assertion": "schemes.oauth2.endpoints",
    "DeviceFlow": "schemes.oauth2.flows",
    "machine_sign_in": "schemes.oauth2.flows",
    "give_back": "schemes.oauth2.flows",
    "DeviceCode": "schemes.oauth2.device",
    "url_path": "urls",
    "token_response": "schemes.oauth2.answers",
    "OAuth2Endpoints": "schemes.oauth2.endpoints",
    "Loopback": "schemes.oauth2.loopback",
    "ConflictError": "store",
    "Record": "store",
    "SQLiteStore": "store",
    "Store": "store",
    "StoreError": "store",
    "StoreKeyError": "store",
    "open_store": "store",
    "Connections": "keeping",
    "Action": "actions",
    "action": "actions",
    "Choice": "actions",
    "Choices": "actions",
    "Deletion": "actions",
    "Outcome": "actions",
    "Outcomes": "actions",
    "Preset": "actions",
    "on_delete": "actions",
    "Delivery": "delivery.delivery",
    "Journal": "delivery.journal",
    "Retry": "delivery.retry",
    "dynamic": "fields",
    "literal": "actions.mapping",
    "path": "actions.mapping",
    "template": "actions.mapping",
    "PluginInfo": "catalog",
    "Client": "client",
    "encode_json": "encoding",
    "basic_authorization": "composing",
    "Connection": "connection",
    "AmbiguousPluginError": "errors",
    "AuthenticationError": "errors",
    "ConnectError": "errors",
    "DeadlineError": "errors",
    "DisconnectedError": "errors",
    "HookError": "errors",
    "MalformedResponseError": "errors",
    "MappingError": "errors",
    "PluginError": "errors",
    "PluginLoadError": "errors",
    "PolicyError": "errors",
    "PortcallError": "errors",
    "Problem": "errors",
    "ReauthorizationError": "errors",
    "RefreshError": "errors",
    "RefusedAddressError": "errors",
    "RequestError": "errors",
    "ResponseError": "errors",
    "Sent": "errors",
    "SettingsError": "errors",
    "SubscriptionError": "errors",
    "ThrottledError": "errors",
    "TLSError": "errors",
    "TooLargeError": "errors",
    "TransportError": "errors",
    "UnavailableError": "errors",
    "UnknownPluginError": "errors",
    "Field": "fields",
    "field": "fields",
    "HookRelay": "hookspecs",
    "hookimpl": "hookspecs",
    "hookspec": "hookspecs",
    "Destination": "destination",
    "Host": "host",
    "Auth": "model",
    "Authorization": "model",
    "ClientCertificate": "model",
    "Headers": "model",
    "Kind": "model",
    "Limits": "model",
    "Request": "model",
    "RequestOptions": "model",
    "Response": "model",
    "Verdict": "model",
    "Secret": "secret",
    "Text": "secret",
    "reveal": "secret",
    "with_query": "urls",
    "retry_after": "verdicts",
}

__all__ = [
    "Action",
    "AmbiguousPluginError",
    "Assertion",
    "Auth",
    "AuthenticationError",
    "Authorization",
    "Choice",
    "Choices",
    "Client",
    "ClientCertificate",
    "ConflictError",
    "ConnectError",
    "Connection",
    "Connections",
    "DeadlineError",
    "Deletion",
    "Delivery",
    "Destination",
    "DeviceCode",
    "DeviceFlow",
    "DisconnectedError",
    "Field",
    "Headers",
    "HookError",
    "HookRelay",
    "Host",
    "Journal",
    "Kind",
    "Limits",
    "Loopback",
    "MalformedResponseError",
    "MappingError",
    "OAuth2Endpoints",
    "Outcome",
    "Outcomes",
    "PluginError",
    "PluginInfo",
    "PluginLoadError",
    "PolicyError",
    "PortcallError",
    "Preset",
    "Problem",
    "ReauthorizationError",
    "Record",
    "RefreshError",
    "RefusedAddressError",
    "Request",
    "RequestError",
    "RequestOptions",
    "Response",
    "ResponseError",
    "Retry",
    "SQLiteStore",
    "Secret",
    "Sent",
    "SettingsError",
    "Store",
    "StoreError",
    "StoreKeyError",
    "SubscriptionError",
    "TLSError",
    "Text",
    "ThrottledError",
    "TooLargeError",
    "TransportError",
    "UnavailableError",
    "UnknownPluginError",
    "Verdict",
    "action",
    "basic_authorization",
    "dynamic",
    "encode_json",
    "field",
    "give_back",
    "hookimpl",
    "hookspec",
    "literal",
    "machine_sign_in",
    "on_delete",
    "open_store",
    "path",
    "retry_after",
    "reveal",
    "template",
    "token_response",
    "url_path",
    "with_query",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{home}"), name)
    return value


def __dir__() -> list[str]:
    return [*globals(), *__all__]
