"""The pages of ``portcall web`` inside ``portcall serve``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from starlette.routing import Mount

from portcall import Project
from portcall.outbox import Outbox
from portcall_server.web.access import Access
from portcall_server.web.app import web_app
from portcall_server.web.site import Site

PATH: Final = "/web"


class Pages:
    """The pages under `PATH`, which are about the service's own project and outbox.

    Args:
        project: What the service goes by.
        outbox: Whose deliveries are shown.
        access: Who is let in.
        url: Origin under which the pages are reached, if another than the service's own; else empty.
        options: Of `Host`, for every connection.
        plugins: Files of destinations; those of the project if there are none.
    """

    def __init__(
        self,
        project: Project,
        outbox: Outbox,
        access: Access,
        url: str,
        options: Mapping[str, Any],
        plugins: Sequence[Path] = (),
    ) -> None:
        self._access: Final = access
        self._url: Final = url.rstrip("/")
        self.site: Final = Site(
            project if project.path.is_file() else None,
            plugins=plugins,
            public_url=f"{self._url}{PATH}" if self._url else "",
            outbox=outbox,
            options=options,
        )

    def routes(self) -> list[Mount]:
        """Return the one route that has them all."""
        return [Mount(PATH, web_app(self.site, self._access))]

    def link(self, url: str) -> str:
        """Return the link for a browser: with the token that lets one in, once, or without.

        Args:
            url: Of the service.
        """
        link = f"{self._url or url}{PATH}/"
        return f"{link}?token={self._access.token.value}" if self._access.token else link
