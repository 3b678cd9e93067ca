"""When a refresh may be tried: what is remembered of the tries before, as one frozen value.

Pure: no clock, no lock, no I/O. A backoff is stored beside the credentials, so that all processes of
a connection decide alike, and decide the same after a crash.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Self

import attrs

from portcall.errors import AuthenticationError, ReauthorizationError, RefreshError

FIRST_WAIT: Final = timedelta(seconds=1)
LONGEST_WAIT: Final = timedelta(minutes=5)
MOST_TRIES: Final = 3
STORM: Final = 10
STORM_WINDOW: Final = timedelta(minutes=1)


@attrs.frozen(kw_only=True)
class RefreshBackoff:
    """What is known of the refreshes of one connection.

    Args:
        unproven: The current token came out of a refresh and was never accepted.
        open_tries: Refreshes that began and of which no end is known (their process was killed).
        failures: Tries that failed in a row for a reason that may pass.
        retry_at: Aware instant before which no other try is made.
        reason: Why the last try failed, for messages; redacted.
        dead: The grant is gone; only a new authorization helps.
        earned: Instants of the refreshes that refusals alone earned, within the last minute.
    """

    unproven: bool = False
    open_tries: int = 0
    failures: int = 0
    retry_at: datetime | None = None
    reason: str = ""
    dead: bool = False
    earned: tuple[datetime, ...] = ()

    def check(self, now: datetime, *, expired: bool) -> None:
        """Return whether a refresh may be tried now.

        Args:
            now: Aware instant.
            expired: The token is over by its own account.

        Raises:
            ReauthorizationError: The grant is gone, or was tried too often without an answer.
            RefreshError: It is too early after a failure, or refreshes come in a storm.
            AuthenticationError: A fresh token was refused: another one would fare no better.
        """
        if self.dead:
            raise ReauthorizationError(f"a person has to authorize again: {self.reason}")
        if self.open_tries >= MOST_TRIES:
            raise ReauthorizationError(
                f"a person has to authorize again: {self.open_tries} refreshes were cut off"
            )
        if self.unproven and not expired:
            raise AuthenticationError(
                "the destination refused a token that it had just given: check what the "
                "connection may do there"
            )
        if self.retry_at is not None and now < self.retry_at <= now + LONGEST_WAIT:
            raise RefreshError(
                f"no refresh before {self.retry_at:%H:%M:%S} UTC: {self.reason}", self.retry_at
            )

    def begin(self, now: datetime, *, expired: bool) -> Self:
        """Note that a refresh begins; to be stored before the call."""
        recent = tuple(moment for moment in self.earned if now - STORM_WINDOW < moment <= now)
        if not expired:
            if len(recent) >= STORM:
                raise RefreshError(
                    f"{STORM} refreshes within a minute, each for a token refused before its time: "
                    "none for a minute",
                    now + STORM_WINDOW,
                )
            recent = (*recent, now)
        return attrs.evolve(self, open_tries=self.open_tries + 1, earned=recent)

    def succeed(self) -> Self:
        """Note that fresh credentials came; to be stored with them."""
        return attrs.evolve(type(self)(), unproven=True, earned=self.earned)

    def fail(self, failure: AuthenticationError, now: datetime) -> Self:
        """Note how a try ended without credentials."""
        if isinstance(failure, ReauthorizationError):
            return attrs.evolve(self, open_tries=0, dead=True, reason=str(failure))
        wait = min(FIRST_WAIT * 2 ** min(self.failures, 16), LONGEST_WAIT)
        asked = failure.retry_at if isinstance(failure, RefreshError) else None
        retry_at = min(max(asked or now, now + wait), now + LONGEST_WAIT)
        return attrs.evolve(
            self, open_tries=0, failures=self.failures + 1, retry_at=retry_at, reason=str(failure)
        )

    def prove(self) -> Self:
        """Note that the destination accepted the current token."""
        return attrs.evolve(self, unproven=False)

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object with what differs from a new backoff."""
        fresh, values = type(self)(), attrs.asdict(self, recurse=False)
        kept = {key: value for key, value in values.items() if value != getattr(fresh, key)}
        if self.retry_at is not None:
            kept["retry_at"] = self.retry_at.isoformat()
        if self.earned:
            kept["earned"] = [moment.isoformat() for moment in self.earned]
        return kept

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """Read what `to_json` gave; keys of a later version are passed over."""
        names = {field.name for field in attrs.fields(cls)}
        values = {key: value for key, value in kept.items() if key in names}
        if values.get("retry_at"):
            values["retry_at"] = datetime.fromisoformat(values["retry_at"])
        values["earned"] = tuple(map(datetime.fromisoformat, values.get("earned", ())))
        return cls(**values)


NEW: Final = RefreshBackoff()
"""What is known of a connection that was never renewed."""
