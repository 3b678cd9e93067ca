"""The entries of a project file: one table for the check, the JSON Schema and the documentation."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from portcall.delivery.worker_bound import MOST_WORKERS
from portcall.errors import SettingsError
from portcall.hosts.addresses import allow
from portcall.project.entry_kinds import (
    DIALECT,
    Anything,
    Free,
    Items,
    Kind,
    Number,
    Schema,
    Switch,
    Text,
)
from portcall.project.project_service import SERVE, SOURCES
from portcall.project.secret_names import is_secret, refuse_password, where_it_belongs
from portcall.project.table_kinds import Either, Entry, Named, Table
from portcall.runs.pipelines.pipeline import ENTRIES as PIPELINE_ENTRIES
from portcall.store.names import is_name

MOST_SECONDS: Final = 3600.0
"""The longest timeout of a request that a project may set."""

NAME: Final = r"^[a-z0-9]+([-_.][a-z0-9]+)*$"
_EXTRA: Final = r"^[A-Za-z0-9_.-]+$"


def _refuse_name(name: str) -> str:
    said = "a name is lower-case letters and digits with single '-', '_' or '.' between them"
    return "" if is_name(name) else said


def _refuse_pipeline_name(name: str) -> str:
    said = "a name is lower-case letters and digits with single '-' or '_' between them"
    return "" if is_name(name) and "." not in name else said


def _refuse_host(text: str) -> str:
    try:
        allow([text])
    except SettingsError:
        return "it must be a host, host:port, *.suffix, address or network"
    return ""


def _explain_connection(name: str) -> str:
    if name == "settings":
        return "settings are kept with the connection: portcall connect takes them with --set"
    return where_it_belongs(name) if is_secret(name) else ""


def _explain_root(name: str) -> str:
    if name in {"key", "key_file", "keys"}:
        return (
            "the key of the store is named by PORTCALL_KEY or PORTCALL_KEY_COMMAND, or lies in the "
            "store's folder"
        )
    return where_it_belongs(name) if is_secret(name) else ""


_HOST: Final = Text(_refuse_host)
_LIMITS: Final = Table(
    {
        "connect_timeout_s": Entry(
            Number(least=0, most=MOST_SECONDS, above=True),
            "Seconds for name lookup, connect and TLS.",
        ),
        "max_body_bytes": Entry(Number(whole=True, least=1), "Decoded bytes of an answer's body."),
        "max_headers": Entry(Number(whole=True, least=1), "Header fields of an answer."),
        "max_head_bytes": Entry(Number(whole=True, least=1), "Bytes of an answer's head."),
        "max_redirects": Entry(
            Number(whole=True, least=0), "Redirects to follow for GET and HEAD."
        ),
    }
)
CONNECTION: Final = Table(
    {
        "destination": Entry(
            Text(_refuse_name),
            "The slug of the destination, where no connection of this name is kept.",
        ),
        "allow_private": Entry(
            Items(_HOST),
            "Your own hosts or networks that requests may go to, also over plain http.",
        ),
        "allow_http": Entry(Items(_HOST), "Public hosts that requests may go to over plain http."),
        "ca_file": Entry(Text(), "PEM file of the only certificate authorities to trust."),
        "timeout": Entry(
            Number(least=0, most=MOST_SECONDS, above=True), "Seconds for each request."
        ),
        "limits": Entry(_LIMITS, "Limits of every request."),
        "workers": Entry(
            Number(whole=True, least=1, most=MOST_WORKERS), "How many calls are in flight at once."
        ),
        "rate": Entry(Number(least=0, above=True), "The most events a second."),
    },
    _explain_connection,
)


class _Pipeline:
    """A pipeline that stands in the project file; its reader finds what is wrong with it."""

    def check(self, value: object, path: Any, report: Any) -> None:
        """Report nothing: `pipeline_of` does."""

    def schema(self) -> Schema:
        """Return the schema of a pipeline's table."""
        return PIPELINE


_STRING: Final[Schema] = {"type": "string"}
_SUBSCRIPTION: Final[Schema] = {
    "type": "object",
    "properties": {
        "name": _STRING,
        "action": {"type": "string", "minLength": 1},
        "subscribe": _STRING,
        "preset": _STRING,
        "mapping": {"type": ["object", "string"]},
        "merge": {"type": "boolean"},
        "sync_mode": _STRING,
        "saved": {},
        "enabled": {"type": "boolean"},
    },
    "required": ["action"],
    "additionalProperties": False,
}
PIPELINE: Final[Schema] = {
    "type": "object",
    "properties": {
        **dict.fromkeys(PIPELINE_ENTRIES, _STRING),
        "connection": {"type": "string", "minLength": 1},
        "input": {"type": "string", "minLength": 1},
        "format": {"enum": ["ndjson", "jsonl", "json", "csv", "tsv"]},
        "decimal": {"enum": [".", ","]},
        "workers": {"type": "integer", "minimum": 1, "maximum": MOST_WORKERS},
        "rate": {"type": "number", "exclusiveMinimum": 0},
        "settings": {
            "type": "object",
            "additionalProperties": {"type": ["string", "number", "boolean"]},
        },
        "subscriptions": {
            "anyOf": [_STRING, {"type": "array", "items": _SUBSCRIPTION, "minItems": 1}]
        },
    },
    "required": ["connection", "subscriptions"],
    "additionalProperties": False,
}
"""The JSON Schema of a pipeline."""


def project_format(flags: Mapping[str, Kind] | None = None) -> Table:
    """Return the entries of a project file.

    Args:
        flags: The defaults of commands by their names: ``send``, ``run``; None where they are read by the
            command line alone.
    """
    commands = {
        name: Entry(table, f"Defaults of the options of portcall {name}.")
        for name, table in (flags or dict.fromkeys(("send", "run"), Free())).items()
    }
    return Table(
        {
            "state": Entry(
                Text(), "Folder of the ledger and of the files of runs, as with --state."
            ),
            "store": Entry(
                Text(partial(refuse_password, variable="PORTCALL_STORE")),
                "Where connections are kept: a folder, or a URL without a password.",
            ),
            "plugins": Entry(
                Items(Text()),
                "Destinations that are files (.py, .toml, .json), or folders of them.",
            ),
            "connections": Entry(
                Named(CONNECTION, _refuse_name, NAME), "Settings of connections, by name."
            ),
            "pipelines": Entry(
                Named(
                    Either(str, Text(), _Pipeline()),
                    _refuse_pipeline_name,
                    r"^[a-z0-9]+([-_][a-z0-9]+)*$",
                ),
                "Pipelines by name: the path of a file, or the pipeline itself.",
            ),
            "extras": Entry(
                Named(
                    Either(bool, Switch(), Named(Anything(), lambda _: "", r"^.*$")),
                    lambda _: "",
                    _EXTRA,
                ),
                "Extras that see every request, outermost first: true, or a table of their settings.",
            ),
            **commands,
            "serve": Entry(SERVE, "The service: portcall serve and portcall work."),
            "source": Entry(SOURCES, "Events that the service takes in, with a write key each."),
        },
        _explain_root,
    )


def project_schema(flags: Mapping[str, Kind] | None = None) -> Schema:
    """Return the JSON Schema of a project file.

    Args:
        flags: As with `project_format`.

    Returns:
        A schema of draft 2020-12 as plain JSON. It accepts what the check accepts, except where
        that looks at files, hosts, names of encodings and destinations.
    """
    return {
        "$schema": DIALECT,
        "title": "A portcall project",
        **project_format(flags).schema(),
    }
