"""Where the credentials of one connection are kept, and who may replace them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol, TypeAlias

import attrs

from portcall.credentials.refresh_backoff import NEW, RefreshBackoff
from portcall.model.auth import Auth


@attrs.frozen
class Holding:
    """What is kept of one connection: its credentials and what is known of their refreshes."""

    auth: Auth
    backoff: RefreshBackoff = NEW


Amend: TypeAlias = Callable[[Holding], Holding | None]
"""Makes the next holding out of the one that is kept; None leaves that one as it is."""


class CredentialStorage(Protocol):
    """The storage of one connection's credentials, shared by all processes that use the connection."""

    def session(self) -> AbstractContextManager[None]:
        """Share one opening of what lies below among the calls within; other users are not kept out."""

    def alone(self, timeout_s: float) -> AbstractContextManager[None]:
        """Keep every other process out, at most waiting *timeout_s* seconds to get in.

        Raises:
            DeadlineError: Another process was still in.
        """

    def read(self) -> Holding:
        """Return what is kept now."""

    def keep(self, holding: Holding) -> None:
        """Keep *holding* durably: when this returns, a crash cannot lose it."""

    def amend(self, change: Amend) -> None:
        """Replace what is kept by what *change* makes of it, by compare and set: without a lock."""


class InMemoryCredentials:
    """Credentials of a connection that only this process knows.

    Args:
        auth: What the connection starts with.
        save: Called with fresh credentials before they are used; stores them durably.
    """

    __slots__ = ("_holding", "_save")

    def __init__(self, auth: Auth, save: Callable[[Auth], None] | None = None) -> None:
        self._holding = Holding(auth)
        self._save = save

    def session(self) -> AbstractContextManager[None]:
        """Return a context that does nothing: there is nothing to open."""
        return nullcontext()

    @contextmanager
    def alone(self, timeout_s: float) -> Iterator[None]:  # noqa: ARG002
        """Return a context that does nothing, as no other process has these credentials."""
        yield

    def read(self) -> Holding:
        """Return what is kept now."""
        return self._holding

    def keep(self, holding: Holding) -> None:
        """Keep *holding*, and let the program store new credentials."""
        if self._save is not None and holding.auth is not self._holding.auth:
            self._save(holding.auth)
        self._holding = holding

    def amend(self, change: Amend) -> None:
        """Keep what *change* makes of what is kept."""
        changed = change(self._holding)
        if changed is not None:
            self.keep(changed)
