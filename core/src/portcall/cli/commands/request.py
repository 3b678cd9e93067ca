"""``portcall request``: one authenticated request, like curl without the credentials to type."""

from __future__ import annotations

import json
import sys
from base64 import b64encode
from collections.abc import Iterable, Sequence
from functools import partial
from math import isfinite
from pathlib import Path
from typing import Any, Final, NoReturn

import click

from portcall.cli.connections.open_connection import connected
from portcall.cli.flags.base_command import Command, json_option, target_argument
from portcall.cli.flags.connection_flags import Options, connecting
from portcall.cli.state import State
from portcall.cli.terminal.output import quiet, write, write_json
from portcall.cli.terminal.request_text import as_curl, as_text, pretty
from portcall.connection import Connection
from portcall.errors import ResponseError
from portcall.model.http_request import Request
from portcall.model.http_response import Response
from portcall.previews.shown_requests import (
    as_json as request_as_json,
    is_telltale,
    shown_value,
)
from portcall.requests.client import Client
from portcall.secret import Secret, Text

MAX_BODY_BYTES: Final = 64 << 20
JSON_TYPE: Final = "application/json"


@click.command("request", cls=Command)
@target_argument
@click.argument("method")
@click.argument("url")
@click.option("-H", "--header", "headers", metavar="'NAME: VALUE'", multiple=True, help="Header.")
@click.option(
    "--body-json", "json_", metavar="JSON|@FILE|-", help="A JSON body: text, file or stdin."
)
@click.option("--form", metavar="NAME=VALUE", multiple=True, help="A field of a form body.")
@click.option(
    "--body",
    metavar="TEXT|@FILE|-",
    help="A body as it is: text, file or stdin; name its type with -H 'Content-Type: ...'.",
)
@click.option(
    "--query",
    metavar="NAME=VALUE",
    multiple=True,
    help="A query parameter, added to the URL's own.",
)
@click.option("-i", "--include", is_flag=True, help="Print status and header fields too.")
@click.option("--dry-run", is_flag=True, help="Show the request, secrets masked; send nothing.")
@click.option("--curl", is_flag=True, help="Show it as a command for curl; send nothing.")
@connecting
@json_option
@click.pass_obj
def command(
    state: State,
    slug: str,
    method: str,
    url: str,
    options: Options,
    *,
    headers: Sequence[str],
    json_: str | None,
    form: Sequence[str],
    body: str | None,
    query: Sequence[str],
    include: bool,
    dry_run: bool,
    curl: bool,
    as_json: bool,
) -> None:
    """Send one authenticated request to SLUG and print the answer's body.

    SLUG is a destination, or the name of a stored connection.

    URL continues the destination's base URL, or is absolute and leads to one of its hosts.
    """
    asked = {"method": method, **_asked(headers, query, json_, form, body)}
    state.remember(asked["headers"], asked["query"])
    with connected(state, slug, options, interactive="-" not in {json_, body}) as connection:
        if dry_run or curl:
            request = preview(connection, url, asked)
            if as_json:
                write_json(request_as_json(request, state), state)
            else:
                write(as_curl(request, state) if curl else as_text(request, state))
            return
        try:
            with quiet():
                response = connection.client(url, **asked)
        except ResponseError as exc:
            state.remember(connection.settings, connection.auth)
            _print(exc.response, state, include=include, as_json=as_json)
            raise
        _print(response, state, include=include, as_json=as_json)


def _asked(
    headers: Sequence[str],
    query: Sequence[str],
    json_: str | None,
    form: Sequence[str],
    body: str | None,
) -> dict[str, Any]:
    """Return what the options ask for, as arguments of `Client.__call__`."""
    if (json_ is not None) + bool(form) + (body is not None) > 1:
        raise click.UsageError("a request has one body: give one of --body-json, --form and --body")
    fields = _headers(headers)
    if json_ is not None:
        fields.setdefault("content-type", JSON_TYPE)
    return {
        "headers": fields,
        "query": _query(query),
        "body": _json_body(json_) if body is None else _source("--body", body),
        "form": _pairs("--form", form) or None,
    }


def _print(response: Response, state: State, *, include: bool, as_json: bool) -> None:
    if as_json:
        write_json(_answer(response, state), state)
    else:
        _show(response, state, include=include)


