"""Where text stands in a request, and whether it has become more than one value there."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

import attrs

from portcall.checks.probing.modes import Mode
from portcall.checks.probing.observing import Trial
from portcall.checks.probing.played import Seen

PLAIN: Final = "plaintext7"
FOREIGN: Final = "zürich 東京 👋"
_MARKUP: Final = "</a><b>"
_REST: Final = "rich"
"""What is left of `FOREIGN` where all but ASCII is dropped, replaced or encoded twice."""


@attrs.frozen
class Tried:
    """One field with one text, and what is sent with plain text in its place.

    Args:
        mode: The action.
        field: The field's name.
        text: What stands in it.
        plain: A run with plain text.
        hostile: A run with *text*.
    """

    mode: Mode
    field: str
    text: str
    plain: Trial
    hostile: Trial

    @property
    def pairs(self) -> Iterator[tuple[Seen, Seen]]:
        """The requests of both runs, as far as they go."""
        return zip(self.plain.seen, self.hostile.seen, strict=False)

    @property
    def shown(self) -> str:
        """The text, short enough for a message."""
        return ascii(self.text[:40])


def is_raw(tried: Tried) -> bool:
    """Return whether a text is more than one value anywhere in its requests."""
    faults = (path_fault, query_fault, body_fault)
    return any(fault(tried, *pair) for pair in tried.pairs for fault in faults)


def path_fault(tried: Tried, plain: Seen, hostile: Seen) -> str:
    """Return what the text does to a path; empty if it is one segment, or a part of one."""
    if PLAIN not in "/".join(plain.segments):
        return ""
    if len(hostile.segments) != len(plain.segments) or _names(hostile) != _names(plain):
        return "sends it to another path"
    # A value that became another one, a hash, say, is as good as one that is encoded.
    expected = [part.replace(PLAIN, tried.text) for part in plain.segments]
    decoded = unquote(tried.text)
    pairs = zip(expected, hostile.segments, strict=True)
    if decoded != tried.text and any(e != found and decoded in found for e, found in pairs):
        return "sends it to another path"
    return ""


def query_fault(tried: Tried, plain: Seen, hostile: Seen) -> str:
    """Return what the text does to a query; empty if it is one value."""
    if not any(PLAIN in value for pair in plain.query for value in pair):
        return ""
    if _names(hostile) != [_named(tried, name) for name in _names(plain)]:
        return "sends other parameters"
    values = ([value for _, value in each.query] for each in (plain, hostile))
    return _quotation_fault(tried, *values)


def body_fault(tried: Tried, plain: Seen, hostile: Seen) -> str:
    """Return what the text does to a body; empty if it is one value."""
    if PLAIN.encode() not in plain.body:
        return ""
    if plain.media_type == "application/x-www-form-urlencoded":
        return _form_fault(tried, plain, hostile)
    if "xml" in plain.media_type:
        ended = _MARKUP in tried.text and _MARKUP.encode() in hostile.body
        return "ends an element of XML" if ended else ""
    return _json_fault(tried, plain.json, hostile.json)


def _form_fault(tried: Tried, plain: Seen, hostile: Seen) -> str:
    if "&" not in tried.text:
        return ""
    names, others = ([name for name, _ in _form(each)] for each in (plain, hostile))
    same = [_named(tried, name) for name in names] == others
    return "" if same else "sends other form fields"


def _form(seen: Seen) -> list[tuple[str, str]]:
    return parse_qsl(seen.body.decode("utf-8", "replace"), keep_blank_values=True)


def _json_fault(tried: Tried, plain: Any, hostile: Any) -> str:
    if plain is None or not {'"', "'", "\\"} & {*tried.text}:
        return ""  # only these end a text: what others change, the action decides
    if hostile is None:
        return "sends a body that is not JSON"
    if _outline(plain, PLAIN, tried.text) != _outline(hostile, "", ""):
        return "sends a body with other members"
    return _quotation_fault(tried, [*_texts(plain)], [*_texts(hostile)])


def _quotation_fault(tried: Tried, plain: list[str], hostile: list[str]) -> str:
    """Return what a text does that stands in quotation marks within a value: in GraphQL or SOQL, say."""
    for before, after in zip(plain, hostile, strict=False):
        for mark in ("'", '"'):
            within = f"{mark}{PLAIN}{mark}" in before and mark in tried.text
            if within and f"{mark}{tried.text}{mark}" in after:
                return f"ends a text in {mark} that it stands in"
    return ""


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, str):
        yield value


def _names(seen: Seen) -> list[str]:
    return [name for name, _ in seen.query]


def _named(tried: Tried, name: str) -> str:
    return name.replace(PLAIN, tried.text)


def _outline(value: Any, old: str, new: str) -> Any:
    """Return the names and the shape of a JSON value."""
    if isinstance(value, Mapping):
        named = {name.replace(old, new) if old else name: each for name, each in value.items()}
        return {name: _outline(each, old, new) for name, each in named.items()}
    if isinstance(value, list):
        return [_outline(each, old, new) for each in value]
    if isinstance(value, str) and value[:1] in {"{", "["}:
        try:  # JSON in JSON
            return _outline(json.loads(value), old, new)
        except ValueError:
            return None
    return None


def is_lost(tried: Tried) -> bool:
    """Return whether only a part of the foreign text arrives where the plain one does."""
    for plain, hostile in tried.pairs:
        after = _values(hostile)
        arrives = any(FOREIGN in each for each in after)
        if any(PLAIN in each for each in _values(plain)) and not arrives:
            return any(_REST in each for each in after)  # what became a hash has no part of it
    return False


def arrives_everywhere(tried: Tried) -> bool:
    """Return whether the foreign text stands wherever the plain one did."""
    for plain, hostile in tried.pairs:
        before, after = ("\n".join(_values(each)) for each in (plain, hostile))
        if before.count(PLAIN) != after.count(FOREIGN):
            return False
    return True


def _values(seen: Seen) -> list[str]:
    """Return every text of a request, decoded for its place; headers apart, which cannot hold every text."""
    texts = [*seen.segments, *(text for pair in seen.query for text in pair)]
    body = seen.body.decode("utf-8", "replace")
    if seen.media_type == "application/x-www-form-urlencoded":
        texts += [text for pair in _form(seen) for text in pair]
    else:
        texts.append(body if seen.json is None else json.dumps(seen.json, ensure_ascii=False))
        if isinstance(seen.json, dict):
            texts += [text.replace('\\"', '"') for text in _inner(seen.json)]
    return texts


def _inner(value: Any) -> Iterator[str]:
    """Return the texts of JSON that is text in JSON, decoded."""
    if isinstance(value, Mapping):
        for each in value.values():
            yield from _inner(each)
    elif isinstance(value, list):
        for each in value:
            yield from _inner(each)
    elif isinstance(value, str) and value[:1] in {"{", "["}:
        try:
            yield json.dumps(json.loads(value), ensure_ascii=False)
        except ValueError:
            return
