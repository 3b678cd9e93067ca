"""What portcall reads of an installed distribution."""

from __future__ import annotations

from typing import Any, Protocol


class Metadata(Protocol):
    """What is asked of a distribution's metadata; `importlib_metadata.Distribution` has it and more."""

    @property
    def metadata(self) -> Any:
        """The fields of ``METADATA``."""

    @property
    def entry_points(self) -> Any:
        """Its entry points."""

    @property
    def requires(self) -> list[str] | None:
        """Its ``Requires-Dist`` entries."""

    def read_text(self, filename: str, /) -> str | None:
        """Return the text of a file of the metadata; None if it has no such file."""

    def locate_file(self, path: str, /) -> object:
        """Return where a file of the distribution is."""
