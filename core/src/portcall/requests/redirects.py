"""Redirects, for destinations that allow them: within the declared hosts, GET and HEAD only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import attrs

from portcall.errors import MalformedResponseError, PolicyError, Sent
from portcall.model.http_request import Request
from portcall.model.http_response import Response
from portcall.model.opaque import EMPTY
from portcall.requests.locations import resolve
from portcall.urls import Url, parse

_STATUSES: Final = frozenset({301, 302, 303, 307, 308})


def follow(request: Request, response: Response, admit: Callable[[Url], None]) -> Request | None:
    """Return the request that a redirect asks for (RFC 9110 §15.4).

    Across origins nothing crosses that a layer may have added: no header, no body, no client
    certificate, and no query parameter of the request that the Location repeats.

    Args:
        request: The one that was answered; its ``target`` is set.
        response: The answer.
        admit: The connection's policy: refuses a URL whose host is not declared.

    Returns:
        The next request, its ``target`` set; None if the answer is not a redirect or not to be followed.

    Raises:
        PolicyError: The Location leads to a host that was not declared.
        MalformedResponseError: The Location is not a URL, or there are two.
    """
    here, locations = request.target, set(response.headers.get_all("location"))
    if response.status not in _STATUSES or request.method not in {"GET", "HEAD"}:
        return None
    if here is None or not locations:
        return None
    there = _there(here, locations, response.status, admit)
    if there.origin == here.origin:
        return request.replace(url=str(there), target=there)
    there = _without(there, here)
    return request.replace(
        url=str(there), target=there, headers=EMPTY, body=None, client_certificate=None
    )


def _there(here: Url, locations: set[str], status: int, admit: Callable[[Url], None]) -> Url:
    """Return where the Location leads; an error says that the server's answer is at fault."""
    answered = f"{here.place} answered {status} with a Location that is not followed"
    if len(locations) > 1:
        reason = f"{answered}: there are {len(locations)}, and they differ"
        raise MalformedResponseError(reason, Sent.MAYBE, status)
    try:
        there = parse(resolve(here, locations.pop()))
    except PolicyError as error:
        reason = f"{answered}: {error}"
    else:
        try:
            admit(there)
        except PolicyError as error:
            reason = f"{answered}: {error}"
            may_be_allowed = error.may_be_allowed
        else:
            return there
        raise PolicyError(reason, may_be_allowed=may_be_allowed)
    raise MalformedResponseError(reason, Sent.MAYBE, status)


def _without(there: Url, here: Url) -> Url:
    """Drop the parameters of *here* that the other side copied into *there*."""
    path, mark, query = there.target.partition("?")
    ours = set(here.target.partition("?")[2].split("&"))
    kept = "&".join(pair for pair in query.split("&") if pair not in ours)
    return attrs.evolve(there, target=f"{path}{mark if kept else ''}{kept}")
