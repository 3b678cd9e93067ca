"""Redirects, for destinations that allow them: within the declared hosts, GET and HEAD only."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import urljoin

import attrs

from portcall.errors import MalformedResponseError, Sent
from portcall.model import EMPTY, Request, Response
from portcall.urls import ABSOLUTE, Url

_STATUSES: Final = frozenset({301, 302, 303, 307, 308})
_NOT_IN_LOCATION: Final = re.compile(r"[\x00-\x20\x7f\\]")


def follow(request: Request, response: Response, check: Callable[[str], Url]) -> Request | None:
    """Return the request that a redirect asks for (RFC 9110 §15.4).

    Across origins nothing crosses that a layer may have added: no header, no body, no client
    certificate, and no query parameter of the request that the Location repeats.

    Args:
        request: The one that was answered; its ``target`` is set.
        response: The answer.
        check: The connection's policy: parses the new URL and refuses one that is not declared.

    Returns:
        The next request, its ``target`` set; None if the answer is no redirect or not to be followed.

    Raises:
        PolicyError: The Location leads to a host that was not declared.
        MalformedResponseError: The Location is no URL.
    """
    here, locations = request.target, response.headers.get_all("location")
    if response.status not in _STATUSES or request.method not in {"GET", "HEAD"}:
        return None
    if here is None or not locations:
        return None
    if len(locations) > 1 or _NOT_IN_LOCATION.search(locations[0]):
        raise MalformedResponseError(f"{here.place}: the Location is no URL", Sent.MAYBE)
    location = locations[0].partition("#")[0]
    there = check(location if ABSOLUTE.match(location) else urljoin(str(here), location))
    if there.origin == here.origin:
        return request.replace(url=str(there), target=there)
    there = _without(there, here)
    return request.replace(
        url=str(there), target=there, headers=EMPTY, body=None, client_certificate=None
    )


def _without(there: Url, here: Url) -> Url:
    """Drop the parameters of *here* that the other side copied into *there*."""
    path, mark, query = there.target.partition("?")
    ours = set(here.target.partition("?")[2].split("&"))
    kept = "&".join(pair for pair in query.split("&") if pair not in ours)
    return attrs.evolve(there, target=f"{path}{mark if kept else ''}{kept}")
