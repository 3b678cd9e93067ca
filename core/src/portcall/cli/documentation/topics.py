"""Which page of the documentation a word means: the name of a page, a command or a destination."""

from __future__ import annotations

from typing import Final

from portcall.cli.commands import COMMANDS
from portcall.plugins.published import CATALOGUE

START: Final = "index"
PAGES: Final = {
    START: "Where to begin",
    "tutorial": "Your first destination in ten minutes",
    "operators": "portcall at a terminal",
    "inputs": "Files, pipes and databases that events are read from",
    "mappings": "Filters and mappings, with an example of each directive",
    "pipelines": "Several actions, filters and mappings over one input",
    "projects": "A folder whose portcall.toml says what runs there need",
    "service": "A process that takes events in and delivers them all day",
    "recipes": "cron, systemd, GitHub Actions, Airflow",
    "troubleshooting": "Errors by their words",
    "programs": "portcall in your program",
    "runs": "Runs in your program",
    "outbox": "Single events that are kept until they are delivered",
    "fleet": "More than one machine: Spark",
    "web": "Pages to try a destination on",
    "catalogue": "What this project publishes",
    "destinations/index": "The destinations, a page each",
    "hooks": "The hooks of a plugin",
    "testing": "Tests of a plugin",
    "destination-files": "A destination that is one file",
    "layers": "How layers are composed",
    "schemes": "Authentication schemes",
    "oauth2": "OAuth 2.0",
    "oauth1": "OAuth 1.0",
    "digest": "Digest access authentication",
    "session": "Logins that give a session",
    "hmac": "Signed requests",
    "sigv4": "AWS Signature Version 4",
    "fields": "Inputs of customers",
    "extras": "Plugins that see every request",
    "commands": "Commands that distributions add to portcall",
    "actions": "What a destination can do with an event",
    "checks": "Each check of portcall check",
    "delivery": "From events to outcomes",
    "fql": "The language of filters",
    "mapping-differences": "Where mappings differ from Segment's",
    "json": "Output for programs, and its schemas",
    "security": "What is protected, and from what",
    "architecture": "How the code is laid out",
    "performance": "Where the time goes, and what was tried",
    "words": "Each word, and what it means here",
    "api": "The reference",
}
"""Every page, with what it is about."""

_OF_COMMANDS: Final = {
    "check": "checks",
    "destinations": "destinations/index",
    "new": "tutorial",
    "plugins": "catalogue",
    "run": "pipelines",
    "schema": "json",
}
"""Commands that have a page; the others are explained on one."""

_REST: Final = "operators"


def topics() -> dict[str, str]:
    """Return the page of every word: pages, commands, destinations; a page goes before the others."""
    slugs = {each["slug"] for each in CATALOGUE if each["kind"] == "destinations"}
    return {
        **{slug: f"destinations/{slug}" for slug in slugs},
        **{name: _OF_COMMANDS.get(name, _REST) for name in COMMANDS},
        **{name: name for name in PAGES},
    }
