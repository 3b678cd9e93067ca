"""What becomes of one event, as a person reads it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from portcall.cli.state import State
from portcall.cli.terminal.request_text import pretty
from portcall.previews.explained_fields import shown_text

LONGEST_VALUE: Final = 80
LONGEST_BODY: Final = 4_000
_WIDEST: Final = 32
_NONE: Final = "-"
_ABOUT: Final = ("type", "event", "name", "userId", "anonymousId", "messageId")


def explain_text(explained: Mapping[str, Any], state: State) -> Iterator[str]:
    """Write what `explain` found: lines that may go to a terminal.

    Args:
        explained: From `explain`.
        state: For redaction.
    """
    for line in _lines(explained):
        yield state.clean(shown_text(line, state))


def _lines(explained: Mapping[str, Any]) -> Iterator[str]:
    event = explained["event"]
    known = [f"{name} {value_text(event[name])}" for name in _ABOUT if event.get(name) is not None]
    yield f"Event: {', '.join(known) or 'without type, name and ids'}"
    for each in explained["subscriptions"]:
        yield ""
        yield from _subscription(each)


def _subscription(said: Mapping[str, Any]) -> Iterator[str]:
    own = said["name"] == said["action"]
    who = said["action"] if own else f"{said['name']} ({said['action']})"
    yield f"{who}: {'matches' if said['matched'] else 'does not match'}"
    yield f"  {said['subscribe'] or 'every event'}"
    if not said["matched"]:
        yield from (_unmet(part) for part in said["unmet"])
        return
    yield ""
    yield from _fields(said["fields"])
    yield from (f"  ! {problem}" for problem in said["problems"])
    yield ""
    yield from _end(said)


def _unmet(part: Mapping[str, Any]) -> str:
    found = f"; the event has {value_text(part['found'])}" if "found" in part else ""
    return f"  not met: {part['condition']}{found}"


def _fields(fields: list[dict[str, Any]]) -> Iterator[str]:
    values = [value_text(each["value"]) if "value" in each else _NONE for each in fields]
    name_width = max((len(each["name"]) for each in fields), default=0)
    value_width = min(max(map(len, values), default=0), _WIDEST)
    for each, value in zip(fields, values, strict=True):
        source = cut(each["source"])
        if "origin" in each:
            source = f"from {source} ({each['origin']})"
        yield f"  {each['name']:{name_width}}  {value:{value_width}}  {source}"
        yield from (f"  {'':{name_width}}  ! {problem}" for problem in each["problems"])


def _end(said: Mapping[str, Any]) -> Iterator[str]:
    if said["outcome"] != "delivered":
        yield f"  {said['outcome']}: {said['reason']}".removesuffix(": ")
        return
    if not said["requests"]:
        yield "  the action sends nothing for it"
        return
    yield f"  would be sent{_batch(said['batch']) if 'batch' in said else ''}"
    for request in said["requests"]:
        yield ""
        yield from _request(request)


def _batch(batch: Mapping[str, Any]) -> str:
    keys = ", ".join(f"{name} = {value_text(value)}" for name, value in batch["keys"].items())
    agreeing = f" that agree in {keys}" if keys else ""
    return f" in a batch of up to {batch['size']}{agreeing}; alone it would be"


def _request(request: Mapping[str, Any]) -> Iterator[str]:
    yield f"  {request['method']} {request['url']}"
    for name, value in request["headers"].items():
        yield f"  {name}: {value}"
    if request["body"]:
        yield ""
        body = pretty(request["body"].encode("utf-8", "surrogatepass")) or request["body"]
        yield from (f"  {line}" for line in cut(body, LONGEST_BODY).splitlines())


def value_text(value: Any) -> str:
    """Write a value as JSON on one line, cut if it is long; ``***`` as it is."""
    text = "***" if value == "***" else json.dumps(value, ensure_ascii=False)
    return cut(text)


def cut(text: str, longest: int = LONGEST_VALUE) -> str:
    """Return a text, not longer than that many characters."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
