"""Where something stands in an answer, and how a session goes onto requests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html.parser import HTMLParser
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
        """Return the value, or None if there is none or the body is not JSON."""
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


def _names(given: Iterable[str]) -> tuple[str, ...]:
    return tuple(given)


@attrs.frozen
class Cookies:
    """Several cookies that make one session, whichever step of the login sets them.

    Args:
        names: Of the cookies; a login without one of them is refused.
    """

    names: tuple[str, ...] = attrs.field(converter=_names)

    def read(self, response: Response) -> str | None:
        """Return the cookies as a ``Cookie`` header has them (RFC 6265 §4.2.1); None unless all are there."""
        return self.joined(cookies_of(response))

    def joined(self, jar: Mapping[str, str]) -> str | None:
        """Return the cookies out of *jar*; None unless all are there."""
        if not all(jar.get(name) for name in self.names):
            return None
        return "; ".join(f"{name}={jar[name]}" for name in self.names)


@attrs.frozen
class Hidden:
    """The value of an ``input`` element in a page of HTML: the token of a form.

    Args:
        name: Of the element.
    """

    name: str

    def read(self, response: Response) -> str | None:
        """Return the value, or None if the page has no such element."""
        finder = _Inputs(self.name)
        try:
            finder.feed(response.text)
        except MalformedResponseError:
            return None
        return finder.value


class _Inputs(HTMLParser):
    """Finds the first input of a name."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self.value: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "input" and self.value is None and given.get("name") == self._name:
            self.value = given.get("value") or None


Place: TypeAlias = Json | Header | Cookie | Cookies | Hidden | MaxAge


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


@attrs.frozen
class InCookies:
    """A session of several cookies goes into one ``Cookie`` header, as `Cookies` has read it."""

    def options(self, session: Secret) -> RequestOptions:
        """Put *session* where it goes."""
        return RequestOptions(headers={"cookie": session})


@attrs.frozen
class InBasic:
    """The session is the password of HTTP Basic (RFC 7617): base64 of ``username:session``.

    Args:
        username: Goes with it.
    """

    username: str | Secret

    def options(self, session: Secret) -> RequestOptions:
        """Put *session* where it goes."""
        return RequestOptions(username=self.username, password=session)


Carrier: TypeAlias = InHeader | InCookie | InCookies | InBasic | InQuery


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


def cookies_of(response: Response) -> dict[str, str]:
    """Return every cookie that an answer sets, by name; the value of a deleted one is empty."""
    found: dict[str, str] = {}
    for line in response.headers.get_all("set-cookie"):
        name, _, value = line.partition(";")[0].partition("=")
        is_over = any(part.strip().lower() == "max-age=0" for part in line.split(";")[1:])
        found[name.strip()] = "" if is_over else value.strip()
    return found


def _cookie(response: Response, name: str) -> tuple[str, list[str]]:
    """Return value and attributes of the last cookie of that name."""
    found: tuple[str, list[str]] = ("", [])
    for line in response.headers.get_all("set-cookie"):
        pair, *attributes = line.split(";")
        given, _, value = pair.partition("=")
        if given.strip() == name:
            found = (value.strip(), attributes)
    return found
