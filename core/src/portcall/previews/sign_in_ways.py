"""How a connection of a destination is authorized, by what the destination declares for its settings."""

from __future__ import annotations

from typing import Literal, TypeAlias

from portcall.connection import Connection
from portcall.schemes.oauth2.declared import declared
from portcall.schemes.oauth2.endpoints import OAuth2Endpoints

SignInWay: TypeAlias = Literal["page", "machine", "device", ""]


def endpoints_of(connection: Connection) -> OAuth2Endpoints | None:
    """Return what the destination declares for these settings; None if it declares no OAuth 2.0."""
    hooks = connection.destination.stack.hooks
    if not hasattr(hooks, "oauth2_endpoints"):
        return None
    return declared(hooks, connection.settings)


def has_page(connection: Connection) -> bool:
    """Return whether a plugin leads to a page with a hookimpl of its own; that of oauth2 needs endpoints."""
    hooks = connection.destination.stack.hooks
    found = {impl.plugin_name for impl in hooks.begin_authorization.get_hookimpls()}
    return bool(found - {"scheme oauth2"})


def has_device_sign_in(connection: Connection) -> bool:
    """Return whether a person may sign in on another device (RFC 8628)."""
    endpoints = endpoints_of(connection)
    return endpoints is not None and endpoints.device_url is not None


def sign_in_way(connection: Connection) -> SignInWay:
    """Return the destination's own way to the credentials of a connection.

    Returns:
        ``machine``: no person is needed; ``page``: a person says yes on a page in the browser; ``device``: a
        person enters a code on another device; empty where fields and tokens are all.
    """
    endpoints = endpoints_of(connection)
    if endpoints is not None and endpoints.grant != "authorization_code":
        return "machine"
    if endpoints.authorize_url if endpoints else has_page(connection):
        return "page"
    return "device" if endpoints is not None and endpoints.device_url is not None else ""
