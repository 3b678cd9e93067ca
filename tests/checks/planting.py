"""A project without a fault, and projects with one: files of it that say something else."""

import textwrap
from pathlib import Path

import attrs

PYPROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "portcall-acme"
version = "0.1.0"
description = "Deliver events to Acme."
readme = "README.md"
license = "MIT"
requires-python = ">=3.11"
dependencies = ["portcall>=0.1,<0.2", "attrs>=24.3"]
classifiers = ["Development Status :: 4 - Beta", "Typing :: Typed"]

[project.urls]
Source = "https://example.com/portcall-acme"

[project.entry-points."portcall.destinations"]
acme = "portcall_acme"

[tool.hatch.build.targets.wheel]
packages = ["src/portcall_acme"]
"""
README = """\
# portcall-acme

Talks to `*.acme.example`. Settings: `subdomain`, `api_key`. Actions: `post_message`.

    pip install portcall-acme
"""
PLUGIN = '''\
"""Acme: an API key, and one subdomain per customer.

https://developers.acme.example/api
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from portcall import (
    Action,
    Choices,
    Client,
    Outcomes,
    Preset,
    RequestOptions,
    Secret,
    action,
    dynamic,
    field,
    hookimpl,
    path,
)


@attrs.frozen
class Settings:
    """One account."""

    subdomain: str = field(
        label="Subdomain", description="The first part of its URL.", format="hostname-label"
    )
    api_key: Secret = field(label="API key", description="Settings > Developers.")


@attrs.frozen
class Message:
    """What a message takes."""

    text: str = field(
        label="Text", description="What the message says.", default=path("$.properties.text")
    )
    channel: str | None = field(
        label="Channel", description="Where it is posted.", choices=dynamic, default=None
    )


@hookimpl
def auth_fields() -> type[Settings]:
    return Settings


@hookimpl
def allowed_hosts() -> list[str]:
    return ["*.acme.example"]


@hookimpl
def extend_request(settings: Settings) -> RequestOptions:
    return RequestOptions(
        base_url=f"https://{settings.subdomain}.acme.example/api",
        headers={"Authorization": f"Bearer {settings.api_key}"},
    )


@hookimpl
def test_authentication(client: Client) -> str:
    return str(client.get("/me").json()["name"])


@action(
    title="Post a message",
    subscribe='type = "track"',
    presets=[Preset("Orders", 'event = "Order Completed"', {"text": path("$.properties.id")})],
)
def post_message(client: Client, payload: Message, idempotency_key: str) -> None:
    """Post a message to a channel."""
    client.post(
        "/messages",
        json={"text": payload.text, "channel": payload.channel},
        headers={"Idempotency-Key": idempotency_key},
    )


@post_message.batch(size=100)
def post_messages(
    client: Client, payloads: Sequence[Message], idempotency_key: str
) -> Outcomes:
    client.post(
        "/messages/batch",
        json=[{"text": each.text, "channel": each.channel} for each in payloads],
        headers={"Idempotency-Key": idempotency_key},
    )
    return Outcomes.delivered(payloads)


@post_message.choices("channel")
def channels(client: Client) -> Choices:
    return Choices(client.get("/channels").json()["names"])


@hookimpl
def actions() -> list[Action]:
    return [post_message]
'''
TESTS = '''\
"""Everything that portcall expects of a destination."""

from portcall.testing import conformance

test_conformance = conformance("acme")
'''
CODE = "src/portcall_acme/__init__.py"
SOUND = {
    "pyproject.toml": PYPROJECT,
    "README.md": README,
    "LICENSE": "MIT License\n",
    "CHANGELOG.md": "# Changelog\n\n## 0.1.0\n\nFirst release.\n",
    CODE: PLUGIN,
    "src/portcall_acme/py.typed": "",
    "tests/test_conformance.py": TESTS,
}


@attrs.frozen
class Planted:
    """A project with one fault.

    Args:
        code: The check that it trips, and no other.
        what: The fault, in a few words.
        changes: Pairs of what stands in a file and what stands there instead, by the file's path; a
            text in place of pairs is the whole file, and None takes the file away.
        answers: Replies that the author gives, by the name of the action.
    """

    code: str
    what: str
    changes: dict[str, object]
    answers: dict[str, object] = attrs.field(factory=dict)

    def __str__(self):
        return f"{self.code} {self.what}"

    def write(self, folder: Path) -> Path:
        for name, text in planted(self.changes).items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return folder


def plant(code: str, what: str, *pairs: tuple[str, str], file: str = CODE) -> Planted:
    """Change the plugin's module, or another file."""
    return Planted(code, what, {file: pairs})


def planted(changes: dict[str, object]) -> dict[str, str]:
    files = dict(SOUND)
    for name, change in changes.items():
        if change is None:
            del files[name]
        elif isinstance(change, str):
            files[name] = textwrap.dedent(change)
        else:
            for old, new in change:
                assert old in files[name], f"{old!r} does not stand in {name}"
                files[name] = files[name].replace(old, new)
    return files
