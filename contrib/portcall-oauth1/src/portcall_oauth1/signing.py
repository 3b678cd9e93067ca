"""The ``Authorization`` of one request (RFC 5849 §3.1, §3.5.1)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from portcall import Request, Secret
from portcall_oauth1.base import base_string, encode, is_form
from portcall_oauth1.methods import METHODS, Keys
from portcall_oauth1.settings import Credentials

NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


def authorization(
    request: Request,
    settings: Credentials,
    keys: Keys,
    token: Secret | None,
    timestamp: int,
    *,
    more: Mapping[str, str] = NOTHING,
    nonce: str | None = None,
) -> Secret:
    """Sign a finished request.

    Args:
        request: Absolute URL with its whole query, Content-Type and body as they go on the wire.
        settings: The consumer key, the signature method, the realm.
        keys: What signs.
        token: Left out of the header if None: a request of the consumer alone.
        timestamp: Seconds since 1970, as the other side counts them.
        more: More protocol parameters: ``oauth_callback``, ``oauth_verifier``.
        nonce: Used once with this timestamp; random if left out.

    Returns:
        The value of the header.

    Raises:
        SettingsError: The private key is missing.

    Source: RFC 5849 §3.4, §3.5.1; OAuth Request Body Hash 1.0 for bodies that are not forms.
    """
    method = METHODS[settings.signature_method]
    oauth = {
        "oauth_consumer_key": settings.consumer_key,
        "oauth_nonce": nonce or secrets.token_hex(16),
        "oauth_signature_method": settings.signature_method,
        "oauth_timestamp": str(timestamp),
        "oauth_version": "1.0",
        **more,
    }
    if token is not None:
        oauth["oauth_token"] = token.reveal()
    if settings.body_hash and method.digest and request.body is not None and not is_form(request):
        oauth["oauth_body_hash"] = method.body_hash(bytes(request.body))
    oauth["oauth_signature"] = method.sign(keys, base_string(request, oauth))
    if settings.realm:
        oauth = {"realm": settings.realm, **oauth}
    return Secret("OAuth " + ", ".join([f'{k}="{encode(v)}"' for k, v in oauth.items()]))
