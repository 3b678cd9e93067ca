"""Test and send 20 events with every action of every destination, each against its stand-in.

    python bench/catalogue.py [SLUG...]

prints what became of the events of each, and exits with 1 if one was not delivered. It runs what people type:
``portcall test SLUG --stand-in FILE`` and ``portcall send SLUG ACTION EVENTS --stand-in FILE``.
"""

from __future__ import annotations

import json
import os
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from portcall.cli import main as portcall
from portcall.testing import ApiStandIn

PLUGINS: Final = Path(__file__).parents[1] / "plugins"
EVENTS: Final = 20
FORGET: Final = {"type": "delete", "userId": "u-7"}
LOADED: Final[dict[str, ApiStandIn]] = {}
"""A stand-in that makes keys has to verify with those that filled in its settings."""


def stand_ins() -> Iterator[tuple[str, Path]]:
    """Return each slug with the file that plays its API."""
    for folder in sorted(PLUGINS.iterdir()):
        file = folder / "tests" / "stand_in.py"
        if file.is_file():
            project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
            for slug in project["entry-points"]["portcall.destinations"]:
                yield slug, file


def said(*words: str) -> tuple[int, Any]:
    """Run a command, and return its exit code and what it printed as JSON."""
    with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err:
        code = portcall([*words, "--json"])
    text = out.getvalue() or err.getvalue()
    return code, json.loads(text) if text.startswith(("{", "[")) else text


def filled_in(slug: str, api: ApiStandIn) -> dict[str, str]:
    """Return the environment that fills in the settings of a stand-in."""
    auth = dict(api.auth)
    if auth.pop("state", None):  # it comes with a person's sign-in, which a script cannot do
        auth = {name: auth[name] for name in ("client_id", "client_secret")}
    given = {**api.settings[way_of(api)], **auth}
    return {
        f"PORTCALL_{slug}_{name}".upper().replace("-", "_"): (
            value if isinstance(value, str) else json.dumps(value)
        )
        for name, value in given.items()
    }


def way_of(api: ApiStandIn) -> str:
    """Return the first way to sign in, or the last one where the first takes a person."""
    ways = [*api.settings]
    return ways[-1] if "state" in api.auth else ways[0]


def actions_of(slug: str, api: ApiStandIn) -> dict[str, Any]:
    """Return the actions that this way to sign in has, by name, with their own mappings."""
    named = {each["name"]: each["mapping"] for each in said("describe", slug)[1]["actions"]}
    allowed = api.only.get(way_of(api), named)
    return {name: mapping for name, mapping in named.items() if name in allowed}


def tried(slug: str, file: Path, folder: Path) -> Counter[str]:
    """Return how many events of all actions had which outcome, and what the test of the connection was."""
    api = LOADED[slug] = ApiStandIn.load(file)
    os.environ.update(filled_in(slug, api))
    same = folder / f"{slug}.py"
    same.write_text(f"import __main__\n\nstand_in = __main__.LOADED[{slug!r}]\n", encoding="utf-8")
    there = ("--stand-in", str(same))
    found = Counter({"test ok" if said("test", slug, *there)[0] == 0 else "test failed": 1})
    for name, mapping in actions_of(slug, api).items():
        event = api.events.get(name, FORGET)
        path = folder / f"{slug}-{name}.ndjson"
        lines = [json.dumps({"messageId": f"m-{n}", **event}) for n in range(EVENTS)]
        path.write_text("\n".join(lines), encoding="utf-8")
        chosen = folder / f"{slug}-{name}.json"
        chosen.write_text(json.dumps({**mapping, **api.mappings.get(name, {})}), "utf-8")
        mapped = ("--mapping", str(chosen)) if name in api.mappings else ()
        _, summary = said("send", slug, name, str(path), *there, *mapped, "--retry-for", "0")
        if not isinstance(summary, dict) or "delivered" not in summary:
            print(f"{slug} {name}: {summary}")
            found["failed"] += EVENTS
            continue
        for kind in ("delivered", "skipped", "retry", "rejected", "reauthorize", "uncertain"):
            found[kind] += int(summary.get(kind, 0))
    return +found


def main() -> int:
    """Print one line for each destination, and one for all of them."""
    asked, failed, total = sys.argv[1:], 0, Counter[str]()
    began = time.monotonic()
    with TemporaryDirectory() as place:
        os.environ["PORTCALL_HOME"] = place
        os.chdir(place)
        for slug, file in stand_ins():
            if asked and slug not in asked:
                continue
            found = tried(slug, file, Path(place))
            total += found
            failed += {*found} != {"test ok", "delivered"}
            print(f"{slug:16} {', '.join(f'{n} {kind}' for kind, n in found.items())}", flush=True)
        os.chdir(PLUGINS)
    took_s = time.monotonic() - began
    print(f"\n{', '.join(f'{n:,} {kind}' for kind, n in total.items())}; {took_s:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
