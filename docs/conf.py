"""Sphinx: ``sphinx-build -W docs docs/_build/html``."""

import tomllib
from pathlib import Path

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
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
