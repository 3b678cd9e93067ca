"""Named formats of text: what each accepts, and how to ask for it.

Every pattern means the same to Python and to ECMA-262, so that JSON Schema can carry it, and takes
time linear in the text. Only ASCII is accepted, but for user names: digits of other scripts, and
host names that are not in their ``xn--`` form (RFC 5890 §2.3.2.1), are refused, for they would not
reach the wire as typed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from difflib import get_close_matches
from typing import Final

import attrs

_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOSTNAME: Final = rf"{_LABEL}(?:\.{_LABEL})*"
_OCTET: Final = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_ESCAPED: Final = "%[0-9A-Fa-f]{2}"
_NAME: Final = "A-Za-z0-9._~!$&'()*+,;="
_URI: Final = (
    rf"[A-Za-z][A-Za-z0-9+.-]*://(?:(?:[{_NAME}:-]|{_ESCAPED})*@)?"
    rf"(?:\[[0-9A-Fa-f:.]+\]|(?:[{_NAME}-]|{_ESCAPED})+)(?::[0-9]*)?"
    rf"(?:/(?:[{_NAME}:@/-]|{_ESCAPED})*)?(?:\?(?:[{_NAME}:@/?-]|{_ESCAPED})*)?"
    rf"(?:#(?:[{_NAME}:@/?-]|{_ESCAPED})*)?"
)
_DAY: Final = "[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_TIME: Final = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?"
_OFFSET: Final = "(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"


@attrs.frozen(eq=False)
class Format:
    """One named format.

    Args:
        name: As ``field(format=...)`` says it.
        phrase: What to fill in, to follow "must be".
        pattern: The whole text, without anchors; empty for any text.
        max_length: In characters; None for no limit.
        check: What the pattern cannot say; asked only where the pattern fits.
        standard: JSON Schema knows the name.
    """

    name: str
    phrase: str
    pattern: str = ""
    max_length: int | None = None
    check: Callable[[str], bool] | None = None
    standard: bool = True

    def accepts(self, text: str) -> bool:
        """Return whether *text* has this format."""
        if self.max_length is not None and len(text) > self.max_length:
            return False
        if self.pattern and re.fullmatch(self.pattern, text) is None:
            return False
        return self.check is None or self.check(text)


def _is_ipv6(text: str) -> bool:
    from ipaddress import AddressValueError, IPv6Address  # noqa: PLC0415  (start-up time)

    try:
        IPv6Address(text)
    except AddressValueError:
        return False
    return True


def _has_real_host(uri: str) -> bool:
    """Check what stands in brackets: only an IPv6 address may (RFC 3986 §3.2.2)."""
    literal = re.search(r"//[^/?#]*\[([^\]]*)\]", uri)
    return literal is None or _is_ipv6(literal[1])


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text.upper())
    except ValueError:
        return False
    return True


def _is_regex(text: str) -> bool:
    try:
        re.compile(text)
    except (re.error, RecursionError, OverflowError, Warning):
        return False
    return True


_ALL: Final = (
    Format("uri", "an absolute URL such as `https://example.com/path`", _URI, 8000, _has_real_host),
    Format(
        "email",
        "an email address such as `ada@example.com`",
        rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_HOSTNAME}",
        254,
    ),
    Format("hostname", "a host name such as `api.example.com`", _HOSTNAME, 253),
    Format("hostname-label", "a host name label such as `acme`", _LABEL, 63, standard=False),
    Format(
        "username",
        "a name without a colon (RFC 7617 §2), such as `ada`",
        r"[^:\u0000-\u001f\u007f-\u009f\ud800-\udfff]+",
        standard=False,
    ),
    Format(
        "uuid",
        "a UUID such as `123e4567-e89b-12d3-a456-426614174000`",
        "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}",
    ),
    Format(
        "date-time",
        "a time with its offset such as `2026-05-01T12:00:00Z`",
        f"{_DAY}[Tt]{_TIME}{_OFFSET}",
        64,
        _is_time,
    ),
    Format("date", "a date such as `2026-05-01`", _DAY, check=_is_day),
    Format("ipv4", "an IPv4 address such as `192.0.2.1`", rf"{_OCTET}(?:\.{_OCTET}){{3}}"),
    Format("ipv6", "an IPv6 address such as `2001:db8::1`", "[0-9A-Fa-f:.]+", 45, _is_ipv6),
    Format("regex", "a regular expression such as `^user-[0-9]+$`", "", 1000, _is_regex),
    Format("text", "text without NUL characters or halves of characters", standard=False),
)

FORMATS: Final[Mapping[str, Format]] = {each.name: each for each in _ALL}
"""Every named format by its name; ``text`` is the one that allows several lines."""

ONE_LINE: Final = Format("", "one line of text without control characters", standard=False)
"""What text without a format has to be."""

FORBIDDEN_IN_LINE: Final = r"[\u0000-\u001f\u007f-\u009f\ud800-\udfff]"
"""No text of one line contains these: control characters, and halves of characters."""

FORBIDDEN_IN_TEXT: Final = r"[\u0000\ud800-\udfff]"
"""No text of several lines contains these."""


def closest(word: str, known: Mapping[str, object]) -> str:
    """Suggest the name that was meant, as the end of a message; empty if none is close."""
    near = get_close_matches(word[:100], known, n=1)
    return f"; did you mean `{near[0]}`?" if near else ""
