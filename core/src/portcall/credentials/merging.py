"""Merge fresh credentials into the old ones."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import attrs

from portcall.model.auth import Auth
from portcall.secret import Secret

_BEARER: Final = Auth().token_type


def merge(fresh: Auth, old: Auth, now: datetime) -> Auth:
    """Return *fresh*, and of *old* what it does not mention (RFC 6749 §6).

    Args:
        fresh: What a hook returned: a token, a scope or a state that is missing (None, or empty where it
            is a collection) stays as it was; an empty text gives one up.
        old: The credentials before.
        now: Aware instant; an end that *fresh* repeats and that is over was the old token's.

    Returns:
        Credentials without the host's own client id and secret, which are not kept with a connection.
    """
    state = {**old.state, **fresh.state}
    ended = fresh.expires_at is not None and fresh.expires_at <= now
    carried = ended and fresh.expires_at == old.expires_at
    return attrs.evolve(
        fresh,
        access_token=_token(fresh.access_token, old.access_token),
        refresh_token=_token(fresh.refresh_token, old.refresh_token),
        token_secret=_token(fresh.token_secret, old.token_secret),
        token_type=old.token_type if fresh.token_type == _BEARER else fresh.token_type,
        expires_at=None if carried else fresh.expires_at,
        scopes=fresh.scopes or old.scopes,
        client_id=None,
        client_secret=None,
        state={name: value for name, value in state.items() if value},
        live=old.live if fresh.live is None else fresh.live,
    )


def _token(fresh: Secret | None, old: Secret | None) -> Secret | None:
    if fresh is None:
        return old
    return fresh or None
