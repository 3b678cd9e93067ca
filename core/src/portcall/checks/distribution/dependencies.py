"""PC204 to PC206 and PC213 to PC215: what a distribution needs, and says that it needs."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from typing import Final

from portcall._version import __version__
from portcall.checks.check import Needs, as_check
from portcall.checks.distribution.distribution_metadata import Project
from portcall.checks.finding import Finding, Severity
from portcall.checks.source_code.code_reading import imported
from portcall.checks.subject import Subject
from portcall.plugins.distributions import canonical
from portcall.plugins.requirements import unmet
from portcall.plugins.versions import admits

_OURS: Final = re.compile(
    r"portcall(?![-_.\w])\s*(?:\[[^\]]*\])?\s*(?P<versions>[^;]*)", re.IGNORECASE
)
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_GIVEN: Final = {"attrs", "attr", "pluggy", "portcall"}
"""Modules that come with portcall, whose API is made of them."""
_MODULES: Final = {
    "beautifulsoup4": "bs4", "opentelemetry-api": "opentelemetry", "opentelemetry-sdk": "opentelemetry",
    "opentelemetry-semantic-conventions": "opentelemetry", "psycopg-binary": "psycopg", "pyjwt": "jwt",
    "python-dateutil": "dateutil", "pyyaml": "yaml", "pycryptodome": "crypto", "protobuf": "google",
}  # fmt: skip
"""Import names of well-known distributions whose name is another."""


@as_check(
    "PC204",
    "portcall-required",
    Severity.BEFORE_PUBLISHING,
    "The distribution says which portcall it needs.",
    needs=Needs.PROJECT,
)
def portcall_required(subject: Subject) -> Iterator[Finding]:
    """Until 1.0, portcall may change with its second number: name the versions that you have tried."""
    project = subject.shipped
    bounds = _bounds(project)
    if not any("<" in each or "~=" in each for each in bounds) or not any(
        re.search(r">=|~=|>", b) for b in bounds
    ):
        yield portcall_required.finding(
            "there is no lower and upper bound of portcall"
            if bounds
            else "portcall is not a dependency",
            f'write dependencies = ["portcall>={_minor()},<{_next_minor()}"]',
            project.at("dependencies"),
        )


@as_check(
    "PC205",
    "portcall-covered",
    Severity.ERROR,
    "The portcall that runs is one that the distribution asks for.",
    needs=Needs.PROJECT,
)
def portcall_covered(subject: Subject) -> Iterator[Finding]:
    """A plugin that asks for another version of portcall is refused when it is loaded."""
    project = subject.project
    versions = "" if project is None else unmet(project.dependencies, __version__)
    if versions and project is not None:
        yield portcall_covered.finding(
            f"it needs portcall {versions}, and this is {__version__}",
            "try it with this version, and let the bounds cover it",
            project.at("dependencies"),
        )


@as_check(
    "PC206",
    "requires-python",
    Severity.BEFORE_PUBLISHING,
    "The distribution says which Python it needs.",
    needs=Needs.PROJECT,
)
def requires_python(subject: Subject) -> Iterator[Finding]:
    """Otherwise pip installs the plugin on versions of Python where it cannot run."""
    project = subject.shipped
    said = project.requires_python
    if (
        not said
        or not admits(said, ".".join(map(str, sys.version_info[:3])))
        or admits(said, "3.10.99")
    ):
        what = f"requires-python is {said!r}" if said else "requires-python is missing"
        yield requires_python.finding(
            what,
            'write requires-python = ">=3.11", which portcall needs',
            project.at("requires-python"),
        )


@as_check(
    "PC213",
    "dependencies-used",
    Severity.BEFORE_PUBLISHING,
    "Every dependency is used.",
    needs=Needs.PROJECT,
)
def dependencies_used(subject: Subject) -> Iterator[Finding]:
    """A dependency without a use is one more thing that can break or be attacked.

    A dependency counts as used if its module is imported, or if it provides the destination's scheme.
    """
    project = subject.shipped
    modules = {name.partition(".")[0].lower() for s in subject.sources for _, name in imported(s)}
    scheme = f"portcall-{subject.destination.scheme}" if subject.destination else ""
    for requirement in project.dependencies:
        name = canonical(_required(requirement))
        module = _MODULES.get(name, name.replace("-", "_"))
        if name not in {"portcall", "attrs", scheme} and module not in modules:
            yield dependencies_used.finding(
                f"the dependency {name!r} is not used",
                "remove it; what only tests need belongs in optional-dependencies",
                project.at("dependencies"),
            )


@as_check(
    "PC214",
    "dependencies-declared",
    Severity.ERROR,
    "What is imported is a dependency.",
    needs=Needs.PROJECT,
)
def dependencies_declared(subject: Subject) -> Iterator[Finding]:
    """A package that happens to be installed on this machine is missing on the next."""
    project = subject.shipped
    asked = (*project.dependencies, *project.extras)
    declared = {canonical(_required(each)) for each in asked}
    declared = {_MODULES.get(each, each.replace("-", "_")) for each in declared}
    own = {"" if subject.package is None else subject.package.stem}
    optional = _guarded(subject)
    for source in subject.sources:
        for node, name in imported(source):
            top = name.partition(".")[0]
            known = top in sys.stdlib_module_names or top in _GIVEN or top in own
            if not known and top.lower() not in declared and id(node) not in optional:
                yield dependencies_declared.finding(
                    f"imports {top}, which is not a dependency", "add its distribution to dependencies",
                    source.at(node),
                )  # fmt: skip


@as_check(
    "PC215",
    "scheme-required",
    Severity.ERROR,
    "The distribution of its scheme is a dependency.",
    needs=Needs.PROJECT,
)
def scheme_required(subject: Subject) -> Iterator[Finding]:
    """A destination cannot be loaded unless its scheme is installed with it."""
    project = subject.shipped
    scheme = subject.destination.stack.layers[-2] if subject.destination else None
    owner = canonical(scheme.source.partition(" ")[0]) if scheme is not None else "portcall"
    if owner != "portcall" and owner not in {canonical(_required(d)) for d in project.dependencies}:
        yield scheme_required.finding(
            f"its scheme is part of {owner}, which is not a dependency", f"add {owner} to dependencies",
            project.at("dependencies"),
        )  # fmt: skip


DEPENDENCIES: Final = (
    portcall_required,
    portcall_covered,
    requires_python,
    dependencies_used,
    dependencies_declared,
    scheme_required,
)


def _bounds(project: Project) -> list[str]:
    """Return the versions of portcall that the dependencies ask for, one text for each."""
    found = [_OURS.fullmatch(each.partition(";")[0].strip()) for each in project.dependencies]
    return [match["versions"] for match in found if match]


def _required(requirement: str) -> str:
    match = _NAME.match(requirement.strip())
    return match[0] if match else ""


def _minor() -> str:
    return ".".join(__version__.split(".")[:2])


def _next_minor() -> str:
    major, minor = __version__.split(".")[:2]
    return f"{major}.{int(minor) + 1}"


def _guarded(subject: Subject) -> set[int]:
    """Return the ids of imports that may fail, or that only a type checker sees."""
    found: set[int] = set()
    for source in subject.sources:
        for node in source.nodes:
            checked = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
            tried = isinstance(node, ast.Try) and any(
                handler.type is not None and "Import" in ast.dump(handler.type)
                for handler in node.handlers
            )
            if checked or tried:
                found |= {id(each) for each in ast.walk(node)}
    return found
