"""Where a ``Location`` leads, as browsers read it (WHATWG URL Standard, §4.4), from the bytes that came."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Final

from portcall.urls import ABSOLUTE, Url

_AROUND: Final = "".join(map(chr, range(0x21)))
_REMOVED: Final = str.maketrans("", "", "\t\n\r")
_NOT_IN_PATH: Final = re.compile(r"[^!$-;=@-\]_a-z|~]")
_NOT_IN_QUERY: Final = re.compile(r"[^!$-&(-;=?-\[\]-~]")
_AUTHORITY: Final = re.compile(r"[/\\]*([^/\\?]*)(.*)")
_PORT: Final = re.compile(r":0*([0-9]*)\Z")


def resolve(here: Url, location: str) -> str:
    r"""Return the absolute URL that *location* means in an answer from *here*.

    White space around it is dropped, and so are tabs within; ``\`` in a path is ``/``; ``.``, ``..``,
    ``%2e`` and ``%2e%2e`` are resolved; a blank, and every byte that is not ASCII, is percent-encoded; the
    fragment is left out. A backslash in a query is percent-encoded, too, as no URL has one (RFC 3986 §2).

    Args:
        here: What was asked.
        location: The field's value, each byte one character; text that no byte stands for is UTF-8.

    Returns:
        A URL, not yet parsed. It is not ``http`` or ``https`` where the Location is not, and may lack
        a host or have one that is none.
    """
    text = _bytewise(location).strip(_AROUND).translate(_REMOVED).partition("#")[0]
    scheme, rest = _scheme(text)
    if scheme not in {"", "http", "https"}:
        return text
    slashes = len(rest) - len(rest.lstrip("/\\"))
    if slashes < 2 and scheme in {"", here.scheme}:
        return f"{here.scheme}://{here.authority}{_target(here.target, rest)}"
    match = _AUTHORITY.fullmatch(rest)
    host, target = match.groups() if match else ("", "")
    return f"{scheme or here.scheme}://{_host(host)}{_target('/', target or '/')}"


def _bytewise(text: str) -> str:
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode("latin-1")
    return text


def _scheme(text: str) -> tuple[str, str]:
    match = ABSOLUTE.match(text)
    return (text[: match.end() - 1].lower(), text[match.end() :]) if match else ("", text)


def _host(text: str) -> str:
    """Return host and port, a host in UTF-8 as text; what is not UTF-8 stays, to be refused."""
    with suppress(UnicodeDecodeError):
        text = text.encode("latin-1").decode()
    match = _PORT.search(text)
    if match is None:
        return text
    port = match[1] or ("0" if match[0] != ":" else "")
    return f"{text[: match.start()]}:{port}" if port else text[: match.start()]


def _target(base: str, reference: str) -> str:
    """Return path and query of a reference that has no host, against the target *base*."""
    path, mark, query = reference.partition("?")
    base_path, base_mark, base_query = base.partition("?")
    if not path and not mark:
        mark, query = base_mark, base_query
    path = _path(base_path, path.replace("\\", "/")) if path else base_path
    return f"{_NOT_IN_PATH.sub(_percent, path)}{mark}{_NOT_IN_QUERY.sub(_percent, query)}"


def _path(base: str, path: str) -> str:
    """Resolve the segments that mean a place in the hierarchy (RFC 3986 §5.2.4)."""
    absolute = path.startswith("/")
    segments = [] if absolute else base.split("/")[1:-1]
    steps = path.split("/")[1 if absolute else 0 :]
    for number, step in enumerate(steps, 1):
        meaning = step.lower().replace("%2e", ".")
        if meaning not in {".", ".."}:
            segments.append(step)
            continue
        if meaning == "..":
            del segments[-1:]
        if number == len(steps):
            segments.append("")
    return "/" + "/".join(segments)


def _percent(match: re.Match[str]) -> str:
    return f"%{ord(match[0]):02X}"
