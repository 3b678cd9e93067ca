"""Values: text in quotes, bare words, numbers, true, false and null."""

from __future__ import annotations

from portcall.actions.fql.comparisons import CONTAINERS, NAMES, Path, Scalar
from portcall.actions.fql.diagnosis import shorten
from portcall.actions.fql.lexer import Token
from portcall.actions.fql.literals import read_number, read_text, read_word
from portcall.actions.fql.reader import Reader

_CONSTANTS: dict[str, Scalar] = {"true": True, "false": False, "null": None}
_KEYWORDS = ("and", "or", "not", "in")


def read_value(reader: Reader, path: Path) -> Scalar:
    """Take the value that ``path`` is compared with.

    A field of text takes numbers as they are written, and a name takes ``true`` as a word.

    Raises:
        SubscriptionError: No value is there, or a word that may be meant otherwise.
    """
    token = reader.take()
    if token.kind == "text":
        return read_text(token.text)
    if token.kind == "number":
        return read_number(token.text) if path.field in CONTAINERS else token.text
    if token.kind != "word" or token.text.lower() in _KEYWORDS:
        advice = 'write text in quotes, a number, true, false or null: event = "Signed Up"'
        raise reader.unexpected("a value", advice, token=token)
    return _word(reader, token, path)


def _word(reader: Reader, token: Token, path: Path) -> Scalar:
    folded, shown = token.text.lower(), shorten(token.text)
    if folded in _CONSTANTS:
        if token.text != folded:
            advice = f'write {folded}, or for the text "{shown}" with its quotes'
            raise reader.failure(f"{shown} may mean two things", advice, token=token)
        if folded == "null" or path.field not in NAMES:
            return _CONSTANTS[folded]
    if reader.sees(".", "(", "["):
        advice = f'text needs quotes: "{shown}..."; a field cannot be compared with another'
        raise reader.unexpected("a value", advice, token=token)
    return read_word(token.text)
