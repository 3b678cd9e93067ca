"""Reading WWW-Authenticate: several challenges in one field or in several (RFC 9110 §11.6.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Final

import attrs

_WORD: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PARAM: Final = re.compile(
    rf'({_WORD})[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|({_WORD}))(?=[ \t]*(?:,|\Z))', re.DOTALL
)
_SCHEME: Final = re.compile(rf"({_WORD})(?:[ \t]+|(?=,)|\Z)")
_WORD68: Final = re.compile(r"[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|\Z))")
_GAP: Final = re.compile(r"[ \t,]*")
_REST: Final = re.compile(r"[^,]*")
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_LONGEST: Final = 16_384
_MOST_FIELDS: Final = 32
_MOST_CHALLENGES: Final = 64
_MOST_PARAMS: Final = 64


@attrs.define
class Parsed:
    """One challenge, or one set of credentials, as it stands in a header field.

    Args:
        scheme: Lower case.
        params: By lower-case name, quotes and escapes resolved.
        sound: False if it says something twice, or something that is not a parameter.
    """

    scheme: str
    params: dict[str, str] = attrs.field(factory=dict)
    sound: bool = True

    def add(self, name: str, value: str) -> None:
        """Note one parameter; each may be there once (RFC 9110 §11.2)."""
        if name in self.params or len(self.params) >= _MOST_PARAMS:
            self.sound = False
        self.params[name] = value


def parse(fields: Iterable[str]) -> list[Parsed]:
    """Read every challenge of the given field values, in the server's order.

    Takes time linear in the length of the fields. What cannot be read spoils only the challenge
    that it stands in; a field of more than 16 KiB is not read.

    Args:
        fields: Values of one header field, in their order.

    Returns:
        At most 64 challenges.
    """
    found: list[Parsed] = []
    for text in islice(fields, _MOST_FIELDS):
        if len(text) <= _LONGEST:
            found += _read(text)
    return found[:_MOST_CHALLENGES]


def parse_params(text: str) -> Mapping[str, str]:
    """Read a field that is parameters only: Authentication-Info (RFC 7615 §3); empty if unsound."""
    [parsed] = parse([f"info {text}"])[:1] or [Parsed("")]
    return parsed.params if parsed.sound else {}


def _read(text: str) -> list[Parsed]:
    found: list[Parsed] = []
    at = _after(_GAP, text, 0)
    while at < len(text):
        param = _PARAM.match(text, at)
        scheme = None if param else _SCHEME.match(text, at)
        if param and found:
            found[-1].add(param[1].lower(), _value(param))
            at = param.end()
        elif scheme:
            found.append(Parsed(scheme[1].lower()))
            at = scheme.end()
            if not _PARAM.match(text, at):
                at = _after(_WORD68, text, at)
        else:
            if found:
                found[-1].sound = False
            at = _after(_REST, text, at)
        at = _after(_GAP, text, at)
    return found


def _value(param: re.Match[str]) -> str:
    quoted = param[2]
    if quoted is None:
        return param[3]
    return _ESCAPE.sub(r"\1", quoted) if "\\" in quoted else quoted


def _after(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at
