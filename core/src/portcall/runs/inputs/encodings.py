"""Text of any encoding as UTF-8, and which encoding a text is likely to have."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Callable
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from portcall.runs.inputs.input_error import InputError
from portcall.runs.inputs.lookahead import CHUNK_BYTES, Head

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

UTF8: Final = "utf-8"
_UTF8_BOM: Final = tuple(codecs.BOM_UTF8)
_BOMS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins with the one of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_COMMON: Final = (
    "utf-8", "utf-16", "utf-16-le", "utf-16-be", "windows-1252", "latin-1", "iso-8859-15", "cp437",
    "cp850", "windows-1250", "windows-1251", "shift_jis", "euc-jp", "gb18030", "big5", "euc-kr",
)  # fmt: skip
_FOREIGN: Final = (
    ("windows-1251", re.compile("[\u0430-\u044f]")),
    ("koi8-r", re.compile("[\u0430-\u044f]")),
    ("shift_jis", re.compile("[\u3040-\u30ff]")),
    ("euc-jp", re.compile("[\u3040-\u30ff]")),
    ("euc-kr", re.compile("[\uac00-\ud7a3]")),
    ("gb18030", re.compile("[\u4e00-\u9fff]")),
    ("windows-1253", re.compile("[\u03b1-\u03ce]")),
)
"""Encodings of texts without Latin letters, and the characters that most of such a text consists of."""

_RARE_HANZI: Final = b"\xd8"
_LONE: Final = re.compile(rb"(?<![\x80-\xff])[\x80-\xff](?![\x80-\xff])")
_HIGH: Final = re.compile(rb"[\x80-\xff]")
_MOSTLY: Final = 0.6


def known_encoding(name: str) -> str:
    """Return the name of an encoding as Python has it.

    Raises:
        InputError: There is none of that name; says what is near.
    """
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        near = get_close_matches(name.lower(), _COMMON, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"usual ones are {', '.join(_COMMON)}"
        raise InputError(f"there is no encoding {name!r}; {hint}") from None
    if not getattr(found, "_is_text_encoding", True):
        raise InputError(f"{name!r} is not an encoding of text; give utf-8 or windows-1252, say")
    return UTF8 if found.name in {"utf-8", "utf-8-sig", "ascii"} else found.name


def likely_encoding(sample: bytes) -> str:
    """Return the encoding that bytes which are not UTF-8 most likely have; empty if none is likely.

    Args:
        sample: Some hundred bytes or more, from the first one that is not UTF-8.
    """
    high = len(_HIGH.findall(sample))
    if not high:
        return ""
    # Latin letters with accents stand alone among those without; other scripts write whole words.
    if len(_LONE.findall(sample)) >= _MOSTLY * high:
        return "windows-1252"
    shares = [(_share(sample, name, usual), name) for name, usual in _FOREIGN]
    share, name = max(shares, key=lambda each: each[0])
    return name if share >= _MOSTLY else "windows-1252"


def _share(sample: bytes, name: str, usual: re.Pattern[str]) -> float:
    text = sample.decode(name, "replace")
    foreign = [char for char in text if char > "\x7f"]
    found = usual.findall(text)
    if name == "gb18030":  # nearly all bytes are some character of it; the common ones stand first
        found = [char for char in found if char.encode(name) < _RARE_HANZI]
    return len(found) / len(foreign) if foreign else 0.0


def bom_encoding(head: Head) -> str | None:
    """Return the encoding that a byte order mark names; None without one.

    A mark of UTF-8 is passed over.
    """
    if head.begins(*_UTF8_BOM):
        head.drop(len(_UTF8_BOM))
        return UTF8
    return next((name for mark, name in _BOMS if head.begins(*mark)), None)


def utf8_head(head: Head, name: str, encoding: str | None) -> Head:
    """Return a text as UTF-8 without byte order mark; what has one is in the encoding that this names.

    Args:
        head: The text, unpacked.
        name: Of the input, for messages.
        encoding: As `known_encoding` returns it; None for UTF-8.
    """
    found = bom_encoding(head) or encoding or UTF8
    if found == UTF8:
        return head
    text = Head(Transcoded(head, name, found))
    if text.begins(*_UTF8_BOM):
        text.drop(len(_UTF8_BOM))
    return text


class Transcoded(io.RawIOBase):
    """The same text in UTF-8.

    Args:
        raw: The text in its own encoding.
        name: Of the input, for messages.
        encoding: What Python calls it.
    """

    def __init__(self, raw: io.RawIOBase, name: str, encoding: str) -> None:
        self._raw = raw
        self._name = name
        self._encoding = encoding
        self._decode: Callable[..., str] = codecs.getincrementaldecoder(encoding)().decode
        self._left = b""
        self._read_bytes = 0
        self._is_over = False

    def readable(self) -> bool:
        """Return True: it can be read."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Return what the bytes that are there say, waiting for at least one; 0 is the end.

        Raises:
            InputError: The bytes are not of the encoding.
        """
        while not self._left and not self._is_over:
            self._left = self._next()
        with memoryview(buffer).cast("B") as view:
            part = self._left[: len(view)]
            view[: len(part)] = part
        self._left = self._left[len(part) :]
        return len(part)

    def _next(self) -> bytes:
        chunk = self._raw.read(CHUNK_BYTES) or b""
        self._is_over = not chunk
        try:
            text = self._decode(chunk, final=self._is_over)
        except UnicodeDecodeError as exc:
            raise InputError(
                f"{self._name}: the text is not {self._encoding} near byte "
                f"{self._read_bytes + exc.start}: {exc.reason}; name the right one with encoding="
            ) from None
        self._read_bytes += len(chunk)
        return text.encode(errors="surrogatepass")


class Utf8Check:
    """Checks whether bytes that come in pieces are UTF-8.

    Args:
        line: The line of the first byte that is not, from 1; 0 as long as all are.
    """

    def __init__(self) -> None:
        self._decoder: Any = codecs.getincrementaldecoder(UTF8)()
        self._is_between = False
        self._lines = 0
        self.line = 0
        self.sample = b""

    def feed(self, chunk: bytes, *, final: bool = False) -> bool:
        """Return whether all bytes up to here are UTF-8, or may yet become so."""
        if chunk.isascii() and not self._is_between:
            self._lines += chunk.count(b"\n")
            return True
        held = self._decoder.getstate()[0]
        try:
            self._decoder.decode(chunk, final)
        except UnicodeDecodeError as exc:
            self.sample = (held + chunk)[exc.start :]
            self.line = self._lines + (held + chunk).count(b"\n", 0, exc.start) + 1
            return False
        self._is_between = bool(self._decoder.getstate()[0])
        self._lines += chunk.count(b"\n")
        return True
