"""What a destination says about its OAuth 2.0 endpoints: one frozen value, checked when made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, TypeAlias, get_args

import attrs

from portcall.errors import HookError, PolicyError
from portcall.model.auth import texts
from portcall.model.opaque import EMPTY
from portcall.secret import Secret, Text
from portcall.urls import parse

ClientAuthentication: TypeAlias = Literal[
    "client_secret_basic",
    "basic_raw",
    "client_secret_post",
    "client_secret_jwt",
    "private_key_jwt",
    "none",
]
"""How the host proves to the token endpoint who it is (RFC 6749 §2.3, RFC 7523 §2.2)."""

Grant: TypeAlias = Literal["authorization_code", "client_credentials", "jwt_bearer"]
"""What access tokens are had with: a person's consent, the client's own word, a signed assertion."""

GRANT: Final = "grant"
"""Where `Auth.state` says which grant the credentials came from, if no person was needed."""

_URLS: Final = ("authorize_url", "token_url", "refresh_url", "revoke_url", "device_url")
_OURS: Final = frozenset(
    {"client_id", "code_challenge", "code_challenge_method", "redirect_uri", "response_type"}
    | {"scope", "state", "code", "code_verifier", "grant_type", "refresh_token", "client_secret"}
    | {"assertion", "client_assertion", "client_assertion_type", "device_code"}
)
_CHOICES: Final = {
    "client_authentication": get_args(ClientAuthentication),
    "grant": get_args(Grant),
    "token_body": ("form", "json"),
}


@attrs.frozen(kw_only=True)
class Assertion:
    """What a service account asserts to get a token (RFC 7523 §2.1).

    Args:
        private_key: PEM text of an unencrypted key: RSA signs with RS256, EC on P-256 with ES256.
        issuer: Claim ``iss``; the client id if None.
        subject: Claim ``sub``, whom the token is for; the issuer if None, and no claim if empty.
        audience: Claim ``aud``; that of the endpoints if None.
        key_id: Header ``kid``, if the vendor needs to know which key it is.
        lifetime_s: How long the assertion is valid.
        claims: More claims: ``{"scope": "..."}`` where the vendor reads the scope there.
    """

    private_key: Secret = attrs.field(converter=Secret)
    issuer: str | None = None
    subject: str | None = None
    audience: str | None = None
    key_id: str | None = None
    lifetime_s: int = 60
    claims: Mapping[str, Any] = EMPTY


@attrs.frozen(kw_only=True)
class OAuth2Endpoints:
    """Where and how tokens are issued: the answer of ``oauth2_endpoints``.

    Args:
        token_url: The token endpoint, which exchanges codes, refresh tokens and assertions for access tokens
            (RFC 6749 §3.2).
        authorize_url: The page to send a person to (RFC 6749 §3.1); None if none is needed.
        refresh_url: Where to send refresh tokens, if not to ``token_url``.
        revoke_url: Where to revoke tokens (RFC 7009).
        device_url: Where a device gets its codes (RFC 8628 §3.1).
        scopes: The scopes to ask for.
        scope_separator: The text between two scopes; a space in RFC 6749 §3.3.
        pkce: Bind the code to who asked for it, with S256 (RFC 7636); off only where a vendor refuses it.
        client_authentication: ``"client_secret_basic"`` form-encodes id and secret first (RFC 6749
            §2.3.1); ``"basic_raw"`` is for vendors that do not decode them; ``"private_key_jwt"`` takes
            the client secret as the PEM text of a private key (RFC 7523 §2.2); ``"none"`` is for
            public clients.
        token_body: ``"form"`` (RFC 6749 §4.1.3), or ``"json"`` if a vendor needs that.
        grant: The grant for access tokens, unless ``Auth.state["grant"]`` names another.
        authorize_parameters: More parameters of the authorize URL: ``{"access_type": "offline"}``.
        token_parameters: More fields of every token request: ``{"audience": "..."}``.
        settings_from_token: Fields of the token answer to keep, and the names in ``Auth.state`` to keep
            them under: ``{"instance_url": "base_url", "team.id": "team_id"}``; a dot goes one object
            deeper. A field that is missing keeps what was there.
        issuer: The authorization server's identifier, if it sends ``iss`` with its answers, which is
            then required and compared (RFC 9207).
        audience: Claim ``aud`` of JWTs; the issuer if None, or else the token URL.
        key_id: Header ``kid`` of ``"private_key_jwt"``.
        assertion: What to assert if the grant is ``"jwt_bearer"``.
        client_id: The customer's own client, if each customer has one; else the host's is used.
        client_secret: Goes with ``client_id``.
        client_fields: Names of the settings that these two are from, for errors; found by their values if
            left out.
        token_types: Words for a bearer token in ``token_type``, case ignored; some vendors have their own.
        gone_errors: Words in ``error``, besides ``invalid_grant``, that say that the grant has ended.

    Raises:
        HookError: An attribute is not what it must be; the error names it.
    """

    token_url: str
    authorize_url: str | None = None
    refresh_url: str | None = None
    revoke_url: str | None = None
    device_url: str | None = None
    scopes: tuple[str, ...] = attrs.field(default=(), converter=texts)
    scope_separator: str = " "
    pkce: bool = True
    client_authentication: ClientAuthentication = "client_secret_basic"
    token_body: Literal["form", "json"] = "form"  # noqa: S105  # a format, no secret
    grant: Grant = "authorization_code"
    authorize_parameters: Mapping[str, str] = EMPTY
    token_parameters: Mapping[str, Text] = EMPTY
    settings_from_token: Mapping[str, str] = EMPTY
    issuer: str | None = None
    audience: str | None = None
    key_id: str | None = None
    assertion: Assertion | None = None
    client_id: str | None = None
    client_secret: Secret | None = attrs.field(
        default=None, converter=attrs.converters.optional(Secret)
    )
    client_fields: tuple[str, ...] = attrs.field(default=(), converter=texts)
    token_types: tuple[str, ...] = attrs.field(default=("bearer",), converter=texts)
    gone_errors: tuple[str, ...] = attrs.field(default=(), converter=texts)

    def __attrs_post_init__(self) -> None:
        for fault in _faults(self):
            raise HookError(f"OAuth2Endpoints: {fault}")

    @property
    def scope(self) -> str | None:
        """The scopes as they are sent; None for none (RFC 6749 §3.3)."""
        return self.scope_separator.join(self.scopes) or None


def _faults(endpoints: OAuth2Endpoints) -> Iterator[str]:
    for name in _URLS:
        yield from _url_fault(name, getattr(endpoints, name))
    for name, words in _CHOICES.items():
        if getattr(endpoints, name) not in words:
            yield f"{name} is one of {', '.join(words)}"
    for name in ("authorize_parameters", "token_parameters"):
        for parameter in sorted(_OURS & set(getattr(endpoints, name))):
            yield f"{name} cannot set {parameter!r}: the scheme does"
    if GRANT in endpoints.settings_from_token.values():
        yield f"settings_from_token cannot keep anything as {GRANT!r}: the scheme does"
    if endpoints.grant == "jwt_bearer" and endpoints.assertion is None:
        yield "the grant jwt_bearer needs an assertion"


def _url_fault(name: str, url: object) -> Iterator[str]:
    try:
        if url is not None or name == "token_url":
            parse(url if isinstance(url, str) else "")
    except PolicyError as error:
        yield f"{name}: {error}"
