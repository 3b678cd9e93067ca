"""Sphinx: ``sphinx-build -W docs docs/_build/html``.

A site of several versions has a folder for each tag (``v1.2.0``), beside one another; the sidebar links them.
"""

import re
import subprocess
import tomllib
from pathlib import Path

MOST_VERSIONS = 10
_VERSION = re.compile(r"v[0-9]+(\.[0-9]+)*")


def tagged(folder: Path) -> list[str]:
    """Return the newest versions that the checkout at *folder* has tags of; none outside a checkout."""
    try:
        words = ["git", "-C", str(folder), "tag", "--list", "v*", "--sort=-version:refname"]
        done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return []
    return [tag for tag in done.stdout.split() if _VERSION.fullmatch(tag)][:MOST_VERSIONS]


project = "portcall"
author = "The portcall authors"
project_copyright = "2026, the portcall authors"
extensions = ["myst_parser"]
version = release = tomllib.loads(
    (Path(__file__).parents[1] / "core" / "pyproject.toml").read_text("utf-8")
)["project"]["version"]
html_theme = "furo"
html_title = f"portcall {version}"
exclude_patterns = ["_build"]
templates_path = ["_templates"]
html_context = {"versions": tagged(Path(__file__).parent)}
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "versions.html",
        "sidebar/scroll-end.html",
        "sidebar/variant-selector.html",
    ]
}
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
