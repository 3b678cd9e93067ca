"""Text to tokens, left to right, one look at each character."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

import attrs

from portcall.actions.fql.diagnosis import failure, shorten
from portcall.actions.fql.literals import read_number
from portcall.errors import SubscriptionError

Kind: TypeAlias = Literal["word", "text", "number", "sign", "end"]


@attrs.frozen
class Token:
    """One word, text in quotes, number or sign, as written.

    Args:
        kind: ``end`` stands once, behind all others.
        text: With quotes and backslashes; empty at the end.
        start: Offset in the subscription.
    """

    kind: Kind
    text: str
    start: int


_FOREIGN = {
    "==": "=", "===": "=", "!==": "!=", "<>": "!=", "≠": "!=", "=>": ">=", "≥": ">=", "=<": "<=",
    "≤": "<=", "&&": "and", "&": "and", "||": "or", "|": "or", "~": "match", "=~": "match",
    "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u2018": "'", "\u2019": "'", "`": '"',
}  # fmt: skip
"""What other languages and word processors write, and what to write here."""

_SIGNS = ("!=", "<=", ">=", "=", "<", ">", "!", "(", ")", "[", "]", ",", ".")
_SPACE = re.compile(r"\s+")
_PATTERNS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("text", re.compile(r"\"(?:[^\"\\]|\\.)*+\"|'(?:[^'\\]|\\.)*+'", re.DOTALL)),
    ("word", re.compile(r"(?:[^\W\d]|\\.)(?:[\w-]|\\.)*", re.DOTALL)),
    ("number", re.compile(r"[+\-\d][\w.+-]*")),
    ("sign", re.compile("|".join(map(re.escape, sorted([*_SIGNS, *_FOREIGN], key=len)[::-1])))),
)
# Behind a dot even 0, 1st and -x are keys.
_KEY = re.compile(r"(?:[\w-]|\\.)+", re.DOTALL)


def lex(text: str) -> list[Token]:
    """Cut a subscription into tokens, at most one for each character and one for the end.

    Raises:
        SubscriptionError: A character, number or sign that is not in the language; a text
            without its closing quote.
    """
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        if space := _SPACE.match(text, position):
            position = space.end()
            continue
        after_dot = bool(tokens) and tokens[-1].text == "."
        tokens.append(_next(text, position, after_dot=after_dot))
        position += len(tokens[-1].text)
    return [*tokens, Token("end", "", len(text.rstrip()))]


def _next(text: str, start: int, *, after_dot: bool) -> Token:
    if after_dot and (key := _KEY.match(text, start)):
        return Token("word", key.group(), start)
    for kind, pattern in _PATTERNS:
        if found := pattern.match(text, start):
            return _checked(text, Token(kind, found.group(), start))
    raise _stray(text, start)


def _checked(text: str, token: Token) -> Token:
    if token.kind == "sign" and token.text in _FOREIGN:
        raise failure(
            text,
            token.start,
            f"{token.text} is not part of the language",
            f"use {_FOREIGN[token.text]}",
        )
    if token.kind == "number" and read_number(token.text) is None:
        raise failure(
            text,
            token.start,
            f"{shorten(token.text)} is not a number",
            f'if it is text, put it in quotes: "{shorten(token.text)}"',
        )
    return token


def _stray(text: str, start: int) -> SubscriptionError:
    char = text[start]
    if char in "\"'":
        return failure(
            text,
            start,
            "this text has no closing quote",
            f"close it with {char}; inside, write \\{char} for a quote and \\\\ for a backslash",
        )
    shown = char if char.isprintable() else f"U+{ord(char):04X}"
    return failure(
        text,
        start,
        f"{shown} is not part of the language",
        f'put text in quotes; in a path, write \\{shown} or quote the key: properties."my key"',
    )
