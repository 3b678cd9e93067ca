"""Signature Version 4, pure: a finished request, credentials and a time in, headers out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from hmac import digest
from typing import Final, Protocol
from urllib.parse import quote, unquote_to_bytes
from weakref import WeakKeyDictionary

import attrs

from portcall import Request, RequestError, RequestOptions, Secret, reveal
from portcall_sigv4.hooks import SigningScope

ALGORITHM: Final = "AWS4-HMAC-SHA256"
UNSIGNED: Final = "UNSIGNED-PAYLOAD"
NOT_SIGNED: Final = frozenset(
    {
        "authorization",
        "baggage",
        "connection",
        "expect",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "traceparent",
        "tracestate",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
        "x-amzn-trace-id",
    }
)
"""Headers that proxies and tracing change on the way, after the signature."""

_NOTHING: Final = sha256().hexdigest()
_SAFE_PATH: Final = "/-._~"
_SAFE: Final = "-._~"
_PLAIN_PATH: Final = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*/?")
_PLAIN_QUERY: Final = re.compile(r"[\w.~-]+=[\w.~-]*(?:&[\w.~-]+=[\w.~-]*)*", re.ASCII)
_SPACES: Final = re.compile(r"[ \t]+")
_derived: Final[WeakKeyDictionary[Secret, tuple[tuple[str, str, str], bytes]]] = WeakKeyDictionary()
"""The key that was derived last from each secret access key; it goes when the connection's secret does."""


class AccessKey(Protocol):
    """What signs: the scheme's settings, or `Credentials`."""

    @property
    def access_key_id(self) -> str: ...
    @property
    def secret_access_key(self) -> Secret: ...
    @property
    def session_token(self) -> Secret | None: ...


@attrs.frozen
class Credentials:
    """An access key of AWS, with its session token if it is a temporary one."""

    access_key_id: str
    secret_access_key: Secret
    session_token: Secret | None = None


def sign(
    request: Request, credentials: AccessKey, scope: SigningScope, *, now: datetime
) -> RequestOptions:
    """Prove possession of the secret access key for one finished request.

    Args:
        request: As it goes on the wire, its ``target`` set; a body is hashed whole.
        credentials: An access key, permanent or temporary.
        scope: What the signature is good for.
        now: Aware instant; AWS takes a signature for 5 minutes around it, S3 for 15.

    Returns:
        ``Authorization`` and ``X-Amz-Date``; with temporary credentials ``X-Amz-Security-Token``;
        for S3 and unsigned payloads ``X-Amz-Content-Sha256``.

    Raises:
        RequestError: No policy has parsed the request's URL.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    """
    target = request.target
    if target is None:
        raise RequestError("a request is signed after its URL is parsed: its target is missing")
    stamp = _stamp(now)
    payload = payload_hash(request.body, scope, secure=target.scheme == "https")
    added: dict[str, str | Secret] = {"x-amz-date": stamp}
    raw_path = scope.is_s3
    if raw_path or payload == UNSIGNED:
        added["x-amz-content-sha256"] = payload
    token = credentials.session_token
    if token and scope.signs_token:
        added["x-amz-security-token"] = token
    path, _, query = target.target.partition("?")
    headers = {**request.headers, **added, "host": target.authority}
    canonical, names = canonical_request(
        request.method,
        quote(unquote_to_bytes(path), safe=_SAFE_PATH) if raw_path else path,
        query,
        headers,
        payload,
        raw_path=raw_path,
    )
    added["authorization"] = authorization(canonical, names, stamp, credentials, scope)
    if token:
        added["x-amz-security-token"] = token
    return RequestOptions(headers=added)


