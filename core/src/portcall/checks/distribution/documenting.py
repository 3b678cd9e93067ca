"""PC230 to PC239: the README, which is what people read before they install."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import attrs

from portcall.checks.check import Check, Needs, as_check
from portcall.checks.finding import NOWHERE, Finding, Severity
from portcall.checks.subject import Subject


@as_check(
    "PC230",
    "readme",
    Severity.BEFORE_PUBLISHING,
    "The distribution has a README.",
    needs=Needs.PROJECT,
)
def readme(subject: Subject) -> Iterator[Finding]:
    """The README is the plugin's page in a package index: what it delivers, how to connect, what it does."""
    project = subject.project
    if project is not None and not project.readme.strip():
        yield readme.finding(
            "there is no README",
            'write one and name it: readme = "README.md"',
            project.at("readme"),
        )


@as_check("PC231", "readme-settings", Severity.BEFORE_PUBLISHING, "The README names every setting.")
def readme_settings(subject: Subject) -> Iterator[Finding]:
    """People should know what they need before they type the first command."""
    stack = subject.loaded.stack
    own = stack.auth_fields()[0] if stack.answers("auth_fields", stack.layers[-1]) else None
    fields = {each.name for each in attrs.fields(own)} if own is not None else set()
    names = [each.name for each in subject.loaded.fields if each.name in fields]
    yield from _unnamed(subject, readme_settings, "setting", names)


@as_check("PC232", "readme-actions", Severity.BEFORE_PUBLISHING, "The README names every action.")
def readme_actions(subject: Subject) -> Iterator[Finding]:
    """Pipelines and commands refer to actions by name."""
    yield from _unnamed(subject, readme_actions, "action", [a.name for a in subject.actions])


@as_check(
    "PC233",
    "readme-hosts",
    Severity.BEFORE_PUBLISHING,
    "The README names every host.",
    needs=Needs.CONNECTION,
)
def readme_hosts(subject: Subject) -> Iterator[Finding]:
    """Firewalls, and people who are responsible for the data, need to know where it goes."""
    project = subject.project
    if project is None or not project.readme.strip():
        return
    made_up = {f"{value}" for value in subject.settings.values()}
    for host in subject.loaded.stack.allowed_hosts(subject.connection.settings):
        labels = host.strip("{}").split(".")
        # What a setting fills in stands in a README as {region}, <region> or *.
        pattern = r"\.".join(r"[^\s.]+" if each in made_up else re.escape(each) for each in labels)
        below = r"\*\." + r"\.".join(map(re.escape, labels[1:]))
        if not re.search(f"{pattern}|{below}", project.readme):
            yield _missing(subject, readme_hosts, "host", host.strip("{}"))


@as_check(
    "PC234",
    "readme-filled",
    Severity.BEFORE_PUBLISHING,
    "The README is finished.",
    needs=Needs.PROJECT,
)
def readme_filled(subject: Subject) -> Iterator[Finding]:
    """Text that a template left open, such as TODO, makes the plugin look unfinished."""
    project = subject.project
    found = re.search(
        r"\b(?:TODO|FIXME|TBD|lorem ipsum)\b|@@\w+@@", project.readme if project else ""
    )
    if found and project is not None:
        yield readme_filled.finding(
            f"the README says {found[0]!r}", "write what belongs there", project.at("readme")
        )


DOCUMENTING: Final = (readme, readme_settings, readme_actions, readme_hosts, readme_filled)


def _unnamed(subject: Subject, check: Check, what: str, words: list[str]) -> Iterator[Finding]:
    project = subject.project
    if project is not None and project.readme.strip():  # that there is none is a finding of its own
        for word in words:
            if word not in project.readme:
                yield _missing(subject, check, what, word)


def _missing(subject: Subject, check: Check, what: str, word: str) -> Finding:
    project = subject.project
    is_built = project is not None and project.folder is None
    return check.finding(
        f"the README does not name the {what} {word!r}",
        f"add it{' (and install it again)' if is_built else ''}",
        project.at("readme") if project is not None else NOWHERE,
    )
