"""What the distributions of this project offer, by entry-point group: the only ones that advice names.

A name that was typed is no advice to install a package of that name: anyone can publish one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypedDict


class Offer(TypedDict):
    """One plugin of the catalogue: what it is found by, what to install, and what it is for."""

    kind: str
    slug: str
    distribution: str
    summary: str


def _read() -> list[Offer]:
    file = Path(__file__).with_name("catalogue.json")
    offers: list[Offer] = json.loads(file.read_text(encoding="utf-8"))["plugins"]
    return offers


CATALOGUE: Final[list[Offer]] = _read()
"""Every plugin of this project; a test holds the file to the project's folders."""

PUBLISHED: Final[Mapping[str, Mapping[str, str]]] = {
    f"portcall.{kind}": {
        each["slug"]: each["distribution"] for each in CATALOGUE if each["kind"] == kind
    }
    for kind in sorted({each["kind"] for each in CATALOGUE})
}
"""Distributions by slug, by group."""


def distribution_of_module(module: str) -> str:
    """Return the distribution of this project that has *module*; empty if none does."""
    name = module.partition(".")[0].replace("_", "-")
    return name if name in {each["distribution"] for each in CATALOGUE} else ""
