"""PC216 to PC219: the project of a plugin, and the wheel that is built of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from portcall.checks.check import Needs, as_check
from portcall.checks.distribution.distribution_metadata import Project
from portcall.checks.finding import Finding, Severity
from portcall.checks.subject import Subject


@as_check(
    "PC211",
    "license-file",
    Severity.SUGGESTION,
    "The project contains the text of its licence.",
    needs=Needs.FOLDER,
)
def license_file(subject: Subject) -> Iterator[Finding]:
    """Most licences require that their text accompanies every copy."""
    project = subject.shipped
    if not _beside(project, "LICEN[SC]E*", "COPYING*"):
        yield license_file.finding(
            "there is no file LICENSE", "put the licence's text beside pyproject.toml", project.at()
        )


@as_check(
    "PC212", "typed", Severity.BEFORE_PUBLISHING, "The package has a py.typed.", needs=Needs.SOURCES
)
def typed(subject: Subject) -> Iterator[Finding]:
    """Without ``py.typed`` a type checker reads none of the package's annotations (PEP 561)."""
    package = subject.package
    if package is not None and package.is_dir() and not (package / "py.typed").is_file():
        yield typed.finding(
            f"the package {package.name} has no py.typed", "add an empty file of that name to it",
            (f"{package}", None),
        )  # fmt: skip


@as_check(
    "PC216",
    "build-system",
    Severity.BEFORE_PUBLISHING,
    "The project names its build backend.",
    needs=Needs.FOLDER,
)
def build_system(subject: Subject) -> Iterator[Finding]:
    """Otherwise pip uses an old setuptools, whatever build tool the project was made for (PEP 518)."""
    project = subject.shipped
    system: Any = project.table.get("build-system", {})
    if not system.get("requires") or not system.get("build-backend"):
        yield build_system.finding(
            "there is no [build-system] with requires and build-backend",
            'write requires = ["hatchling"] and build-backend = "hatchling.build"',
            project.at("[build-system]"),
        )


@as_check(
    "PC217", "wheel-files", Severity.ERROR, "The wheel has the whole package.", needs=Needs.FOLDER
)
def wheel_files(subject: Subject) -> Iterator[Finding]:
    """What is present in the project's folder and missing in the wheel works for its author alone.

    A destination file and ``py.typed`` are data, which setuptools has to be told to include.
    """
    project = subject.shipped
    package, folder = subject.package, project.folder
    if package is None or folder is None or not package.resolve().is_relative_to(folder.resolve()):
        return
    for missing in _left_out(project, package.resolve()):
        yield wheel_files.finding(
            f"the wheel lacks {missing}", "correct what [tool.*] of the build backend includes",
            project.at("[tool."),
        )  # fmt: skip


@as_check(
    "PC218", "changelog", Severity.SUGGESTION, "The project has a changelog.", needs=Needs.FOLDER
)
def changelog(subject: Subject) -> Iterator[Finding]:
    """People who upgrade want to know what changes for them."""
    project = subject.shipped
    linked = any(re.search(r"(?i)change|release|news|history", label) for label in project.urls)
    if not linked and not _beside(project, "CHANGE*", "NEWS*", "HISTORY*", "RELEASES*"):
        yield changelog.finding(
            "there is no changelog",
            "keep a CHANGELOG.md, with a few words for each version",
            project.at(),
        )


@as_check(
    "PC219",
    "conformance-tested",
    Severity.SUGGESTION,
    "The project's tests run these checks.",
    needs=Needs.FOLDER,
)
def conformance_tested(subject: Subject) -> Iterator[Finding]:
    """As part of the tests, the checks run with every change, by every contributor."""
    project = subject.shipped
    if subject.kind != "destination" or project.folder is None:
        return
    tests = [p for f in ("tests", "test") for p in (project.folder / f).rglob("*.py")]
    tests += list(project.folder.glob("test_*.py"))
    if not any(re.search(r"\b(?:conformance|check_destination)\(", _text(path)) for path in tests):
        yield conformance_tested.finding(
            "no test runs these checks",
            f'write test_conformance = conformance("{subject.slug}"), from portcall.testing',
            project.at(),
        )


BUILDING: Final = (
    build_system,
    wheel_files,
    license_file,
    changelog,
    conformance_tested,
    typed,
)


def _beside(project: Project, *patterns: str) -> bool:
    """Return whether a file is beside ``pyproject.toml``, or at the top of the repository."""
    folder = project.folder.resolve() if project.folder else None
    for place in () if folder is None else (folder, *folder.parents):
        if any(True for pattern in patterns for _ in place.glob(pattern)):
            return True
        if (place / ".git").exists() or place == Path.home():
            return False
        if folder is not None and not any((above / ".git").exists() for above in folder.parents):
            return False
    return False


def _left_out(project: Project, package: Path) -> Iterable[str]:
    folder = (project.folder or package).resolve()
    tool: Any = project.table.get("tool", {})
    wheel = _at(tool, "hatch", "build", "targets", "wheel")
    if _at(project.table, "build-system").get("build-backend") == "hatchling.build":
        listed = [*wheel.get("packages", ()), *wheel.get("only-include", ())]
        if listed and not any(package.is_relative_to((folder / each).resolve()) for each in listed):
            yield f"{package.relative_to(folder)}, which is not in {listed}"
        for pattern in (*wheel.get("exclude", ()), *_at(tool, "hatch", "build").get("exclude", ())):
            for path in _data(package):
                if path.match(pattern) or path.relative_to(folder).match(pattern):
                    yield f"{path.relative_to(folder)}, which {pattern!r} leaves out"
    elif "setuptools" in f"{_at(project.table, 'build-system').get('build-backend', 'setuptools')}":
        data = _at(tool, "setuptools", "package-data")
        patterns = [*data.get(package.name, ()), *data.get("*", ())]
        for path in _data(package):
            if path.suffix != ".py" and not any(path.match(each) for each in patterns):
                yield f"{path.relative_to(folder)}, which [tool.setuptools.package-data] does not name"


def _data(package: Path) -> list[Path]:
    """Return the files of a package that the plugin needs."""
    if package.is_file():
        return [package]
    kinds = {".py", ".toml", ".json", ".typed"}
    return [
        p for p in sorted(package.rglob("*")) if p.suffix in kinds and "__pycache__" not in p.parts
    ]


def _at(table: Any, *keys: str) -> Any:
    for key in keys:
        table = table.get(key, {}) if isinstance(table, Mapping) else {}
    return table if isinstance(table, Mapping) else {}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