def canonical_request(
    method: str,
    path: str,
    query: str,
    headers: Mapping[str, str | Secret],
    payload: str,
    *,
    raw_path: bool = False,
) -> tuple[str, str]:
    """Write down what is signed of a request, and the names of the signed headers.

    Args:
        method: Upper case.
        path: As it goes on the wire.
        query: As it goes on the wire, without ``?``.
        headers: Values by lower-case name; those of `NOT_SIGNED` are left out.
        payload: `payload_hash` of the body.
        raw_path: Take the path as it is, as S3 does; all others encode it once more.
    """
    ordered = sorted(headers.keys() - NOT_SIGNED)
    names = ";".join(ordered)
    written = "\n".join([f"{name}:{_trimmed(reveal(headers[name]))}" for name in ordered])
    where = path if raw_path else canonical_path(path)
    pairs = canonical_query(query) if query else ""
    return f"{method}\n{where}\n{pairs}\n{written}\n\n{names}\n{payload}", names


def canonical_path(path: str) -> str:
    """Resolve dots and empty segments, then percent-encode what the wire has once more."""
    if _PLAIN_PATH.fullmatch(path):
        return path or "/"
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in {"", "."}:
            kept.append(segment)
    slash = "/" if kept and path.endswith(("/", "/.", "/..")) else ""
    return quote(f"/{'/'.join(kept)}{slash}", safe=_SAFE_PATH)


def canonical_query(query: str) -> str:
    """Encode names and values in the one way of AWS and sort them, names first."""
    pairs = [pair.partition("=") for pair in query.split("&") if pair]
    if not _PLAIN_QUERY.fullmatch(query):
        pairs = [(_encoded(name), "=", _encoded(value)) for name, _, value in pairs]
    return "&".join([f"{name}={value}" for name, _, value in sorted(pairs)])


def payload_hash(body: bytes | None, scope: SigningScope, *, secure: bool) -> str:
    """Hash the body, or say that it is not signed; without TLS it always is."""
    if scope.payload == "unsigned" and secure:
        return UNSIGNED
    return sha256(body).hexdigest() if body else _NOTHING


def string_to_sign(canonical: str, stamp: str, scope: SigningScope) -> str:
    """Tie a canonical request to a time, a region and a service."""
    hashed = sha256(canonical.encode("utf-8", "replace")).hexdigest()
    day = stamp[:8]
    return f"{ALGORITHM}\n{stamp}\n{day}/{scope.region}/{scope.service}/aws4_request\n{hashed}"


def authorization(
    canonical: str, names: str, stamp: str, credentials: AccessKey, scope: SigningScope
) -> Secret:
    """Write the value of ``Authorization`` for a canonical request."""
    day, region, service = stamp[:8], scope.region, scope.service
    key = _signing_key(credentials.secret_access_key, day, region, service)
    text = string_to_sign(canonical, stamp, scope)
    proof = digest(key, text.encode(), "sha256").hex()
    return Secret(
        f"{ALGORITHM} Credential={credentials.access_key_id}/{day}/{region}/{service}/aws4_request, "
        f"SignedHeaders={names}, Signature={proof}"
    )


def _signing_key(secret: Secret, day: str, region: str, service: str) -> bytes:
    """Derive the key of one day, region and service; it serves for nothing else."""
    scope = day, region, service
    known = _derived.get(secret)
    if known is not None and known[0] == scope:
        return known[1]
    key = f"AWS4{secret}".encode()
    for part in (*scope, "aws4_request"):
        key = digest(key, part.encode(), "sha256")
    _derived[secret] = scope, key
    return key


def _stamp(now: datetime) -> str:
    """Write ``20150830T123600Z``; slicing takes half the time of strftime."""
    utc = now if now.tzinfo is UTC else now.astimezone(UTC)
    iso = utc.isoformat(timespec="seconds")
    return f"{iso[:4]}{iso[5:7]}{iso[8:13]}{iso[14:16]}{iso[17:19]}Z"


def _trimmed(value: str) -> str:
    if " " not in value and "\t" not in value:
        return value
    return _SPACES.sub(" ", value.strip(" \t"))


def _encoded(text: str) -> str:
    return quote(unquote_to_bytes(text), safe=_SAFE)
