"""Where a page of the documentation is: at the URL that the distribution names, or in this checkout."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Final

import portcall

_LABEL: Final = "documentation"
_ROOT: Final = Path(portcall.__file__).parents[3]


def place_of(page: str) -> str:
    """Return the URL of a page, or the path of its text; empty if it is nowhere.

    Args:
        page: Its name: ``recipes``, ``destinations/segment``.
    """
    base = documentation_url()
    if base:
        return f"{base.rstrip('/')}/{page}.html"
    folder = _ROOT / "docs"
    built, text = folder / "_build" / "html" / f"{page}.html", folder / f"{page}.md"
    if built.is_file():
        return built.as_uri()
    return str(text) if text.is_file() else ""


def documentation_url() -> str:
    """Return the URL that the distribution names as its documentation; empty if it names none."""
    try:
        named = metadata("portcall").get_all("Project-URL") or []
    except PackageNotFoundError:  # run from its source
        return ""
    pairs = (each.partition(",") for each in named)
    return next((url.strip() for label, _, url in pairs if label.strip().lower() == _LABEL), "")
