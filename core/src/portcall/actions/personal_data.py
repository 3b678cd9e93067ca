"""Hashes of personal data, as advertising platforms compare them: normalised first, then SHA-256."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from hashlib import sha256
from typing import Any, Final, Literal, TypeAlias, get_args

from portcall.secret import Secret

PersonalKind: TypeAlias = Literal[
    "email",
    "google_email",
    "phone",
    "e164_phone",
    "name",
    "text",
    "place",
    "postcode",
    "date",
    "gender",
    "exact",
]
KINDS: Final[tuple[str, ...]] = get_args(PersonalKind)

_HASH: Final = re.compile(r"[0-9a-fA-F]{64}")
_ZIP_PLUS_4: Final = re.compile(r"(\d{5})-?\d{4}")
_GOOGLE: Final = frozenset(("gmail.com", "googlemail.com"))
_GENDERS: Final = {"f": "f", "female": "f", "m": "m", "male": "m"}


def hash_personal(value: object, kind: PersonalKind) -> str | None:
    """Return the SHA-256 of a person's data in hexadecimal, after the data was normalised.

    Args:
        value: A text, a number or a date. A text of 64 hexadecimal digits is a hash already and stays.
        kind: How it is normalised. ``"email"``: trimmed, lower case. ``"google_email"``: also without the
            dots before ``@gmail.com``. ``"phone"``: digits alone, without leading zeros; ``"e164_phone"``:
            these after ``+``. Both need the country code. ``"name"``: lower case without punctuation.
            ``"text"``: trimmed, lower case. ``"place"``: lower case, letters and digits alone.
            ``"postcode"``: lower case without spaces and dashes, of a ZIP+4 the first five.
            ``"date"``: ``YYYYMMDD``. ``"gender"``: ``f`` or ``m``. ``"exact"``: as it is.

    Returns:
        64 lower-case digits; None where nothing is left to be hashed.

    Raises:
        ValueError: There is no such kind.

    Source: https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/customer-information-parameters,
    https://developers.google.com/google-ads/api/docs/conversions/enhanced-conversions/web,
    https://business-api.tiktok.com/portal/docs?id=1771101186666498.
    """
    if kind not in _NORMALISE:
        raise ValueError(f"no kind of personal data {kind!r}; there are {', '.join(KINDS)}")
    text = _text(value)
    if _HASH.fullmatch(text.strip()):
        return text.strip().lower()
    normal = _NORMALISE[kind](unicodedata.normalize("NFC", text))
    return sha256(normal.encode("utf-8", "surrogatepass")).hexdigest() if normal else None


def hash_each(value: Any, kind: PersonalKind) -> Any:
    """Return the hash of a value, or of each item of a list that has one."""
    if isinstance(value, list | tuple):
        hashes = [hash_personal(each, kind) for each in value]
        return [each for each in hashes if each is not None]
    return hash_personal(value, kind)


def _text(value: object) -> str:
    if isinstance(value, date):
        return value.strftime("%Y%m%d")
    if isinstance(value, str | Secret) or (isinstance(value, int) and not isinstance(value, bool)):
        return f"{value}"
    return ""


def _lower(text: str) -> str:
    return text.strip().lower()


def _google_email(text: str) -> str:
    name, at, domain = _lower(text).partition("@")
    return f"{name.replace('.', '')}{at}{domain}" if domain in _GOOGLE else f"{name}{at}{domain}"


def _digits(text: str) -> str:
    """Return the digits of any script as ASCII."""
    return "".join(str(unicodedata.decimal(each)) for each in text if each.isdecimal())


def _phone(text: str) -> str:
    return _digits(text).lstrip("0")


def _e164(text: str) -> str:
    digits = _phone(text)
    return f"+{digits}" if digits else ""


def _name(text: str) -> str:
    kept = (each for each in text.lower() if not unicodedata.category(each).startswith("P"))
    return "".join(kept).strip()


def _place(text: str) -> str:
    return "".join(each for each in text.lower() if each.isalnum() or unicodedata.combining(each))


def _postcode(text: str) -> str:
    bare = re.sub(r"[\s-]+", "", text.lower())
    zip_code = _ZIP_PLUS_4.fullmatch(bare)
    return zip_code[1] if zip_code else bare


def _date(text: str) -> str:
    digits = _digits(text)[:8]
    return digits if len(digits) == 8 else ""


_NORMALISE: Final[Mapping[str, Callable[[str], str]]] = {
    "email": _lower,
    "google_email": _google_email,
    "phone": _phone,
    "e164_phone": _e164,
    "name": _name,
    "text": _lower,
    "place": _place,
    "postcode": _postcode,
    "date": _date,
    "gender": lambda text: _GENDERS.get(_lower(text), ""),
    "exact": str,
}
