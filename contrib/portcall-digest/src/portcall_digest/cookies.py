"""Cookies that come with a challenge (RFC 6265): some servers keep their nonces behind one."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

import attrs

from portcall import Request, Response, Secret, reveal
from portcall_digest.keys import target_of, url_of

_MOST: Final = 50
_LONGEST: Final = 4096
_PAIR: Final = re.compile(r"[ \t]*([^=;]+?)[ \t]*=[ \t]*([^;]*?)[ \t]*(?:;|\Z)")
_VALUE: Final = re.compile(r"[\x20-\x7e\x80-\xff]*")
_SECONDS: Final = re.compile(r"-?[0-9]{1,10}")


@attrs.frozen
class _Cookie:
    name: str
    value: str = attrs.field(repr=False)
    path: str
    secure: bool
    ends_at: float | None


@attrs.frozen
class Cookies:
    """The cookies of one origin; they go back to that origin alone, whatever ``Domain`` says.

    Args:
        origin: Scheme, host and port that set them.
        held: At most 50, each of at most 4 KiB with its name, as in browsers.
    """

    origin: str = ""
    held: tuple[_Cookie, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.held)

    def after(self, request: Request, response: Response) -> Cookies:
        """Return these with what *response* sets, replaces or deletes."""
        lines, origin, now = response.headers.get_all("set-cookie"), _origin(request), time.time()
        if not lines:
            return self
        held = {(each.name, each.path): each for each in self.held if origin == self.origin}
        for line in lines:
            cookie = _read(line, _path(request), now)
            if cookie is not None:
                held.pop((cookie.name, cookie.path), None)
                if _lives(cookie, now):
                    held[cookie.name, cookie.path] = cookie
        return Cookies(origin, tuple(held.values())[-_MOST:])

    def header(self, request: Request) -> Secret | None:
        """Return the ``Cookie`` field for *request*: what it has, and these; None for no change."""
        if not self.held or _origin(request) != self.origin:
            return None
        now, path = time.time(), _path(request)
        own = reveal(request.headers.get("cookie", ""))
        taken = {pair.partition("=")[0].strip() for pair in own.split(";")}
        fitting = [
            each
            for each in sorted(self.held, key=lambda each: -len(each.path))
            if _lives(each, now) and _covers(each.path, path) and each.name not in taken
            if not each.secure or self.origin.startswith("https:")
        ]
        if not fitting:
            return None
        ours = [f"{each.name}={each.value}" for each in fitting]
        return Secret("; ".join([own, *ours] if own else ours))


def _read(line: str, here: str, now: float) -> _Cookie | None:
    """Read one ``Set-Cookie`` (RFC 6265 §5.2); None for what is not a cookie, or too long."""
    pair = _PAIR.match(line)
    if pair is None or len(pair[1]) + len(pair[2]) > _LONGEST or not _VALUE.fullmatch(pair[2]):
        return None
    path, secure, ends_at, age = "", False, None, None
    for name, value in _attributes(line[pair.end() :]):
        if name == "path":
            path = value
        elif name == "secure":
            secure = True
        elif name == "max-age" and _SECONDS.fullmatch(value):
            age = now + int(value)
        elif name == "expires":
            ends_at = _moment(value)
    path = path if path.startswith("/") else here[: here.rfind("/")] or "/"
    return _Cookie(pair[1], pair[2], path, secure, ends_at if age is None else age)


def _attributes(text: str) -> Iterator[tuple[str, str]]:
    for part in text.split(";"):
        name, _, value = part.partition("=")
        yield name.strip().lower(), value.strip()


def _moment(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _lives(cookie: _Cookie, now: float) -> bool:
    return cookie.ends_at is None or now < cookie.ends_at


def _covers(place: str, path: str) -> bool:
    """Return whether *path* is *place* or below it (RFC 6265 §5.1.4)."""
    return path == place or path.startswith(place if place.endswith("/") else f"{place}/")


def _origin(request: Request) -> str:
    return "/".join(url_of(request).split("/", 3)[:3])


def _path(request: Request) -> str:
    there = request.target
    return (target_of(request) if there is None else there.target).partition("?")[0]
