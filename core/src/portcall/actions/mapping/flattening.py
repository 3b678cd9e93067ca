"""Nested objects as one level of joined keys."""

from __future__ import annotations

from typing import Any

from portcall.actions.mapping.values import is_array, is_object


def flatten(value: Any, separator: str = ".", *, omit_arrays: bool = False) -> dict[str, Any]:
    """One object whose keys are the paths to the leaves.

    Args:
        value: Any JSON value; one that is not an object gets the empty key.
        separator: Between the keys of a path.
        omit_arrays: Leave lists as they are, instead of a key for each item.

    Returns:
        Leaves as they are, missing ones too; objects and lists without content leave no trace.
    """
    flat: dict[str, Any] = {}
    _flatten_into(flat, value, "", separator, omit_arrays)
    return flat


def _flatten_into(
    flat: dict[str, Any],
    value: Any,
    prefix: str,
    separator: str,
    omit_arrays: bool,
) -> None:
    if is_object(value):
        entries = list(value.items())
    elif is_array(value) and not omit_arrays:
        entries = [(str(index), item) for index, item in enumerate(value)]
    else:
        flat[prefix] = value
        return
    for key, item in entries:
        path = f"{prefix}{separator}{key}" if prefix else key
        _flatten_into(flat, item, path, separator, omit_arrays)
