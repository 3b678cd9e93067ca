"""What a destination ships in: importable alone, described truthfully."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from typing import Final

from portcall.destination import Destination
from portcall.fields import fields_of
from portcall.plugins.info import PluginInfo
from portcall.testing.declarations import own_class

_ALONE: Final = """
import sys, portcall, portcall.actions
before = set(sys.modules)
work = {"socket.connect", "socket.bind", "subprocess.Popen", "os.system"}
def watch(event, arguments):
    if event in work:
        raise RuntimeError(f"{event} while it is imported")
sys.addaudithook(watch)
__import__(sys.argv[1])
print(*sorted({"aiohttp", "httpx", "requests", "urllib3"} & (set(sys.modules) - before)))
"""
_OURS: Final = re.compile(r"portcall\b(?![-_.\w])(?P<versions>[^;]*)")
_TIMEOUT_S: Final = 60


def about_import(info: PluginInfo) -> Iterator[str]:
    """Import the plugin in a process of its own; find work done there, and other HTTP clients."""
    done = subprocess.run(  # noqa: S603  # this interpreter, and a name from an entry point
        [sys.executable, "-c", _ALONE, info.target.partition(":")[0]],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        yield f"cannot be imported by itself, without work and without other plugins: {reason}"
    elif done.stdout.strip():
        yield (
            f"imports {done.stdout.strip()}: send with `client`, for only what goes through it is "
            "held to the declared hosts, renewed and kept from logs"
        )


def about_distribution(destination: Destination, hosts: Iterable[str]) -> Iterator[str]:
    """Read the distribution's metadata, and its README for settings, actions and *hosts*."""
    origin = destination.info.origin
    if origin is None:
        return
    required = [_OURS.match(text) for text in origin.metadata.get_all("Requires-Dist") or ()]
    bounds = [match["versions"] for match in required if match]
    if not any("<" in versions or "~=" in versions for versions in bounds):
        yield 'does not say which portcall it needs: dependencies = ["portcall>=0.1,<0.2"]'
    readme = origin.metadata.get("Description") or ""
    if not readme.strip():
        yield 'has no README: write one and name it in pyproject.toml (readme = "README.md")'
        return
    for what, word in _to_be_read_of(destination, hosts):
        if word not in readme and f"*.{word.partition('.')[2]}" not in readme:
            yield f"has no {what} {word!r} in its README (install it again after a change)"


def _to_be_read_of(destination: Destination, hosts: Iterable[str]) -> Iterator[tuple[str, str]]:
    for host in hosts:
        yield "host", host.strip("{}")
    cls = own_class(destination)
    for field in fields_of(cls) if cls else ():
        yield "setting", field.name
    for action in destination.stack.actions():
        yield "action", action.name
