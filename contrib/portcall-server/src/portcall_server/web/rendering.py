"""Pages from templates: every value in them is escaped, and has no secret in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from portcall.previews.authors import KnownSecrets

KNOWN: Final = "known"
_TYPES: Final = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}


@pass_context
def _shown(context: Context, value: Any) -> Any:
    """Take secrets out of a value that a template shows, whatever it is."""
    if isinstance(value, Markup) or value is None:
        return value if value is not None else ""
    known: KnownSecrets = context[KNOWN]  # of a macro only where it was imported with context
    text = f"{value}".encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return known.redact(text)


def _json(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)


def _compact(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _pretty(body: str) -> str:
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return body


@cache
def environment() -> Environment:
    """Return the environment of all templates."""
    made = Environment(
        loader=PackageLoader("portcall_server.web"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"json": _json, "compact": _compact, "exact": escape}
    made.globals["pretty"] = _pretty
    made.globals["asset"] = lambda name: f"static/{name}?{asset(name)[2]}"
    return made


def render(template: str, context: Mapping[str, Any]) -> str:
    """Return a page.

    Args:
        template: The name of its file.
        context: What it shows; ``known`` has the secrets that it does not.
    """
    return environment().get_template(template).render(context)


@cache
def asset(name: str) -> tuple[bytes, str, str]:
    """Return a style sheet or a script, its media type, and a hash of it.

    Raises:
        FileNotFoundError: There is none of that name.
    """
    kind = _TYPES.get(name.rpartition(".")[2])
    if kind is None or "/" in name or "\\" in name:
        raise FileNotFoundError(name)
    content = files("portcall_server.web").joinpath("static", name).read_bytes()
    return content, kind, sha256(content).hexdigest()[:12]
