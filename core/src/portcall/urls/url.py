"""URLs: parsed once and strictly, joined in one place, built from encoded parts.

What is accepted is narrower than RFC 3986 allows, so that no two readers can disagree on where a
URL leads: no user name, no backslash, no control character or white space, no fragment, no ``..``,
no number that only some libraries read as an IPv4 address.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final
from urllib.parse import quote, unquote

import attrs

from portcall.errors import PolicyError, RequestError
from portcall.secret import Query, Secret
from portcall.urls.host_names import host_of, shown

DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_MAX_LENGTH: Final = 65_536
_ILLEGAL: Final = re.compile(
    r"[\x00-\x20\x7f-\xa0\\\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff]"
)
_LONE: Final = re.compile("[\ud800-\udfff]")
HALF: Final = "holds half of a character (a lone surrogate)"
"""Why a text cannot be sent that UTF-8 has no form for."""

_PLAIN: Final = re.compile(r"([A-Za-z]+://[\w.:\[\]-]+)((?:[/?][!$-;=?-Z\[\]_a-z~]*)?)", re.ASCII)
_LOOSE: Final = re.compile(r"([A-Za-z]+://[^/?]*)((?:[/?].*)?)")
_AUTHORITY: Final = re.compile(
    r"(https?)://(\[[^\]]*\]|[^:\[\]]*)(?::([1-9][0-9]{0,4}))?", re.IGNORECASE
)
ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_SLASHES: Final = re.compile(r"[/\\]")
_MOST_DECODINGS: Final = 4
_SAFE: Final = "!$%&'()*+,-./:;=?@[]_~"


@attrs.frozen(repr=False)
class Url:
    """An absolute ``http`` or ``https`` URL, taken apart.

    Args:
        scheme: ``"http"`` or ``"https"``.
        host: Lower-case name in ASCII (A-labels, RFC 5890), or an IP address without brackets.
        port: Always a number: the scheme's own where the text named none.
        target: Path and query as they go on the wire; starts with ``"/"`` (RFC 9112 §3.2.1).
    """

    scheme: str
    host: str
    port: int
    target: str

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port; URLs of one origin lead to one place (RFC 6454 §4)."""
        return self.scheme, self.host, self.port

    @property
    def authority(self) -> str:
        """Host and, where it is not the scheme's own, port: as the Host header has it."""
        return _authority(self.scheme, self.host, self.port)

    @property
    def place(self) -> str:
        """Host and port, for messages."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"

    def __repr__(self) -> str:
        return f"<Url {self.scheme}://{self.authority}>"


def parse(text: str) -> Url:
    """Take an absolute URL apart.

    Args:
        text: ``http`` or ``https`` URL of at most 65,536 characters. What no URL has in path and
            query (RFC 3986 §2) is percent-encoded as UTF-8 (RFC 3987 §3.1); the rest stays.

    Returns:
        The one reading of it.

    Raises:
        PolicyError: The text is no such URL, or one that libraries read in different ways; the
            message shows its host at most.
    """
    match = _PLAIN.fullmatch(text) if len(text) <= _MAX_LENGTH else None
    authority, target = match.groups() if match else _loose(text)
    scheme, host, port = origin_of(authority)
    if ("/." in target or "%" in target) and has_dots(target.partition("?")[0]):
        raise PolicyError(
            "a URL has no '.' or '..' segment, encoded or not: fill paths with path= or portcall.url_path()"
        )
    return Url(scheme, host, port, target if target[:1] == "/" else f"/{target}")


def join(base_url: str | None, reference: str) -> str:
    r"""Continue a base URL with a reference; the origin stays the base's, whatever it says.

    Unlike in RFC 3986 §5, the base's path is kept: ``"https://h/api"`` and ``"/x"`` give
    ``"https://h/api/x"``. An absolute reference stands for itself: the policy is held against it.

    Args:
        base_url: Absolute URL without query; None where no layer gave one.
        reference: Absolute URL, path, or query starting with ``"?"``; may be empty.

    Returns:
        An absolute URL, not yet parsed.

    Raises:
        PolicyError: A relative reference without a base, one that other readers take for another
            host (``//host``, ``/\\host``), or a base with a query or fragment.
    """
    if ABSOLUTE.match(reference):
        return reference
    if not base_url:
        raise PolicyError(
            "this destination has no base_url: give an absolute URL, or return one from extend_request"
        )
    if "?" in base_url or "#" in base_url:
        raise PolicyError("a base_url has neither query nor fragment")
    if reference.startswith("//") or _ILLEGAL.search(reference):
        raise PolicyError("a relative URL starts with one '/', without backslash or white space")
    if not reference or reference[0] == "?":
        return base_url + reference
    return f"{base_url.removesuffix('/')}/{reference.removeprefix('/')}"


def with_query(url: str, query: Mapping[str, Query]) -> str:
    """Append query parameters, percent-encoded (RFC 3986 §2.1; a space is ``%20``).

    Args:
        url: Absolute or relative, with or without a query.
        query: Parameters in their order, several values as a sequence; a secret is written out, so
            the answer is one too.

    Returns:
        The URL with the parameters after those it has.

    Raises:
        RequestError: A name or value holds half a character, a lone surrogate; names the parameter.
    """
    try:
        pairs = [
            f"{encode_value(name)}={encode_value(value)}"
            for name, given in query.items()
            for value in values_of(given)
        ]
    except UnicodeEncodeError:
        pairs = None  # raised below, as the error of the encoder carries the value
    if pairs is None:
        raise RequestError(f"nothing was sent: {half_character('query parameter', query)}")
    if not pairs:
        return url
    separator = "?" if "?" not in url else "" if url[-1] in "?&" else "&"
    return f"{url}{separator}{'&'.join(pairs)}"


def encode_value(text: str) -> str:
    """Encode a name or value of a query: everything that is not unreserved (RFC 3986 §2.3).

    Raises:
        ValueError: The text holds half a character, a lone surrogate.
    """
    return quote(text, safe="")


def half_character(kind: str, pairs: Mapping[str, Query | None]) -> str:
    """Return which of *pairs* cannot be sent, as it holds a lone surrogate; its value is not shown."""
    for name, given in pairs.items():
        values = () if given is None else values_of(given)
        if any(map(has_half, (name, *values))):
            return f"{kind} {name!a} {HALF}"
    return f"a {kind} {HALF}"


def has_half(text: str) -> bool:
    """Return whether a text holds half of a character, a lone surrogate."""
    return _LONE.search(text) is not None


def values_of(given: Query) -> list[str]:
    """Write out the values under one name, be it one or several; True is ``true``."""
    several = (given,) if isinstance(given, str | Secret | int | float) else given
    return [str(v).lower() if isinstance(v, bool) else f"{v}" for v in several]


@lru_cache(maxsize=4096)
def origin_of(authority: str) -> tuple[str, str, int]:
    """Read scheme, host and port of ``"https://host:port"``.

    Raises:
        PolicyError: No ``http`` or ``https``, a user name, a host or port that is not valid.
    """
    if "@" in authority:
        raise PolicyError(f"{shown(authority)}: a URL carries no user name or password")
    match = _AUTHORITY.fullmatch(authority)
    if match is None:
        raise PolicyError(
            f"{shown(authority)}: not http:// or https:// with a host and a port up to 65535"
        )
    scheme, host, port = match[1].lower(), match[2], int(match[3] or 0)
    if port > 65_535:
        raise PolicyError(f"{shown(authority)}: a port is at most 65535")
    return scheme, host_of(host), port or DEFAULT_PORTS[scheme]


def _authority(scheme: str, host: str, port: int) -> str:
    name = f"[{host}]" if ":" in host else host
    return name if port == DEFAULT_PORTS[scheme] else f"{name}:{port}"


def _loose(text: str) -> tuple[str, str]:
    """Split a URL that is not plain ASCII, or say what is wrong with it."""
    if len(text) > _MAX_LENGTH:
        raise PolicyError(f"{shown(text)}: a URL of more than {_MAX_LENGTH} characters")
    if _ILLEGAL.search(text):
        raise PolicyError(
            f"{shown(text)}: a URL has no control character, white space or backslash"
        )
    if "#" in text:
        raise PolicyError(
            f"{shown(text)}: a fragment ('#') is never sent; write %23 for the character"
        )
    match = _LOOSE.fullmatch(text)
    if match is None:
        raise PolicyError(f"{shown(text)}: not an http:// or https:// URL")
    return match[1], _encoded(match[2])


def _encoded(target: str) -> str:
    try:
        return quote(target, safe=_SAFE)
    except UnicodeEncodeError:
        pass
    raise PolicyError("a URL has no lone surrogate")


def has_dots(path: str) -> bool:
    """Return True for a ``.`` or ``..`` segment, which servers resolve (RFC 3986 §5.2.4).

    Some decode before they split, some twice, some split at backslashes, and some drop what follows a
    semicolon: what any of them takes for such a segment is one.
    """
    for _ in range(_MOST_DECODINGS):
        if any(part.partition(";")[0] in {".", ".."} for part in _SLASHES.split(path)):
            return True
        before, path = path, unquote(path)
        if path == before:
            break
    return False
