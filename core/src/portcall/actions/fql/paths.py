"""Paths: ``event``, ``properties.total``, ``context."my key"[0].id``."""

from __future__ import annotations

from portcall.actions.fql.comparisons import CONTAINERS, FIELDS, IDS, NAMES, Path
from portcall.actions.fql.diagnosis import closest, shorten
from portcall.actions.fql.lexer import Token
from portcall.actions.fql.literals import read_keys, read_text
from portcall.actions.fql.reader import Reader
from portcall.errors import SubscriptionError

_LIST = ", ".join([*sorted(NAMES), *sorted(IDS), *(f"{name}.*" for name in sorted(CONTAINERS))])
_KEY_ADVICE = 'write properties.total, or in quotes properties."order total"'


def read_path(reader: Reader) -> Path:
    """Take a path, however many keys it has.

    Raises:
        SubscriptionError: No known field is there, or what follows it is no key.
    """
    token = reader.take()
    if token.kind != "word" or token.text not in FIELDS:
        raise _no_field(reader, token)
    keys = [token.text]
    while reader.sees(".", "["):
        if token.text not in CONTAINERS:
            advice = f'compare it: {token.text} = "..."'
            raise reader.failure(f"{token.text} is text and has nothing inside", advice)
        keys.extend(_keys(reader))
    return Path(tuple(keys))


def _keys(reader: Reader) -> list[str]:
    if reader.take().text == "[":
        return [_index(reader)]
    token = reader.take()
    if token.kind == "word":
        return read_keys(token.text)
    if token.kind == "text":
        return [read_text(token.text)]
    raise reader.unexpected("a key", _KEY_ADVICE, token=token)


def _index(reader: Reader) -> str:
    token = reader.take()
    key = read_text(token.text) if token.kind == "text" else token.text
    if token.kind != "text" and not (token.kind == "number" and key.isdecimal()):
        advice = 'write items[0], or a key in quotes: properties["order total"]'
        raise reader.unexpected("a place in a list", advice, token=token)
    reader.require("]", "close the bracket")
    return key


def _no_field(reader: Reader, token: Token) -> SubscriptionError:
    shown = shorten(token.text)
    if token.kind != "word":
        advice = 'each value needs its field: event = "a" or event = "b", or event in ["a", "b"]'
        return reader.unexpected("a field", advice, token=token)
    if reader.sees("("):
        advice = "a subscription has the functions contains(...) and match(...)"
        return reader.failure(f"{shown}() is not known", advice, token=token)
    if near := closest(token.text, FIELDS):
        return reader.failure(f"{shown} is not a field", f"did you mean {near}?", token=token)
    advice = f"the fields are {_LIST}; a property is written properties.{shown}"
    return reader.failure(f"{shown} is not a field", advice, token=token)
