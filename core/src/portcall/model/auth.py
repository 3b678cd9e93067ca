"""The credentials of a connection, and the page where a person grants them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import attrs

from portcall.errors import HookError
from portcall.model.opaque import EMPTY
from portcall.secret import Secret, Text


def _secret(value: Text | None) -> Secret | None:
    return value if value is None or isinstance(value, Secret) else Secret(value)


def texts(given: Iterable[str]) -> tuple[str, ...]:
    """Keep several texts as a tuple; one alone, which is an iterable too, is a mistake."""
    if isinstance(given, str):
        raise HookError("several texts are expected, and one is given: put it into a list")
    return tuple(given)


@attrs.frozen(kw_only=True, repr=False)
class Auth:
    """Credential state of one connection; replaced whole, never changed.

    Args:
        access_token: What goes onto requests: an OAuth 2.0 access token, OAuth 1.0a token or session.
        refresh_token: What new access tokens are had with (RFC 6749 §1.5).
        token_secret: The secret half of an OAuth 1.0a token (RFC 5849 §2.3).
        token_type: How the access token is used, lower case (RFC 6749 §7.1).
        expires_at: Aware instant at which the access token ends; None if the destination did not say.
        issued_at: Aware instant at which the access token came; with ``expires_at`` its lifetime.
        scopes: What was granted (RFC 6749 §3.3).
        client_id: The host's own name there; only in ``refresh_access_token`` and authorization.
        client_secret: The host's own secret there; likewise.
        state: More that a scheme or destination keeps with the credentials, by name; stored with them.
        live: What a scheme keeps in this process only (a nonce and its counter); never stored or compared.
    """

    access_token: Secret | None = attrs.field(default=None, converter=_secret)
    refresh_token: Secret | None = attrs.field(default=None, converter=_secret)
    token_secret: Secret | None = attrs.field(default=None, converter=_secret)
    token_type: str = "bearer"  # noqa: S105  # a word of RFC 6750, no secret
    expires_at: datetime | None = None
    issued_at: datetime | None = None
    scopes: tuple[str, ...] = attrs.field(default=(), converter=texts)
    client_id: str | None = None
    client_secret: Secret | None = attrs.field(default=None, converter=_secret)
    state: Mapping[str, Text] = EMPTY
    live: object = attrs.field(default=None, eq=False)

    def __repr__(self) -> str:
        held = [f.name for f in attrs.fields(Auth) if getattr(self, f.name)]
        return f"Auth({', '.join(f'{name}=***' for name in held if name != 'token_type')})"


@attrs.frozen(kw_only=True)
class Authorization:
    """A page to send a person to, and what to remember until they come back.

    Args:
        url: Absolute URL of the destination's own page.
        pending: Small and serialisable; goes back into ``finish_authorization`` as it is.
    """

    url: str = attrs.field(repr=False)
    pending: Mapping[str, Text] = attrs.field(default=EMPTY, repr=False)
