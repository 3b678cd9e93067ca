"""Events that came back from a page which showed ``***`` in place of their secrets."""

from __future__ import annotations

from typing import Any


def restored(typed: Any, shown: Any, original: Any) -> Any:
    """Return what was typed, with the original's own value wherever the page's was left as it was.

    Args:
        typed: JSON that came back.
        shown: The event as the page showed it.
        original: The event.
    """
    if typed == shown:
        return original
    if isinstance(typed, dict) and isinstance(shown, dict) and isinstance(original, dict):
        return {
            key: restored(value, shown[key], original[key])
            if key in shown and key in original
            else value
            for key, value in typed.items()
        }
    if (
        isinstance(typed, list)
        and isinstance(shown, list)
        and isinstance(original, list)
        and len(typed) == len(shown) == len(original)
    ):
        return [restored(*each) for each in zip(typed, shown, original, strict=True)]
    return typed
