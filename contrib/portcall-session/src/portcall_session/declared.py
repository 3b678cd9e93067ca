"""Asking the destination for its login."""

from __future__ import annotations

from typing import Any

from portcall import Auth, HookError, HookRelay
from portcall_session.hooks import SessionLogin


def declared(hooks: HookRelay, settings: Any, auth: Auth) -> SessionLogin | None:
    """Return what the destination answers to ``session_login``.

    Raises:
        HookError: It is something else than a login.
    """
    login = hooks.session_login(settings=settings, auth=auth)
    if login is None or isinstance(login, SessionLogin):
        return login
    raise HookError(
        f"session_login answered with {type(login).__name__}; it must be a SessionLogin or None"
    )
