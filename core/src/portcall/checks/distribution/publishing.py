"""PC201 to PC203 and PC207 to PC221: a distribution as people find it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Any, Final

from portcall.checks.check import Needs, as_check
from portcall.checks.finding import Finding, Severity
from portcall.checks.subject import Subject
from portcall.plugins.distributions import canonical
from portcall.plugins.versions import admits

_SLUG: Final = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")


@as_check(
    "PC201",
    "distribution-name",
    Severity.SUGGESTION,
    "The distribution is called portcall-<slug>.",
    needs=Needs.PROJECT,
)
def distribution_name(subject: Subject) -> Iterator[Finding]:
    """People look for ``portcall-acme`` to send to Acme, and type its slug, ``acme``."""
    project = subject.shipped
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
    """People type the slug; environment variables and file names contain it."""
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
    """People type the name of the entry point; errors would show the other name."""
    for source in subject.sources:
        found = re.search(r"^slug\s*=\s*[\"']([^\"']*)[\"']", source.text, re.MULTILINE)
        if source.path.suffix == ".toml" and found and found[1] != subject.slug:
            yield declared_slug.finding(
                f"{source.path.name} has the slug {found[1]!r}, its entry point {subject.slug!r}",
                "make them the same", source.line_of(found[0]),
            )  # fmt: skip


@as_check(
    "PC207",
    "summary",
    Severity.BEFORE_PUBLISHING,
    "The distribution has a summary.",
    needs=Needs.PROJECT,
)
def summary(subject: Subject) -> Iterator[Finding]:
    """A package index shows this line in its search results."""
    project = subject.shipped
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
    """Errors name the version, and pip finds upgrades by it (PEP 440)."""
    project = subject.shipped
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
    "The distribution names its licence.",
    needs=Needs.PROJECT,
)
def license_said(subject: Subject) -> Iterator[Finding]:
    """Without a licence, others have no right to use the plugin."""
    project = subject.shipped
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
    "A licence expression has no classifier beside it.",
    needs=Needs.PROJECT,
)
def license_classifier(subject: Subject) -> Iterator[Finding]:
    """A package index refuses a distribution with both a licence expression and a classifier (PEP 639)."""
    project = subject.shipped
    old = [each for each in project.classifiers if each.startswith("License ::")]
    if old and project.license.strip() and "\n" not in project.license:
        yield license_classifier.finding(
            f"there is a licence expression, and the classifier {old[0]!r}",
            "remove the classifier", project.at("classifiers"),
        )  # fmt: skip


@as_check(
    "PC220", "classifiers", Severity.BEFORE_PUBLISHING, "Classifiers are true.", needs=Needs.PROJECT
)
def classifiers(subject: Subject) -> Iterator[Finding]:
    """A classifier that contradicts ``requires-python``, or one that forbids the upload, is misleading."""
    project = subject.shipped
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
                "remove it",
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
    project = subject.shipped
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
    distribution_name,
    slug,
    declared_slug,
    summary,
    version,
    license_said,
    license_classifier,
    classifiers,
    one_module,
)
