"""A log-in that the scheme session asks for."""

from __future__ import annotations

import attrs

import portcall_session
from portcall import Auth, Secret, field


@attrs.frozen
class Settings:
    api_key: Secret = field(label="API key")


@portcall_session.hookimpl.session_login
def session_login(settings: Settings, auth: Auth) -> portcall_session.SessionLogin | None:
    return None if auth.access_token or settings.api_key else None
