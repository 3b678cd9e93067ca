"""Where installers leave metadata on the import path; imports no package."""

from __future__ import annotations

import os
import sys

METADATA = (".dist-info", ".egg-info")
LEFTOVER = "~"
"""What pip puts before the name of a distribution that it is about to remove."""

_USUAL = ("_frozen_importlib_external", "importlib_metadata")


def has_foreign_finders() -> bool:
    """Return whether distributions may come from elsewhere than the places of the import path."""
    return any(
        hasattr(finder, "find_distributions")
        and (getattr(finder, "__module__", None) or type(finder).__module__) not in _USUAL
        for finder in sys.meta_path
    )


def metadata_folders(place: str) -> list[str] | None:
    """Return the paths of the folders of metadata in one place of the import path.

    Returns:
        None if the place is no folder that can be read: an archive, say.
    """
    try:
        names = os.listdir(place or os.curdir)
    except OSError:
        return None
    return [
        os.path.join(place, name)
        for name in names
        if name.lower().endswith(METADATA) and not name.startswith(LEFTOVER)
    ]
