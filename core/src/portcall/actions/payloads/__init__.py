"""From an event to a checked payload: mapping and fields as one generated function."""

from portcall.actions.payloads.columns import Columns, PackMany, all_odd, packer_of_many
from portcall.actions.payloads.packing import Pack, packer
from portcall.actions.payloads.reading import Read, reader

__all__ = ["Columns", "Pack", "PackMany", "Read", "all_odd", "packer", "packer_of_many", "reader"]
