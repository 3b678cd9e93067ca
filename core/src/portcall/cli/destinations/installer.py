"""What installs into the environment that portcall runs in: pip, uv, uv tool or pipx."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from portcall.errors import SettingsError
from portcall.plugins.distributions import canonical

MANAGED: Final = (
    "this Python belongs to the system, which lets no package be added to it (PEP 668): install portcall "
    "apart, with one of\n"
    "  uv tool install 'portcall[cli]'\n"
    "  pipx install 'portcall[cli]'\n"
    "  python3 -m venv ~/portcall && ~/portcall/bin/pip install 'portcall[cli]'"
)
_OWN: Final = "portcall"
_NAME_ENDS: Final = re.compile(r"[\[<>=~!]")
_FROM_AN_INDEX: Final = {"name", "extras", "specifier"}


def command_to_install(names: Sequence[str], *, upgrade: bool = False) -> list[str]:
    """Return the command that adds distributions to this environment.

    Args:
        names: Distributions, maybe with extras and a version: ``portcall-segment==0.1.0``,
            ``portcall[excel]``.
        upgrade: Take the newest version of those that are there already.

    Raises:
        SettingsError: There is nothing to install with, or the system forbids it; says what to do.
    """
    kind = environment_kind()
    newest = ["--upgrade"] * upgrade
    if kind == "uv tool":
        return _uv_tool(names, (), newest)
    if kind == "pipx" and upgrade:
        return [_found("pipx"), "runpip", Path(sys.prefix).name, "install", *newest, *names]
    if kind == "pipx":
        return [_found("pipx"), "inject", Path(sys.prefix).name, *names]
    return [*_pip(), "install", *newest, *_target(), *names]


def command_to_remove(names: Sequence[str]) -> list[str]:
    """Return the command that takes distributions out of this environment; see `command_to_install`."""
    kind = environment_kind()
    if kind == "uv tool":
        return _uv_tool((), names)
    if kind == "pipx":
        return [_found("pipx"), "uninject", Path(sys.prefix).name, *names]
    pip = _pip()
    return [*pip, "uninstall", *(["-y"] if pip[0] == sys.executable else _target()), *names]


def environment_kind() -> str:
    """Return ``"uv tool"``, ``"pipx"``, ``"venv"`` or ``"system"``."""
    if _receipt().is_file():
        return "uv tool"
    if (Path(sys.prefix) / "pipx_metadata.json").is_file():
        return "pipx"
    return "venv" if sys.prefix != sys.base_prefix else "system"


def run(command: Sequence[str]) -> None:
    """Run an installer; its output goes to standard error.

    Raises:
        SettingsError: It failed; names the command.
    """
    done = subprocess.run(list(command), stdout=sys.stderr, check=False)  # noqa: S603  # names were checked
    if done.returncode:
        raise SettingsError(f"this failed, with exit code {done.returncode}: {' '.join(command)}")


def _receipt() -> Path:
    return Path(sys.prefix) / "uv-receipt.toml"


def _uv_tool(more: Sequence[str], fewer: Sequence[str], options: Sequence[str] = ()) -> list[str]:
    """Install the tool again with all that it has: uv has no way to add or remove one package."""
    own = [name for name in more if _name_of(name) == _OWN]
    more = [name for name in more if _name_of(name) != _OWN]
    gone = {*fewer, *map(_name_of, more)}
    try:
        receipt = tomllib.loads(_receipt().read_text(encoding="utf-8"))
        first, *others = receipt["tool"]["requirements"]
        specs = [_spec(each) for each in others if canonical(each["name"]) not in gone]
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise SettingsError(f"{_receipt()} cannot be read: {type(exc).__name__}") from exc
    given = [each for spec in (*specs, *more) for each in ("--with", spec)]
    return [_found("uv"), "tool", "install", *options, _spec(_with_extras(first, own)), *given]


def _with_extras(requirement: Mapping[str, Any], more: Sequence[str]) -> Mapping[str, Any]:
    """Return what the tool is installed from, with the extras of *more* too, and the version of the last."""
    extras, specifier = list(requirement.get("extras", ())), requirement.get("specifier", "")
    for text in more:
        _, _, named = text.partition("[")
        words, _, version = named.partition("]") if named else ("", "", text[len(_OWN) :])
        extras += [word for word in words.split(",") if word and word not in extras]
        specifier = version or specifier
    return {**requirement, "extras": extras, "specifier": specifier}


def _name_of(requirement: str) -> str:
    """Return the name of the distribution in ``portcall[excel]==0.1``."""
    return canonical(_NAME_ENDS.split(requirement, maxsplit=1)[0])


def _spec(requirement: Mapping[str, Any]) -> str:
    if set(requirement) - _FROM_AN_INDEX:
        raise SettingsError(
            f"{requirement['name']} was not installed from a package index: add plugins to this tool "
            "with uv itself, by uv tool install --with"
        )
    extras = ",".join(requirement.get("extras", ()))
    return f"{requirement['name']}{f'[{extras}]' * bool(extras)}{requirement.get('specifier', '')}"


def _pip() -> list[str]:
    if environment_kind() == "system":
        marker = Path(sysconfig.get_path("stdlib")) / "EXTERNALLY-MANAGED"
        if marker.is_file():
            raise SettingsError(MANAGED)
    if find_spec("pip") is not None:
        return [sys.executable, "-m", "pip"]
    uv = shutil.which("uv")
    if uv is None:
        raise SettingsError(
            f"there is neither pip nor uv to install with: run {sys.executable} -m ensurepip, or "
            "install uv"
        )
    return [uv, "pip"]


def _target() -> list[str]:
    return [] if find_spec("pip") is not None else ["--python", sys.executable]


def _found(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise SettingsError(f"portcall was installed with {name}, which is not on the PATH now")
    return path
