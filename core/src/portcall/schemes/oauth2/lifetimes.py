"""How long a token endpoint says something is good for, however it spells it."""

from __future__ import annotations

import math
import re
from typing import Final

LONGEST_S: Final = 10 * 366 * 86_400.0
_NUMBER: Final = re.compile(r"[0-9]{1,12}(?:\.[0-9]{0,12})?", re.ASCII)


def lifetime_s(said: object) -> float | None:
    """Read ``expires_in`` (RFC 6749 §5.1).

    Args:
        said: A number, or one as text. Zero and less are vendors' words for "does not expire", and
            more than ten years is an instant, milliseconds or a mistake.

    Returns:
        Seconds; None where nothing is said that can be believed, so that the destination's own
        refusal decides.
    """
    if isinstance(said, str) and _NUMBER.fullmatch(said.strip()):
        said = float(said)
    if isinstance(said, bool) or not isinstance(said, int | float):
        return None
    return float(said) if math.isfinite(said) and 0 < said <= LONGEST_S else None
