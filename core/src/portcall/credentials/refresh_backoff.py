"""When a refresh may be tried: what is remembered of the tries before, as one frozen value.

Pure: no clock, no lock, no I/O. A backoff is stored beside the credentials, so that all processes of
a connection decide alike, and decide the same after a crash.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Self

import attrs

from portcall.errors import (
    AuthenticationError,
    ClientRefusedError,
    ReauthorizationError,
    RefreshError,
    SignInNotFoundError,
)
from portcall.model.rfc3339 import rfc3339

FIRST_WAIT: Final = timedelta(seconds=1)
LONGEST_WAIT: Final = timedelta(minutes=5)
STORM: Final = 10
STORM_WINDOW: Final = timedelta(minutes=1)
_REFUSED: Final = "refused"
_CLIENT: Final = "client"
_NOT_FOUND: Final = "not found"
_MOMENTS: Final = frozenset({"retry_at", "renewed_at"})


@attrs.frozen(kw_only=True)
class RefreshBackoff:
    """What is known of the refreshes of one connection.

    Args:
        unproven: The current token came out of a refresh and was never accepted.
        renewed_at: Aware instant of that refresh.
        open_tries: Refreshes that began and of which no end is known (their process was killed). They are
            no evidence against the grant: the next caller asks at once.
        failures: Tries that failed in a row.
        retry_at: Aware instant before which no other try is made.
        reason: Why the last try failed, for messages; redacted.
        refusal: ``"refused"`` if it failed by a refusal that is not of the grant; ``"client"`` if it was
            of the client, by the destination's own word; ``"not found"`` if there is nothing at the URL;
            empty if it failed by what may pass.
        dead: The grant is gone; only a new authorization helps.
        fields: Names of the settings to correct, where that helps in place of an authorization.
        earned: Instants of the refreshes that refusals alone earned, within the last minute.
    """

    unproven: bool = False
    renewed_at: datetime | None = None
    open_tries: int = 0
    failures: int = 0
    retry_at: datetime | None = None
    reason: str = ""
    refusal: str = ""
    dead: bool = False
    fields: tuple[str, ...] = ()
    earned: tuple[datetime, ...] = ()

    def check(self, now: datetime, *, expired: bool) -> None:
        """Return if a refresh may be tried now.

        Args:
            now: Aware instant.
            expired: The token is over by its own account.

        Raises:
            ReauthorizationError: The grant is gone, by the destination's own word.
            RefreshError: It is too early after a failure, or refreshes come in a storm.
            AuthenticationError: A fresh token was refused, so that another one would fare no better; or
                the client was, a short while ago.
        """
        if self.dead:
            known = self.fields or "authorize" in self.reason
            what = "" if known else "a person has to authorize again: "
            raise ReauthorizationError(f"{what}{self.reason}", self.fields)
        if self.unproven and not expired and _is_ahead(self._trusted_until(), now):
            raise AuthenticationError(
                "the destination refused a token that it had just given: check what the "
                f"connection may do there; no other is asked for before {_time(self._trusted_until())}"
            )
        if _is_ahead(self.retry_at, now):
            if self.refusal:
                raise self._refusal(f"{self.reason}; not asked again before {_time(self.retry_at)}")
            raise RefreshError(
                f"no refresh before {_time(self.retry_at)}: {self.reason}", self.retry_at
            )

    def _refusal(self, message: str) -> AuthenticationError:
        if self.refusal == _CLIENT:
            return ClientRefusedError(message, self.fields)
        kind = SignInNotFoundError if self.refusal == _NOT_FOUND else AuthenticationError
        return kind(message)

    def begin(self, now: datetime, *, expired: bool) -> Self:
        """Note that a refresh begins; to be stored before the call.

        Raises:
            RefreshError: Refreshes come in a storm.
        """
        if not expired and len(self._recent(now)) >= STORM:
            raise RefreshError(
                f"{STORM} refreshes within a minute, each for a token refused before its time: "
                "none for a minute",
                now + STORM_WINDOW,
            )
        return attrs.evolve(self, open_tries=self.open_tries + 1)

    def succeed(self, now: datetime, *, expired: bool) -> Self:
        """Note that fresh credentials came; to be stored with them."""
        # Counted here and not in `begin`: what was cut off before its answer brought no token.
        earned = self._recent(now) if expired else (*self._recent(now), now)
        return attrs.evolve(type(self)(), unproven=True, renewed_at=now, earned=earned)

    def fail(self, failure: AuthenticationError, now: datetime) -> Self:
        """Note how a try ended without credentials."""
        if isinstance(failure, ReauthorizationError):
            return attrs.evolve(
                self, open_tries=0, dead=True, reason=str(failure), fields=failure.fields
            )
        wait = min(FIRST_WAIT * 2 ** min(self.failures, 16), LONGEST_WAIT)
        asked = failure.retry_at if isinstance(failure, RefreshError) else None
        return attrs.evolve(
            self,
            open_tries=0,
            failures=self.failures + 1,
            retry_at=min(max(asked or now, now + wait), now + LONGEST_WAIT),
            reason=str(failure),
            refusal=_kind(failure),
            fields=failure.fields if isinstance(failure, ClientRefusedError) else (),
        )

    def _recent(self, now: datetime) -> tuple[datetime, ...]:
        return tuple(moment for moment in self.earned if now - STORM_WINDOW < moment <= now)

    def _trusted_until(self) -> datetime | None:
        return self.renewed_at and self.renewed_at + LONGEST_WAIT

    def prove(self) -> Self:
        """Note that the destination accepted the current token."""
        return attrs.evolve(self, unproven=False, renewed_at=None)

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object with what differs from a new backoff."""
        fresh, values = type(self)(), attrs.asdict(self, recurse=False)
        kept = {key: value for key, value in values.items() if value != getattr(fresh, key)}
        for name in _MOMENTS & kept.keys():
            kept[name] = kept[name].isoformat()
        if self.earned:
            kept["earned"] = [moment.isoformat() for moment in self.earned]
        if self.fields:
            kept["fields"] = list(self.fields)
        return kept

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """Return the backoff of which `to_json` made *kept*; keys of a later version are passed over."""
        names = {field.name for field in attrs.fields(cls)}
        values = {key: value for key, value in kept.items() if key in names}
        for name in _MOMENTS & values.keys():
            values[name] = values[name] and datetime.fromisoformat(values[name])
        values["earned"] = tuple(map(datetime.fromisoformat, values.get("earned", ())))
        values["fields"] = tuple(map(str, values.get("fields", ())))
        return cls(**values)


def _kind(failure: AuthenticationError) -> str:
    if isinstance(failure, SignInNotFoundError):
        return _NOT_FOUND
    if isinstance(failure, ClientRefusedError):
        return _CLIENT
    return "" if isinstance(failure, RefreshError) else _REFUSED


def _is_ahead(moment: datetime | None, now: datetime) -> bool:
    """Return whether *moment* is still to come, and near: a clock that was set back stops no refresh."""
    return moment is not None and now < moment <= now + LONGEST_WAIT


def _time(moment: datetime | None) -> str:
    return rfc3339(moment) if moment else ""


NEW: Final = RefreshBackoff()
"""What is known of a connection that was never renewed."""
