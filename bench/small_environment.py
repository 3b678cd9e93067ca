"""An environment as an operator has it: portcall, what it requires, and a few destinations."""

from __future__ import annotations

import venv
from collections.abc import Iterator, Sequence
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement


def small_environment(folder: Path, plugins: Sequence[str]) -> str:
    """Make a virtual environment of links to what is installed here; nothing is downloaded.

    Args:
        folder: Where it is made.
        plugins: The distributions beside ``portcall[cli]``.

    Returns:
        The path of its Python.
    """
    venv.create(folder, with_pip=False, symlinks=True)
    [site] = (folder / "lib").glob("python*/site-packages")
    for name in _with_requirements(["portcall[cli]", *plugins]):
        for entry in _entries(distribution(name)):
            if not (site / entry.name).exists():
                (site / entry.name).symlink_to(entry)
    return f"{folder / 'bin' / 'python'}"


def _with_requirements(wanted: Sequence[str]) -> set[str]:
    names: set[str] = set()
    queue = [Requirement(text) for text in wanted]
    for requirement in queue:
        names.add(requirement.name)
        for text in distribution(requirement.name).requires or ():
            needed = Requirement(text)
            extras = [*requirement.extras, ""]
            applies = (
                any(needed.marker.evaluate({"extra": e}) for e in extras) if needed.marker else True
            )
            if applies and needed.name not in names:
                queue.append(needed)
    return names


def _entries(installed: Distribution) -> Iterator[Path]:
    """Yield packages, modules and metadata of a distribution; of an editable one, its project's."""
    tops = {file.parts[0] for file in installed.files or () if file.parts[0] != ".."}
    for top in sorted(tops - {"__pycache__"}):
        path = Path(str(installed.locate_file(top)))
        if path.suffix == ".pth":
            yield from Path(path.read_text(encoding="utf-8").strip()).iterdir()
        else:
            yield path
