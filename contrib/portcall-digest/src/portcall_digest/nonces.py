"""Nonces and their counts, shared by the threads of one connection (RFC 7616 §3.4.5).

A thread goes on with the nonce that it was given last: in its own refusal, or as ``nextnonce``. A
thread that was given none shares the connection's. So a server that takes counts in any order is
asked for one nonce, and one that takes a nonce once, or counts only upwards, refuses no thread twice.
"""

from __future__ import annotations

from itertools import count
from threading import Lock, local
from typing import Final
from weakref import WeakValueDictionary

from portcall import Request, Secret
from portcall_digest.cookies import Cookies
from portcall_digest.keys import Key

_LAST: Final = 0xFFFF_FFFF
_NO_COOKIES: Final = Cookies()


class Nonce:
    """One nonce of the server, and how often it was used.

    Args:
        value: As the server gave it.
        key: What answers are made with.
        cookies: What came with the nonce, and goes with each answer made with it.
    """

    __slots__ = ("__weakref__", "_counts", "_opening", "cookies", "key", "value")

    def __init__(self, value: str, key: Key, cookies: Cookies = _NO_COOKIES) -> None:
        self.value: Final = value
        self.key: Final = key
        self.cookies = cookies
        self._opening = key.opening(value)
        self._counts = count(1)  # next() of it is atomic

    @property
    def name(self) -> tuple[str, str]:
        """What tells it from others: two realms of one server may use the same values."""
        return self.key.realm, self.value

    def authorize(self, request: Request) -> Secret | None:
        """Write the ``Authorization`` with the next count; None if eight digits are used up."""
        number = next(self._counts)
        if number > _LAST:
            return None
        return self.key.authorize(request, self.value, number, self._opening)


class _Waiting(local):
    """The answer of this thread to a challenge that came before the connection had `Nonces`."""

    connection: str = ""
    nonce: Nonce | None = None


_WAITING: Final = _Waiting()


def leave(request: Request, nonce: Nonce) -> None:
    """Keep *nonce* for this thread's next attempt on the same connection."""
    _WAITING.connection, _WAITING.nonce = request.connection, nonce


def collect(request: Request) -> Nonce | None:
    """Take what `leave` kept for this thread and connection."""
    nonce = _WAITING.nonce
    if nonce is None:
        return None
    _WAITING.nonce = None
    return nonce if _WAITING.connection == request.connection else None


class _Own(local):
    """What each thread holds."""

    nonce: Nonce | None = None
    asked: bool = False


class Nonces:
    """The nonces of one connection in this process; safe to use from any number of threads."""

    __slots__ = ("_known", "_lock", "_own", "_shared")

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: WeakValueDictionary[tuple[str, str], Nonce] = WeakValueDictionary()
        self._own = _Own()
        self._shared: Nonce | None = None

    @property
    def current(self) -> Nonce | None:
        """What this thread used or was given last."""
        return self._own.nonce

    def take(self, request: Request) -> Nonce | None:
        """Return the nonce to use for *request*; None if it is to go out without an answer.

        It carries one in the protection space (RFC 7616 §3.3), and wherever it was asked for.
        """
        own = self._own
        nonce = own.nonce or self._first(request)
        if nonce is None:
            return None
        if own.asked:
            own.asked = False
        elif not nonce.key.covers(request):
            return None
        own.nonce = nonce
        return nonce

    def share(self) -> None:
        """Let threads without a nonce use this thread's, which the server just accepted."""
        if self._shared is None:
            self._shared = self._own.nonce

    def _first(self, request: Request) -> Nonce | None:
        """Return a thread its first nonce: of its own refusal, or the one that is shared."""
        waiting = collect(request)
        if waiting is not None:
            self.give(waiting, asked=True)
        return self._own.nonce or self._shared

    def give(self, fresh: Nonce, *, asked: bool = False) -> None:
        """Let this thread go on with *fresh*; what it had is shared no more.

        No other thread gets a nonce before it was accepted: the one more try after a refusal is the last,
        and must not be spoiled by a higher count that was faster.

        Args:
            fresh: What the server gave; of one value there is one count, shared by all threads.
            asked: It came with a challenge, and the next request answers it.
        """
        own = self._own
        with self._lock:
            known = self._known.setdefault(fresh.name, fresh)
            known.cookies, fresh = fresh.cookies, known
            if self._shared is own.nonce:
                self._shared = None
        own.nonce, own.asked = fresh, asked
