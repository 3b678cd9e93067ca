"""URLs: parsed once and strictly, joined in one place, built from encoded parts."""

from portcall.urls.host_names import host_of
from portcall.urls.paths import PathValue, encode_segment, fill_path, url_path
from portcall.urls.url import (
    ABSOLUTE,
    DEFAULT_PORTS,
    Url,
    encode_value,
    half_character,
    join,
    parse,
    values_of,
    with_query,
)

__all__ = [
    "ABSOLUTE",
    "DEFAULT_PORTS",
    "PathValue",
    "Url",
    "encode_segment",
    "encode_value",
    "fill_path",
    "half_character",
    "host_of",
    "join",
    "parse",
    "url_path",
    "values_of",
    "with_query",
]
