"""The device grant (RFC 8628): the person signs in on another device, this one asks until they have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep
from typing import Any, Final

import attrs

from portcall.errors import (
    AuthenticationError,
    PolicyError,
    RefreshError,
    SettingsError,
    TransportError,
)
from portcall.model.auth import Auth
from portcall.model.http_response import Response
from portcall.requests.client import Client
from portcall.schemes.oauth2.answers import fields_of, token_response
from portcall.schemes.oauth2.clients import registered
from portcall.schemes.oauth2.endpoints import OAuth2Endpoints
from portcall.schemes.oauth2.grants import send
from portcall.schemes.oauth2.lifetimes import lifetime_s
from portcall.schemes.oauth2.refusals import refusal, word_of
from portcall.schemes.oauth2.requests import device_request, poll_request
from portcall.secret import Secret
from portcall.urls import parse

INTERVAL_S: Final = 5.0
_LONGEST_INTERVAL_S: Final = 300.0
_LONGEST_LIFE_S: Final = 3_600.0
_LONGEST_CODE: Final = 80


@attrs.frozen(kw_only=True)
class DeviceCode:
    """What to show a person, and the code to poll with (RFC 8628 §3.2).

    Args:
        user_code: What the person types on that page.
        verification_url: The page to open on any device.
        verification_url_complete: The same with the code in it, for a QR code; None if there is none.
        expires_at: Aware instant at which both codes expire.
        lifetime_s: Seconds until then.
        interval_s: Least seconds between two polls.
        device_code: The code to poll with.
    """

    user_code: str
    verification_url: str
    verification_url_complete: str | None
    expires_at: datetime
    lifetime_s: float
    interval_s: float
    device_code: Secret = attrs.field(converter=Secret)


def begin_device(client: Client, endpoints: OAuth2Endpoints, auth: Auth) -> DeviceCode:
    """Get the codes (RFC 8628 §3.1).

    Args:
        client: Carries no credentials.
        endpoints: What the destination declared.
        auth: Has the client id and, if the client has one, the secret.

    Raises:
        SettingsError: The destination declared no ``device_url``, or there is no client id.
        AuthenticationError: It refused, or what came cannot be shown; `RefreshError` if only just now.
    """
    if endpoints.device_url is None:
        raise SettingsError("this destination declares no device_url: sign in with a browser here")
    own, now = registered(endpoints, auth), datetime.now(UTC)
    answer = send(client, device_request(endpoints, own, now=now))
    said = fields_of(answer)
    if said is None or not 200 <= answer.status < 300 or word_of(said)[0]:
        raise refusal(answer, said, now=now, endpoints=endpoints, hidden=(own,))
    return _device_code(answer, said, now)


def poll_device(
    client: Client,
    endpoints: OAuth2Endpoints,
    auth: Auth,
    device: DeviceCode,
    *,
    wait: Callable[[float], None] = sleep,
    clock: Callable[[], float] = monotonic,
) -> Auth:
    """Ask until the person has decided or the codes are over (RFC 8628 §3.4, §3.5).

    Args:
        client: Carries no credentials.
        endpoints: What the destination declared.
        auth: As for `begin_device`.
        device: What `begin_device` returned.
        wait: Waits that many seconds; called before every question.
        clock: Seconds that only go forward.

    Raises:
        AuthenticationError: The person declined, or did not decide in time.
    """
    own = attrs.evolve(registered(endpoints, auth), scopes=endpoints.scopes)
    ends, interval = clock() + device.lifetime_s, device.interval_s
    while clock() + interval < ends:
        wait(interval)
        try:
            answer = send(client, poll_request(endpoints, own, device.device_code, now=_now()))
            longer = _pause(answer, interval)
            if longer is None:
                hidden = (device.device_code,)
                return token_response(answer, own, endpoints=endpoints, hidden=hidden)
            interval = longer
        except (TransportError, RefreshError):  # it may pass, and each time gets more room for that
            interval = min(2 * interval, _LONGEST_INTERVAL_S)
    raise AuthenticationError(
        f"the code was not entered within {device.lifetime_s:.0f} s: begin again"
    )


def _pause(answer: Response, interval: float) -> float | None:
    """Return the seconds to wait before asking again; None if the answer is final."""
    said = fields_of(answer) or {}
    word = word_of(said)[0]
    if word == "authorization_pending":
        return interval
    if word == "slow_down":
        return min(max(interval + 5, lifetime_s(said.get("interval")) or 0), _LONGEST_INTERVAL_S)
    if word == "access_denied":
        raise AuthenticationError("the person or the destination declined (access_denied)", answer)
    if word == "expired_token":
        raise AuthenticationError("the code has expired (expired_token): begin again", answer)
    return None


def _device_code(answer: Response, said: Mapping[str, Any], now: datetime) -> DeviceCode:
    life = min(lifetime_s(said.get("expires_in")) or _LONGEST_LIFE_S, _LONGEST_LIFE_S)
    # Google says verification_url.
    url = _url(said.get("verification_uri") or said.get("verification_url"))
    code, secret = said.get("user_code"), said.get("device_code")
    if not (url and _can_be_shown(code) and isinstance(secret, str) and secret.isprintable()):
        raise AuthenticationError(
            f"{answer.url}: the answer lacks a user_code, device_code or verification_uri to use",
            answer,
        )
    return DeviceCode(
        user_code=str(code),
        verification_url=url,
        verification_url_complete=_url(said.get("verification_uri_complete")),
        expires_at=now + timedelta(seconds=life),
        lifetime_s=life,
        interval_s=min(lifetime_s(said.get("interval")) or INTERVAL_S, _LONGEST_INTERVAL_S),
        device_code=Secret(secret),
    )


def _can_be_shown(code: object) -> bool:
    return isinstance(code, str) and 0 < len(code) <= _LONGEST_CODE and code.isprintable()


def _url(said: object) -> str | None:
    """Return a URL that is fit for a terminal; None for anything else."""
    try:
        return str(parse(said)) if isinstance(said, str) else None
    except PolicyError:
        return None


def _now() -> datetime:
    return datetime.now(UTC)
