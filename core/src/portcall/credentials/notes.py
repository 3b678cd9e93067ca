"""Record facts about credentials after their use; a failure to do so never costs an answer."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from typing import Final

import attrs

from portcall.credentials.clock import Clock
from portcall.credentials.single_flight import SingleFlight
from portcall.credentials.storage import CredentialStorage, Holding
from portcall.model.auth import Auth
from portcall.raised import text_of
from portcall.redaction.text import Redactor, secrets_in

WAIT_S: Final = 0.25
"""Seconds that a caller whose answer has come waits for a note to be durable."""
FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 300.0


class Notes:
    """Notes on one connection's credentials: that a token was taken, and tokens that are not stored yet.

    A note that cannot be stored is logged, as a warning the first time, and made up for with a later
    answer or refresh.

    Args:
        storage: Where they go.
        clock: Tells the time.
        flights: Where the one note, or refresh, that is under way can be found.

    Attributes:
        are_made: The storage knows all there is to know of the current credentials.
        lent: Holds the session that a refresh keeps open for the note that is about to come.
    """

    __slots__ = (
        "_accepted", "_clock", "_flights", "_next", "_pause_s", "_storage", "_told",
        "_unsaved", "are_made", "lent",
    )  # fmt: skip

    def __init__(
        self, storage: CredentialStorage, clock: Clock, flights: SingleFlight[Auth | None]
    ) -> None:
        self._storage: Final = storage
        self._clock: Final = clock
        self._flights: Final = flights
        self._accepted: Auth | None = None
        # What came, is used, and could not be stored; and what it replaces.
        self._unsaved: tuple[Holding, Auth] | None = None
        self.lent: Final[dict[str, ExitStack]] = {}
        self._told = False
        self._next, self._pause_s = 0.0, FIRST_PAUSE_S
        self.are_made = True

    def begin(self, holding: Holding) -> None:
        """Start anew with credentials that were just adopted."""
        self._accepted = None
        self._next, self._pause_s = 0.0, FIRST_PAUSE_S
        self.are_made = not holding.backoff.unproven and self._unsaved is None

    def accept(self, auth: Auth) -> None:
        """Note that the destination accepted *auth*; raise nothing, wait a quarter of a second at most."""
        self._accepted = auth
        if self._clock.monotonic() >= self._next:
            flight, leads = self._flights.board(partial(self._make, auth))
            if leads:
                flight.wait(WAIT_S)

    def keep(self, renewed: Holding, was: Auth) -> None:
        """Store what came, or remember that it has to be: it may be the only grant there is."""
        try:
            self._storage.keep(renewed)
            self._unsaved = None
        except BaseException as exc:
            self._unsaved = (renewed, was)
            if not isinstance(exc, Exception):
                raise
            self.complain("fresh credentials are used, and could not be stored", exc)

    def catch_up(self, kept: Holding, current: Auth) -> Holding:
        """Return what is kept together with what was not noted yet; what was not stored yet is, first.

        Raises:
            PortcallError: It cannot be stored still: no further grant is spent.
        """
        if self._unsaved is not None:
            renewed, was = self._unsaved
            if kept.auth == was:  # else a person authorized the connection again
                self._storage.keep(renewed)
                kept = renewed
            self._unsaved = None
        if self._accepted is not None and self._accepted is current and kept.auth == current:
            kept = attrs.evolve(kept, backoff=kept.backoff.prove())
        return kept

    def lend(self, session: ExitStack) -> None:
        """Keep a storage session open for the note that is about to come."""
        self.lent["session"] = session
        if self._flights.is_left:  # there is no caller whose answer would bring the note
            self.close()

    def close(self) -> None:
        """Close the session that was lent, if it is still open."""
        if self.lent:
            session = self.lent.pop("session", None)
            if session is not None:
                session.close()

    def complain(self, what: str, exc: Exception) -> None:
        """Log that *what* happened: as a warning, and for debugging from the second time on."""
        import logging  # noqa: PLC0415  # almost never

        hide = Redactor(secrets_in(self._accepted, self._unsaved))
        level = logging.DEBUG if self._told else logging.WARNING
        self._told = True
        logging.getLogger("portcall").log(
            level, "%s (%s: %s)", what, type(exc).__name__, hide(text_of(exc))
        )

    def _make(self, auth: Auth) -> None:
        """Store that *auth* was accepted."""
        try:
            with ExitStack() as stack:
                session = self.lent.pop("session", None)
                stack.enter_context(self._storage.session() if session is None else session)
                if self._unsaved is not None:
                    self.catch_up(self._storage.read(), auth)
                self._storage.amend(partial(_proved, auth))
            self.are_made = True
        except Exception as exc:  # noqa: BLE001  # a program's ``save`` may raise anything
            self._next = self._clock.monotonic() + self._pause_s
            self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)
            self.complain("that the destination took a token could not be stored", exc)


def _proved(auth: Auth, kept: Holding) -> Holding | None:
    if kept.auth != auth or not kept.backoff.unproven:
        return None
    return attrs.evolve(kept, backoff=kept.backoff.prove())
