"""Token requests as values: what is sent, built without sending it (RFC 6749 §4, §6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal

import attrs

from portcall.model.auth import Auth
from portcall.model.opaque import EMPTY
from portcall.schemes.oauth2.clients import Proof, audience_of, client_id_of, prove_client
from portcall.schemes.oauth2.endpoints import OAuth2Endpoints
from portcall.schemes.oauth2.signing import claims_of, sign_with_key
from portcall.secret import Secret, Text

JWT_BEARER: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
DEVICE_CODE: Final = "urn:ietf:params:oauth:grant-type:device_code"


@attrs.frozen(kw_only=True)
class TokenRequest:
    """One POST to a token endpoint, or one of its neighbours.

    Args:
        url: Absolute.
        fields: The body; what is secret in it is a `Secret`.
        headers: Says who sends it, if the body does not.
        body: How the fields are written.
    """

    url: str
    fields: Mapping[str, Text]
    headers: Mapping[str, Text] = EMPTY
    body: Literal["form", "json"] = "form"


def code_request(
    endpoints: OAuth2Endpoints,
    auth: Auth,
    *,
    code: Secret,
    redirect_url: str,
    verifier: Secret | None,
    now: datetime,
) -> TokenRequest:
    """Ask for tokens with an authorization code (RFC 6749 §4.1.3, RFC 7636 §4.5)."""
    fields: dict[str, Text] = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_url,
    }
    if verifier is not None:
        fields["code_verifier"] = verifier
    return _token_request(endpoints, fields, prove_client(endpoints, auth, now=now))


def refresh_request(
    endpoints: OAuth2Endpoints, auth: Auth, refresh_token: Secret, *, now: datetime
) -> TokenRequest:
    """Ask for a new access token with the refresh token (RFC 6749 §6)."""
    fields: dict[str, Text] = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    request = _token_request(endpoints, fields, prove_client(endpoints, auth, now=now))
    return attrs.evolve(request, url=endpoints.refresh_url or endpoints.token_url)


def client_credentials_request(
    endpoints: OAuth2Endpoints, auth: Auth, *, now: datetime
) -> TokenRequest:
    """Ask for a token in the client's own name (RFC 6749 §4.4.2)."""
    fields: dict[str, Text] = {"grant_type": "client_credentials", **_scope(endpoints)}
    return _token_request(endpoints, fields, prove_client(endpoints, auth, now=now))


def jwt_bearer_request(endpoints: OAuth2Endpoints, auth: Auth, *, now: datetime) -> TokenRequest:
    """Ask for a token with a signed assertion (RFC 7523 §2.1).

    The client proves itself only if there is one: it is optional here (RFC 7521 §4.1).
    """
    fields = {
        "grant_type": JWT_BEARER,
        "assertion": _assertion(endpoints, auth, now),
        **_scope(endpoints),
    }
    known = auth.client_secret or (auth.client_id and endpoints.client_authentication == "none")
    proof = prove_client(endpoints, auth, now=now) if known else Proof()
    return _token_request(endpoints, fields, proof)


def device_request(endpoints: OAuth2Endpoints, auth: Auth, *, now: datetime) -> TokenRequest:
    """Ask for the codes of a device (RFC 8628 §3.1)."""
    proof = prove_client(endpoints, auth, now=now)
    fields = {"client_id": client_id_of(auth), **_scope(endpoints), **proof.fields}
    url = endpoints.device_url or ""
    return TokenRequest(url=url, fields=fields, headers=proof.headers, body=endpoints.token_body)


def poll_request(
    endpoints: OAuth2Endpoints, auth: Auth, device_code: Secret, *, now: datetime
) -> TokenRequest:
    """Ask if the person has decided (RFC 8628 §3.4)."""
    fields: dict[str, Text] = {"grant_type": DEVICE_CODE, "device_code": device_code}
    request = _token_request(endpoints, fields, prove_client(endpoints, auth, now=now))
    return attrs.evolve(request, fields={"client_id": client_id_of(auth), **request.fields})


def revoke_request(
    endpoints: OAuth2Endpoints, auth: Auth, token: Secret, hint: str, *, now: datetime
) -> TokenRequest:
    """Return one token back (RFC 7009 §2.1)."""
    proof = prove_client(endpoints, auth, now=now)
    fields = {"token": token, "token_type_hint": hint, **proof.fields}
    return TokenRequest(url=endpoints.revoke_url or "", fields=fields, headers=proof.headers)


def _token_request(
    endpoints: OAuth2Endpoints, fields: Mapping[str, Text], proof: Proof
) -> TokenRequest:
    return TokenRequest(
        url=endpoints.token_url,
        fields={**endpoints.token_parameters, **fields, **proof.fields},
        headers=proof.headers,
        body=endpoints.token_body,
    )


def _scope(endpoints: OAuth2Endpoints) -> Mapping[str, Text]:
    return {"scope": endpoints.scope} if endpoints.scope else EMPTY


def _assertion(endpoints: OAuth2Endpoints, auth: Auth, now: datetime) -> Secret:
    given = endpoints.assertion
    if given is None:
        raise ValueError("endpoints without an assertion")
    issuer = given.issuer or client_id_of(auth)
    claims = claims_of(
        issuer,
        issuer if given.subject is None else given.subject,
        given.audience or audience_of(endpoints),
        now=now,
        lifetime_s=given.lifetime_s,
    )
    if not claims["sub"]:
        del claims["sub"]
    return sign_with_key({**claims, **given.claims}, given.private_key, given.key_id)
