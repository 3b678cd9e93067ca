"""URLs: parsed once and strictly, joined in one place, built from encoded parts."""

from portcall.urls.host_names import host_of
from portcall.urls.paths import PathValue, encode_segment, fill_path, url_path
from portcall.urls.url import (
    ABSOLUTE,
    DEFAULT_PORTS,
    HALF,
    Url,
    encode_value,
    half_character,
    has_half,
    join,
    parse,
    values_of,
    with_query,
)

__all__ = [
    "ABSOLUTE",
    "DEFAULT_PORTS",
    "HALF",
    "PathValue",
    "Url",
    "encode_segment",
    "encode_value",
    "fill_path",
    "half_character",
    "has_half",
    "host_of",
    "join",
    "parse",
    "url_path",
    "values_of",
    "with_query",
]
