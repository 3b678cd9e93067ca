"""A Bloom filter: says of a number that it is in no segment, so that the segments need not be searched."""

from __future__ import annotations

import sqlite3
from typing import Final

LEAST_BITS: Final = 1 << 20
MOST_BITS: Final = 1 << 27
STEP: Final = 7
ROOM: Final = 6
"""Bits for each number, at least, while the filter may grow: one in ten of the unknown ones passes then."""

_BIT: Final = tuple(1 << number for number in range(8))

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS filter (
    id INTEGER PRIMARY KEY CHECK (id = 1), held INTEGER NOT NULL, bits BLOB NOT NULL
);
"""


class KeyFilter:
    """The filter of a ledger, two bits for each number; written as a whole with each segment.

    Args:
        sql: Of the ledger; the caller has the transaction.
    """

    def __init__(self, sql: sqlite3.Connection) -> None:
        self._sql: Final = sql
        self._held = -1
        self._bits = bytearray()
        self._mask = 0

    def may_have(self, numbers: list[int], sealed: int) -> list[int]:
        """Return the numbers that may be in a segment.

        Args:
            numbers: 64 bits each, all of them as likely.
            sealed: The last row in a segment: if it is not the one that this filter knows, it is read.
        """
        if sealed != self._held:
            self._read()
        bits, mask = self._bits, self._mask
        if not bits:
            return numbers if sealed else []
        return [
            number
            for number in numbers
            if bits[(number & mask) >> 3] >> (number & 7) & 1
            and bits[((number >> 32) & mask) >> 3] >> ((number >> 32) & 7) & 1
        ]

    def seal(self, begin: int, last: int) -> None:
        """Take the numbers of the rows after one, up to another; grow if there is too little room."""
        self._read()
        size = len(self._bits) * 8
        if last > size // ROOM and size < MOST_BITS:
            while last > size // ROOM and size < MOST_BITS:
                size = min(max(size << STEP, LEAST_BITS), MOST_BITS)
            self._bits, self._mask, begin = bytearray(size // 8), size - 1, 0
        self._add(begin, last)
        self._sql.execute(
            "INSERT OR REPLACE INTO filter (id, held, bits) VALUES (1, ?, ?)", (last, self._bits)
        )
        self._held = last

    def _add(self, begin: int, last: int) -> None:
        bits, mask = self._bits, self._mask
        rows = self._sql.execute(
            "SELECT number FROM events WHERE id > ? AND id <= ?", (begin, last)
        )
        for [number] in rows:
            low, high = number & mask, number >> 32 & mask
            bits[low >> 3] |= _BIT[low & 7]
            bits[high >> 3] |= _BIT[high & 7]

    def _read(self) -> None:
        found = self._sql.execute("SELECT held, bits FROM filter").fetchone()
        if found is not None and found[0] != self._held:
            self._held, self._bits = found[0], bytearray(found[1])
            self._mask = len(self._bits) * 8 - 1
