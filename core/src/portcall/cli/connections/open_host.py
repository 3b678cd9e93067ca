"""The host of one command, with the plugins, limits and extras that its options name."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from portcall.cli.connections.announced_options import announce_options, refuse_contradictions
from portcall.cli.destinations.plugin_files import plugin_files
from portcall.cli.flags.connection_flags import Options
from portcall.cli.project.current_project import current_project
from portcall.cli.terminal.output import quiet, warn
from portcall.destination import Destination
from portcall.host import Host
from portcall.model.auth import Auth

if TYPE_CHECKING:
    from portcall.project.project_file import Project


def open_host(options: Options, clients: Mapping[str, Auth] | None = None) -> Host:
    """Make the host that these options describe; the caller closes it."""
    _show_warnings()
    announce_options(options)
    refuse_contradictions(options)
    project = current_project()
    given: dict[str, Any] = {
        "extras": _extras(project),
        "allow_http": options.allow_http,
        "limits": attrs.evolve(options.limits, timeout_s=options.timeout_s),
        "clients": clients,
        "plugins": plugin_files(),
    }
    if options.stand_in is None:
        return Host(allow_private=options.allow_private, ca_file=options.ca_file, **given)
    from portcall.cli.connections.stand_in_file import stand_in_host  # noqa: PLC0415  # few have one

    return stand_in_host(options.stand_in, **given)


def _extras(project: Project | None) -> tuple[object, ...]:
    if project is None:
        return ()
    from portcall.project.project_file import extras_of  # noqa: PLC0415  # few have a project

    return extras_of(project)


class _Warnings(logging.Handler):
    """Shows what core logs as a warning; it holds no secret."""

    def emit(self, record: logging.LogRecord) -> None:
        warn(record.getMessage())


def _show_warnings() -> None:
    logger = logging.getLogger("portcall")
    if not any(isinstance(handler, _Warnings) for handler in logger.handlers):
        logger.addHandler(_Warnings(logging.WARNING))


def load(host: Host, slug: str) -> Destination:
    """Load one destination; what its import prints goes to stderr."""
    with quiet():
        return host.destination(slug)
