"""Answers to one challenge: the key of the credentials, the header, the server's own proof."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import quote

from portcall import Request, Response, Secret, Text, reveal
from portcall_digest.offers import Challenge

_QUOTABLE: Final = re.compile(r"[\t\x20-\x7e]*")
_SPECIAL: Final = re.compile(r'(["\\])')
_ATTR_CHARS: Final = "!#$&+-.^_`|~"


class Key:
    """What credentials and one challenge make: good for every nonce that follows from it.

    Args:
        challenge: The one to answer.
        username: Taken in NFC and UTF-8, as the password (RFC 7616 §4).
        password: Goes into the key only.
        cnonce: The client's own nonce; random if left out. It is the same for all answers, as the
            key of a ``-sess`` algorithm holds it; counts keep the answers apart.
    """

    __slots__ = ("_challenge", "_cnonce", "_end", "_hash", "_last", "_origin", "_proof", "_start")

    def __init__(
        self, challenge: Challenge, username: Text, password: Text, cnonce: str | None = None
    ) -> None:
        self._challenge = challenge
        self._hash = challenge.algorithm.hash
        self._last = ("", "")  # most requests go where the one before went
        self._origin: tuple[str, str, int] | None = None
        self._cnonce = cnonce or secrets.token_hex(16)
        user = _nfc(username)
        pair = b":".join([user.encode(), _raw(challenge.realm), _nfc(password).encode()])
        self._proof = self._prover(self._keyed(self._hash(pair)))
        self._start = f"Digest {self._user(user)}, realm={quoted(challenge.realm)}"
        self._end = self._rest()

    @property
    def realm(self) -> str:
        """The realm that the challenge is of."""
        return self._challenge.realm

    def covers(self, request: Request) -> bool:
        """Return whether *request* is in the protection space (RFC 7616 §3.3)."""
        there = request.target
        if there is not None and there.origin == self._origin:
            return True
        if not url_of(request).startswith(self._challenge.places):
            return False
        if there is not None and self._challenge.whole:
            self._origin = there.origin
        return True

    def opening(self, nonce: str) -> str:
        """Write what every header with *nonce* starts with."""
        return f'{self._start}, nonce={quoted(nonce)}, uri="'

    def authorize(self, request: Request, nonce: str, count: int, opening: str) -> Secret:
        """Write the ``Authorization`` for one request, for the target as it is sent (RFC 7616 §3.4).

        Args:
            request: Finished; its body is hashed for ``auth-int``.
            nonce: The server's, of the challenge or a later one.
            count: How often *nonce* was used, this time included.
            opening: Of the nonce, see `opening`.
        """
        there, qop = request.target, self._challenge.qop
        target = target_of(request) if there is None else there.target
        a2 = f"{request.method}:{target}"
        if qop == "auth-int":
            a2 = f"{a2}:{self._hash(request.body or b'')}"
        last = self._last
        if last[0] != a2:
            last = self._last = (a2, self._hash(_raw(a2)))
        if not qop:
            proof = self._proof(f"{nonce}:{last[1]}")
            return Secret(f'{opening}{target}", response="{proof}"{self._end}')
        number = f"{count:08x}"
        proof = self._proof(f"{nonce}:{number}:{self._cnonce}:{qop}:{last[1]}")
        return Secret(f'{opening}{target}", nc={number}, response="{proof}"{self._end}')

    def proves(self, sent: Mapping[str, str], said: Mapping[str, str], response: Response) -> bool:
        """Return whether ``rspauth`` shows that the server knows the password too (RFC 7616 §3.5).

        Without ``qop`` there is no such proof.

        Args:
            sent: Parameters of the ``Authorization`` that was answered.
            said: Parameters of the ``Authentication-Info``.
            response: The answer; its body is looked at for ``auth-int`` only.
        """
        qop = said.get("qop", sent.get("qop", "")).lower()
        if not qop or "rspauth" not in said:
            return False
        a2 = f":{sent.get('uri', '')}"
        if qop == "auth-int":
            a2 = f"{a2}:{self._hash(response.body)}"
        used = f"{sent.get('nonce', '')}:{sent.get('nc', '')}:{self._cnonce}:{qop}"
        proof = self._proof(f"{used}:{self._hash(_raw(a2))}")
        return secrets.compare_digest(_raw(said["rspauth"]).lower(), proof.encode())

    def _prover(self, key: str) -> Callable[[str], str]:
        """Keep *key* behind a function: what shows every attribute of an object does not show it."""
        digest = self._hash
        return lambda data: digest(f"{key}:{data}".encode("latin-1", "replace"))

    def _keyed(self, key: str) -> str:
        if not self._challenge.algorithm.per_session:
            return key
        return self._hash(_raw(f"{key}:{self._challenge.nonce}:{self._cnonce}"))

    def _user(self, user: str) -> str:
        """Name the user: hashed if wanted, in UTF-8 if quotes cannot hold it (RFC 7616 §3.4.4)."""
        if self._challenge.userhash:
            return f'username="{self._hash(user.encode() + b":" + _raw(self._challenge.realm))}"'
        if _QUOTABLE.fullmatch(user):
            return f"username={quoted(user)}"
        return f"username*=UTF-8''{quote(user, safe=_ATTR_CHARS)}"

    def _rest(self) -> str:
        challenge = self._challenge
        used = challenge.qop or challenge.algorithm.per_session
        parts = [
            f", qop={challenge.qop}" if challenge.qop else "",
            f', cnonce="{self._cnonce}"' if used else "",
            f", algorithm={challenge.named}" if challenge.named else "",
            f", opaque={quoted(challenge.opaque)}" if challenge.opaque is not None else "",
            ", userhash=true" if challenge.userhash else "",
        ]
        return "".join(parts)


def quoted(text: str) -> str:
    """Write a quoted string (RFC 9110 §5.6.4)."""
    escaped = _SPECIAL.sub(r"\\\1", text) if '"' in text or "\\" in text else text
    return f'"{escaped}"'


def url_of(request: Request) -> str:
    """Return the absolute URL as it goes on the wire."""
    return str(request.target) if request.target is not None else request.url


def target_of(request: Request) -> str:
    """Return the request target of a request that was not composed."""
    path = request.url.split("/", 3)[3:]
    return f"/{path[0]}" if path else "/"


def _nfc(text: Text) -> str:
    return unicodedata.normalize("NFC", reveal(text))


def _raw(text: str) -> bytes:
    """Return the bytes of what a header field carried."""
    return text.encode("latin-1", "replace")
