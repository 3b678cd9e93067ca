"""Sphinx: ``sphinx-build -W docs docs/_build/html``."""

project = "portcall"
author = "The portcall authors"
project_copyright = "2026, the portcall authors"
extensions = ["myst_parser"]
html_theme = "furo"
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
