"""What every destination of this scheme asks for, unless it redefines it."""

from __future__ import annotations

from typing import Final

import attrs

from portcall import Auth, Secret, field
from portcall_oauth1.methods import METHODS, Keys

_RSA: Final = [name for name in METHODS if name.startswith("RSA")]


@attrs.frozen
class Credentials:
    """The consumer, how it signs, and a token where one was made by hand."""

    consumer_key: str = field(label="Consumer key")
    consumer_secret: Secret = field(label="Consumer secret")
    token: Secret | None = field(
        label="Token",
        description="Only for a token that was created by hand; authorizing fills it in.",
        default=None,
    )
    token_secret: Secret | None = field(
        label="Token secret", description="Goes with the token.", default=None
    )
    signature_method: str = field(
        label="Signature method",
        choices=list(METHODS),
        default="HMAC-SHA1",
        category="Advanced",
    )
    private_key: Secret | None = field(
        label="Private key",
        description="PEM text of the unencrypted RSA key whose public half the other side has.",
        format="text",
        default=None,
        required={"signature_method": _RSA},
        category="Advanced",
    )
    realm: str | None = field(
        label="Realm",
        description="Sent with the signature where the other side asks for it.",
        default=None,
        category="Advanced",
    )
    body_hash: bool = field(
        label="Body hash",
        description="Sign bodies other than forms with oauth_body_hash.",
        default=True,
        category="Advanced",
    )


def token_of(settings: Credentials, auth: Auth) -> Secret | None:
    """Return the token to sign with: the authorized one, else the one in the settings, or none."""
    return auth.access_token or settings.token or None


def keys_of(settings: Credentials, auth: Auth) -> Keys:
    """Return the secrets to sign with; those of a token go together."""
    secret = auth.token_secret if auth.access_token else settings.token_secret
    return Keys(
        consumer=settings.consumer_secret,
        token=secret,
        private_key=settings.private_key,
    )
