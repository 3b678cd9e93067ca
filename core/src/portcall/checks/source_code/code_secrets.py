"""PC173 to PC175: secrets in the code of a plugin, and in what it says."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

from portcall.checks.check import Needs, as_check
from portcall.checks.finding import Finding, Severity
from portcall.checks.source_code.code_reading import (
    calls,
    inside_functions,
    name_of,
)
from portcall.checks.subject import Subject

_NAMED_SECRET: Final = re.compile(
    r"(?i)(?:.*_)?(?:secret|password|passwd|api_?key|access_?token|auth_?token|private_?key|client_secret)$"
)
_LOOKS_SECRET: Final = re.compile(
    r"sk_live_\w{10,}|sk-[A-Za-z0-9]{20,}|xox[abp]-[\w-]{10,}|AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{30,}"
    r"|AIza[\w-]{35}|SG\.[\w-]{16,}\.[\w-]{16,}|-----BEGIN [A-Z ]*PRIVATE KEY"
    r"|(?:Bearer|Basic) [A-Za-z0-9+/=_.-]{16,}"
    r"|eyJ[\w-]{10,}\.eyJ[\w-]{10,}"
)
_LOGS: Final = {"debug", "info", "warning", "warn", "error", "exception", "critical", "log"}


@as_check(
    "PC173",
    "no-credentials",
    Severity.ERROR,
    "The code contains no credentials.",
    needs=Needs.SOURCES,
)
def no_credentials(subject: Subject) -> Iterator[Finding]:
    """A key in a package is published with it. Revoke the key now."""
    for source in subject.sources:
        for place, text in source.texts:
            if _LOOKS_SECRET.search(text) and "EXAMPLE" not in text:  # as AWS writes its own
                yield no_credentials.finding(
                    f"{text[:6]!r}... looks like a credential",
                    "make it a setting, and revoke it",
                    place,
                )
        for node in source.nodes:
            name, value = _assigned(node)
            if (
                name
                and _NAMED_SECRET.fullmatch(name)
                and _is_key(value)
                and not _LOOKS_SECRET.search(value)
            ):
                yield no_credentials.finding(
                    f"{name} is written down in the code", "make it a setting, and revoke it",
                    source.at(node),
                )  # fmt: skip


@as_check(
    "PC174",
    "no-prints",
    Severity.BEFORE_PUBLISHING,
    "A plugin prints nothing.",
    needs=Needs.SOURCES,
)
def no_prints(subject: Subject) -> Iterator[Finding]:
    """Standard output belongs to the program, and printed text is not redacted."""
    for source in subject.sources:
        inner = inside_functions(source)
        for node, name in calls(source):
            if (
                name in {"print", "pprint.pprint", "sys.stdout.write", "sys.stderr.write"}
                and id(node) in inner
            ):
                yield no_prints.finding(
                    f"calls {name}()", "remove it, or log it with logging", source.at(node)
                )


@as_check(
    "PC175",
    "no-logged-secrets",
    Severity.ERROR,
    "No settings, auth or request goes to a log.",
    needs=Needs.SOURCES,
)
def no_logged_secrets(subject: Subject) -> Iterator[Finding]:
    """Once a secret is part of a header or a body, a log records it as ordinary text."""
    risky = {"settings", "auth", "headers", "request", "response"}
    for source in subject.sources:
        for node, name in calls(source):
            if name.rpartition(".")[2] not in _LOGS or not re.search(
                r"(?i)log", name.rpartition(".")[0]
            ):
                continue
            said = {n.id for a in node.args for n in ast.walk(a) if isinstance(n, ast.Name)} & risky
            reveals = any(_names_reveal(n) for a in node.args for n in ast.walk(a))
            if said or reveals:
                what = ", ".join(sorted(said)) or "a revealed secret"
                yield no_logged_secrets.finding(
                    f"logs {what}", "log the status, or an id that the answer has", source.at(node)
                )


CODE_SECRETS: Final = (
    no_credentials,
    no_prints,
    no_logged_secrets,
)


def _assigned(node: ast.AST) -> tuple[str, str]:
    """Return the name and the text that a statement or a keyword sets."""
    value: ast.AST | None = None
    name = ""
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        name, value = node.targets[0].id, node.value
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        name, value = node.target.id, node.value
    elif isinstance(node, ast.keyword) and node.arg:
        name, value = node.arg, node.value
    text = value.value if isinstance(value, ast.Constant) else ""
    return name, text if isinstance(text, str) else ""


def _is_key(text: str) -> bool:
    """Return whether a text could be a key: long, without spaces, with digits and letters."""
    return bool(
        re.fullmatch(r"[\w+/=.~-]{12,}", text)
        and re.search(r"\d", text)
        and re.search(r"[A-Za-z]", text)
    )


def _names_reveal(node: ast.AST) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else name_of(node)
    return name == "reveal"
