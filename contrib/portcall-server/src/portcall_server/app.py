"""The application that ``portcall serve`` runs: the routes of every part, in one Starlette app."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.applications import Starlette
from starlette.routing import BaseRoute


def build_app(*parts: Iterable[BaseRoute]) -> Starlette:
    """Return the application of several parts.

    Args:
        *parts: The routes of each part: ingest, health, metrics, pages. The first route that matches
            answers, so that a part mounted at ``/`` comes last.
    """
    return Starlette(routes=[route for part in parts for route in part])
