"""Find the inputs that a refusal is about, for the advice of its error."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import attrs

from portcall.fields import Field
from portcall.fields.coercion import same
from portcall.fields.conditions import holds, in_mode, read
from portcall.model.auth import Auth
from portcall.model.http_request import Request
from portcall.redaction.text import Redactor
from portcall.secret import Text, reveal

TOKENS: Final = "its tokens"
_PLACES: Final = frozenset({"uri", "hostname", "hostname-label"})


@attrs.frozen
class Advice:
    """Names the inputs that a refusal is about.

    Args:
        credentials: Returns those that signed a request in, given settings, credentials and request.
        places: Returns those that lead to a URL where nothing is, given the settings.
    """

    credentials: Callable[[Any, Auth, Request], str]
    places: Callable[[Any, str], str]


def to_check(
    fields: Sequence[Field],
    of_scheme: Collection[str],
    settings: Any,
    auth: Auth,
    sent: Request,
    *,
    signs: bool,
    authorizes: bool,
) -> str:
    """Return what to check after the credentials of a request were refused.

    Only inputs that are filled in and in use are named. Of a request that carries its credentials as
    they are, only those that it carries; a signature may be made of any of them.

    Args:
        fields: What the customer fills in.
        of_scheme: Names of the fields that the scheme brings.
        settings: What the customer filled in.
        auth: The credentials that were refused.
        sent: The refused request.
        signs: A layer signs requests.
        authorizes: The tokens come from a person's authorization, not from the settings.

    Returns:
        Names of fields, ``"username, password"``, or the tokens, as the object of "check".
    """
    names = [f.name for f in fields if _signs_in(f, of_scheme) and _is_used(f, settings)]
    tokens = [token for token in (auth.access_token, auth.token_secret) if token]
    if not signs and tokens and _carries(sent, tokens):
        return _tokens(names, authorizes=authorizes)
    carried = [name for name in names if _carries(sent, _texts(getattr(settings, name)))]
    if signs or not carried:
        return ", ".join([*names, *([TOKENS] if tokens and authorizes else [])]) or TOKENS
    return ", ".join(carried)


def leading_to(fields: Sequence[Field], settings: Any, url: str) -> str:
    """Return the names of the inputs that led to a URL where nothing is.

    Args:
        fields: What the customer fills in.
        settings: What the customer filled in.
        url: The URL, or a text that has it.

    Returns:
        Names of fields, ``"endpoint"``: those that the URL shows, else all that may have led there; empty
        if none can.
    """
    filled = {f.name: getattr(settings, f.name, None) for f in fields if f.format in _PLACES}
    hosts = {name: _host(value) for name, value in filled.items() if value}
    shown = [name for name, host in hosts.items() if host in url.lower()]
    return ", ".join(shown or hosts)


def _host(value: object) -> str:
    """Return what of a URL, host name or label stands in a URL."""
    text = str(value).lower()
    return urlsplit(text).netloc or text


def _tokens(names: Sequence[str], *, authorizes: bool) -> str:
    """Return the tokens, or the inputs that they come from: of a login, say."""
    return ", ".join(names) if names and not authorizes else TOKENS


def _signs_in(field: Field, of_scheme: Collection[str]) -> bool:
    return field.secret or (
        field.name in of_scheme and field.kind == "string" and not field.choices
    )


def _is_used(field: Field, settings: Any) -> bool:
    if not list(_texts(getattr(settings, field.name, None))):
        return False
    if field.required_if is None:
        return True

    def is_one(name: str, values: tuple[object, ...]) -> bool:
        return any(same(getattr(settings, name, None), each) for each in values)

    return holds(in_mode(read(field.required_if, field.name), None), is_one)


def _texts(value: object) -> Iterator[Text]:
    """Yield the text of one input, or the texts of several."""
    for each in value if isinstance(value, list | tuple) else [value]:
        if isinstance(each, Text) and reveal(each):
            yield each


def _carries(sent: Request, values: Collection[Text] | Iterator[Text]) -> bool:
    """Return True if the request shows one of *values*, in whatever encoding."""
    redactor = Redactor(list(values))
    shown = [sent.url, *map(reveal, sent.headers.values())]
    if sent.body is not None:
        shown.append(sent.body[:65_536].decode("latin-1"))
    return any(redactor(text) != text for text in shown)
