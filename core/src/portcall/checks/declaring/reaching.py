"""PC112 to PC119: the hosts that a destination declares, and the requests that it composes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from portcall.checks.check import Needs, as_check
from portcall.checks.finding import Finding, Severity
from portcall.checks.subject import Subject
from portcall.errors import HookError, PolicyError, SettingsError
from portcall.fields import validate
from portcall.hosts.patterns import Pattern
from portcall.model.http_request import Request
from portcall.raised import text_of

_SHARED: Final = re.compile(
    r"\*\.(?:[a-z0-9-]+\.)*?(?:amazonaws\.com|azurewebsites\.net|cloudfront\.net|firebaseapp\.com|fly\.dev"
    r"|github\.io|gitlab\.io|herokuapp\.com|netlify\.app|ngrok(?:-free)?\.(?:app|io)|onrender\.com"
    r"|pages\.dev|run\.app|supabase\.co|vercel\.app|web\.app|workers\.dev|appspot\.com)(?::\d+)?"
)
"""Suffixes of hosting providers, under which anyone can register a name."""
_SETTING: Final = re.compile(r"\{(\w+)\}")
_LOCAL: Final = re.compile(
    r"http://(?:localhost|127\.|\[::1\]|10\.|192\.168\.|[^/]*\.(?:local|internal)\b)"
)


@as_check("PC112", "hosts-narrow", Severity.ERROR, "No host pattern covers hosts of others.")
def narrow(subject: Subject) -> Iterator[Finding]:
    """The declared hosts keep credentials with their owner.

    ``*``, ``*.com``, and the suffix of a hosting provider under which anyone can register a name, let
    requests go to any host.
    """
    for text in _patterns(subject):
        bare = text.strip()
        if (
            re.fullmatch(r"\*(?:\.[^.:]*)?(?::\d+)?", bare)
            or _is_registry(bare)
            or _SHARED.fullmatch(bare)
        ):
            yield narrow.finding(
                f"the host pattern {text!r} covers hosts of others",
                "name the hosts of the destination itself, such as '*.acme.com'",
                subject.place_of_function("allowed_hosts"),
            )


@as_check("PC113", "hosts-readable", Severity.ERROR, "Every host pattern can be read.")
def readable(subject: Subject) -> Iterator[Finding]:
    """A pattern is a host, a suffix, or a setting's name in braces: no scheme, path or inner wildcard."""
    patterns = _patterns(subject)
    if not patterns and not isinstance(_valid(subject), Exception):
        yield readable.finding(
            "allowed_hosts returns no host at all", "return every host that it talks to",
            subject.place_of_function("allowed_hosts"),
        )  # fmt: skip
    for text in patterns:
        if not _SETTING.fullmatch(text) and not _is_registry(text) and not text.startswith("*"):
            try:
                Pattern.read(text)
            except HookError as error:
                yield readable.finding(
                    text_of(error), "write 'api.example.com' or '*.example.com'",
                    subject.place_of_function("allowed_hosts"),
                )  # fmt: skip


@as_check(
    "PC114",
    "host-settings",
    Severity.ERROR,
    "A host pattern in braces names a setting that is a URL.",
)
def host_settings(subject: Subject) -> Iterator[Finding]:
    """``{endpoint}`` stands for scheme, host and port of the URL in the setting of that name."""
    fields = {field.name: field for field in subject.loaded.fields}
    for text in _patterns(subject):
        match = _SETTING.fullmatch(text)
        if match and (match[1] not in fields or fields[match[1]].format != "uri"):
            known = [name for name, field in fields.items() if field.format == "uri"]
            yield host_settings.finding(
                f"{text!r} is a host, and no setting {match[1]!r} has the format uri",
                f"name one of: {', '.join(known)}"
                if known
                else "declare the setting, with format='uri'",
                subject.place_of_function("allowed_hosts"),
            )


@as_check(
    "PC115",
    "connects",
    Severity.BEFORE_PUBLISHING,
    "Made-up settings of the declared formats are accepted.",
)
def connects(subject: Subject) -> Iterator[Finding]:
    """Forms, tests and these checks make values up from a field's type, format, choices and placeholder.

    Where a value has to meet more than that, declare a ``format``, ``choices`` or a ``placeholder`` that
    passes; people see it, too. Otherwise pass values: ``conformance(slug, settings=...)``.
    """
    error = subject.connected
    if not isinstance(error, Exception) or any(
        list(c.run(subject)) for c in (narrow, readable, host_settings)
    ):
        return
    whose = (
        "the settings that were given" if subject.given_settings is not None else "made-up settings"
    )
    yield connects.finding(
        f"{whose} were refused: {text_of(error)}",
        "declare format, choices or placeholder of the field, or give settings= that pass"
        if isinstance(error, SettingsError) else "fix what the error names",
        subject.place_of_function("auth_fields"),
    )  # fmt: skip


