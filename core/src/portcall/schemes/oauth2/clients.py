"""How the host proves to a token endpoint who it is (RFC 6749 §2.3, RFC 7523 §2.2)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final
from urllib.parse import quote_plus

import attrs

from portcall.errors import Problem, SettingsError
from portcall.model.auth import Auth
from portcall.model.opaque import EMPTY
from portcall.schemes.oauth2.endpoints import OAuth2Endpoints
from portcall.schemes.oauth2.signing import claims_of, sign_with_key, sign_with_secret
from portcall.secret import Secret, Text

JWT_BEARER: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_LIFE_S: Final = 60


@attrs.frozen(kw_only=True)
class Proof:
    """What a token request carries to say which client sends it."""

    headers: Mapping[str, Text] = EMPTY
    fields: Mapping[str, Text] = EMPTY


def registered(endpoints: OAuth2Endpoints, auth: Auth) -> Auth:
    """Return *auth* with the client that the endpoints are for: the customer's own, or the host's."""
    if endpoints.client_id is None:
        return auth
    return attrs.evolve(auth, client_id=endpoints.client_id, client_secret=endpoints.client_secret)


def prove_client(endpoints: OAuth2Endpoints, auth: Auth, *, now: datetime) -> Proof:
    """Build what says which client sends a token request, and proves it.

    Args:
        endpoints: Say which way.
        auth: Has ``client_id`` and, except for public clients, ``client_secret``.
        now: Aware instant; a JWT is good for 60 s from it.

    Raises:
        SettingsError: The client id or secret is missing, or cannot be used this way.
    """
    prove = _WAYS.get(endpoints.client_authentication)
    if prove is None:
        return Proof(fields={"client_id": client_id_of(auth)})
    return prove(endpoints, client_id_of(auth), _client_secret_of(auth), now)


def client_id_of(auth: Auth) -> str:
    """Return the client id.

    Raises:
        SettingsError: There is none.
    """
    return auth.client_id or _missing("client_id", "client id")


def _client_secret_of(auth: Auth) -> Secret:
    return auth.client_secret or Secret(_missing("client_secret", "client secret"))


def _missing(name: str, words: str) -> str:
    problem = Problem(
        name,
        f"there is no {words} for this destination: register an application there, and give its "
        f"{words} to the host",
    )
    raise SettingsError("the token endpoint cannot be asked", [problem])


def _basic(_: OAuth2Endpoints, client_id: str, secret: Secret, __: datetime) -> Proof:
    """Form-encode both halves first, so that a colon or any other character comes through."""
    return _authorization(quote_plus(client_id), quote_plus(secret.reveal()))


def _basic_raw(_: OAuth2Endpoints, client_id: str, secret: Secret, __: datetime) -> Proof:
    if ":" in client_id:
        raise SettingsError("a client id with a colon cannot be sent as it is (RFC 7617 §2)")
    return _authorization(client_id, secret.reveal())


def _authorization(user: str, word: str) -> Proof:
    pair = b64encode(f"{user}:{word}".encode()).decode()
    return Proof(headers={"authorization": Secret(f"Basic {pair}")})


def _post(_: OAuth2Endpoints, client_id: str, secret: Secret, __: datetime) -> Proof:
    return Proof(fields={"client_id": client_id, "client_secret": secret})


def _secret_jwt(endpoints: OAuth2Endpoints, own: str, secret: Secret, now: datetime) -> Proof:
    claims = claims_of(own, own, audience_of(endpoints), now=now, lifetime_s=ASSERTION_LIFE_S)
    return _asserted(own, sign_with_secret(claims, secret))


def _private_key_jwt(endpoints: OAuth2Endpoints, own: str, key: Secret, now: datetime) -> Proof:
    claims = claims_of(own, own, audience_of(endpoints), now=now, lifetime_s=ASSERTION_LIFE_S)
    return _asserted(own, sign_with_key(claims, key, endpoints.key_id))


def audience_of(endpoints: OAuth2Endpoints) -> str:
    """Return who is meant to believe an assertion (RFC 7523 §3)."""
    return endpoints.audience or endpoints.issuer or endpoints.token_url


def _asserted(client_id: str, assertion: Secret) -> Proof:
    return Proof(
        fields={
            "client_id": client_id,
            "client_assertion_type": JWT_BEARER,
            "client_assertion": assertion,
        }
    )


_WAYS: Final[Mapping[str, Callable[[OAuth2Endpoints, str, Secret, datetime], Proof]]] = {
    "client_secret_basic": _basic,
    "basic_raw": _basic_raw,
    "client_secret_post": _post,
    "client_secret_jwt": _secret_jwt,
    "private_key_jwt": _private_key_jwt,
}
