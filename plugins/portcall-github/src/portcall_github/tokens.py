"""Tokens of an app's installation, which live for an hour.

https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import attrs

from portcall import (
    Auth,
    AuthenticationError,
    Client,
    RefreshError,
    ResponseError,
    Secret,
    SettingsError,
    ThrottledError,
    TransportError,
)
from portcall_github.settings import Settings

_LIFETIME: Final = timedelta(minutes=9)
_SKEW: Final = timedelta(minutes=1)
_UNREADABLE: Final = "the private key cannot be read: give the whole PEM file of the app's RSA key"


def installation_token(client: Client, settings: Settings, auth: Auth) -> Auth:
    """Trade a token that the app signs for one of its installation.

    Raises:
        AuthenticationError: GitHub refuses the app or the installation.
        RefreshError: GitHub cannot serve just now.
        SettingsError: The private key cannot be read.
    """
    url = "/app/installations/{installation}/access_tokens"
    place = {"installation": settings.installation_id or ""}
    signed = signed_token(settings, datetime.now(UTC))
    try:
        said = client.post(url, path=place, headers={"Authorization": f"Bearer {signed}"}).json()
    except ThrottledError as exc:  # 429 and 5xx
        raise RefreshError(
            f"GitHub gives no token at the moment: {exc}", exc.retry_at, exc.response
        ) from exc
    except TransportError as exc:
        raise RefreshError(f"GitHub gives no token: {exc}") from exc
    except ResponseError as exc:
        text = f"GitHub refuses the app a token of installation {settings.installation_id}: {exc}"
        raise AuthenticationError(text, exc.response) from exc
    if not isinstance(said, dict) or not isinstance(said.get("token"), str):
        raise RefreshError("GitHub answered without a token")
    ends = said.get("expires_at")
    expires_at = datetime.fromisoformat(ends) if isinstance(ends, str) else None
    return attrs.evolve(auth, access_token=said["token"], expires_at=expires_at)


def signed_token(settings: Settings, now: datetime) -> Secret:
    """Return a JSON web token of the app, good for nine minutes (RS256).

    Args:
        settings: Have the app's client ID and its private key.
        now: Aware instant.

    Raises:
        SettingsError: The private key cannot be read.
    """
    issued, expires = (int((now + each).timestamp()) for each in (-_SKEW, _LIFETIME))
    claims = {"iat": issued, "exp": expires, "iss": settings.client_id_of_app}
    data = b"%s.%s" % (_encoded({"alg": "RS256", "typ": "JWT"}), _encoded(claims))
    return Secret(f"{data.decode()}.{_base64(_signed(data, settings.private_key))}")


def _signed(data: bytes, private_key: Secret | None) -> bytes:
    # The library takes long to import, and only an app needs it.
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    # One line of environment often holds a key with its line ends spelled out.
    text = private_key.reveal().replace("\\n", "\n").strip() if private_key else ""
    try:
        key = load_pem_private_key(text.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None  # the library's own words may quote the key
    if not isinstance(key, RSAPrivateKey):
        raise SettingsError(_UNREADABLE)
    return key.sign(data, PKCS1v15(), SHA256())


def _encoded(part: dict[str, Any]) -> bytes:
    return _base64(json.dumps(part, separators=(",", ":")).encode()).encode()


def _base64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
