"""Fresh credentials for all callers with one refresh, however many threads and processes ask."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from typing import Final

import attrs

from portcall.credentials.clock import CLOCK, Clock
from portcall.credentials.lifetime import MANDATORY_S, renewal_times
from portcall.credentials.merging import merge
from portcall.credentials.notes import Notes
from portcall.credentials.refresh_backoff import RefreshBackoff
from portcall.credentials.single_flight import Flight, SingleFlight
from portcall.credentials.storage import CredentialStorage, Holding
from portcall.credentials.token_calls import Answer, Refresh, as_failure, fetch
from portcall.errors import (
    AuthenticationError,
    DeadlineError,
    PluginError,
    PortcallError,
    RefreshError,
)
from portcall.model.auth import Auth

EARLY_WAIT_S: Final = 5.0
LOCK_S: Final = 90.0
"""Seconds that a refresh waits for that of another process."""
_TOO_LATE: Final = (
    "no fresh credentials within the time of this request: the refresh goes on, "
    "and its answer is kept"
)


class Refresher:
    """The current credentials of one connection in this process, and how they are replaced.

    A refresh runs in a thread of its own: a caller leaves when its request's time is over, the refresh
    goes on, and an answer that comes late is kept and used. The only copy of a grant may be in it.

    Args:
        storage: Where the credentials are kept.
        clock: Tells the time.
        renews: Whether a layer can be asked: a hookimpl of ``refresh_access_token``.

    Attributes:
        due: When the credentials may be renewed, on the clock; None if never.
        notes: Writes down what is known of them.
        lent: Not empty while a refresh keeps something open: `settle` closes it.
    """

    __slots__ = (
        "_clock", "_ends", "_flights", "_renews", "_storage", "auth", "due", "lent", "notes",
    )  # fmt: skip

    def __init__(
        self, storage: CredentialStorage, clock: Clock = CLOCK, *, renews: bool = True
    ) -> None:
        self._storage: Final = storage
        self._clock: Final = clock
        self._renews: Final = renews
        self._flights: Final[SingleFlight[Auth | None]] = SingleFlight("portcall refresh")
        self.notes: Final = Notes(storage, clock, self._flights)
        self.lent: Final = self.notes.lent
        self.due: float | None = None
        self._ends = 0.0
        self.auth: Auth = self._adopt(storage.read())

    @property
    def is_due(self) -> bool:
        """Whether `current` would not just return what there is."""
        return self.due is not None and self._clock.monotonic() >= self.due

    def current(self, refresh: Refresh, timeout_s: float) -> Auth:
        """Return the credentials to send with, renewed ahead of their end.

        Where there are none yet, all wait for one caller that asks for the first. In the last quarter
        of an hour of a token's life (half of it, if that is less) one caller waits a little for a refresh,
        and the others go on with the current one; near the end all wait for it.

        Args:
            refresh: Trades credentials for fresh ones (``refresh_access_token``).
            timeout_s: Seconds that the request has.

        Raises:
            DeadlineError: The token is over, and the refresh took longer than that; it goes on.
            AuthenticationError: The token is over and no fresh one can be had.
        """
        ends = self._clock.monotonic() + timeout_s
        stale = self.auth
        while self.is_due:
            flight, leads = self._flights.board(partial(self._refresh_early, refresh))
            if not (self._is_over() or leads):
                break
            if not self._is_over():
                self._wait(flight, min(EARLY_WAIT_S, timeout_s / 2), leads=leads)
                break
            if not self._wait(flight, ends - self._clock.monotonic(), leads=leads):
                raise DeadlineError(_TOO_LATE)
            if leads:
                flight.result()
            if leads or self.auth is not stale:  # no later call could have fetched fresher ones
                break
        return self.auth

    def renew(
        self,
        refused: Auth,
        answer: Answer,
        refresh: Refresh,
        timeout_s: float,
        *,
        at_once: bool = False,
    ) -> Auth | None:
        """Return credentials to try once more with, or None if there are none to be had.

        A caller that was refused with credentials that are no longer current takes the current ones
        and makes no call. All others wait here for the one that asks.

        Args:
            refused: What the request went out with.
            answer: Turns this refusal into fresh credentials (``answer_challenge``).
            refresh: Trades credentials for fresh ones (``refresh_access_token``).
            timeout_s: Seconds that the request has left.
            at_once: *answer* waits for nothing, and may care for the thread that it is called in.

        Raises:
            DeadlineError: The renewal took longer than that; it goes on.
            AuthenticationError: No fresh credentials can be had; says why and when to try again.
        """
        ends = self._clock.monotonic() + timeout_s
        if at_once:
            answered, answer = self._answer_here(refused, answer, ends)
            if answered is not None:
                return answered
        while self.auth is refused:
            flight, leads = self._flights.board(partial(self._answer, refused, answer, refresh))
            if not self._wait(flight, ends - self._clock.monotonic(), leads=leads):
                raise DeadlineError(_TOO_LATE)
            if leads:
                return flight.result()
        return self.auth

    def accept(self, auth: Auth) -> None:
        """Note that the destination took *auth*: from now on, a refusal of it earns a refresh.

        An answer is there already, so this raises nothing and waits for nothing long.
        """
        if auth is self.auth:
            self.notes.accept(auth)

    def settle(self) -> None:
        """Let go of what a refresh kept open for a note that did not come; after every request."""
        self.notes.close()

    def replace(self, auth: Auth) -> Auth:
        """Use and keep credentials that a person just authorized; what failed before is forgotten."""
        while True:
            flight, leads = self._flights.board(partial(self._replace, auth))
            flight.wait(LOCK_S)
            if leads:
                flight.result()
                return self.auth

    def _wait(self, flight: Flight[Auth | None], timeout_s: float, *, leads: bool) -> bool:
        """Return whether *flight* ended in time; tell it if the caller that began it leaves."""
        ended = False
        try:
            ended = flight.wait(timeout_s)
        finally:
            flight.is_left = leads and not ended
        return ended

    def _replace(self, auth: Auth) -> Auth:
        with self._storage.session(), self._storage.alone(MANDATORY_S):
            renewed = Holding(auth)
            self._storage.keep(renewed)
            return self._adopt(renewed)

    def _answer_here(
        self, refused: Auth, answer: Answer, ends: float
    ) -> tuple[Auth | None, Answer]:
        """Return the credentials that *answer* gives, if they need no storing; else what gives them."""
        while self.auth is refused:
            flight, leads = self._flights.board(answer, here=True)
            if leads:
                fresh = flight.result()
                merged = merge(fresh, refused, self._clock.now()) if fresh else None
                if merged != refused:
                    return None, flight.result  # which still has it
                if self.auth is refused:
                    self.auth = merged
            elif not flight.wait(ends - self._clock.monotonic()):
                raise DeadlineError(_TOO_LATE)
        return self.auth, answer

    def _answer(self, refused: Auth, answer: Answer, refresh: Refresh) -> Auth | None:
        """Renew after a refusal, unless another caller did so before this flight began."""
        if self.auth is not refused:
            return self.auth
        fresh = answer()
        if fresh is None:
            return self._fetch(refresh, expired=self._is_over())
        fresh = merge(fresh, refused, self._clock.now())
        if fresh == refused:
            self.auth = fresh
            return fresh
        with self._storage.session(), self._storage.alone(LOCK_S):
            kept = self._storage.read()
            renewed = attrs.evolve(kept, auth=fresh)
            self.notes.keep(renewed, kept.auth)
            return self._adopt(renewed)

    def _refresh_early(self, refresh: Refresh) -> Auth | None:
        """Refresh ahead of time; a failure counts only when the token is over."""
        over = self._is_over()
        try:
            fresh = self._fetch(refresh, expired=True)
        except Exception as exc:
            if over:
                raise
            self.due = min(self._clock.monotonic() + 1.0, self._ends)
            if not isinstance(exc, AuthenticationError):
                self.notes.complain("the token could not be refreshed ahead of its end", exc)
            return None
        if fresh is None:
            self.due = None  # there is nothing to refresh with: the destination will decide
        return fresh

    def _fetch(self, refresh: Refresh, *, expired: bool) -> Auth | None:
        """Make the one call, if no other process made it meanwhile; what comes is kept, then used."""
        with ExitStack() as stack:
            stack.enter_context(self._storage.session())
            with self._storage.alone(LOCK_S):
                fresh = self._trade(refresh, expired=expired)
            if not self.notes.are_made:
                self.notes.lend(stack.pop_all())
        return fresh

    def _trade(self, refresh: Refresh, *, expired: bool) -> Auth | None:
        stale = self.auth
        try:
            kept = self.notes.catch_up(self._storage.read(), stale)
            if kept.auth != stale:
                return self._adopt(kept)
            kept.backoff.check(self._clock.now(), expired=expired)
            begun = kept.backoff.begin(self._clock.now(), expired=expired)
            self._storage.keep(attrs.evolve(kept, backoff=begun))
        except AuthenticationError:
            raise
        except PortcallError as exc:  # of the store: what came now could not be kept
            raise RefreshError(f"no refresh was begun: {exc}") from exc
        asked = self._clock.monotonic()
        try:
            fresh = fetch(refresh, stale, self._clock)
        except Exception as exc:
            failure = as_failure(exc)
            if self._is_superseded(stale, begun.fail(failure, self._clock.now())):
                return self.auth
            if isinstance(exc, PluginError) or not isinstance(exc, PortcallError):
                raise
            raise failure from exc
        if fresh is None:
            self._storage.keep(kept)
            return None
        now = self._clock.now()
        renewed = Holding(merge(fresh, stale, now), begun.succeed(now, expired=expired))
        self.notes.keep(renewed, stale)
        return self._adopt(renewed, took_s=self._clock.monotonic() - asked)

    def _is_superseded(self, stale: Auth, failed: RefreshBackoff) -> bool:
        """Store how a refresh failed, unless a process that does not share our lock was faster."""
        try:
            kept = self._storage.read()
            if kept.auth != stale:
                self._adopt(kept)
                return True
            self._storage.keep(attrs.evolve(kept, backoff=failed))
        except Exception as exc:  # noqa: BLE001  # the failure of the refresh is what matters
            self.notes.complain("how a refresh failed could not be stored", exc)
        return False

    def _adopt(self, holding: Holding, *, took_s: float = 0.0) -> Auth:
        """Use what is kept; measure the token's age by the monotonic clock from here on.

        Args:
            holding: What is kept.
            took_s: How long the token call took.
        """
        auth = holding.auth
        self.notes.begin(holding)
        self.due, self._ends = None, 0.0
        if self._renews:
            start = self._clock.monotonic()
            self.due, self._ends = renewal_times(auth, self._clock.now(), start, took_s)
        self.auth = auth
        return auth

    def _is_over(self) -> bool:
        return self.due is not None and self._clock.monotonic() >= self._ends
