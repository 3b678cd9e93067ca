"""JSON: the items of one array, or documents one after the other, however large the whole is."""

from __future__ import annotations

import json
from collections.abc import Generator
from io import BufferedReader
from typing import Any, Final

from portcall.runs.inputs.byte_source import Source
from portcall.runs.inputs.entry import Entry
from portcall.runs.inputs.entry_reader import TextReader
from portcall.runs.inputs.event_lines import CHARACTERS, CUT_OFF, LONGEST_BYTES, TOO_LONG
from portcall.runs.inputs.input_error import InputError
from portcall.runs.inputs.json_values import decode, why_unreadable
from portcall.runs.inputs.json_window import Window

_READ: Final = "everything before was read"


class _Documents(TextReader):
    """Values of JSON; what is in the window is one of them and a chunk."""

    unit = "item"

    def __init__(self, stream: BufferedReader, source: Source) -> None:
        super().__init__(stream, source)
        self._window = Window(stream)

    @property
    def consumed(self) -> int:
        """Bytes of text up to the end of the last entry that was given, about."""
        return self._window.consumed

    def _next(self) -> Entry:
        """Return the value that begins here; most are whole in the window and read at once."""
        window = self._window
        self._number += 1
        text, at = window.text, window.at
        if text[at] == "{":
            try:
                value, window.at = decode(text, at)
            except (ValueError, RecursionError):  # or it is not all there yet
                return self._apart()
            return self._entry(value, text[at : window.at])
        return self._apart()

    def _apart(self) -> Entry:
        """Find the end of the value first, then read it."""
        offset = self._window.offset
        try:
            text = self._window.take_value()
        except EOFError as exc:
            text = exc.args[0]
            if self._source.cut:
                return self._bad(CUT_OFF, _bytes(text))
            if text[:1] in '"{[':  # a number or a word may end the input
                self._end()
        if text is None:
            place = {CHARACTERS: [offset, self._window.offset]}
            return self._bad(f"the item {TOO_LONG}", kept=place)
        try:
            value, end = decode(text)
        except json.JSONDecodeError as exc:
            raise self._malformed(offset + exc.pos, exc.msg) from exc
        except (
            ValueError,
            RecursionError,
        ) as exc:  # NaN, too deep, too many digits: its end is known
            return self._bad(f"the item {why_unreadable(exc)}", _bytes(text))
        if end != len(text):
            raise self._malformed(offset + end, "extra data")
        return self._entry(value, text)

    def _entry(self, value: Any, text: str) -> Entry:
        try:
            raw = text.encode()
        except UnicodeEncodeError:
            return self._bad("the item is not UTF-8", _bytes(text))
        if len(raw) > LONGEST_BYTES:
            end = self._window.offset
            place = {CHARACTERS: [end - len(text), end]}
            return self._bad(f"the item {TOO_LONG}", kept=place)
        if not isinstance(value, dict):
            return self._bad("the item is not a JSON object", raw)
        return self._event(value, raw)

    def _end(self) -> None:
        """End where something is missing, which is right where a stop was asked for."""
        if not self._source.cut:
            raise InputError(
                f"{self._source.name}: the JSON ends in the middle, at character "
                f"{self._window.offset}; {_READ}; write or fetch it again"
            )

    def _malformed(self, offset: int, what: str) -> InputError:
        return InputError(
            f"{self._source.name}: not JSON near character {offset}: {what[:1].lower()}{what[1:]}; "
            f"{_READ}; correct it there"
        )


class Sequence(_Documents):
    """Documents one after the other."""

    def _read(self) -> Generator[Entry, None, None]:
        while self._window.peek():
            yield self._next()


class Array(_Documents):
    """The items of one array."""

    def _read(self) -> Generator[Entry, None, None]:
        window = self._window
        window.peek()
        window.at += 1
        more = window.peek() != "]"
        while more:
            if not window.peek():
                return self._end()
            yield self._next()
            more = window.peek() == ","
            window.at += more
        if not window.peek():
            return self._end()
        if window.peek() != "]":
            raise self._malformed(window.offset, "expecting ',' or ']'")
        window.at += 1
        if window.peek():
            raise self._malformed(window.offset, "something follows the array")
        return None


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogateescape")
