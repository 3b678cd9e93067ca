"""AWS Signature Version 4: header signing, by access key, region and service.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import attrs

from portcall import (
    HookError,
    HookRelay,
    Request,
    RequestOptions,
    Response,
    Secret,
    Verdict,
    field,
)
from portcall_sigv4.answers import error_code, read_json, verdict_on
from portcall_sigv4.hooks import SigningScope, hookimpl, signing_scope
from portcall_sigv4.signing import Credentials, sign

__all__ = [
    "Credentials",
    "SigningScope",
    "error_code",
    "hookimpl",
    "read_json",
    "sign",
    "signing_scope",
]


@attrs.frozen
class Settings:
    """What every destination of this scheme asks for, unless it redefines it."""

    access_key_id: str = field(
        label="Access key ID",
        description="IAM > Users > Security credentials > Access keys.",
        placeholder="AKIAIOSFODNN7EXAMPLE",
    )
    secret_access_key: Secret = field(
        label="Secret access key", description="Shown once, when the access key is created."
    )
    session_token: Secret | None = field(
        label="Session token",
        description="Only with temporary credentials of AWS STS.",
        default=None,
        category="Advanced",
    )
    region: str = field(
        label="Region",
        description="Where the service runs: the name in its endpoint.",
        format="hostname-label",
        placeholder="eu-central-1",
    )


@hookimpl
def auth_fields() -> type[Settings]:
    return Settings


@hookimpl
def sign_request(request: Request, settings: Any, hooks: HookRelay) -> RequestOptions:
    return sign(request, settings, _scope(request, settings, hooks), now=now())


@hookimpl
def classify_response(response: Response) -> Verdict | None:
    return verdict_on(response)


def now() -> datetime:
    """Return the time of signing; a test puts its own clock here."""
    return datetime.now(UTC)


def _scope(request: Request, settings: Any, hooks: HookRelay) -> SigningScope:
    scope = hooks.signing_scope(request=request, settings=settings)
    if isinstance(scope, SigningScope):
        return scope
    service = getattr(settings, "service", None)
    if scope is not None or not isinstance(service, str):
        raise HookError(
            f"signing_scope answered with {type(scope).__name__}; a destination of scheme sigv4 "
            "answers with a SigningScope, or has settings called service and region"
        )
    return SigningScope(service=service, region=settings.region)
