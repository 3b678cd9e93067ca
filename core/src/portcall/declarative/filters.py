"""What a template may do to a value: ``{{settings.api_key | after_last: "-"}}``."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from difflib import get_close_matches
from typing import Any, Final, TypeAlias

import attrs

from portcall.actions.personal_data import KINDS, hash_each
from portcall.errors import SettingsError
from portcall.requests.json_bodies import encode_json
from portcall.secret import Secret

Filter: TypeAlias = Callable[[Any], Any]

_PARTS: Final = re.compile(r"""\s*([a-z_0-9]+)\s*(?::\s*(.*))?\s*""", re.DOTALL)
_ARGUMENT: Final = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)')\s*(,|$)""")
_PIPE: Final = re.compile(r"""\|(?=(?:[^"']|"[^"]*"|'[^']*')*$)""")


def split_filters(written: str) -> tuple[str, list[str]]:
    """Return the name of a placeholder, and the texts of its filters."""
    name, *filters = _PIPE.split(written)
    return name.strip(), filters


def compile_filter(source: str, name: str) -> Filter | str:
    """Compile one filter.

    Args:
        source: As written: ``after_last: "-"``.
        name: The value's name, for messages.

    Returns:
        A function of a value; or what is wrong with the filter.
    """
    match = _PARTS.fullmatch(source)
    word = match[1] if match else source.strip()
    if word not in _FILTERS:
        near = get_close_matches(word, _FILTERS, n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"there are {', '.join(_FILTERS)}"
        return f"there is no filter `{word[:40]}`; {hint}"
    made = _FILTERS[word]
    arguments = _arguments((match[2] if match else "") or "")
    if arguments is None or len(arguments) != made.arity:
        wanted = ", ".join(['"..."'] * made.arity)
        return f"the filter `{word}` is written `{f'{word}: {wanted}' if wanted else word}`"
    if word == "hash" and arguments[0] not in KINDS:
        return f"the filter `hash` takes one of {', '.join(KINDS)}"
    return made.bound(name, arguments)


def _arguments(source: str) -> list[str] | None:
    found, at = [], 0
    while at < len(source.rstrip()):
        match = _ARGUMENT.match(source, at)
        if match is None:
            return None
        found.append(match[1] if match[1] is not None else match[2])
        at = match.end()
    return found


@attrs.frozen
class _Made:
    """One kind of filter.

    Args:
        apply: Takes the value, its name and the arguments.
        arity: How many arguments.
        is_text: It works on text: numbers are written, and a secret stays one.
        fills: It is for values that are missing, or empty.
    """

    apply: Callable[..., Any]
    arity: int = 0
    is_text: bool = True
    fills: bool = False

    def bound(self, name: str, arguments: Sequence[str]) -> Filter:
        """Return the function of one value; a value that is missing stays so."""
        apply, is_text, fills = self.apply, self.is_text, self.fills

        def run(value: Any) -> Any:
            if fills:
                return apply(value, name, *arguments)
            if value is None:
                return None
            if not is_text:
                return apply(value, name, *arguments)
            if isinstance(value, bool):
                value = f"{value}".lower()
            made = apply(f"{value}", name, *arguments)
            return Secret(made) if isinstance(value, Secret) and isinstance(made, str) else made

        return run


def _cut(text: str, name: str, separator: str, *, last: bool, after: bool) -> str:
    before, found, rest = text.rpartition(separator) if last else text.partition(separator)
    if not found:
        raise SettingsError(f"`{name}` has no {separator!r} in it")
    return rest if after else before


def _join(value: Any, _: str, separator: str) -> Any:
    return separator.join(f"{each}" for each in value) if isinstance(value, list | tuple) else value


def _member(text: str, name: str, member: str) -> Any:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise SettingsError(f"`{name}` is not JSON: give the whole file") from None
    if not isinstance(found, dict) or found.get(member) is None:
        raise SettingsError(f"`{name}` has no member {member!r}")
    return found[member]


def _json(value: Any, _: str) -> str:
    return encode_json(value).decode()


def _hash(value: Any, _: str, kind: Any) -> Any:
    return hash_each(value, kind)


def _moment(value: Any, name: str) -> datetime:
    """Return a time as aware; a date as its first moment in UTC."""
    moment = value
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise SettingsError(f"`{name}` is not a time of ISO 8601") from None
    if isinstance(moment, date) and not isinstance(moment, datetime):
        moment = datetime.combine(moment, time(), UTC)
    if not isinstance(moment, datetime):
        raise SettingsError(f"`{name}` is not a time")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _unix(factor: int) -> Callable[[Any, str], int]:
    def read(value: Any, name: str) -> int:
        since = _moment(value, name) - datetime(1970, 1, 1, tzinfo=UTC)
        micros = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
        return micros * factor // 1_000_000

    return read


def _date(value: Any, name: str, written: str) -> str:
    return _moment(value, name).astimezone(UTC).strftime(written)


_FILTERS: Final[Mapping[str, _Made]] = {
    "lower": _Made(lambda text, _: text.lower()),
    "upper": _Made(lambda text, _: text.upper()),
    "trim": _Made(lambda text, _: text.strip()),
    "replace": _Made(lambda text, _, old, new: text.replace(old, new), 2),
    "before": _Made(lambda t, n, sep: _cut(t, n, sep, last=False, after=False), 1),
    "after": _Made(lambda t, n, sep: _cut(t, n, sep, last=False, after=True), 1),
    "before_last": _Made(lambda t, n, sep: _cut(t, n, sep, last=True, after=False), 1),
    "after_last": _Made(lambda t, n, sep: _cut(t, n, sep, last=True, after=True), 1),
    "default": _Made(
        lambda value, _, given: given if value is None or value == "" else value, 1, fills=True
    ),
    "base64": _Made(lambda text, _: b64encode(text.encode("utf-8", "surrogatepass")).decode()),
    "text": _Made(lambda text, _: text),
    "json": _Made(_json, is_text=False),
    "member": _Made(_member, 1),
    "join": _Made(_join, 1, is_text=False),
    "hash": _Made(_hash, 1, is_text=False),
    "unix_s": _Made(_unix(1), is_text=False),
    "unix_ms": _Made(_unix(1_000), is_text=False),
    "unix_us": _Made(_unix(1_000_000), is_text=False),
    "date": _Made(_date, 1, is_text=False),
}
