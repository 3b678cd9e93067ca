"""The cookies of one login, kept by host while its requests go out (RFC 6265 §5.3, host-only)."""

from __future__ import annotations

from urllib.parse import urlsplit

from portcall import Response
from portcall_session.places import cookies_of


class Jar:
    """Cookies by the origin that set them; they go to no other."""

    def __init__(self) -> None:
        self._cookies: dict[str, dict[str, str]] = {}
        self._last = ""

    def take(self, answer: Response) -> None:
        """Keep the cookies of an answer."""
        self._last = _origin(answer.url)
        self._cookies.setdefault(self._last, {}).update(cookies_of(answer))

    def of(self, url: str) -> dict[str, str]:
        """Return the cookies for a URL; a relative one goes where the answer before came from."""
        return self._cookies.get(_origin(url) or self._last, {})

    def header(self, url: str) -> str:
        """Return the ``Cookie`` header for a URL; empty for no cookies."""
        return "; ".join(f"{name}={value}" for name, value in self.of(url).items() if value)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
