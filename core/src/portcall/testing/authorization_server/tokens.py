"""Grants and the tokens of each: issued, rotated, ended."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import attrs

from portcall.testing.authorization_server.refusals import Refusal
from portcall.testing.moving_clock import MovingClock


@attrs.define(eq=False)
class Grant:
    """What one person, or the client itself, allowed.

    Args:
        scopes: What it covers.
        is_renewable: Its tokens come with a refresh token.
        is_live: It has not ended.
    """

    scopes: frozenset[str]
    is_renewable: bool = attrs.field(default=True, kw_only=True)
    is_live: bool = attrs.field(default=True, kw_only=True)


class Tokens:
    """Every token that was issued.

    Args:
        clock: Tells when an access token has ended.
        lifetime_s: How long an access token is good.
        rotates: Each refresh issues a new refresh token, and the one before is no longer valid.
    """

    def __init__(self, clock: MovingClock, lifetime_s: float, *, rotates: bool) -> None:
        self.lifetime_s = lifetime_s
        self.rotates = rotates
        self.refreshes = 0
        self.reuses = 0
        self._clock: Final = clock
        self._number = 0
        self._access: Final[dict[str, tuple[Grant, float]]] = {}
        self._refresh: Final[dict[str, Grant]] = {}
        self._spent: Final[set[str]] = set()

    def issue(
        self, grant: Grant, scopes: Iterable[str] = (), *, keeps_refresh: bool = False
    ) -> dict[str, Any]:
        """Return the body of a successful answer (RFC 6749 §5.1).

        Args:
            grant: What the tokens are for.
            scopes: Fewer than those of the grant; all if empty.
            keeps_refresh: The refresh token stays as it is, and is not in the answer.
        """
        self._number += 1
        access, refresh = f"access-token-{self._number}", f"refresh-token-{self._number}"
        self._access[access] = grant, self._clock.now_s() + self.lifetime_s
        answer: dict[str, Any] = {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": int(self.lifetime_s),
        }
        if covered := sorted(scopes or grant.scopes):
            answer["scope"] = " ".join(covered)
        if grant.is_renewable and not keeps_refresh:
            self._refresh[refresh] = grant
            answer["refresh_token"] = refresh
        return answer

    def renew(self, refresh: str, scopes: frozenset[str]) -> dict[str, Any]:
        """Exchange a refresh token for new tokens (RFC 6749 §6).

        Raises:
            Refusal: ``invalid_grant``, also for a token that was exchanged before, which ends the whole grant
                (RFC 9700 §4.14.2); ``invalid_scope`` for more than was allowed.
        """
        grant = self._refresh.get(refresh)
        if grant is None:
            raise Refusal("invalid_grant", "no such refresh token")
        if refresh in self._spent:
            grant.is_live = False
            self.reuses += 1
            raise Refusal("invalid_grant", "the refresh token was used before: the grant has ended")
        if not grant.is_live:
            raise Refusal("invalid_grant", "the grant has ended")
        if not scopes <= grant.scopes:
            raise Refusal("invalid_scope", "more than what was allowed")
        self.refreshes += 1
        if self.rotates:
            self._spent.add(refresh)
        return self.issue(grant, scopes, keeps_refresh=not self.rotates)

    def is_good(self, access: str) -> bool:
        """Return whether an access token counts now."""
        grant, ends_s = self._access.get(access, (None, 0.0))
        return grant is not None and grant.is_live and self._clock.now_s() < ends_s

    def give_back(self, token: str) -> None:
        """End an access token, or the grant of a refresh token (RFC 7009 §2.1)."""
        if token in self._refresh:
            self._refresh[token].is_live = False
        self._access.pop(token, None)
