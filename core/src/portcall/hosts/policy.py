"""Where the requests of one connection may go: the hosts its destination declared."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final

import attrs

from portcall.errors import HookError, PolicyError, Problem, SettingsError
from portcall.hosts.addresses import Allowed, allow, is_private_name
from portcall.hosts.patterns import Pattern, shown_pattern
from portcall.secret import Secret, reveal
from portcall.urls import DEFAULT_PORTS, Url, join, parse

_SETTING: Final = re.compile(r"\{([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\}", re.ASCII)


class Policy:
    """A destination's declaration, compiled for one connection and held against every request.

    Args:
        patterns: What ``allowed_hosts`` answered: ``"api.example.com"``, ``"*.example.com"`` (one
            or more labels), either with ``":port"``, or ``"{setting}"``, the origin of the URL in
            that setting.
        settings: What the customer filled in.
        allow_private: Hosts and networks the operator calls private: plain http is allowed there.
        allow_http: Hosts and networks that the operator lets be reached in plain http.

    Raises:
        HookError: A pattern is not one of the forms above, or there is none.
        SettingsError: A setting that a pattern names holds no URL; carries the setting's path.
    """

    __slots__ = ("_joined", "_last", "_plain", "_rules", "_settings")

    def __init__(
        self,
        patterns: Iterable[str],
        settings: object,
        *,
        allow_private: Sequence[str] = (),
        allow_http: Sequence[str] = (),
    ) -> None:
        self._settings = settings
        self._rules = _compiled(_texts(patterns), settings)
        if not self._rules:
            raise HookError("no hosts: a plugin declares the hosts that it sends requests to")
        self._plain = _plain(allow(allow_private), allow(allow_http, "allow_http"))
        # A path may hold a secret, so a URL is remembered here rather than for the whole process.
        self._last: tuple[str, Url] | None = None
        self._joined: tuple[str, str | None, str] | None = None

    def join(self, base_url: str | None, reference: str) -> str:
        """Continue a base URL with a reference, as `portcall.urls.join` does.

        Raises:
            PolicyError: The two do not make a URL.
        """
        joined = self._joined
        if joined is not None and joined[0] == reference and joined[1] == base_url:
            return joined[2]
        url = join(base_url, reference)
        self._joined = reference, base_url, url
        return url

    def check(self, text: str) -> Url:
        """Parse a URL once, and hold it against the declaration.

        Args:
            text: Absolute URL of a request, after all hooks ran.

        Returns:
            What the transport goes to.

        Raises:
            PolicyError: It is not a URL, or leads elsewhere. The message names the host, what is
                declared, what to do, and the setting that led there where one can be found.
        """
        last = self._last
        if last is not None and last[0] == text:  # most requests go where the last one did
            return last[1]
        try:
            url = parse(text)
            self.admit(url)
            self._last = text, url
        except PolicyError as error:
            reason, may_be_allowed = str(error), error.may_be_allowed
        else:
            return url
        reason += _advice(text, self._settings)
        del text  # a traceback shows what is left here
        raise PolicyError(f"nothing was sent: {reason}", may_be_allowed=may_be_allowed)

    def admit(self, url: Url) -> None:
        """Hold a parsed URL against the declaration.

        Raises:
            PolicyError: It leads elsewhere; the message names the host and what is declared.
        """
        last = self._last
        if (last is not None and last[1].origin == url.origin) or self._admits(url):
            return
        reason, is_plain = self._refusal(url)
        raise PolicyError(reason, may_be_allowed=is_plain)

    def _admits(self, url: Url) -> bool:
        if url.scheme != "https" and not self._is_plain(url):
            return False
        return any(_covers(rule, url) for rule in self._rules)

    def _is_plain(self, url: Url) -> bool:
        return any(allowed.host(url.host, url.port) for allowed in self._plain)

    def _refusal(self, url: Url) -> tuple[str, bool]:
        """Return the reason for the refusal, and whether plain HTTP is the only one."""
        if any(_covers(rule, url) for rule in self._rules):
            # A private host needs the other allowance as well, which includes this one.
            option = "allow_private" if is_private_name(url.host) else "allow_http"
            reason = (
                f"{url.place}: plain http would show the credentials to the network; use https, or "
                f"have the operator allow it ({option}=[{url.host!r}])"
            )
            return reason, True
        reason = (
            f"{url.scheme}://{url.authority} is not a host that this plugin declared; declared: "
            f"{', '.join(map(str, self._rules))}; add it to allowed_hosts if it belongs to "
            "the destination"
        )
        return reason, False


def _texts(patterns: Iterable[str]) -> tuple[str, ...]:
    if isinstance(patterns, str):
        raise HookError(
            f"allowed_hosts must return a list, not one text: [{shown_pattern(patterns)!r}]"
        )
    texts = tuple(patterns)
    if not all(isinstance(text, str) for text in texts):
        raise HookError("allowed_hosts must return a list of texts")
    return texts


def _compiled(texts: tuple[str, ...], settings: object) -> tuple[Pattern, ...]:
    if not any("{" in text for text in texts):
        return _shared(texts)
    rules: list[Pattern] = []
    for text in texts:
        setting = _SETTING.fullmatch(text)
        rules += _origins(setting[1], settings) if setting else [Pattern.read(text)]
    return tuple(rules)


@lru_cache(maxsize=1024)
def _shared(texts: tuple[str, ...]) -> tuple[Pattern, ...]:
    """Compile once for all connections of a destination."""
    return tuple(map(Pattern.read, texts))


@lru_cache(maxsize=64)
def _plain(*allowances: Allowed) -> tuple[Allowed, ...]:
    return tuple(one for one in allowances if one.patterns or one.networks)


def _origins(name: str, settings: object) -> Iterator[Pattern]:
    """Return the origin of each URL in one setting."""
    value = settings
    for part in name.split("."):
        value = _attribute(value, part, name)
    for text in value if isinstance(value, list | tuple) else [value]:
        if text:
            yield _origin(name, text)


def _attribute(value: object, part: str, name: str) -> object:
    if value is not None and not hasattr(value, part):
        raise HookError(f"host pattern {{{name}}}: there is no setting of that name")
    return getattr(value, part, None)


def _origin(name: str, text: object) -> Pattern:
    reason = "is not a URL"
    if isinstance(text, str | Secret):
        try:
            url = parse(reveal(text))
            return Pattern(url.host, port=url.port, scheme=url.scheme)
        except PolicyError as error:
            reason = f"is not a URL that can be used: {error}"
    problem = Problem(name, f"{name} {reason}")
    raise SettingsError("these settings cannot be used", [problem])


def _covers(rule: Pattern, url: Url) -> bool:
    if rule.scheme is not None and rule.scheme != url.scheme:
        return False
    if rule.port is None and url.port != DEFAULT_PORTS[url.scheme]:
        return False
    return rule.covers(url.host, url.port)


def _advice(text: str, settings: object) -> str:
    """Name the setting whose value led there; of several, the longest. Secrets are left out."""
    start = text.find("://") + 3
    end = start + len(re.split(r"[/?#\\]", text[start:], maxsplit=1)[0])
    found = [
        (len(value), name) for name, value in _values(settings) if _stands_in(text, end, value)
    ]
    return f"; the setting {max(found)[1]!r} led there" if found else ""


def _stands_in(text: str, end: int, value: str) -> bool:
    """Return whether *value* begins in the host of *text*, as whole labels."""
    at = text.lower().find(value.lower()) if value else -1
    if not 0 <= at < end:
        return False
    before, after = text[max(at - 1, 0) : at], text[at + len(value) : at + len(value) + 1]
    if before.isalnum() or after.isalnum() or "-" in {before, after}:
        return False
    return not ("://" in value and after == ".")


def _values(settings: object) -> Iterator[tuple[str, str]]:
    fields: tuple[attrs.Attribute[object], ...] = getattr(settings, "__attrs_attrs__", ())
    for field in fields:
        value = getattr(settings, field.name)
        if isinstance(value, str):
            yield field.name, value
