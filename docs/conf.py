"""Sphinx: ``sphinx-build -W docs docs/_build/html``."""

project = "portcall"
author = "The portcall authors"
project_copyright = "2026, the portcall authors"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
html_theme = "furo"
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
default_role = "code"
autodoc_typehints = "description"
autodoc_member_order = "bysource"
add_module_names = False
