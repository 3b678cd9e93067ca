"""The page that a person is sent to, and the codes that come of it (RFC 6749 §4.1, RFC 7636)."""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from hashlib import sha256
from hmac import compare_digest
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit

import attrs

from portcall.testing.authorization_server.clients import RegisteredClient
from portcall.testing.authorization_server.refusals import Refusal, one_each
from portcall.testing.authorization_server.tokens import Grant
from portcall.testing.moving_clock import MovingClock

_LIFETIME_S: Final = 60.0
_VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_LOOPBACK: Final = frozenset(("127.0.0.1", "::1"))


@attrs.define
class _Code:
    asked: dict[str, str]
    grant: Grant
    ends_s: float
    is_spent: bool = False


class Consent:
    """Asks the person, whose answer the test decides.

    Args:
        client: The one that may ask.
        scopes: What may be asked for; anything if empty.
        clock: Tells when a code has ended.
        pkce: A request without a code challenge is refused.
    """

    def __init__(
        self, client: RegisteredClient, scopes: frozenset[str], clock: MovingClock, *, pkce: bool
    ) -> None:
        self._client: Final = client
        self._scopes: Final = scopes
        self._clock: Final = clock
        self._pkce: Final = pkce
        self._codes: Final[dict[str, _Code]] = {}

    def answer(self, query: str, *, approves: bool) -> str:
        """Return the URL that the person is sent back to, with a code or with the reason for none.

        Raises:
            Refusal: The client or the URL to go back to is unknown, so that the person stays (§4.1.2.1).
        """
        given = parse_qs(query, keep_blank_values=True)
        urls = given.get("redirect_uri", [])
        if given.get("client_id") != [self._client.id]:
            raise Refusal("invalid_client", "no such client")
        if len(urls) != 1 or not any(
            _leads_to(each, urls[0]) for each in self._client.redirect_urls
        ):
            raise Refusal("invalid_request", "redirect_uri is not one that was registered")
        answer = {"state": given["state"][0]} if given.get("state") else {}
        try:
            answer["code"] = self._code(one_each(given), approves=approves)
        except Refusal as refusal:
            answer |= {"error": refusal.error, "error_description": refusal.about}
        return f"{urls[0]}{'&' if '?' in urls[0] else '?'}{urlencode(answer)}"

    def _code(self, asked: dict[str, str], *, approves: bool) -> str:
        if asked.get("response_type") != "code":
            raise Refusal("unsupported_response_type", "response_type must be code")
        challenge = asked.get("code_challenge")
        if challenge is None and self._pkce:
            raise Refusal("invalid_request", "code_challenge is missing")
        if challenge is not None and asked.get("code_challenge_method") != "S256":
            raise Refusal("invalid_request", "code_challenge_method must be S256")
        if challenge is not None and not _CHALLENGE.fullmatch(challenge):
            raise Refusal("invalid_request", "code_challenge is not a SHA-256 hash in base64url")
        scopes = checked_scopes(asked.get("scope"), self._scopes)
        if not approves:
            raise Refusal("access_denied", "the person declined")
        code = f"code-{len(self._codes) + 1}"
        self._codes[code] = _Code(asked, Grant(scopes), self._clock.now_s() + _LIFETIME_S)
        return code

    def redeem(self, form: dict[str, str]) -> Grant:
        """Return the grant that a code stands for, once.

        Raises:
            Refusal: ``invalid_grant``; of a code that is used twice the tokens end, too (RFC 6749 §4.1.2).
        """
        code = self._codes.get(form.get("code", ""))
        if code is None:
            raise Refusal("invalid_grant", "no such code")
        if code.is_spent:
            code.grant.is_live = False
            raise Refusal("invalid_grant", "the code was used before: its tokens have ended")
        if self._clock.now_s() >= code.ends_s:
            raise Refusal("invalid_grant", "the code has ended")
        if form.get("redirect_uri") != code.asked["redirect_uri"]:
            raise Refusal("invalid_grant", "redirect_uri is not the one that was asked with")
        _check_verifier(code.asked.get("code_challenge"), form.get("code_verifier"))
        code.is_spent = True
        return code.grant


def checked_scopes(asked: str | None, allowed: frozenset[str]) -> frozenset[str]:
    """Return the scopes of a request; all that are allowed where it names none.

    Raises:
        Refusal: ``invalid_scope``.
    """
    scopes = frozenset((asked or "").split())
    if allowed and not scopes <= allowed:
        raise Refusal("invalid_scope", f"no such scope: {' '.join(sorted(scopes - allowed))}")
    return scopes or allowed


def _check_verifier(challenge: str | None, verifier: str | None) -> None:
    if challenge is None:
        if verifier is not None:  # RFC 9700 §2.1.1: a downgrade
            raise Refusal("invalid_grant", "code_verifier was given without a code_challenge")
        return
    if verifier is None or not _VERIFIER.fullmatch(verifier):
        raise Refusal("invalid_grant", "code_verifier is missing, or is not 43 to 128 characters")
    digest = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=")
    if not compare_digest(digest, challenge.encode()):
        raise Refusal("invalid_grant", "code_verifier does not match code_challenge")


def _leads_to(registered: str, given: str) -> bool:
    """Compare whole URLs; of a loopback address, the port may differ (RFC 8252 §7.3)."""
    if registered == given:
        return True
    ours, theirs = urlsplit(registered), urlsplit(given)
    if ours.scheme != "http" or ours.hostname not in _LOOPBACK or "@" in theirs.netloc:
        return False
    host = f"[{ours.hostname}]" if ours.hostname == "::1" else f"{ours.hostname}"
    return theirs._replace(netloc=host) == ours._replace(netloc=host) and (
        theirs.hostname == ours.hostname
    )
