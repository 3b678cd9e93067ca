"""The templates that ``portcall new`` makes projects of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs


@attrs.frozen
class Template:
    """One kind of project.

    Args:
        name: What people type.
        about: What the API wants to see, in a line.
        scheme: The authentication scheme of the destination.
        needs: The distribution that brings the scheme; empty for core's own.
        tests_need: More distributions that the project's tests need.
    """

    name: str
    about: str
    scheme: str
    needs: str = ""
    tests_need: tuple[str, ...] = ()

    @property
    def is_declarative(self) -> bool:
        """The project holds a file instead of code."""
        return self.name == "declarative"


TEMPLATES: Final[Mapping[str, Template]] = {
    each.name: each
    for each in (
        Template("api-key", "an API key in a header", "custom"),
        Template("basic-auth", "a user name and a password (HTTP Basic)", "basic"),
        Template("oauth2-auth", "an OAuth 2.0 access token, which is refreshed", "oauth2"),
        Template("session-auth", "a session from a log-in", "session", "portcall-session"),
        Template("digest-auth", "an answer to a digest challenge", "digest", "portcall-digest"),
        Template(
            "oauth1-auth",
            "an OAuth 1.0a signature",
            "oauth1",
            "portcall-oauth1",
            ("oauthlib>=3.2",),
        ),
        Template("hmac-auth", "an HMAC over the request", "hmac", "portcall-hmac"),
        Template(
            "sigv4-auth",
            "an AWS Signature Version 4",
            "sigv4",
            "portcall-sigv4",
            ("botocore>=1.35",),
        ),
        Template("declarative", "anything that one TOML file can say, without code", "custom"),
    )
}
ALIASES: Final = {"custom": "api-key", "custom-auth": "api-key", "basic": "basic-auth"}
