"""The signature methods (RFC 5849 §3.4), and their SHA-2 forms that came after it."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, TypeAlias
from weakref import WeakKeyDictionary

import attrs

from portcall import Secret, SettingsError
from portcall_oauth1.base import encode

_NOT_INSTALLED: Final = "RSA signatures need a package: pip install 'portcall-oauth1[rsa]'"
Sign: TypeAlias = Callable[["Keys", str], str]
_read: Final[WeakKeyDictionary[Secret, Any]] = WeakKeyDictionary()
"""Private keys by their PEM text: reading one takes longer than a signature. Each goes with its text."""


@attrs.frozen(kw_only=True)
class Keys:
    """The secrets that sign.

    Args:
        consumer: The consumer's secret.
        token: The token's secret; None while there is no token.
        private_key: PEM text, for the RSA methods.
    """

    consumer: Secret
    token: Secret | None = None
    private_key: Secret | None = None

    def joined(self) -> Secret:
        """Return ``consumer&token``, both encoded (RFC 5849 §3.4.2, §3.4.4)."""
        token = "" if self.token is None else self.token.reveal()
        return Secret(f"{encode(self.consumer.reveal())}&{encode(token)}")


@attrs.frozen
class Method:
    """One signature method.

    Args:
        sign: Signs a base string.
        digest: Name of the hash that it signs with; empty for PLAINTEXT.
    """

    sign: Sign
    digest: str

    def body_hash(self, body: bytes) -> str:
        """Hash a body for ``oauth_body_hash``, with the method's own hash."""
        return b64encode(hashlib.new(self.digest, body).digest()).decode()


def _hmac(digest: str, keys: Keys, base: str) -> str:
    """Sign with a hash keyed by both secrets (RFC 5849 §3.4.2)."""
    key = keys.joined().reveal().encode()
    return b64encode(hmac.digest(key, base.encode(), digest)).decode()


def _plaintext(keys: Keys, _: str) -> str:
    """Show both secrets, which only TLS hides (RFC 5849 §3.4.4)."""
    return keys.joined().reveal()


def _rsa(digest: str, keys: Keys, base: str) -> str:
    """Sign by RSASSA-PKCS1-v1_5 (RFC 5849 §3.4.3)."""
    if not keys.private_key:
        raise SettingsError("Private key is needed for RSA signatures")
    try:
        from cryptography.hazmat.primitives import hashes  # noqa: PLC0415  # an optional package
        from cryptography.hazmat.primitives.asymmetric import padding  # noqa: PLC0415
    except ImportError:
        raise SettingsError(_NOT_INSTALLED) from None
    kind: hashes.HashAlgorithm = getattr(hashes, digest.upper())()
    signature: bytes = _loaded(keys.private_key).sign(base.encode(), padding.PKCS1v15(), kind)
    return b64encode(signature).decode()


def _loaded(pem: Secret) -> Any:
    """Return the private key that this PEM text holds."""
    if (known := _read.get(pem)) is not None:
        return known
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    try:
        key = load_pem_private_key(pem.reveal().encode(), password=None)
    except (ValueError, TypeError):
        key = None
    if isinstance(key, RSAPrivateKey):
        _read[pem] = key
        return key
    raise SettingsError("Private key must be an unencrypted RSA key as PEM text")


METHODS: Final[Mapping[str, Method]] = {
    "HMAC-SHA1": Method(partial(_hmac, "sha1"), "sha1"),
    "HMAC-SHA256": Method(partial(_hmac, "sha256"), "sha256"),
    "HMAC-SHA512": Method(partial(_hmac, "sha512"), "sha512"),
    "RSA-SHA1": Method(partial(_rsa, "sha1"), "sha1"),
    "RSA-SHA256": Method(partial(_rsa, "sha256"), "sha256"),
    "RSA-SHA512": Method(partial(_rsa, "sha512"), "sha512"),
    "PLAINTEXT": Method(_plaintext, ""),
}
