"""Paths out of values: each value is encoded for its place, so that none can lead elsewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, TypeAlias
from urllib.parse import quote

from portcall.errors import HookError, PolicyError, Problem, SettingsError
from portcall.secret import Secret
from portcall.urls.url import ABSOLUTE, HALF, has_dots

PathValue: TypeAlias = str | int | Secret
"""What stands at one place of a path."""

_PLACE: Final = re.compile(r"\{\{|\}\}|\{([A-Za-z_][A-Za-z0-9_]*)\}|[{}]")
_NAMED: Final = re.compile(r"\{[A-Za-z_][A-Za-z0-9_]*\}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_AUTHORITY: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/*[^/?]*")


def encode_segment(text: str) -> str:
    """Encode a value as one segment of a path, or a part of one.

    Everything is percent-encoded except what RFC 3986 §2.3 calls unreserved: ``;`` and ``=`` stand for
    parameters of a segment to some servers (§3.3).

    Raises:
        ValueError: The value is empty, holds a control character or half a character, or ``.`` or
            ``..`` between slashes, encoded or not: servers would read another path.
    """
    if not text:
        raise ValueError("is empty")
    if _CONTROL.search(text):
        raise ValueError("holds a control character")
    if has_dots(text):
        raise ValueError("has '.' or '..' between slashes")
    try:
        return quote(text, safe="")
    except UnicodeEncodeError:
        pass
    raise ValueError(HALF)


def fill_path(template: str, values: Mapping[str, PathValue] | None) -> str:
    """Put values into the path of a URL, each encoded for its place.

    Args:
        template: Relative or absolute URL with names in braces, in its path alone:
            ``"/channels/{channel}/messages"``. With values, ``{{`` and ``}}`` are braces.
        values: By name; None where the URL is whole already.

    Returns:
        The URL, its places filled.

    Raises:
        HookError: Names are missing or too many, or stand outside the path: a fault of the plugin.
        SettingsError: A value cannot be part of a path; names the place.
    """
    if values is None:
        if "{" in template and not ABSOLUTE.match(template):
            _refuse_places(template)
        return template
    parts = _parts(template)
    names = parts[1::2]
    if set(names) != set(values):
        _refuse_names(set(names), set(values))
    filled = [part if n % 2 == 0 else _value(part, values[part]) for n, part in enumerate(parts)]
    return "".join(filled)


def url_path(*segments: PathValue) -> str:
    """Build a path out of segments, each percent-encoded, so that none can become two.

    Args:
        segments: Names and numbers in their order: ``url_path("users", user_id, "tags")``.

    Returns:
        The path, starting with ``"/"``.

    Raises:
        PolicyError: A segment is empty, holds a control character, is ``"."`` or ``".."``, or has these
            between slashes, encoded or not: servers would read another path.
    """
    encoded = []
    for place, segment in enumerate(segments, 1):
        try:
            encoded.append(f"/{encode_segment(f'{segment}')}")
            continue
        except ValueError as exc:
            reason = str(exc)
        del segments, segment
        raise PolicyError(f"segment {place} of a path {reason}")
    return "".join(encoded)


def _value(name: str, value: object) -> str:
    if not isinstance(value, str | int | Secret) or isinstance(value, bool):
        reason = f"is {'empty' if value is None else 'a ' + type(value).__name__}"
    else:
        try:
            return encode_segment(f"{value}")
        except ValueError as exc:
            reason = str(exc)
    del value
    message = f"{name} {reason}"
    raise SettingsError("the path of a request cannot be made", [Problem(name, message)])


@lru_cache(maxsize=1024)
def _parts(template: str) -> tuple[str, ...]:
    """Return texts and names in turn, a text first and last."""
    authority = _AUTHORITY.match(template) if ABSOLUTE.match(template) else None
    start = authority.end() if authority else 0
    end = template.find("?", start)
    end = len(template) if end < 0 else end
    parts, done = [""], 0
    for found in _PLACE.finditer(template):
        name = found[1]
        if name and not start <= found.start() < end:
            raise HookError(
                f"{{{name}}} stands outside the path of a URL: values of a query go by query=, hosts "
                "into the base_url of extend_request"
            )
        if name is None and len(found[0]) == 1:
            raise HookError(
                "a brace in the path of a URL belongs to no name: write {{ or }} for the character"
            )
        parts[-1] += template[done : found.start()]
        if name:
            parts += [name, ""]
        else:
            parts[-1] += "%7B" if found[0] == "{{" else "%7D"
        done = found.end()
    parts[-1] += template[done:]
    return tuple(parts)


def _refuse_places(template: str) -> None:
    places = _NAMED.findall(template.partition("?")[0])
    if places:
        given = ", ".join(f"{place[1:-1]!r}: ..." for place in places)
        raise HookError(
            f"the path of a URL has {', '.join(places)} and no value for it: give path={{{given}}}, or "
            "write %7B and %7D for braces that are sent"
        )


def _refuse_names(names: set[str], given: set[str]) -> None:
    missing, extra = sorted(names - given), sorted(given - names)
    faults = [
        *([f"no value for {', '.join(missing)}"] if missing else []),
        *([f"no place for {', '.join(map(str, extra))}"] if extra else []),
    ]
    has = ", ".join(f"{{{name}}}" for name in sorted(names)) or "no place"
    raise HookError(f"the path of a URL has {has}, and path= has {' and '.join(faults)}")
