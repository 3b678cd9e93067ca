"""JSON web tokens, signed for a token endpoint (RFC 7515, RFC 7523)."""

from __future__ import annotations

import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, TypeAlias

from portcall.errors import SettingsError
from portcall.requests.client import encode_json
from portcall.secret import Secret

Sign: TypeAlias = Callable[[bytes], bytes]

_P256_BYTES: Final = 32
_UNREADABLE: Final = (
    "the private key cannot be read: give the whole PEM text of an unencrypted key, from "
    "'-----BEGIN' to the last '-----'"
)


def claims_of(
    issuer: str, subject: str, audience: str, *, now: datetime, lifetime_s: int
) -> dict[str, Any]:
    """Return the claims that every assertion has (RFC 7523 §3), with a ``jti`` of its own.

    Args:
        issuer: Who asserts.
        subject: Whom it is about.
        audience: Who is meant to believe it.
        now: Aware instant.
        lifetime_s: How long it is good.
    """
    issued = int(now.timestamp())
    return {
        "iss": issuer,
        "sub": subject,
        "aud": audience,
        "iat": issued,
        "exp": issued + lifetime_s,
        "jti": secrets.token_urlsafe(16),
    }


def sign_with_secret(claims: Mapping[str, Any], secret: Secret) -> Secret:
    """Sign with HS256 (RFC 7518 §3.2)."""
    key = secret.reveal().encode()
    return _signed({"alg": "HS256"}, claims, lambda data: hmac.digest(key, data, "sha256"))


def sign_with_key(claims: Mapping[str, Any], private_key: Secret, key_id: str | None) -> Secret:
    """Sign with RS256 or ES256 (RFC 7518 §3.3, §3.4), as the key has it.

    Raises:
        SettingsError: The key cannot be read or is of another kind, or ``cryptography`` is missing.
    """
    algorithm, sign = _signer(private_key)
    return _signed({"alg": algorithm, **({"kid": key_id} if key_id else {})}, claims, sign)


def _signed(header: Mapping[str, str], claims: Mapping[str, Any], sign: Sign) -> Secret:
    """Write the compact form (RFC 7515 §7.1)."""
    parts = (encode_json({**header, "typ": "JWT"}), encode_json(dict(claims)))
    data = b".".join(map(base64url, parts))
    return Secret(b".".join((data, base64url(sign(data)))).decode())


def base64url(data: bytes) -> bytes:
    """Encode without padding (RFC 7515 §2)."""
    return urlsafe_b64encode(data).rstrip(b"=")


def _signer(private_key: Secret) -> tuple[str, Sign]:
    """Read the key and see what it signs with."""
    try:
        from cryptography.hazmat.primitives.asymmetric import ec, rsa  # noqa: PLC0415
    except ImportError:
        raise SettingsError(
            "signing with a private key needs a library: pip install cryptography"
        ) from None
    key = _read(private_key)
    if isinstance(key, rsa.RSAPrivateKey):
        return "RS256", lambda data: _rs256(key, data)
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
        return "ES256", lambda data: _es256(key, data)
    raise SettingsError("the private key must be RSA (RS256) or EC on the curve P-256 (ES256)")


def _read(private_key: Secret) -> object:
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    # One line of environment or JSON often holds a key with its line ends spelled out.
    text = private_key.reveal().replace("\\n", "\n").strip()
    try:
        return load_pem_private_key(text.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        pass  # the library's own words may quote the key
    raise SettingsError(_UNREADABLE)


def _rs256(key: Any, data: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric import padding  # noqa: PLC0415
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415

    return bytes(key.sign(data, padding.PKCS1v15(), SHA256()))


def _es256(key: Any, data: bytes) -> bytes:
    """Sign, and write r and s one after the other: JOSE does not have DER (RFC 7518 §3.4)."""
    from cryptography.hazmat.primitives.asymmetric import ec, utils  # noqa: PLC0415
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415

    numbers = utils.decode_dss_signature(key.sign(data, ec.ECDSA(SHA256())))
    return b"".join(number.to_bytes(_P256_BYTES, "big") for number in numbers)
