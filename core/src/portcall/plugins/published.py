"""What the distributions of this project offer, by entry-point group: the only ones that advice names.

A name that somebody typed is never advice to install a package of that name: anybody can publish one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PUBLISHED: Final[Mapping[str, Mapping[str, str]]] = {
    "portcall.destinations": {
        "eventbridge": "portcall-eventbridge",
        "hubspot": "portcall-hubspot",
        "matrix": "portcall-matrix",
        "mongodb-atlas": "portcall-mongodb-atlas",
        "netsuite": "portcall-netsuite",
        "segment": "portcall-segment",
        "sqs": "portcall-sqs",
        "webhook": "portcall-webhook",
    },
    "portcall.schemes": {
        "basic": "portcall",
        "custom": "portcall",
        "digest": "portcall-digest",
        "hmac": "portcall-hmac",
        "oauth1": "portcall-oauth1",
        "oauth2": "portcall",
        "session": "portcall-session",
        "sigv4": "portcall-sigv4",
    },
    "portcall.extras": {"ratelimit": "portcall-ratelimit", "telemetry": "portcall-telemetry"},
    "portcall.stores": {"postgres": "portcall-postgres", "postgresql": "portcall-postgres"},
}
"""Distributions by slug, by group; a test holds this to the folders of the project."""


def distribution_of_module(module: str) -> str:
    """Return the distribution of this project that has *module*; empty if none does."""
    name = module.partition(".")[0].replace("_", "-")
    known = {each for offers in PUBLISHED.values() for each in offers.values()}
    return name if name in known else ""
