"""The tests of a project made of a destination file: what arrives at the API, for made-up values."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any, Final
from urllib.parse import urlsplit

from portcall.checks.samples import sample
from portcall.cli.scaffold.from_file.layout import WIDTH, Code, call, constant, laid_out, literal
from portcall.declarative.call_documents import CallTable
from portcall.declarative.calls import method_of
from portcall.declarative.documents import DestinationTable
from portcall.declarative.scopes import Scope
from portcall.declarative.templates import url_template
from portcall.destination import Destination
from portcall.fields import validate
from portcall.model.auth import Auth
from portcall.model.http_request import RequestOptions
from portcall.requests.composing import basic_authorization
from portcall.secret import Secret

_TOKEN: Final = "token-1a2b3c4d"  # noqa: S105  # made up, for tests
_STATE: Final = re.compile(r"\{\{\s*auth\.state\.([\w-]+)")


def tests_code(
    destination: Destination, table: DestinationTable, plugin: Any, text: str
) -> dict[str, str]:
    """Return ``tests/standing_in.py`` and ``tests/test_wire.py``.

    Args:
        destination: As the file makes it.
        table: The file.
        plugin: Its hooks.
        text: The file as text.
    """
    given = sample(destination)
    own = {name: value for name, value in given.items() if name in table.fields}
    host = re.sub(r"\{\{.*?\}\}|\*", "acme", table.hosts[0])
    state = dict.fromkeys(_STATE.findall(text), f"https://{host}")
    auth = Auth(access_token=Secret(_TOKEN), state=state)
    settings = validate(plugin.auth_fields(), own, what="settings")
    options = plugin.extend_request(settings, auth)
    values = {"settings": settings, "auth": auth}
    base = urlsplit(options.base_url or "https://" + host)
    headers = _credentials(table, given, options)
    made = {
        "host": base.hostname or host,
        "settings": laid_out(constant(given), "SETTINGS: dict[str, object] = "),
        "signed_in": laid_out(constant(headers), "SIGNED_IN: dict[str, str] = "),
    }
    if table.scheme == "oauth2":
        given_auth: dict[str, Code] = {"access_token": call("Secret", literal(_TOKEN))}
        if state:
            given_auth["state"] = constant(state)
        made["auth"] = laid_out(call("Auth", **given_auth), "AUTH = ")
    return {
        "tests/standing_in.py": _standing_in(table.slug, made),
        "tests/test_wire.py": _test_wire(destination, table, base.path, values),
    }


def _credentials(
    table: DestinationTable, given: dict[str, object], options: RequestOptions
) -> dict[str, str]:
    headers = {name: f"{value}" for name, value in options.headers.items()}
    if options.username is not None:
        signed = basic_authorization(options.username, options.password or "")
        headers["Authorization"] = f"{signed}"
    elif table.scheme == "basic":
        signed = basic_authorization(f"{given.get('username')}", f"{given.get('password')}")
        headers["Authorization"] = f"{signed}"
    elif table.scheme == "oauth2":
        headers["Authorization"] = f"Bearer {_TOKEN}"
    return headers


def _standing_in(slug: str, made: dict[str, str]) -> str:
    imports = "Auth, Connection, Host, Secret" if "auth" in made else "Connection, Host"
    auth = f"{made['auth']}\n" if "auth" in made else ""
    given = "SETTINGS, AUTH" if "auth" in made else "SETTINGS"
    return f'''"""How the stand-in knows who asks."""

from collections.abc import Callable

from portcall import {imports}
from portcall.testing import Peer, Received, Reply

HOST = {literal(made["host"])}
REFUSAL = Reply(401)
{made["settings"]}
{auth}{made["signed_in"]}


def connect(host: Host, _: Peer) -> tuple[Connection, Callable[[Received], bool]]:
    return host.destination({literal(slug)}).connect({given}), is_signed_in


def is_signed_in(request: Received) -> bool:
    return all(request.headers.get(name) == value for name, value in SIGNED_IN.items())
'''


def _test_wire(
    destination: Destination, table: DestinationTable, base: str, values: dict[str, Any]
) -> str:
    blocks = []
    if table.identity is not None:
        method, path = _target(table.identity, base, values)
        answer: dict[str, Any] | list[Any] = {}
        for where, value in ((table.identity.proof, "1"), (table.identity.name, "Ada")):
            if where is not None:
                answer = _put(answer, re.findall(r"\.([^.\[]+)|\[([\d*]+)\]", where), value)
        test = '== "Ada"' if table.identity.name else "is None"
        blocks.append(
            f"{_head('the_identity_comes_from_the_api')}\n"
            f"{laid_out(constant(answer), 'answer = ', '', 4)}\n"
            f'    peer.route("{method}", {literal(path)}, verified(Reply(json=answer)))\n'
            f"    assert connection.test() {test}"
        )
    for name, acting in table.actions.items():
        mapping = sample(destination.actions[name])
        payload = dict.fromkeys(acting.fields) | {
            each: field.default
            for each, field in acting.fields.items()
            if not isinstance(field.default, dict)
        }
        seen = {**values, "payload": SimpleNamespace(**{**payload, **mapping})}
        method, path = _target(acting, base, seen)
        blocks.append(
            f"{_head(f'{name}_arrives_at_its_url')}\n"
            f'    peer.route("{method}", {literal(path)}, verified(Reply(json={{}})))\n'
            f"{laid_out(constant(mapping), 'mapping: dict[str, object] = ', '', 4)}\n"
            f"    {name} = connection.destination.actions[{literal(name)}]\n"
            f'    connection.perform({name}, {{}}, mapping=mapping, subscribe="")\n'
            f"    assert len(peer.received({literal(path)})) == 1"
        )
    body = "\n\n\n".join(blocks)
    return f'''"""What arrives at the API, seen by a stand-in that verifies the credentials."""

from collections.abc import Callable
from typing import TypeAlias

from portcall import Connection
from portcall.testing import Peer, Received, Reply

Verified: TypeAlias = Callable[[Reply], Callable[[Received], Reply]]


{body}
'''


def _head(claim: str) -> str:
    """Return the first line of a test, or its first lines."""
    given = "connection: Connection, peer: Peer, verified: Verified"
    line = f"def test_{claim}({given}) -> None:"
    return line if len(line) <= WIDTH else f"def test_{claim}(\n    {given}\n) -> None:"


def _target(table: CallTable, base: str, values: dict[str, Any]) -> tuple[str, str]:
    """Return the method and the path of a request."""
    method, url = method_of(table, (), _ignore)
    scope = Scope(dict.fromkeys(("settings", "auth", "payload", "idempotency_key")), _ignore)
    parts = urlsplit(url_template(url, (), scope)(values))
    secret = parts.path if parts.hostname else f"{base.rstrip('/')}{parts.path}"
    return method.upper(), secret or "/"


def _put(inside: Any, path: list[tuple[str, str]], value: str) -> Any:
    if not path:
        return value
    (name, place), *further = path
    if place:
        item = inside[0] if isinstance(inside, list) and inside else {}
        return [_put(item, further, value)]
    held = inside if isinstance(inside, dict) else {}
    return {**held, name: _put(held.get(name, {}), further, value)}


def _ignore(_at: tuple[str, ...], _message: str) -> None:
    """Take what the file's own compilation reported."""
