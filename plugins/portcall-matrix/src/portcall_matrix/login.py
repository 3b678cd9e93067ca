"""Logging in by password, prolonging by refresh token, and what survives a soft logout.

https://spec.matrix.org/v1.16/client-server-api/#client-authentication
"""

from __future__ import annotations

from typing import Any, Final

from portcall import Auth
from portcall_session import InHeader, Json, NotSignedIn, SessionLogin, SessionRequest

_DEVICE: Final = "device_id"
_HARD_LOGOUT: Final = NotSignedIn(status=401, place=Json("soft_logout"), values=(False, None))
"""The device is gone; with ``"soft_logout": true`` it is kept for the next login."""


def login_of(settings: Any, auth: Auth) -> SessionLogin:
    """Declare the login; the same device each time, for transaction ids are the device's own."""
    body = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": settings.username},
        "password": settings.password,
        "initial_device_display_name": settings.device_name,
        "refresh_token": True,
    }
    device = auth.state.get(_DEVICE)
    if device is not None:
        body["device_id"] = device
    return SessionLogin(
        request=SessionRequest(url="/login", json=body),
        session=Json("access_token"),
        sent=InHeader(word="Bearer"),
        expires_in=Json("expires_in_ms"),
        expires_in_unit_s=0.001,
        keep={_DEVICE: Json(_DEVICE)},
        refresh=_refresh(auth),
        refresh_token=Json("refresh_token"),
        ended=(_HARD_LOGOUT,),
        logout=SessionRequest(url="/logout", json={}),
    )


def _refresh(auth: Auth) -> SessionRequest | None:
    if not auth.refresh_token:
        return None
    return SessionRequest(url="/refresh", json={"refresh_token": auth.refresh_token})
