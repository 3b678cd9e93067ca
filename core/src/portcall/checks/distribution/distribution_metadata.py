"""What a plugin ships in: the metadata of its distribution, from its project or as it is installed."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import attrs

from portcall.plugins.distributions import canonical, header
from portcall.plugins.metadata import Metadata

_README_BYTES: Final = 1_000_000


@attrs.frozen
class Project:
    """The metadata of one distribution.

    Args:
        name: As people install it.
        summary: One line about it.
        requires_python: A specifier, empty if there is none.
        dependencies: As ``Requires-Dist`` has them, without those of extras.
        extras: The dependencies that only extras ask for.
        license: An expression or a name, empty if there is none.
        classifiers: Trove classifiers.
        readme: The text, empty if there is none.
        urls: By label.
        entry_points: By group, then by name.
        folder: Where ``pyproject.toml`` is; None if it is not at hand.
        table: The whole of ``pyproject.toml``.
    """

    name: str
    summary: str = ""
    requires_python: str = ""
    dependencies: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    license: str = ""
    classifiers: tuple[str, ...] = ()
    readme: str = attrs.field(default="", repr=False)
    urls: Mapping[str, str] = attrs.field(factory=dict)
    entry_points: Mapping[str, Mapping[str, str]] = attrs.field(factory=dict)
    folder: Path | None = None
    table: Mapping[str, Any] = attrs.field(factory=dict, repr=False)

    @property
    def pyproject(self) -> Path | None:
        """The file that it is declared in, if that is at hand."""
        return self.folder / "pyproject.toml" if self.folder else None

    def at(self, key: str = "") -> tuple[str | None, int | None]:
        """Return the place of the line of ``pyproject.toml`` that begins with *key*."""
        if self.pyproject is None:
            return None, None
        lines = self.pyproject.read_text(encoding="utf-8", errors="replace").splitlines()
        found = [n for n, line in enumerate(lines, 1) if key and line.strip().startswith(key)]
        return f"{self.pyproject}", found[0] if found else None


def project_in(folder: Path) -> Project:
    """Read the project whose ``pyproject.toml`` is in *folder*.

    Raises:
        OSError, ValueError: It cannot be read, or is not TOML.
    """
    table = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8-sig"))
    about = _table(table.get("project"))
    return Project(
        f"{about.get('name', '')}",
        summary=f"{about.get('description', '')}",
        requires_python=f"{about.get('requires-python', '')}",
        dependencies=tuple(map(str, about.get("dependencies", ()))),
        extras=tuple(
            f"{d}" for v in _table(about.get("optional-dependencies")).values() for d in v
        ),
        license=_license(about),
        classifiers=tuple(map(str, about.get("classifiers", ()))),
        readme=_readme(folder, about.get("readme")),
        urls=_table(about.get("urls")),
        entry_points={k: _table(v) for k, v in _table(about.get("entry-points")).items()},
        folder=folder,
        table=table,
    )


def project_of(origin: Metadata) -> Project:
    """Return what the metadata of an installed distribution says."""
    about = origin.metadata
    points: dict[str, dict[str, str]] = {}
    for point in origin.entry_points:
        points.setdefault(point.group, {})[point.name] = point.value
    required = about.get_all("Requires-Dist") or ()
    urls = [text.partition(",") for text in about.get_all("Project-URL") or ()]
    return Project(
        header(origin, "Name"),
        summary=about.get("Summary") or "",
        requires_python=about.get("Requires-Python") or "",
        dependencies=tuple(each for each in required if "extra ==" not in each),
        extras=tuple(each for each in required if "extra ==" in each),
        license=about.get("License-Expression") or about.get("License") or "",
        classifiers=tuple(about.get_all("Classifier") or ()),
        readme=about.get("Description") or "",
        urls={label.strip(): url.strip() for label, _, url in urls},
        entry_points=points,
    )


def folder_above(place: Path, name: str) -> Path | None:
    """Return the folder above *place* whose project is called *name*; None if there is none."""
    for folder in place.resolve().parents:
        if (folder / "pyproject.toml").is_file():
            try:
                found = project_in(folder)
            except (OSError, ValueError):
                return None
            return folder if canonical(found.name) == canonical(name) else None
    return None


def _readme(folder: Path, said: Any) -> str:
    if isinstance(said, Mapping):
        if "text" in said:
            return f"{said['text']}"
        said = said.get("file")
    if not isinstance(said, str):
        return ""
    try:
        with (folder / said).open(encoding="utf-8", errors="replace") as file:
            return file.read(_README_BYTES)
    except OSError:
        return ""


def _license(about: Mapping[str, Any]) -> str:
    said = about.get("license", "")
    if isinstance(said, Mapping):
        return f"{said.get('text') or said.get('file') or ''}"
    return f"{said}"


def _table(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}
