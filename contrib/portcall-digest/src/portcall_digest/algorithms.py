"""The hash algorithms of digest authentication (RFC 7616 §3.2 and §6.1)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, TypeAlias

import attrs

Hash: TypeAlias = Callable[[bytes], str]
"""Lower-case hexadecimal digest of some bytes."""


def _hash(name: str) -> Hash:
    new = getattr(hashlib, name, None) or partial(hashlib.new, name)
    if name == "md5":  # what the RFC names; FIPS builds allow it where it guards no data
        new = partial(new, usedforsecurity=False)

    return lambda data: new(data).hexdigest()


_NAMES: Final = {
    "MD5": "md5",
    "SHA-256": "sha256",
    "SHA-512-256": "sha512_256",
    # Not in RFC 7616, but servers offer it.
    "SHA-512": "sha512",
}
HASHES: Final[Mapping[str, Hash]] = {
    name: _hash(known) for name, known in _NAMES.items() if known in hashlib.algorithms_available
}


@attrs.frozen
class Algorithm:
    """One algorithm as a challenge names it.

    Args:
        name: As the RFC writes it, with ``-sess``.
        hash: Its hash.
        per_session: The key is made of the first nonces too (``-sess``, RFC 7616 §3.4.2).
    """

    name: str
    hash: Hash
    per_session: bool

    @classmethod
    def named(cls, text: str) -> Algorithm | None:
        """Return the algorithm that *text* names in any case; None for one that is not known."""
        name = text.upper()
        plain = name.removesuffix("-SESS")
        known = HASHES.get(plain)
        if known is None:
            return None
        return cls(f"{plain}-sess" if plain != name else plain, known, plain != name)
