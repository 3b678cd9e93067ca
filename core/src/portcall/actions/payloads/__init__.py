"""From an event to a checked payload: mapping and fields as one generated function."""

from portcall.actions.payloads.reading import Read, reader

__all__ = ["Read", "reader"]
