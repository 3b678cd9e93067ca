"""The destinations that a command can use: those that are installed, under those that are files."""

from __future__ import annotations

from portcall.cli.destinations.plugin_files import plugin_files
from portcall.plugins.catalog import Catalog, survey


def installed_catalog() -> Catalog:
    """Return the destinations by slug, as `open_host` finds them; imports none.

    Raises:
        SettingsError: Others could have written a plugin that is a file of the project.
    """
    return with_files(survey("destinations")["destinations"])


def with_files(installed: Catalog) -> Catalog:
    """Return a catalog in which the current command's plugins that are files take their places.

    Args:
        installed: What is found by metadata.
    """
    files = plugin_files()
    if not files:
        return installed
    from portcall.declarative.packaged import plugins_at  # noqa: PLC0415  # few are files

    return installed.under(plugins_at(files))
