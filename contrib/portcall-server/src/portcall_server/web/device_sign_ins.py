"""Sign-ins on another device (RFC 8628), each in a thread of its own until the person has decided."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Lock, Thread
from time import monotonic
from typing import Final, Literal, TypeAlias

from portcall import Connection, DeviceCode, DeviceFlow, SettingsError

MOST: Final = 20
"""So many may be under way at once, of all browsers together."""

FIRST_S: Final = 30.0
"""A page waits so long for the code."""

Key: TypeAlias = tuple[str, ...]
State: TypeAlias = Literal["waiting", "done", "failed", "cancelled"]


class _CancelledError(Exception):
    """The person, or the end of the server, has broken it off."""


class DeviceSignIn:
    """One sign-in: it ends when the person decides, when the code is over, or when it is cancelled.

    Args:
        connection: Whose credentials are asked for; it keeps them itself.

    Attributes:
        state: What has become of it.
        code: What the person types in and where; None until it is known.
        fault: Why it failed; None unless it did.
    """

    def __init__(self, connection: Connection) -> None:
        self.state: State = "waiting"
        self.code: DeviceCode | None = None
        self.fault: Exception | None = None
        self._connection: Final = connection
        self._cancelled: Final = Event()
        self._shown: Final = Event()
        self._ended: Final = Event()
        self._thread: Final = Thread(target=self._run, name="portcall-device", daemon=True)

    def start(self, wait_s: float = FIRST_S) -> None:
        """Ask for the code, and wait until it is known or cannot be had."""
        self._thread.start()
        self._shown.wait(wait_s)

    def cancel(self) -> None:
        """Ask no more; what was granted before stays."""
        self._cancelled.set()

    def wait(self, wait_s: float) -> None:
        """Wait until it has ended."""
        self._ended.wait(wait_s)

    @property
    def seconds_left(self) -> int:
        """How long the code is good for."""
        return max(0, round(self._ends_s - monotonic())) if self.code is not None else 0

    def _run(self) -> None:
        try:
            self._connection.authorize(DeviceFlow(self._show, self._pause))
            self.state = "done"
        except _CancelledError:
            self.state = "cancelled"
        except Exception as exc:  # noqa: BLE001  # a plugin may raise anything; the page says what
            self.fault, self.state = exc, "failed"
        finally:
            self._shown.set()
            self._ended.set()

    def _show(self, code: DeviceCode) -> None:
        self._ends_s = monotonic() + code.lifetime_s
        self.code = code
        self._shown.set()

    def _pause(self, seconds: float) -> None:
        if self._cancelled.wait(seconds):
            raise _CancelledError


class DeviceSignIns:
    """The sign-ins of a server; at most `MOST` are under way, and one for each account of a browser."""

    def __init__(self) -> None:
        self._held: Final[dict[Key, DeviceSignIn]] = {}
        self._lock: Final = Lock()

    def begin(self, key: Key, open_connection: Callable[[], Connection]) -> DeviceSignIn:
        """Begin a sign-in in the place of an earlier one for the same account.

        Args:
            key: Browser and account.
            open_connection: Returns the connection.

        Raises:
            SettingsError: Too many are under way.
        """
        self.cancel(key)
        made = DeviceSignIn(open_connection())
        with self._lock:
            for each in [k for k, held in self._held.items() if held.state != "waiting"]:
                del self._held[each]
            if len(self._held) >= MOST:
                raise SettingsError(f"{MOST} sign-ins are under way: end one of them first")
            self._held[key] = made
        made.start()
        return made

    def get(self, key: Key) -> DeviceSignIn | None:
        """Return the sign-in of an account; None if there is none."""
        return self._held.get(key)

    def cancel(self, key: Key) -> None:
        """Break off the sign-in of an account, if there is one, and forget it."""
        with self._lock:
            found = self._held.pop(key, None)
        if found is not None:
            found.cancel()

    def close(self) -> None:
        """Break off all of them."""
        for key in tuple(self._held):
            self.cancel(key)
