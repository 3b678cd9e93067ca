"""From an event to a checked payload: mapping and fields as one generated function."""

from portcall.actions.payloads.packing import Pack, packer
from portcall.actions.payloads.reading import Read, reader

__all__ = ["Pack", "Read", "packer", "reader"]
