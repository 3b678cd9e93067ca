"""URLs: parsed once and strictly, joined in one place, built from encoded parts."""

from portcall.urls.host_names import host_of
from portcall.urls.url import (
    ABSOLUTE,
    DEFAULT_PORTS,
    Url,
    join,
    parse,
    url_path,
    values_of,
    with_query,
)

__all__ = [
    "ABSOLUTE",
    "DEFAULT_PORTS",
    "Url",
    "host_of",
    "join",
    "parse",
    "url_path",
    "values_of",
    "with_query",
]
