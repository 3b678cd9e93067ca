"""How many calls of one delivery may be under way at once."""

from __future__ import annotations

from typing import Final

MOST_WORKERS: Final = 1024
