"""Where something stands in an answer, and how a session goes onto requests."""

from __future__ import annotations

from typing import Any, TypeAlias

import attrs

from portcall import MalformedResponseError, RequestOptions, Response, Secret


@attrs.frozen
class Json:
    """A value in a JSON body.

    Args:
        path: Member names and indexes of lists, joined by dots: ``"data.0.token"``.
    """

    path: str

    def read(self, response: Response) -> Any:
        """Return the value, or None if there is none or the body is no JSON."""
        try:
            value = response.json()
        except MalformedResponseError:
            return None
        for part in self.path.split("."):
            value = _member(value, part)
        return value


@attrs.frozen
class Header:
    """A header field.

    Args:
        name: In any case.
        word: What stands before the value and does not belong to it: ``"Bearer"``.
    """

    name: str
    word: str = ""

    def read(self, response: Response) -> str | None:
        """Return the value, or None if there is none."""
        value = response.headers.get(self.name, "").strip()
        word, _, rest = value.partition(" ")
        if self.word and word.lower() == self.word.lower():
            return rest.strip() or None
        return value or None


@attrs.frozen
class Cookie:
    """A cookie that the answer sets (RFC 6265 §4.1); one that it deletes is none."""

    name: str

    def read(self, response: Response) -> str | None:
        """Return the cookie's value, or None if there is none."""
        return _cookie(response, self.name)[0] or None


@attrs.frozen
class MaxAge:
    """For how many seconds a cookie lasts by its own account (RFC 6265 §5.2.2)."""

    name: str

    def read(self, response: Response) -> str | None:
        """Return the cookie's ``Max-Age``, or None if there is none."""
        for attribute in _cookie(response, self.name)[1]:
            name, _, value = attribute.partition("=")
            if name.strip().lower() == "max-age":
                return value.strip()
        return None


Place: TypeAlias = Json | Header | Cookie | MaxAge


@attrs.frozen
class InHeader:
    """The session goes into a header field, with or without a word before it."""

    name: str = "authorization"
    word: str = ""

    def options(self, session: Secret) -> RequestOptions:
        """Put *session* where it goes."""
        value = Secret(f"{self.word} {session}") if self.word else session
        return RequestOptions(headers={self.name: value})


@attrs.frozen
class InCookie:
    """The session goes into a cookie."""

    name: str

    def options(self, session: Secret) -> RequestOptions:
        """Put *session* where it goes."""
        return RequestOptions(headers={"cookie": Secret(f"{self.name}={session}")})


@attrs.frozen
class InQuery:
    """The session goes into a query parameter."""

    name: str

    def options(self, session: Secret) -> RequestOptions:
        """Put *session* where it goes."""
        return RequestOptions(query={self.name: session})


Carrier: TypeAlias = InHeader | InCookie | InQuery


def text_at(place: Place | None, response: Response) -> str | None:
    """Read a text or a number as text; None for anything else."""
    value = place.read(response) if place is not None else None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return f"{value}" or None


def _member(value: Any, part: str) -> Any:
    if isinstance(value, dict):
        return value.get(part)
    if isinstance(value, list) and part.isascii() and part.isdigit():
        index = int(part[:9])
        return value[index] if index < len(value) else None
    return None


def _cookie(response: Response, name: str) -> tuple[str, list[str]]:
    """Return value and attributes of the last cookie of that name."""
    found: tuple[str, list[str]] = ("", [])
    for line in response.headers.get_all("set-cookie"):
        pair, *attributes = line.split(";")
        given, _, value = pair.partition("=")
        if given.strip() == name:
            found = (value.strip(), attributes)
    return found
