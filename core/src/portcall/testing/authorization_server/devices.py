"""Devices without a browser: codes that a person enters elsewhere (RFC 8628)."""

from __future__ import annotations

from typing import Any, Final

import attrs

from portcall.testing.authorization_server.refusals import Refusal
from portcall.testing.authorization_server.tokens import Grant
from portcall.testing.moving_clock import MovingClock

_SLOWER_S: Final = 5.0


@attrs.define
class _Device:
    user_code: str
    scopes: frozenset[str]
    ends_s: float
    interval_s: float
    next_s: float = 0.0
    approved: bool | None = None
    is_spent: bool = False


class Devices:
    """The devices that wait for a person.

    Args:
        clock: Tells when codes end, and how fast a device asks.
        interval_s: How long a device has to wait between two questions.
        lifetime_s: How long its codes are good.
    """

    def __init__(self, clock: MovingClock, interval_s: float, lifetime_s: float = 600.0) -> None:
        self.interval_s = interval_s
        self.lifetime_s = lifetime_s
        self._clock: Final = clock
        self._devices: Final[dict[str, _Device]] = {}

    def begin(self, scopes: frozenset[str], page: str) -> dict[str, Any]:
        """Return the codes of a new device (RFC 8628 §3.2)."""
        number = len(self._devices) + 1
        device = _Device(
            f"WDJB-{number:04}", scopes, self._clock.now_s() + self.lifetime_s, self.interval_s
        )
        self._devices[f"device-code-{number}"] = device
        return {
            "device_code": f"device-code-{number}",
            "user_code": device.user_code,
            "verification_uri": page,
            "verification_uri_complete": f"{page}?user_code={device.user_code}",
            "expires_in": int(self.lifetime_s),
            "interval": self.interval_s,
        }

    def enter(self, user_code: str, *, approves: bool) -> None:
        """Let the person enter a code, and say yes or no.

        Raises:
            LookupError: No device shows this code.
        """
        for device in self._devices.values():
            if device.user_code == user_code:
                device.approved = approves
                return
        raise LookupError(f"no device shows the code {user_code}")

    def redeem(self, form: dict[str, str]) -> Grant:
        """Return the grant of a device once the person said yes.

        Raises:
            Refusal: As RFC 8628 §3.5 has it.
        """
        device = self._devices.get(form.get("device_code", ""))
        if device is None or device.is_spent:
            raise Refusal("invalid_grant", "no such device code")
        now_s = self._clock.now_s()
        if now_s >= device.ends_s:
            raise Refusal("expired_token", "the device code has ended")
        if now_s < device.next_s:
            device.interval_s += _SLOWER_S
            raise Refusal("slow_down", f"ask every {device.interval_s:g} seconds")
        device.next_s = now_s + device.interval_s * 0.9  # what timers round
        if device.approved is None:
            raise Refusal("authorization_pending", "the person has not answered")
        if not device.approved:
            raise Refusal("access_denied", "the person declined")
        device.is_spent = True
        return Grant(device.scopes)
