"""What two reasons have in common that differ only from event to event."""

from __future__ import annotations

import re
from typing import Final

VARIES: Final = "…"

_DAY: Final = r"\d{4}-\d\d-\d\d"
_CLOCK: Final = r"\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?"
_STATUS: Final = re.compile(r"\d{3} (?=[A-Z])")
_DIFFERENT: Final = re.compile(
    rf"""
    [0-9a-f]{{8}}-[0-9a-f]{{4}}-[0-9a-f]{{4}}-[0-9a-f]{{4}}-[0-9a-f]{{12}}   # a UUID (RFC 9562)
  | {_DAY}(?:[T ]{_CLOCK}\s?(?:Z|UTC|[+-]\d\d:?\d\d)?)?                      # a time (RFC 3339)
  | (?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),\ )?\d\d?\ (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)
    \ \d{{4}}(?:\ {_CLOCK}(?:\ GMT|\ [+-]\d{{4}})?)?                         # a time (RFC 9110)
  | \b{_CLOCK}\b
  | (?<![\w.-])(?=[\w.-]*\d)(?=[\w.-]*[A-Za-z])[\w-]{{8,}}(?![\w-])          # an id: req_8f3a2b1c
  | (?<![A-Za-z\d])\d+(?:[.,]\d+)*                                           # a number, of an item say
    """,
    re.VERBOSE | re.IGNORECASE,
)
_QUOTED: Final = re.compile(r"'[^']*'|\"[^\"]*\"(?!\s*:)|`[^`]*`")


def common(reason: str) -> str:
    """Return a reason with ``…`` for request ids, times and numbers; its status stays."""
    status = _STATUS.match(reason)
    kept = status[0] if status else ""
    return kept + _DIFFERENT.sub(VARIES, reason[len(kept) :])


def common_without_values(reason: str) -> str:
    """Return a reason with ``…`` for what is quoted, too: the values of the event, mostly."""
    return _QUOTED.sub(f'"{VARIES}"', common(reason))
