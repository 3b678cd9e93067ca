"""HTTP Basic (RFC 7617): the user name and password fields, and the header."""

from __future__ import annotations

import attrs

from portcall.fields import field
from portcall.model.http_request import RequestOptions
from portcall.plugins.hookimpls import hookimpl
from portcall.secret import Secret


@attrs.frozen
class Credentials:
    """What every destination of this scheme asks for, unless it redefines it."""

    username: str = field(label="Username", format="username")
    password: Secret = field(label="Password")


@hookimpl
def auth_fields() -> type[Credentials]:
    return Credentials


@hookimpl
def extend_request(settings: Credentials) -> RequestOptions:
    return RequestOptions(username=settings.username, password=settings.password)
