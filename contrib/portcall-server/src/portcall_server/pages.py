"""The pages of ``portcall web`` inside ``portcall serve``, for people on this machine."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from starlette.routing import Mount

from portcall import Project
from portcall.outbox import Outbox
from portcall_server.web.access import Access
from portcall_server.web.app import web_app
from portcall_server.web.site import Site

PATH: Final = "/ui"


class Pages:
    """The pages under `PATH`, which are about the service's own project and outbox.

    Args:
        project: What the service goes by.
        outbox: Whose deliveries are shown.
        host: The address that is listened on.
        port: The port.
        plugins: Files of destinations; those of the project if there are none.
    """

    def __init__(
        self, project: Project, outbox: Outbox, host: str, port: int, plugins: Sequence[Path] = ()
    ) -> None:
        has_file = project.path.is_file()
        self.site: Final = Site(project if has_file else None, outbox=outbox, plugins=plugins)
        self._access: Final = Access.at(host, port)

    def routes(self) -> list[Mount]:
        """Return the one route that has them all."""
        return [Mount(PATH, web_app(self.site, self._access))]

    def link(self, url: str) -> str:
        """Return the link that lets one browser in, once.

        Args:
            url: Of the service.
        """
        token = self._access.token.value if self._access.token else ""
        return f"{url}{PATH}/?token={token}"


def is_loopback(address: str) -> bool:
    """Return whether an address is reached from this machine alone."""
    if address.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
