"""PC201 to PC229: the distribution, as people find it and as pip installs it."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from portcall._version import __version__
from portcall.checks.check import Needs, as_check
from portcall.checks.code_reading import imported
from portcall.checks.finding import Finding, Severity
from portcall.checks.project import Project
from portcall.checks.subject import Subject
from portcall.plugins.distributions import canonical
from portcall.plugins.requirements import unmet
from portcall.plugins.versions import admits

_SLUG: Final = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")
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
    "PC201",
    "distribution-name",
    Severity.SUGGESTION,
    "The distribution is called portcall-<slug>.",
    needs=Needs.PROJECT,
)
def distribution_name(subject: Subject) -> Iterator[Finding]:
    """People look for ``portcall-acme`` where they want to send to Acme, and type its slug, ``acme``."""
    project = _project(subject)
    offered = [
        name
        for group, points in project.entry_points.items()
        if group.startswith("portcall.")
        for name in points
    ]
    expected = f"portcall-{subject.slug}"
    if canonical(project.name) != canonical(expected) and len(set(offered)) == 1:
        yield distribution_name.finding(
            f"the distribution {project.name!r} offers {subject.slug!r}",
            f"call the distribution {expected!r}, or its entry point after it",
            project.at("name"),
        )


@as_check(
    "PC202",
    "slug",
    Severity.ERROR,
    "A slug is lower-case letters and digits with single dashes.",
    needs=Needs.NOTHING,
)
def slug(subject: Subject) -> Iterator[Finding]:
    """The slug is typed, stands in the names of variables of the environment, and in files."""
    if not _SLUG.fullmatch(subject.slug):
        yield slug.finding(
            f"the name {subject.slug!r} cannot be used", "name the entry point such as 'acme-eu'",
            subject.project.at(subject.slug) if subject.project else subject.start,
        )  # fmt: skip


@as_check(
    "PC203",
    "declared-slug",
    Severity.ERROR,
    "A destination file has the slug of its entry point.",
    needs=Needs.SOURCES,
)
def declared_slug(subject: Subject) -> Iterator[Finding]:
    """People type the name of the entry point; errors would show the other."""
    for source in subject.sources:
        found = re.search(r"^slug\s*=\s*[\"']([^\"']*)[\"']", source.text, re.MULTILINE)
        if source.path.suffix == ".toml" and found and found[1] != subject.slug:
            yield declared_slug.finding(
                f"{source.path.name} has the slug {found[1]!r}, its entry point {subject.slug!r}",
                "make them the same", source.line_of(found[0]),
            )  # fmt: skip


@as_check(
    "PC204",
    "portcall-required",
    Severity.BEFORE_PUBLISHING,
    "The distribution says which portcall it needs.",
    needs=Needs.PROJECT,
)
def portcall_required(subject: Subject) -> Iterator[Finding]:
    """Portcall may change with its second number until 1.0: name the versions that you tried."""
    project = _project(subject)
    bounds = _bounds(project)
    if not any("<" in each or "~=" in each for each in bounds) or not any(
        re.search(r">=|~=|>", b) for b in bounds
    ):
        yield portcall_required.finding(
            "there is no lower and upper bound of portcall"
            if bounds
            else "portcall is no dependency",
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
    """With another portcall than it asks for, a plugin is refused when it is loaded."""
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
    """Without it pip installs the plugin where it cannot run, and says nothing."""
    project = _project(subject)
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
    "PC207",
    "summary",
    Severity.BEFORE_PUBLISHING,
    "The distribution has one line about itself.",
    needs=Needs.PROJECT,
)
def summary(subject: Subject) -> Iterator[Finding]:
    """The line is what an index shows in its list of results."""
    project = _project(subject)
    if (
        len(project.summary.split()) < 2
        or "\n" in project.summary.strip()
        or len(project.summary) > 512
    ):
        yield summary.finding(
            "the description is missing"
            if not project.summary
            else f"the description is {project.summary[:40]!r}",
            'say in one line what it delivers where: description = "Deliver events to Acme."',
            project.at("description"),
        )


@as_check(
    "PC208",
    "version",
    Severity.BEFORE_PUBLISHING,
    "The version is one that pip can compare.",
    needs=Needs.FOLDER,
)
def version(subject: Subject) -> Iterator[Finding]:
    """Errors name the version, and an upgrade is found by it (PEP 440)."""
    project = _project(subject)
    about: Any = project.table.get("project", {})
    said, dynamic = about.get("version"), about.get("dynamic", ())
    good = isinstance(said, str) and re.fullmatch(
        r"v?\d+(\.\d+)*((a|b|rc)\d+)?(\.post\d+)?(\.dev\d+)?", said
    )
    if not good and "version" not in dynamic:
        yield version.finding(
            f"the version is {said!r}" if said else "the version is missing",
            'write version = "0.1.0"', project.at("version"),
        )  # fmt: skip


@as_check(
    "PC209",
    "license",
    Severity.BEFORE_PUBLISHING,
    "The distribution says under which licence it is.",
    needs=Needs.PROJECT,
)
def license_said(subject: Subject) -> Iterator[Finding]:
    """What has no licence may not be used by anybody."""
    project = _project(subject)
    if not project.license.strip() and not any(
        c.startswith("License ::") for c in project.classifiers
    ):
        yield license_said.finding(
            "there is no licence", 'write license = "MIT", or what it is', project.at("[project]")
        )


@as_check(
    "PC210",
    "license-classifier",
    Severity.BEFORE_PUBLISHING,
    "A licence expression stands alone.",
    needs=Needs.PROJECT,
)
def license_classifier(subject: Subject) -> Iterator[Finding]:
    """An index refuses a distribution that has both an expression and a classifier (PEP 639)."""
    project = _project(subject)
    old = [each for each in project.classifiers if each.startswith("License ::")]
    if old and project.license.strip() and "\n" not in project.license:
        yield license_classifier.finding(
            f"there is a licence expression, and the classifier {old[0]!r}",
            "take the classifier away", project.at("classifiers"),
        )  # fmt: skip


@as_check(
    "PC211",
    "license-file",
    Severity.SUGGESTION,
    "The project has the text of its licence.",
    needs=Needs.FOLDER,
)
def license_file(subject: Subject) -> Iterator[Finding]:
    """Most licences ask that their text goes with every copy."""
    project = _project(subject)
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
    "PC213",
    "dependencies-used",
    Severity.BEFORE_PUBLISHING,
    "Every dependency is used.",
    needs=Needs.PROJECT,
)
def dependencies_used(subject: Subject) -> Iterator[Finding]:
    """What is installed with a plugin and not used is one more thing to break, or to be broken into.

    A dependency counts as used where its module is imported, or where the destination has its scheme.
    """
    project = _project(subject)
    modules = {name.partition(".")[0].lower() for s in subject.sources for _, name in imported(s)}
    scheme = f"portcall-{subject.destination.scheme}" if subject.destination else ""
    for requirement in project.dependencies:
        name = canonical(_required(requirement))
        module = _MODULES.get(name, name.replace("-", "_"))
        if name not in {"portcall", "attrs", scheme} and module not in modules:
            yield dependencies_used.finding(
                f"the dependency {name!r} is not used",
                "take it away; what only tests need belongs to optional-dependencies",
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
    """A package that is there by chance on this machine is missing on the next."""
    project = _project(subject)
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
                    f"imports {top}, which is no dependency", "add its distribution to dependencies",
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
    """A destination whose scheme is not installed with it cannot be loaded."""
    project = _project(subject)
    scheme = subject.destination.stack.layers[-2] if subject.destination else None
    owner = canonical(scheme.source.partition(" ")[0]) if scheme is not None else "portcall"
    if owner != "portcall" and owner not in {canonical(_required(d)) for d in project.dependencies}:
        yield scheme_required.finding(
            f"its scheme is part of {owner}, which is no dependency", f"add {owner} to dependencies",
            project.at("dependencies"),
        )  # fmt: skip


@as_check(
    "PC216",
    "build-system",
    Severity.BEFORE_PUBLISHING,
    "The project says what builds it.",
    needs=Needs.FOLDER,
)
def build_system(subject: Subject) -> Iterator[Finding]:
    """Without it pip takes an old setuptools, whatever the project was made for (PEP 518)."""
    project = _project(subject)
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
    """What works in the project's folder and is missing in the wheel fails for everybody else.

    A destination file and ``py.typed`` are data: setuptools has to be told of them.
    """
    project = _project(subject)
    package, folder = subject.package, project.folder
    if package is None or folder is None or not package.resolve().is_relative_to(folder.resolve()):
        return
    for missing in _left_out(project, package.resolve()):
        yield wheel_files.finding(
            f"the wheel lacks {missing}", "correct what [tool.*] of the build backend includes",
            project.at("[tool."),
        )  # fmt: skip


@as_check(
    "PC218", "changelog", Severity.SUGGESTION, "The project says what changed.", needs=Needs.FOLDER
)
def changelog(subject: Subject) -> Iterator[Finding]:
    """Who upgrades wants to know what becomes different for them."""
    project = _project(subject)
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
    """In the tests the checks are run with every change, by whoever makes it."""
    project = _project(subject)
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


@as_check(
    "PC220", "classifiers", Severity.BEFORE_PUBLISHING, "Classifiers are true.", needs=Needs.PROJECT
)
def classifiers(subject: Subject) -> Iterator[Finding]:
    """A classifier that says the opposite of requires-python, or forbids the upload, misleads."""
    project = _project(subject)
    for each in project.classifiers:
        number = re.fullmatch(r"Programming Language :: Python :: (\d+\.\d+)", each)
        wrong = (
            number
            and project.requires_python
            and not admits(project.requires_python, f"{number[1]}.99")
        )
        if wrong or each.startswith("Private ::") or each.endswith(":: Python :: 2"):
            yield classifiers.finding(
                f"the classifier {each!r} is not true of it",
                "take it away",
                project.at("classifiers"),
            )


@as_check(
    "PC221",
    "one-module",
    Severity.BEFORE_PUBLISHING,
    "The package is named after the distribution.",
    needs=Needs.PROJECT,
)
def one_module(subject: Subject) -> Iterator[Finding]:
    """A package with a common name, such as ``plugin`` or ``src``, hides that of another distribution."""
    project = _project(subject)
    top = subject.module.partition(".")[0]
    common = {
        "plugin",
        "plugins",
        "src",
        "main",
        "app",
        "destination",
        "client",
        "api",
        "utils",
        "tests",
        "test",
    }
    if top in common or top in sys.stdlib_module_names:
        yield one_module.finding(
            f"the package is called {top!r}",
            f"call it {canonical(project.name).replace('-', '_')!r}",
            project.at(subject.slug),
        )


PUBLISHING: Final = (
    distribution_name, slug, declared_slug, portcall_required, portcall_covered, requires_python,
    summary, version, license_said, license_classifier, license_file, typed, dependencies_used,
    dependencies_declared, scheme_required, build_system, wheel_files, changelog, conformance_tested,
    classifiers, one_module,
)  # fmt: skip


def _project(subject: Subject) -> Project:
    if subject.project is None:
        raise RuntimeError("a check that needs the project did not say so")
    return subject.project


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
