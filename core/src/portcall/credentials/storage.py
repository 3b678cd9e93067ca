"""Where the credentials of one connection are kept, and who may replace them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

import attrs

from portcall.credentials.refresh_backoff import NEW, RefreshBackoff
from portcall.model import Auth


@attrs.frozen
class Holding:
    """What is kept of one connection: its credentials and what is known of their refreshes."""

    auth: Auth
    backoff: RefreshBackoff = NEW


class CredentialStorage(Protocol):
    """The truth about one connection's credentials, shared by everyone who uses it."""

    def alone(self, timeout_s: float) -> AbstractContextManager[None]:
        """Keep every other process out, at most waiting *timeout_s* seconds to get in.

        Raises:
            DeadlineError: Another process was still in.
        """

    def read(self) -> Holding:
        """Return what is kept now."""

    def keep(self, holding: Holding) -> None:
        """Keep *holding* durably: when this returns, a crash cannot lose it."""


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

    @contextmanager
    def alone(self, timeout_s: float) -> Iterator[None]:  # noqa: ARG002
        """No other process knows of it."""
        yield

    def read(self) -> Holding:
        """Return what is kept now."""
        return self._holding

    def keep(self, holding: Holding) -> None:
        """Keep *holding*, and let the program store new credentials."""
        if self._save is not None and holding.auth is not self._holding.auth:
            self._save(holding.auth)
        self._holding = holding
