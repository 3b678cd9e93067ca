"""Fresh credentials for everyone with one call, however many threads and processes ask."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from threading import Lock
from time import monotonic, sleep
from typing import Final, TypeAlias

import attrs

from portcall.credentials.storage import CredentialStorage, Holding
from portcall.errors import (
    AuthenticationError,
    DeadlineError,
    RefreshError,
    ThrottledError,
    TransportError,
)
from portcall.model import Auth
from portcall.raised import text_of

Refresh: TypeAlias = Callable[[Auth], Auth | None]

EARLY_S: Final = 900.0
MANDATORY_S: Final = 10.0
SECOND_TRY_S: Final = 0.2
TRANSIENT: Final = (TransportError, ThrottledError, RefreshError)
_TOO_LATE: Final = "no fresh credentials within the time of this request: another caller still asks"


@attrs.frozen
class Clock:
    """Time, so that a test can hold it.

    Args:
        now: The wall clock: an aware instant.
        monotonic: Seconds that only go forward.
        sleep: Waits for that many seconds.
    """

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    monotonic: Callable[[], float] = monotonic
    sleep: Callable[[float], None] = sleep


CLOCK: Final = Clock()


class Refresher:
    """The current credentials of one connection in this process, and how they are replaced.

    Args:
        storage: Where they are kept.
        clock: Tells the time.
        renews: Whether there is anybody to ask: a hookimpl of ``refresh_access_token``.
    """

    __slots__ = (
        "_clock",
        "_due",
        "_ends",
        "_lock",
        "_proven",
        "_renews",
        "_storage",
        "_unsaved",
        "auth",
    )

    def __init__(
        self, storage: CredentialStorage, clock: Clock = CLOCK, *, renews: bool = True
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._renews = renews
        self._lock = Lock()
        self._proven = False
        self._unsaved: Holding | None = None  # came, is used, and could not be stored yet
        self._due: float | None = None
        self._ends = 0.0
        self.auth: Auth = self._adopt(storage.read())

    def current(self, refresh: Refresh, timeout_s: float) -> Auth:
        """Return the credentials to send with, renewed ahead of their end.

        Where there are none yet, all wait for one caller that asks for the first. In the last quarter
        of an hour of a token's life (half of it, if that is less) one caller refreshes and the others
        go on with the current one; near the end all wait for it.

        Args:
            refresh: Trades credentials for fresh ones (``refresh_access_token``).
            timeout_s: Seconds that the request has.

        Raises:
            AuthenticationError: The token is over and no fresh one can be had.
        """
        if not self._is_due():
            return self.auth
        over = self._clock.monotonic() >= self._ends
        if not self._lock.acquire(timeout=timeout_s if over else 0):
            if over:
                raise DeadlineError(_TOO_LATE)
            return self.auth
        try:
            if self._is_due():  # nobody was faster
                self._refresh_early(refresh, timeout_s, over=over)
            return self.auth
        finally:
            self._lock.release()

    def renew(
        self, refused: Auth, answer: Callable[[], Auth | None], refresh: Refresh, timeout_s: float
    ) -> Auth | None:
        """Return credentials to try once more with, or None if there are none to be had.

        Whoever was refused with credentials that are no longer current takes the current ones and
        makes no call. Everyone else waits here for the one caller that asks.

        Args:
            refused: What the request went out with.
            answer: Turns this refusal into fresh credentials (``answer_challenge``).
            refresh: Trades credentials for fresh ones (``refresh_access_token``).
            timeout_s: Seconds that the request has left.

        Raises:
            DeadlineError: Another caller's renewal took longer than that.
            AuthenticationError: No fresh credentials can be had; says why and when to try again.
        """
        if not self._lock.acquire(timeout=max(timeout_s, 0.0)):
            raise DeadlineError(_TOO_LATE)
        try:
            if self.auth is not refused:
                return self.auth
            fresh = answer()
            if fresh is None:
                return self._fetch(refresh, timeout_s, expired=self._is_over())
            if fresh != refused:
                with self._storage.alone(timeout_s):
                    self._storage.keep(attrs.evolve(self._storage.read(), auth=fresh))
            self.auth = fresh
            return fresh
        finally:
            self._lock.release()

    def accept(self, auth: Auth) -> None:
        """Note that the destination took *auth*: from now on, a refusal of it earns a refresh."""
        if self._proven or auth is not self.auth or not self._lock.acquire(blocking=False):
            return
        try:
            if auth is self.auth:
                self._prove(auth)
                self._proven = True
        finally:
            self._lock.release()

    def _prove(self, auth: Auth) -> None:
        if self._unsaved is not None:
            proven = self._unsaved.backoff.prove()
            self._unsaved = attrs.evolve(self._unsaved, backoff=proven)
            return
        with self._storage.alone(MANDATORY_S):
            kept = self._storage.read()
            if kept.auth == auth:
                self._storage.keep(attrs.evolve(kept, backoff=kept.backoff.prove()))

    def replace(self, auth: Auth) -> Auth:
        """Use and keep credentials that a person just authorized; what failed before is forgotten."""
        with self._lock, self._storage.alone(MANDATORY_S):
            renewed = Holding(auth)
            self._storage.keep(renewed)
            return self._adopt(renewed)

    def _refresh_early(self, refresh: Refresh, timeout_s: float, *, over: bool) -> None:
        """Refresh ahead of time; a failure counts only when the token is over."""
        try:
            if self._fetch(refresh, timeout_s, expired=True) is None:
                self._due = None  # there is nothing to refresh with: the destination will decide
        except AuthenticationError:
            if over:
                raise
            self._due = min(self._clock.monotonic() + 1.0, self._ends)

    def _fetch(self, refresh: Refresh, timeout_s: float, *, expired: bool) -> Auth | None:
        """Make the one call, if nobody else made it meanwhile; what comes is kept, then used."""
        stale = self.auth
        with self._storage.alone(timeout_s):
            if self._unsaved is not None:
                self._storage.keep(self._unsaved)
                self._unsaved = None
            kept = self._storage.read()
            if kept.auth != stale:
                return self._adopt(kept)
            kept.backoff.check(self._clock.now(), expired=expired)
            begun = kept.backoff.begin(self._clock.now(), expired=expired)
            self._storage.keep(attrs.evolve(kept, backoff=begun))
            try:
                fresh = self._call(refresh, stale, timeout_s)
            except Exception as exc:
                meanwhile = self._storage.read()
                if meanwhile.auth != stale:  # someone who does not share our lock was faster
                    return self._adopt(meanwhile)
                failed = begun.fail(_as_failure(exc), self._clock.now())
                self._storage.keep(attrs.evolve(kept, backoff=failed))
                raise
            if fresh is None:
                self._storage.keep(kept)
                return None
            renewed = Holding(fresh, begun.succeed())
            try:
                self._storage.keep(renewed)
            except BaseException:
                # Stored or not, it is the only grant there is: the old one is spent.
                self._unsaved = renewed
                self._adopt(renewed)
                raise
            return self._adopt(renewed)

    def _call(self, refresh: Refresh, stale: Auth, timeout_s: float) -> Auth | None:
        """Ask; after a failure that may pass, once more within the request's time."""
        ends = self._clock.monotonic() + timeout_s
        try:
            return refresh(stale)
        except TRANSIENT as exc:
            failure = exc
        wait = _wait_s(failure, self._clock.now())
        if self._clock.monotonic() + wait >= ends:
            raise _as_failure(failure) from failure
        self._clock.sleep(wait)
        try:
            return refresh(stale)
        except TRANSIENT as exc:
            raise _as_failure(exc) from exc

    def _adopt(self, holding: Holding) -> Auth:
        """Use what is kept; measure the token's age by the monotonic clock from here on."""
        auth = holding.auth
        self._proven = not holding.backoff.unproven
        self._due, self._ends = None, 0.0
        if self._renews and auth.access_token is None:
            self._due = self._ends = self._clock.monotonic()
        elif self._renews and auth.expires_at is not None:
            now = self._clock.now()
            left_s = (auth.expires_at - now).total_seconds()
            life_s = (auth.expires_at - (auth.issued_at or now)).total_seconds()
            start = self._clock.monotonic()
            self._ends = start + left_s - min(MANDATORY_S, max(life_s, 0.0) / 10)
            self._due = start + left_s - min(EARLY_S, max(life_s, 0.0) / 2)
        self.auth = auth
        return auth

    def _is_due(self) -> bool:
        return self._due is not None and self._clock.monotonic() >= self._due

    def _is_over(self) -> bool:
        return self._due is not None and self._clock.monotonic() >= self._ends


def _wait_s(failure: Exception, now: datetime) -> float:
    asked = getattr(failure, "retry_at", None)
    return max(SECOND_TRY_S, (asked - now).total_seconds() if asked else 0.0)


def _as_failure(exc: Exception) -> AuthenticationError:
    """What a failed refresh means for later: gone for good, or to be tried again."""
    if isinstance(exc, AuthenticationError):
        return exc
    retry_at = getattr(exc, "retry_at", None)
    return RefreshError(f"the refresh failed ({type(exc).__name__}): {text_of(exc)}", retry_at)