def _answer(response: Response, state: State) -> dict[str, Any]:
    """Return an answer for programs: JSON as JSON, text as text, anything else in base64."""
    shown: dict[str, Any] = {
        "status": response.status,
        "headers": {
            name: [shown_value(name, value, state) for value in response.headers.get_all(name)]
            for name in response.headers
        },
    }
    try:
        text = response.body.decode()
    except UnicodeDecodeError:
        clean = state.redact(response.body.decode("latin-1")).encode("latin-1")
        return {**shown, "body": None, "body_base64": b64encode(clean).decode()}
    try:
        return {**shown, "body": json.loads(text, parse_constant=_refuse, parse_float=_finite)}
    except (ValueError, RecursionError):
        return {**shown, "body": text}


def preview(connection: Connection, url: str, asked: dict[str, Any]) -> Request:
    """Return the request as it would go out now; nothing is sent."""
    made: list[Request] = []
    with quiet():
        Client(partial(_keep, connection, made))(url, **asked)
    return made[0]


def _keep(connection: Connection, made: list[Request], request: Request, _: bool) -> Response:
    made.append(connection.preview(request))
    return Response(status=200)


def _headers(texts: Sequence[str]) -> dict[str, Text]:
    fields: dict[str, Text] = {}
    for text in texts:
        name, colon, value = text.partition(":")
        if not colon or not name.strip():  # not repeated here: it may be a secret
            raise click.UsageError("-H takes a name and a value: -H 'Accept: text/csv'")
        name, value = name.strip().lower(), value.strip()
        fields[name] = Secret(value) if is_telltale(name) else value
    return fields


def _query(texts: Iterable[str]) -> dict[str, list[Text]]:
    return {
        name: [Secret(value) if is_telltale(name) else value for value in values]
        for name, values in _pairs("--query", texts).items()
    }


def _pairs(option: str, texts: Iterable[str]) -> dict[str, list[str]]:
    pairs: dict[str, list[str]] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:  # not repeated here: it may be a secret
            raise click.UsageError(f"{option} takes NAME=VALUE, such as {option} grant=daily")
        pairs.setdefault(name, []).append(value)
    return pairs


def _json_body(text: str | None) -> bytes | None:
    """Return the body as it was written, if it is JSON."""
    if text is None:
        return None
    data = _source("--body-json", text)
    try:
        # It goes out as it was written: how many digits a number has is no business of this side.
        json.loads(data, parse_int=str, parse_constant=_refuse)
    except RecursionError:
        raise click.UsageError("--body-json: this JSON is nested too deeply") from None
    except ValueError as exc:
        where = f": {exc.msg} at line {exc.lineno}" if isinstance(exc, json.JSONDecodeError) else ""
        raise click.UsageError(f"--body-json: this is not JSON{where}") from None
    return data


def _source(option: str, text: str) -> bytes:
    """Read a body: from stdin (``-``), from a file (``@PATH``), or as it was typed."""
    try:
        if text == "-":
            if sys.stdin is None:
                raise click.UsageError(
                    f"{option}: there is no standard input; name a file as @FILE"
                )
            data = sys.stdin.buffer.read(MAX_BODY_BYTES + 1)
        elif text.startswith("@"):
            with Path(text[1:]).open("rb") as file:
                data = file.read(MAX_BODY_BYTES + 1)
        else:
            data = text.encode("utf-8", "surrogateescape")
    except OSError as exc:
        raise click.UsageError(f"{option}: {text[1:]} cannot be read: {exc.strerror}") from None
    if len(data) > MAX_BODY_BYTES:
        raise click.UsageError(f"{option}: the body is larger than {MAX_BODY_BYTES} bytes")
    return data


def _finite(text: str) -> float:
    """Refuse 1e999: as a number of JSON it could not be written again."""
    number = float(text)
    return number if isfinite(number) else _refuse(text)


def _refuse(constant: str) -> NoReturn:
    """NaN and Infinity are not JSON (RFC 8259 §6)."""
    raise ValueError(constant)


def _show(response: Response, state: State, *, include: bool) -> None:
    if include:
        write(f"{response.status}")
        for name in response.headers:
            for value in response.headers.get_all(name):
                write(f"{state.line(name)}: {shown_value(name, value, state)}")
        write()
    if sys.stdout.isatty():
        _show_on_terminal(response, state)
        return
    text = response.body.decode("latin-1")
    redacted = state.redact(text)
    out = sys.stdout.buffer
    out.write(response.body if redacted == text else redacted.encode("latin-1"))
    out.flush()


def _show_on_terminal(response: Response, state: State) -> None:
    indented = pretty(response.body)
    try:
        text = response.text if indented is None else indented
    except Exception:  # noqa: BLE001  # an image, say
        write(f"({len(response.body)} bytes that are not text; redirect them to a file)")
        return
    if text:
        write(state.clean(text).rstrip("\n"))