@as_check(
    "PC116",
    "base-url-declared",
    Severity.ERROR,
    "The base URL is on a declared host.",
    needs=Needs.CONNECTION,
)
def base_url_declared(subject: Subject) -> Iterator[Finding]:
    """A request to a host that ``allowed_hosts`` does not cover is refused before it is sent."""
    error = _previewed(subject)
    if (
        isinstance(error, PolicyError)
        and "has no base_url" not in text_of(error)
        and not error.may_be_allowed
    ):
        yield base_url_declared.finding(
            f"extend_request leads where allowed_hosts does not: {text_of(error)}",
            "add the host to allowed_hosts, or correct base_url",
            subject.place_of_function("extend_request"),
        )


@as_check("PC117", "https", Severity.ERROR, "Requests go over https.", needs=Needs.SOURCES)
def https(subject: Subject) -> Iterator[Finding]:
    """Plain HTTP shows credentials to everyone on the path, and is refused unless an operator allows it."""
    for source in subject.sources:
        for place, text in source.texts:
            if re.match(r"http://[\w{*\[]", text) and not _LOCAL.match(text) and not _is_name(text):
                yield https.finding(
                    f"{text[:60]!r} is a URL in plain http", "write https://", place
                )


@as_check(
    "PC118",
    "composes",
    Severity.ERROR,
    "A request can be composed outside an action.",
    needs=Needs.CONNECTION,
)
def composes(subject: Subject) -> Iterator[Finding]:
    """The hook ``extend_request`` is called for every request; outside an action, its payload is None."""
    error = _previewed(subject)
    if error is not None and not isinstance(error, PolicyError):
        notes = "".join(f"; {each}" for each in getattr(error, "__notes__", ()))
        yield composes.finding(
            f"no request can be composed: {type(error).__name__}: {text_of(error)}{notes}",
            "let extend_request hold for requests without a payload",
            subject.place_of_function("extend_request"),
        )


@as_check(
    "PC119",
    "identity-asked",
    Severity.SUGGESTION,
    "A destination can say whose credentials it has.",
)
def identity_asked(subject: Subject) -> Iterator[Finding]:
    """Without ``test_authentication``, wrong credentials are found only when the first events are refused."""
    if hasattr(subject.plugin, "test_authentication"):  # one without @hookimpl is PC111's to find
        return
    if not subject.loaded.stack.implements("test_authentication"):
        yield identity_asked.finding(
            "there is no test_authentication",
            "ask the API for the account of the credentials, and return its name; "
            "in a destination file, add [identity]",
            subject.start,
        )


REACHING: Final = (
    narrow, readable, host_settings, connects, base_url_declared, https, composes, identity_asked,
)  # fmt: skip


def _valid(subject: Subject) -> Any:
    """Return the settings as the hooks get them, or why there are none."""
    try:
        return validate(subject.loaded.settings_class, subject.settings, what=subject.slug)
    except Exception as error:  # noqa: BLE001  # a class of a plugin's own may raise anything
        return error


def _patterns(subject: Subject) -> tuple[str, ...]:
    """Return the host patterns for the sample settings; none if they cannot be told."""
    settings = _valid(subject)
    if isinstance(settings, Exception):
        return ()
    try:
        return subject.loaded.stack.allowed_hosts(settings)
    except Exception:  # noqa: BLE001  # said where a connection is opened
        return ()


def _is_registry(text: str) -> bool:
    """Return whether *text* is the suffix of a registry, such as ``*.com`` and ``*.co.uk``."""
    try:
        Pattern.read(text)
    except HookError:
        try:
            return Pattern.read(text, registries=True).below
        except HookError:
            return False
    return False


def _previewed(subject: Subject) -> Exception | None:
    try:
        subject.connection.preview(Request(method="GET", url="/"))
    except Exception as error:  # noqa: BLE001  # a plugin may raise anything
        return error
    return None


def _is_name(text: str) -> bool:
    """Return whether a URL is the name of a namespace or a schema, which is never asked for."""
    return bool(
        re.search(r"//(?:www\.)?(?:w3\.org|json-schema\.org|schemas\.|xmlns\.|purl\.org)", text)
    )
