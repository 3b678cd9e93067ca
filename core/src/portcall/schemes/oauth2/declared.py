"""Ask a destination what it declares, and blame it for what it gets wrong."""

from __future__ import annotations

from typing import Any

import attrs
from pluggy import HookCaller, HookRelay

from portcall.errors import HookError, SettingsError
from portcall.plugins.layers import note
from portcall.schemes.oauth2.endpoints import OAuth2Endpoints
from portcall.secret import Secret, reveal


def declared(hooks: HookRelay, settings: Any) -> OAuth2Endpoints | None:
    """Return what ``oauth2_endpoints`` answers for these settings; None for no answer.

    Raises:
        HookError: The answer is something else, or holds something that cannot be.
    """
    caller = hooks.oauth2_endpoints
    try:
        answer = caller(settings=settings)
    except Exception as exc:
        note(exc, f"portcall: in oauth2_endpoints of {_owner(caller)}")
        raise
    if answer is None:
        return None
    if isinstance(answer, OAuth2Endpoints):
        return _naming_its_client(answer, settings)
    raise HookError(
        f"oauth2_endpoints of {_owner(caller)} answered with {type(answer).__name__}; it must be "
        "an OAuth2Endpoints or None"
    )


def demanded(hooks: HookRelay, settings: Any) -> OAuth2Endpoints:
    """Return what `declared` does, or say that there is nothing.

    Raises:
        SettingsError: The destination declares no endpoints.
    """
    endpoints = declared(hooks, settings)
    if endpoints is None:
        raise SettingsError("this destination declares no OAuth 2.0 endpoints")
    return endpoints


def _naming_its_client(endpoints: OAuth2Endpoints, settings: Any) -> OAuth2Endpoints:
    """Return the endpoints with the names of the settings that the customer's own client is from."""
    if endpoints.client_id is None or endpoints.client_fields or not attrs.has(type(settings)):
        return endpoints
    own = {reveal(text) for text in (endpoints.client_id, endpoints.client_secret) if text}
    values = attrs.asdict(settings, recurse=False).items()
    names = [
        name for name, value in values if isinstance(value, str | Secret) and reveal(value) in own
    ]
    return attrs.evolve(endpoints, client_fields=names)


def _owner(caller: HookCaller) -> str:
    """Name the strongest plugin that answers: ``destination acme``."""
    return caller.get_hookimpls()[-1].plugin_name
