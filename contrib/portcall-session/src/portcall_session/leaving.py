"""Ending a session at its destination, for a connection that is given up."""

from __future__ import annotations

from urllib.parse import urlencode

from portcall import Connection, Request, encode_json, hookimpl, hookspec, reveal
from portcall_session.declared import declared
from portcall_session.hooks import SessionRequest


@hookspec(firstresult=True)
@hookimpl
def end_session(connection: Connection) -> bool:
    """End the session of a connection that is given up: what ``portcall disconnect`` asks.

    Combination: the strongest answer; the scheme's own is `log_out`.

    Args:
        connection: Is not used afterwards.

    Returns:
        Whether the destination took it; False if there is no session or no logout.

    Example::

        @hookimpl
        def end_session(connection: Connection) -> bool:
            return log_out(connection)
    """
    return log_out(connection)


def log_out(connection: Connection) -> bool:
    """End a connection's session at its destination, without logging in for it.

    Args:
        connection: One of scheme ``session``; it is not used afterwards.

    Returns:
        Whether the destination was told, and took it; False if there is no session or no logout.

    Raises:
        TransportError: The destination gave no usable answer.
    """
    stack = connection.destination.stack
    login = declared(stack.hooks, connection.settings, connection.auth)
    if login is None or login.logout is None or not connection.auth.access_token:
        return False
    finished = connection.preview(_request(login.logout))
    return stack.send_request(finished).status < 400


def _request(asked: SessionRequest) -> Request:
    body, kind = _body(asked)
    return Request(
        method=asked.method,
        url=asked.url,
        headers={**kind, **asked.headers},
        query=asked.query,
        body=body,
    )


def _body(asked: SessionRequest) -> tuple[bytes | None, dict[str, str]]:
    if asked.json is not None:
        return encode_json(asked.json), {"content-type": "application/json"}
    if asked.form is not None:
        pairs = {name: reveal(value) for name, value in asked.form.items()}
        return urlencode(pairs).encode(), {"content-type": "application/x-www-form-urlencoded"}
    return None, {}
